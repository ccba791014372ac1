"""What a statement under way needs of the session that it belongs to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from mdbtui.pool import Lease, PoolError
    from mdbtui.query.execution import Execution
    from mdbtui.query.rows import Notice
    from mdbtui.query.spill import MemoryBudget
    from mdbtui.query.typenames import TypeNames


class Owner(Protocol):
    """What an execution needs of its session."""

    db_id: str
    budget: MemoryBudget | None
    idle_limit: float
    on_notice: Callable[[Notice], None] | None

    async def borrow(self) -> Lease:
        """Return the connection to run on."""

    async def before(self, run: Execution) -> None:
        """Do what has to come first on the connection."""

    async def after(self, run: Execution, error: PoolError | None) -> None:
        """Look at what the statement has left on the connection."""

    def settle(self, run: Execution, error: PoolError | None) -> bool:
        """Note what the statement did to the session; say if the lease is kept."""

    def names(self) -> TypeNames:
        """Return the type names of the database."""
