"""The editor's undo: steps that last as long as one command of vim's."""

from __future__ import annotations

from textual.document._edit import Edit
from textual.document._history import EditHistory


class StepHistory(EditHistory):
    """An edit history in which a step may be held open, whatever is edited."""

    def __init__(self, max_checkpoints: int) -> None:
        super().__init__(
            max_checkpoints=max_checkpoints,
            checkpoint_timer=2.0,
            checkpoint_max_characters=100,
        )
        self._held = False
        self._begun = False

    def begin(self) -> None:
        """All edits until `end` are undone together."""
        self._held, self._begun = True, False

    def end(self) -> None:
        """The next edit begins a step of its own."""
        self._held = False
        self.checkpoint()

    def record(self, edit: Edit) -> None:
        if not self._held or not self._begun:
            if self._held:
                self.checkpoint()
            before = len(self._undo_stack), self._last_step
            super().record(edit)
            after = len(self._undo_stack), self._last_step
            self._begun = self._held and before != after
            return
        result = edit._edit_result  # noqa: SLF001 - as the class above does
        if edit.text or (result is not None and result.replaced_text):
            self._undo_stack[-1].append(edit)
            self._redo_stack.clear()

    @property
    def _last_step(self) -> int:
        return id(self._undo_stack[-1]) if self._undo_stack else 0

    def _pop_undo(self) -> list[Edit] | None:
        self._begun = False
        return super()._pop_undo()

    def _pop_redo(self) -> list[Edit] | None:
        self._begun = False
        return super()._pop_redo()
