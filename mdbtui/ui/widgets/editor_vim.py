"""vim's modes in the editor: the editor as the machine's text, keys, what is shown."""

from __future__ import annotations

import contextlib
import re
from array import array
from collections import deque
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from textual.document._document import Selection
from textual.document._edit import Edit
from textual.geometry import clamp

from mdbtui.ui.vim.machine import Machine
from mdbtui.ui.vim.parser import Beep
from mdbtui.ui.vim.patterns import bounds
from mdbtui.ui.widgets.editor_keys import next_line_indentation
from mdbtui.ui.widgets.editor_proof import PatternProofs

if TYPE_CHECKING:
    from mdbtui.ui.vim.core import Memory
    from mdbtui.ui.vim.host import Place
    from mdbtui.ui.widgets.editor_modes import SqlModes

PROVING = "prove"
"""The group of the worker that tries a pattern out."""
MOST_HELD = 500
MARKED_TEXT, MARKED_PLACES = 300_000, 5_000
"""Characters in which all that a search finds is marked, and how many places."""


class EditorText:
    """The editor as vim's commands see it: see `mdbtui.ui.vim.host.Host`."""

    def __init__(self, editor: SqlModes) -> None:
        self._editor = editor
        self._shown: Selection | None = None
        self._cursor: Place = (0, 0)
        self.note = ""
        self.failed = False
        self.proofs = PatternProofs(editor)
        self.proves = self.proofs.has

    @property
    def lines(self) -> Sequence[str]:
        return self._editor.document.lines

    @property
    def is_own(self) -> bool:
        """Whether what is selected is what vim selected."""
        return self._editor.selection == self._shown

    @property
    def cursor(self) -> Place:
        """Within a selection of vim's the cursor is on a character of it."""
        return self._cursor if self.is_own else self._editor.selection.end

    @property
    def view(self) -> tuple[int, int]:
        editor = self._editor
        return editor.scroll_offset.y, max(1, editor.scrollable_content_region.height)

    def move(self, place: Place) -> None:
        self._shown = None
        if self._editor.selection != Selection.cursor(place):
            self._editor.move_cursor(place)

    def select(self, start: Place, end: Place, cursor: Place) -> None:
        backward = cursor == start and cursor != end
        chosen = Selection(end, start) if backward else Selection(start, end)
        self._shown, self._cursor = chosen, cursor
        self._editor.selection = chosen

    def replace(self, start: Place, end: Place, text: str) -> None:
        self._shown = None
        self._editor.edit(Edit(text, start, end, maintain_selection_offset=False))

    def begin(self) -> None:
        self._editor.history.begin()

    def end(self) -> None:
        self._editor.history.end()

    def undo(self) -> Place | None:
        steps = self._editor.history.undo_stack
        self._editor.undo()
        return self._before(steps)

    def redo(self) -> Place | None:
        steps = self._editor.history.redo_stack
        self._editor.redo()
        return self._before(steps)

    def _before(self, steps: list[list[Edit]]) -> Place | None:
        """Where the cursor was when the last of these steps was taken."""
        self._shown = None
        if not steps:
            return None
        before = steps[-1][0]._original_selection  # noqa: SLF001 - kept nowhere else
        return before.end if before is not None else (0, 0)

    def scroll(self, top: int) -> None:
        self._editor.scroll_to(y=top, animate=False, immediate=True)

    def new_line_indent(self, before: str) -> str:
        return next_line_indentation(before)

    def clipboard(self) -> str:
        return self._editor.app.clipboard

    def copy(self, text: str) -> None:
        self._editor.app.copy_to_clipboard(text)

    def say(self, text: str, *, error: bool = False) -> None:
        self.note, self.failed = text, error

    def perform(self, name: str, argument: str = "") -> None:
        self._editor.post_message(self._editor.Asked(name, argument))


def key_of(key: str, character: str | None) -> str:
    """A key as the machine names it: its character if it has one."""
    if character is not None and character.isprintable() and "+" not in key:
        return character
    return key


