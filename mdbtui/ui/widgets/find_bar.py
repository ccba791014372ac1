"""The lines below the editor in which a text is looked for and replaced."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from textual import events, on, work
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.document._document import Selection
from textual.message import Message
from textual.widgets import Input, Static

from mdbtui.sql.search import MOST_FOUND, Needle, SearchError
from mdbtui.ui.safe import plain
from mdbtui.ui.widgets.finder import Finder

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from mdbtui.ui.widgets.editor import SqlEditor

_LARGE = 1 << 20
_PATIENCE = 0.15
"""Seconds without a key before a large text is searched."""
_NOTE_LIMIT = 200
_HELP = "Enter next  ↑ previous  Esc closes  alt+i l p n: Aa W .* Sel"


class Switch(Static):
    """A word that is on or off; a click or the bar's key for it turns it.

    Tab passes it by: behind what is looked for comes what replaces it.
    """

    DEFAULT_CSS = """
    Switch { width: auto; height: 1; padding: 0 0 0 1; color: $text-muted; }
    Switch.-on { text-style: bold; color: $text; }
    """

    class Turned(Message):
        """A switch was turned."""

    def __init__(self, word: str, tooltip: str, id: str) -> None:
        super().__init__("", id=id, markup=False)
        self._word = word
        self.tooltip = tooltip
        self.set(on=False)

    @property
    def on(self) -> bool:
        """Whether it is on."""
        return self.has_class("-on")

    def set(self, *, on: bool) -> None:
        """Turn it without a message."""
        self.set_class(on, "-on")
        self.update(f"{'■' if on else '□'}{self._word}")

    def on_click(self) -> None:
        self.action_turn()

    def action_turn(self) -> None:
        """Turn it."""
        self.set(on=not self.on)
        self.post_message(self.Turned())


class Line(Input):
    """An input of one line of the bar; ctrl+f selects what is in it."""

    BINDINGS = [Binding("ctrl+f,ctrl+a", "select_all", "Select all", show=False)]

    async def _on_key(self, event: events.Key) -> None:
        # A terminal sends alt with a letter, which is no text.
        if event.key.startswith("alt+"):
            event.prevent_default()


class FindBar(Vertical):
    """Finds and replaces in an editor.

    Args:
        editor: The editor, beside which the bar stands.
    """

    BINDINGS = [
        Binding("escape", "close", "Close", show=False),
        Binding("down", "step(1)", "Next", show=False),
        Binding("up,shift+enter", "step(-1)", "Previous", show=False),
        Binding("alt+i", "turn('case')", "Upper and lower case differ", show=False),
        Binding("alt+l", "turn('word')", "Whole words only", show=False),
        Binding("alt+p", "turn('regex')", "Regular expression", show=False),
        Binding("alt+n", "turn('inside')", "In the selection only", show=False),
        Binding("alt+h", "replace", "Replace; again: replace all", show=False),
    ]
    DEFAULT_CSS = """
    FindBar {
        height: auto; background: $panel;
        &.-closed { display: none; }
        & > Horizontal { height: 1; }
        & Input { width: 1fr; border: none; height: 1; padding: 0 1; }
        & Input:focus { border: none; background: $surface; }
        & .title { width: 9; padding: 0 1; text-style: bold; }
        & .count { width: auto; padding: 0 1; }
        & .button { width: auto; padding: 0 1; color: $text-accent; }
        & > .note { height: 1; padding: 0 1; color: $text-muted; }
        & > .note.-wrong { color: $text-error; }
        & > .replacing { display: none; }
        &.-replace > .replacing { display: block; }
    }
    """

    def __init__(self, editor: SqlEditor) -> None:
        super().__init__()
        self._editor = editor
        self._finder = Finder()
        self.needle = Line(placeholder="text", select_on_focus=True, id="needle")
        self.template = Line(placeholder="by", select_on_focus=True, id="template")
        self._count = Static(classes="count", markup=False)
        self._note = Static(_HELP, classes="note", markup=False)
        self._switches = {
            "case": Switch("Aa", "Upper and lower case differ (alt+i)", "case"),
            "word": Switch("W", "Whole words only (alt+l)", "word"),
            "regex": Switch(".*", "Regular expression (alt+p)", "regex"),
            "inside": Switch("Sel", "In the selection only (alt+n)", "inside"),
        }
        self._origin = 0
        self._scope: tuple[int, int] | None = None
        # What the search has to do that follows a replacement.
        self._go_on = False
        self._told = ""

    def compose(self) -> ComposeResult:
        with Horizontal():
            yield Static("Find", classes="title")
            yield self.needle
            yield self._count
            yield from self._switches.values()
        with Horizontal(classes="replacing"):
            yield Static("Replace", classes="title")
            yield self.template
            yield Static("One ⏎", classes="button", id="one", markup=False)
            yield Static("All M-h", classes="button", id="all", markup=False)
        yield self._note

    def on_mount(self) -> None:
        self._editor.edits.append(self._moved)

    def on_unmount(self) -> None:
        self._finder.close()

    # ---- open and close ------------------------------------------------------------

    def open(self, *, replace: bool) -> None:
        """Show the bar; what is selected in one line becomes what is looked for."""
        editor = self._editor
        was_closed = not self.is_open or not self.needle.value
        self.remove_class("-closed")
        if replace:
            self.add_class("-replace")
        start, end = sorted(editor.selection)
        self._origin = editor.sql.offset_at(start)
        if start[0] != end[0]:
            self._set_scope(self._origin, editor.sql.offset_at(end))
        elif was_closed:
            self._scope = None
            self._switches["inside"].set(on=False)
        if start[0] == end[0] and start != end and not self._switches["regex"].on:
            self.needle.value = editor.selected_text
        line = self.needle
        if replace and self.needle.value and not was_closed:
            line = self.template
        self.screen.set_focus(line)
        self.search()

    def action_close(self) -> None:
        """Close the bar and go back into the text."""
        self.workers.cancel_node(self)
        self._finder.close()
        self._editor.show_found(None)
        self._editor.leave_match()
        self.add_class("-closed")
        self.remove_class("-replace")
        self.screen.set_focus(self._editor)

    @property
    def is_open(self) -> bool:
        """Whether the bar is on the screen."""
        return not self.has_class("-closed")

    def _set_scope(self, start: int, end: int) -> None:
        self._scope = start, end
        self._switches["inside"].set(on=True)

    # ---- search --------------------------------------------------------------------

    def _wanted(self) -> Needle:
        flags = {name: switch.on for name, switch in self._switches.items()}
        flags.pop("inside")
        return Needle(self.needle.value, **flags)

    def _range(self) -> tuple[int, int]:
        size = len(self._editor.text)
        if self._scope is None:
            return 0, size
        return min(self._scope[0], size), min(self._scope[1], size)

    @on(Input.Changed, "#needle")
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self.search()

    @on(Input.Changed, "#template")
    def _template_typed(self, event: Input.Changed) -> None:
        event.stop()

    @on(Switch.Turned)
    def _turned(self, event: Switch.Turned) -> None:
        event.stop()
        inside = self._switches["inside"]
        if inside.on and self._scope is None:
            start, end = map(self._editor.sql.offset_at, sorted(self._editor.selection))
            if start == end:
                inside.set(on=False)
                self._say("Nothing is selected.")
            else:
                self._set_scope(start, end)
        elif not inside.on:
            self._scope = None
        self.search()

    def action_turn(self, switch: str) -> None:
        """Turn a switch by its key."""
        self._switches[switch].action_turn()

    def _moved(self, start: int, removed: int, added: int) -> None:
        """The text was edited: the selection that is searched moves along."""
        if self._scope is not None:
            first, last = self._scope
            if start + removed <= first:
                first, last = first + added - removed, last + added - removed
            elif start <= last:
                last = max(first, last + added - removed)
            self._scope = first, last

    def text_changed(self) -> None:
        """Look again in the new text; the cursor stays."""
        if self.is_open:
            self.search(go=False)

    @work(group="find", exclusive=True, exit_on_error=False)
    async def search(self, *, go: bool = True) -> None:
        """Mark all matches and go to the first one from where it began."""
        editor = self._editor
        text = editor.text
        if len(text) > _LARGE:
            await asyncio.sleep(_PATIENCE)
            text = editor.text
        needle = self._wanted()
        if needle.text:
            self._count.update("…")
        try:
            spans = await self._finder.find(needle, text, *self._range())
        except SearchError as error:
            editor.show_found(None)
            self._count.update("")
            self._say(f"{error}", wrong=True)
            return
        editor.show_found(spans)
        self._say(self._told)
        go, self._go_on, self._told = go or self._go_on, False, ""
        if go and len(editor.found):
            self._go(self._from(self._origin))
        else:
            self._tell()

    def _from(self, offset: int) -> int:
        """The first match behind an offset; the first of all if there is none."""
        index = self._editor.found.after(offset)
        return index if index < len(self._editor.found) else 0

    def action_step(self, by: int) -> None:
        """Go to the next (1) or previous (-1) match, around the ends too."""
        editor = self._editor
        count = len(editor.found)
        if not count:
            return
        start = editor.sql.offset_at(min(editor.selection))
        index = editor.found.after(start)
        here = index < count and editor.found[index] == self._selected()
        if by > 0:
            index += here
        else:
            index -= 1
        self._go(index % count)

    @on(Input.Submitted, "#needle")
    def _next(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_step(1)

    def _go(self, index: int) -> None:
        editor = self._editor
        start, end = map(editor.sql.location_at, editor.found[index])
        editor.history.checkpoint()
        editor.select_match(start, end)
        editor.scroll_cursor_visible(center=True)
        self._origin = editor.found[index][0]
        self._tell()

    def _selected(self) -> tuple[int, int]:
        start, end = map(self._editor.sql.offset_at, sorted(self._editor.selection))
        return start, end

    def _current(self) -> int:
        """The index of the match that is selected; -1 for none."""
        found = self._editor.found
        selected = self._selected()
        index = found.after(selected[0])
        return index if index < len(found) and found[index] == selected else -1

    def _tell(self) -> None:
        count = len(self._editor.found)
        more = "+" if count >= MOST_FOUND else ""
        words = f"{count:,}{more}" if count else "none"
        if (index := self._current()) >= 0:
            words = f"{index + 1:,} of {words}"
        self._count.update(words if self.needle.value else "")

    def _say(self, text: str, *, wrong: bool = False) -> None:
        self._note.set_class(wrong, "-wrong")
        self._note.update(plain(text or _HELP, _NOTE_LIMIT))

    # ---- replace -------------------------------------------------------------------

    def action_replace(self) -> None:
        """Ask for what to put; in that line, replace all."""
        if self.has_class("-replace") and self.template.has_focus:
            self._replace(everything=True)
        else:
            self.add_class("-replace")
            self.screen.set_focus(self.template)

    @on(Input.Submitted, "#template")
    def _replace_one(self, event: Input.Submitted) -> None:
        event.stop()
        self._replace(everything=False)

    @on(events.Click, "#one")
    def _one_clicked(self) -> None:
        self._replace(everything=False)

    @on(events.Click, "#all")
    def _all_clicked(self) -> None:
        self._replace(everything=True)

    @work(group="find", exclusive=True, exit_on_error=False)
    async def _replace(self, *, everything: bool) -> None:
        editor = self._editor
        if editor.read_only:
            return
        text, needle = editor.text, self._wanted()
        try:
            spans = await self._finder.find(needle, text, *self._range())
            editor.show_found(spans)
            index = self._current()
            if not everything and index < 0:
                if spans:
                    self._go(self._from(self._origin))
                return
            if not spans:
                self._tell()
                return
            start, end = self._range()
            if not everything:
                spans = spans[2 * index : 2 * index + 2]
                start = spans[0]
            change = await self._finder.replaced(
                needle, text, self.template.value, start, end, spans
            )
        except SearchError as error:
            self._say(f"{error}", wrong=True)
            return
        if editor.text is not text and editor.text != text:
            self._say("The text changed meanwhile. Nothing was replaced.", wrong=True)
            return
        self._put(*change, everything=everything)

    def _put(
        self, start: int, end: int, new: str, count: int, *, everything: bool
    ) -> None:
        editor = self._editor
        places = editor.sql.location_at(start), editor.sql.location_at(end)
        self._origin = start + len(new)
        # The text's change begins a search, which ends this worker.
        self._go_on = not everything
        self._told = f"Replaced {count:,}; ctrl+z takes it back." if everything else ""
        editor.replace_as_one_step(new, *places, Selection.cursor(places[0]))
