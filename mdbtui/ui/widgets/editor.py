"""The SQL editor: what is asked of it, and its keys."""

from __future__ import annotations

import asyncio
import re
from functools import partial
from itertools import islice, takewhile
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.document._document import Location, Selection
from textual.widgets import TextArea

from mdbtui.sql import Statement, split
from mdbtui.sql.psql import moved, steps
from mdbtui.ui.keymaps import named
from mdbtui.ui.safe import safe
from mdbtui.ui.widgets.editor_completion import COMPLETION_KEYS
from mdbtui.ui.widgets.editor_document import AT_ONCE, LARGE, ReadAhead
from mdbtui.ui.widgets.editor_keys import indented, next_line_indentation
from mdbtui.ui.widgets.editor_lines import LINE_KEYS
from mdbtui.ui.widgets.editor_modes import SqlModes
from mdbtui.ui.widgets.editor_paint import ErrorMark

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual import events

_NOTE_LIMIT = 120
_WORD = re.compile(r"[\w.]+|\"[^\"\n]*\"?|'[^'\n]*'?|[^\w\s]")
# The screen's and our own: they must not be taken by the text area.
_NOT_OURS = {"f6", "f7", "ctrl+d", "ctrl+f", "ctrl+shift+k"}


def _first_step(text: str, found: Statement) -> list[Statement]:
    r"""What a statement is with what follows it, as in: select 1 \gx."""
    # Nothing follows it then: no command, and no data of a COPY.
    if text.find("\\", found.start) < 0:
        return [found]
    return list(islice(steps(text, found.start), 1))


def _command_on(text: str, line: int, last: int) -> list[Statement]:
    """The command on a line that begins at an offset, none that begins after `last`."""
    before = takewhile(lambda step: step.start <= last, steps(text))
    return [step for step in before if step.end > line][-1:]


def _own_bindings() -> list[BindingType]:
    """The text area's keys without those that belong to the screen."""
    kept: list[BindingType] = []
    for binding in TextArea.BINDINGS:
        assert isinstance(binding, Binding)
        keys = [key for key in binding.key.split(",") if key not in _NOT_OURS]
        if binding.action == "cursor_line_start":
            keys.remove("ctrl+a")
        if keys:
            kept.append(
                Binding(",".join(keys), binding.action, binding.description, show=False)
            )
    return kept


