"""A dialog that shows one value in full."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from textual.binding import Binding
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static

from mdbtui.ui.messages import CopyRequested
from mdbtui.ui.safe import plain, safe
from mdbtui.ui.widgets.grid_trees import TreeLines
from mdbtui.ui.widgets.grid_value_view import ValueView
from mdbtui.ui.widgets.grid_values import (
    PAGE_CHARS,
    QUICK_CHARS,
    ArrayLines,
    Lines,
    TextLines,
    describe,
    structure,
)

if TYPE_CHECKING:
    from textual import events
    from textual.app import ComposeResult

    from mdbtui.query.rows import Column

_TEXT = 25


class CellScreen(ModalScreen[None]):
    """One value in full: as text in pages, and by its structure where it has one."""

    CSS_PATH = "cell.tcss"
    CopyRequested = CopyRequested
    BINDINGS = [
        Binding("escape,q", "close", "Close"),
        Binding("t", "switch", "Text or structure"),
        Binding("y,ctrl+c", "copy", "Copy"),
        Binding("s,ctrl+s", "save", "Save"),
        Binding("ctrl+home", "part(-1)", "First part", show=False),
        Binding("ctrl+end", "part(1)", "Last part", show=False),
        Binding("minus", "fold(1)", "Fold all", show=False),
        Binding("plus", "fold(0)", "Unfold all", show=False),
    ]

    def __init__(self, value: str | None, column: Column, *, place: str = "") -> None:
        """Show a value.

        Args:
            value: As the server sent it.
            column: Its column.
            place: Where it is, for the title ("row 12").
        """
        super().__init__()
        self._value = value
        self._column = column
        self._place = place
        self._page = 0
        self._structure: tuple[str, Lines] | None = None
        self._structured = False
        self._described = ""
        self._about = Static(classes="cell--about", markup=False)
        self._view = ValueView()
        self._keys = Static(classes="cell--keys", markup=False)

    def compose(self) -> ComposeResult:
        with Vertical() as box:
            title = safe(self._column.name, 60)
            if self._place:
                title += f" · {self._place}"
            box.border_title = plain(title)
            yield self._about
            yield self._view
            yield self._keys

    def on_mount(self) -> None:
        self._view.focus()
        value = self._value
        if value is None or len(value) <= QUICK_CHARS:
            self._described = describe(self._column, value)
            if value is not None:
                self._structure = structure(self._column, value)
            self._structured = self._structure is not None
        else:
            self.run_worker(self._take_apart(value), exit_on_error=False)

    async def _take_apart(self, value: str) -> None:
        # The text is shown meanwhile; a reader who is already in it is left there.
        self._described = await asyncio.to_thread(describe, self._column, value)
        self._about.update(plain(self._words(), 200))
        self._structure = await asyncio.to_thread(structure, self._column, value)
        if self._structure is not None and not self._page:
            self._structured = self._view.scroll_offset.y == 0
            self._show()

    def on_resize(self, _event: events.Resize) -> None:
        self.call_after_refresh(self._show)

    @property
    def _pages(self) -> int:
        return max(1, -(-len(self._value or "") // PAGE_CHARS))

    def _show(self, *, bottom: bool = False) -> None:
        value, shown = self._value, self._structure
        self._about.update(plain(self._words(), 200))
        keys = "Esc closes · y copies · s saves"
        if shown is not None:
            other = "text" if self._structured else shown[0].lower()
            keys += f" · t shows the {other}"
        if shown is not None and self._structured:
            choosable = isinstance(shown[1], TreeLines | ArrayLines)
            if isinstance(shown[1], TreeLines):
                keys += " · Enter folds, - all, + none"
            self._view.show(shown[1], 0 if choosable else None)
        else:
            text = "NULL" if value is None else value
            width = self._view.scrollable_content_region.width
            lines = TextLines(text, width, self._page)
            if self._pages > 1:
                keys += " · PgDn and PgUp go on to other parts, ctrl+End to the last"
            self._view.show(lines, top=lines.count if bottom else 0)
        self._keys.update(plain(keys))

    def _words(self) -> str:
        words = self._described or self._column.type_name
        if self._pages > 1 and not self._structured:
            words = f"part {self._page + 1:,} of {self._pages:,} · {words}"
        return words

    def on_value_view_passed(self, event: ValueView.Passed) -> None:
        page = self._page + event.step
        if not self._structured and 0 <= page < self._pages:
            self._page = page
            self._show(bottom=event.step < 0)

    def on_value_view_chosen(self, event: ValueView.Chosen) -> None:
        lines = self._view.lines
        if isinstance(lines, TreeLines) and lines.toggle(event.line):
            self._view.lines_changed()
        elif isinstance(lines, TreeLines | ArrayLines):
            leaf = lines.leaf(event.line)
            if leaf is not None:
                element = replace(self._column, type_oid=_TEXT, type_name="text")
                self.app.push_screen(CellScreen(leaf, element, place=self._place))

    def action_part(self, end: int) -> None:
        """Show the first (-1) or last (1) part of a long text."""
        self._page = 0 if end < 0 else self._pages - 1
        self._show(bottom=end > 0)

    def action_switch(self) -> None:
        """Show the text instead of its structure, or the other way round."""
        self._structured = self._structure is not None and not self._structured
        self._show()

    def action_fold(self, folded: int) -> None:
        """Fold everything, or unfold it."""
        if isinstance(self._view.lines, TreeLines):
            self._view.lines.fold_all(bool(folded))
            self._view.lines_changed()
            self._view.move_to(0)

    def action_copy(self) -> None:
        """Ask for the value to be copied."""
        self.post_message(self.CopyRequested(self._value or ""))

    def action_save(self) -> None:
        """Ask for a file and write the value to it."""
        if self._value is None:
            self.notify("NULL has nothing to save.", severity="warning")
            return
        from mdbtui.ui.screens.saving import save_value

        # The app's own, since this screen may close before all is written.
        saving = save_value(self.app, self._column, self._value)
        self.app.run_worker(saving, group="save", exit_on_error=False)

    def action_close(self) -> None:
        self.dismiss(None)
