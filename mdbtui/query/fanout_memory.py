"""One result's memory for the many stores that make it up together."""

from __future__ import annotations

from mdbtui.query.spill import MemoryBudget, Spiller


class SharedBudget(MemoryBudget):
    """What one result may take, shared by the stores of many databases.

    To the budget of all results they are one store.

    Args:
        whole: The budget of all results.
        parts: So many stores share it; what each keeps in any case goes by that.
    """

    def __init__(self, whole: MemoryBudget, parts: int) -> None:
        super().__init__(whole.result // parts, whole.total // parts, whole.directory)
        self._whole = whole
        whole.register(self)

    @property
    def memory(self) -> int:
        """Bytes of rows that all stores hold in memory."""
        return self.used

    async def spill(self, wanted: int) -> int:
        """Move about `wanted` bytes to disk, from the largest store that can."""
        for store in sorted(self._stores, key=lambda each: -each.memory):
            if moved := await store.spill(wanted):
                return moved
        return 0

    def exceeded(self, store: Spiller) -> bool:
        """Whether room has to be made before `store` takes more rows."""
        return self._whole.exceeded(self)

    async def make_room(self, store: Spiller) -> None:
        """Spill rows until all stores together keep the limits.

        Raises:
            OSError: The disk is full or can't be written.
        """
        await self._whole.make_room(self)

    def close(self) -> None:
        """Leave the budget of all results."""
        self._whole.discard(self)