class SqlEditor(SqlModes, inherit_bindings=False):
    """An editor of SQL text that stays quick in a text of ten thousand lines.

    Lines are not wrapped. The statement that would run is shown by a bar beside its
    line numbers. `Changed` and `SelectionChanged` are the text area's own messages.

    Args:
        text: what it starts with.
        placeholder: shown while there is no text.
        read_only: whether keys change nothing.
    """

    BINDINGS: ClassVar[list[BindingType]] = named(
        "editor",
        [
            *_own_bindings(),
            Binding("ctrl+a", "select_all", "Select all", show=False),
            Binding("ctrl+home", "go_to_edge(-1)", "Text's beginning", show=False),
            Binding("ctrl+end", "go_to_edge(1)", "Text's end", show=False),
            Binding(
                "ctrl+shift+home",
                "go_to_edge(-1,True)",
                "Select to the beginning",
                show=False,
            ),
            Binding(
                "ctrl+shift+end", "go_to_edge(1,True)", "Select to the end", show=False
            ),
            *LINE_KEYS,
            *COMPLETION_KEYS,
        ],
    )

    def __init__(
        self,
        text: str = "",
        *,
        placeholder: str = "",
        read_only: bool = False,
        name: str | None = None,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(
            text,
            placeholder=placeholder,
            read_only=read_only,
            name=name,
            id=id,
            classes=classes,
        )
        self._match: Selection | None = None

    def action_go_to_edge(self, where: int, select: bool = False) -> None:
        """Move to the first (-1) or last (1) character of the text, and select."""
        end = self.document.end if where > 0 else (0, 0)
        self.move_cursor(end, select=select, record_width=True)

    # ---- statements -----------------------------------------------------------

    @property
    def has_chosen(self) -> bool:
        """Whether the user has selected something."""
        selection = self.selection
        return not selection.is_empty and selection != self._match

    def select_match(self, start: Location, end: Location) -> None:
        """Select what a search found, to show it: it is not what a run key runs."""
        # What the user selected to look for it stays what it was.
        if not (self.has_chosen and self.selection == Selection(start, end)):
            self.selection = self._match = Selection(start, end)

    def leave_match(self) -> None:
        """Leave the cursor at what a search found, with nothing selected."""
        if self.selection == self._match:
            self.selection = Selection.cursor(min(self.selection))
        self._match = None

    def statement(self) -> Statement | None:
        """What a run key would run: the selection as it is, or the statement meant.

        Of a selection with several statements, `selected_statements` gives them all.
        """
        if self.has_chosen:
            found = self.selected_statements()
            return found[0] if found else None
        document = self.sql
        at = document.offset_at(self.cursor_location)
        span = self._current_index().span_at(at)
        return self._statement(*span) if span else None

    def selected_statements(self) -> list[Statement]:
        """The statements within the selection, cut as psql would; offsets are whole."""
        document = self.sql
        start = document.offset_at(min(self.selection))
        line = min(self.selection)[0]
        return [
            Statement(s.text, s.start + start, s.end + start, s.line + line)
            for s in split(self.selected_text)
        ]

    def statements(self, *, everything: bool = False) -> list[Statement]:
        """What to run: the selection's statements, or the one at the cursor.

        Args:
            everything: all of the text instead.
        """
        if everything:
            return self._current_index().statements()
        if self.has_chosen:
            return self.selected_statements()
        found = self.statement()
        return [found] if found else []

    def steps(self, *, everything: bool = False) -> list[Statement]:
        """What to run, psql's commands among it: as `statements`, in order.

        Args:
            everything: all of the text instead.
        """
        return self.steps_later(everything=everything)()

    @property
    def is_large(self) -> bool:
        """Whether reading the text takes so long that the screen must not wait."""
        return len(self.text) > LARGE

    async def read_on(self) -> None:
        """Read all of the text, in slices between which the loop goes on."""
        while not self._current_index().work(AT_ONCE):  # noqa: ASYNC110 - it works
            await asyncio.sleep(0)

    def steps_later(self, *, everything: bool = False) -> Callable[[], list[Statement]]:
        """As `steps`, in two parts: what is given is slow in a large text.

        It is about the text as it is now, and may be called in a thread.
        """
        text = self.text
        if everything:
            # The index knows already where statements are.
            plain = "\\" not in text
            found_all = self.statements(everything=True) if plain else []
            return lambda: found_all if plain else list(steps(text))
        if self.has_chosen:
            first = min(self.selection)
            start, part = self.sql.offset_at(first), self.selected_text
            return lambda: [moved(s, start, first[0]) for s in steps(part)]
        if (found := self.statement()) is not None:
            return partial(_first_step, text, found)
        # The line of a command, which may be about the statement above it.
        here = self.sql.offset_at(self.cursor_location)
        line = self.sql.offset_at((self.cursor_location[0], 0))
        return partial(_command_on, text, line, max(here, line))

    def _statement(self, start: int, end: int) -> Statement:
        line = self.sql.location_at(start)[0]
        return Statement(self.text[start:end], start, end, line)

    # ---- errors ---------------------------------------------------------------

    def mark_error(self, offset: int, length: int | None, message: str) -> None:
        """Mark a place as wrong and move the cursor there; the next edit clears it.

        Args:
            offset: where, in characters of the whole text.
            length: how many characters; None marks the word or sign that is there.
            message: shown behind the line; any text.
        """
        text = self.text
        start = max(0, min(offset, len(text)))
        if length is None:
            found = _WORD.match(text, start)
            length = len(found[0]) if found else 1
        self._error = ErrorMark(
            start, start + max(1, length), safe(message, _NOTE_LIMIT)
        )
        self.move_cursor(self.sql.location_at(start))
        self.refresh()

    def clear_error(self) -> None:
        """Take the mark away, if there is one."""
        if self._error is not None:
            self._error = None
            self.refresh()

    # ---- keys -----------------------------------------------------------------

    def check_consume_key(self, key: str, character: str | None = None) -> bool:
        """Whether the editor takes a key before any binding gets it."""
        if key == "tab" and not self.read_only:
            return True
        return super().check_consume_key(key, character)

    async def _on_key(self, event: events.Key) -> None:
        if self.vim is not None and self.vim.block_cursor:
            if event.key == "u":
                await self._ready_to_undo()
            elif event.key == "ctrl+r":
                await self._ready_to_redo()
        if self.special_key(event):
            return
        # A terminal sends alt with a letter, which is no text.
        if event.key.startswith("alt+"):
            event.prevent_default()
        # The other keys: Textual calls the text area's own handler after this one.
        if self.read_only or event.key not in {"enter", "tab"}:
            return
        event.stop()
        event.prevent_default()
        self._restart_blink()
        if event.key == "enter":
            self._break_line()
        else:
            self._indent()

    async def _on_paste(self, event: events.Paste) -> None:
        # Textual calls the text area's own handler after this one. Keys wait
        # meanwhile, and so stay behind what is pasted.
        if not self.read_only:
            await self._read_ahead(event.text)

    async def _read_ahead(self, text: str) -> None:
        """Find the lines of a text that comes next, if it is a large one."""
        if len(text) > LARGE:
            self.sql.ahead = await ReadAhead.of(text, self.indent_width)

    async def action_undo(self) -> None:  # type: ignore[override]
        """Undo, also what was large."""
        await self._ready_to_undo()
        self.undo()

    async def _ready_to_undo(self) -> None:
        for batch in self.history.undo_stack[-1:]:
            if len(batch) == 1 and (done := batch[0]._edit_result):  # noqa: SLF001
                await self._read_ahead(done.replaced_text)

    async def action_redo(self) -> None:  # type: ignore[override]
        """Redo, also what was large."""
        await self._ready_to_redo()
        self.redo()

    async def _ready_to_redo(self) -> None:
        for batch in self.history.redo_stack[-1:]:
            if len(batch) == 1:
                await self._read_ahead(batch[0].text)

    def _break_line(self) -> None:
        start = min(self.selection)
        before = self.document[start[0]][: start[1]]
        indent = next_line_indentation(before)
        self._replace_via_keyboard(f"\n{indent}", *self.selection)

    def _indent(self) -> None:
        top, bottom = sorted(self.selection)
        if top[0] != bottom[0]:
            self._change_lines(indented)
        else:
            spaces = " " * self._find_columns_to_next_tab_stop()
            self._replace_via_keyboard(spaces, *self.selection)