class VimKeys:
    """The machine at work in one editor.

    Args:
        editor: Whose keys it takes.
        memory: What all editors share.
    """

    def __init__(self, editor: SqlModes, memory: Memory) -> None:
        self._editor = editor
        self.text = EditorText(editor)
        self.machine = Machine(self.text, memory)
        self._marked: object = None
        self._edited = False
        # Keys that wait for a pattern to be tried out.
        self._held: deque[tuple[str, str | None]] | None = None

    @property
    def shown(self) -> tuple[str, str]:
        """The mode in a word, and what was typed of a command."""
        machine = self.machine
        word = machine.word
        if machine.mode == "normal" and not self._editor.selection.is_empty:
            word = "VISUAL"  # by the mouse; vim hears of it at the next key
        return word, machine.pending

    @property
    def cursor(self) -> Place:
        """Where the cursor is to be drawn."""
        machine, place = self.machine, self.text.cursor
        if machine.mode != "normal" or not self._editor.selection.is_empty:
            return place
        return machine.clamped(place)

    @property
    def block_cursor(self) -> bool:
        """Whether the cursor is a block that covers a character."""
        return self.machine.block_cursor

    def takes(self, key: str, character: str | None) -> bool:
        """Whether a key is vim's, so that no binding gets it."""
        return self._held is not None or self.machine.takes(key_of(key, character))

    def key(self, key: str, character: str | None) -> bool:
        """Act on a key; False leaves it to the editor."""
        if self._held is not None:
            if key == "escape":
                self._editor.workers.cancel_group(self._editor, PROVING)
            elif len(self._held) < MOST_HELD:
                self._held.append((key, character))
            return True
        self._adopt()
        self.text.say("")
        taken = self.machine.feed(key_of(key, character))
        if self.machine.unproven is not None:
            self._held = deque()
            self.text.say("searching … Esc stops it")
            self._editor.run_worker(
                self._prove(*self.machine.unproven), group=PROVING, exit_on_error=False
            )
        elif taken:
            self._mark_found()
        return taken

    def close(self) -> None:
        """End what goes on beside the editor."""
        self._editor.workers.cancel_group(self._editor, PROVING)
        self.text.proofs.close()

    async def _prove(self, pattern: re.Pattern[str], again: Callable[[], None]) -> None:
        """Try a pattern out, carry out what needs it, and then the keys that came."""
        wrong = "Interrupted"
        try:
            wrong = await self.text.proofs.find(pattern)
        finally:
            held, self._held, self.machine.unproven = self._held, None, None
            self.text.say(wrong, error=bool(wrong))
            if not wrong:
                with contextlib.suppress(Beep):
                    again()
                self._mark_found()
            self._editor.acted(held or () if not wrong else ())

    def paste(self, text: str) -> bool:
        """Whether a pasted text went into the line behind : or /."""
        return self.machine.paste(text)

    def edited(self, row: int, old: int, new: int) -> None:
        """So many lines have become so many."""
        self.machine.lines_changed(row, old, new)
        self._edited = True

    def _adopt(self) -> None:
        """Take over what the mouse or another part of the program selected."""
        machine, selection = self.machine, self._editor.selection
        if self.text.is_own or machine.insertion is not None:
            return
        if selection.is_empty:
            if machine.visual:
                machine.mode = "normal"
            if machine.mode == "normal":
                self.text.move(machine.clamped(selection.end))
            return
        start, end = sorted(selection)
        backward = selection.end == start
        row, column = end
        if column:
            end = row, column - 1
        elif row:
            end = row - 1, len(self.text.lines[row - 1])
        machine.adopt(end if backward else start, start if backward else end)

    def _mark_found(self) -> None:
        """Mark all that the last search finds, as long as that is quickly done."""
        pattern = self.machine.highlighted
        if pattern is self._marked and not (pattern and self._edited):
            return
        self._marked, self._edited = pattern, False
        text = self._editor.text
        if pattern is None or len(text) > MARKED_TEXT or not self.text.proves(pattern):
            self._editor.show_found(None)
            return
        spans = array("Q")
        for match in pattern.finditer(text):
            start, end = bounds(match)
            if start < end and (not spans or start >= spans[-1]):
                spans.extend((start, clamp(end, 0, len(text))))
            if len(spans) >= 2 * MARKED_PLACES:
                break
        self._editor.show_found(spans)
