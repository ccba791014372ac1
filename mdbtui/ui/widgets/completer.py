"""Completion in one editor: when to propose, which keys choose, what goes in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from textual.geometry import Offset

from mdbtui.ui.widgets.completion import CompletionList

if TYPE_CHECKING:
    from textual import events

    from mdbtui.sql.complete import Completion, Item
    from mdbtui.ui.widgets.editor_completion import Excerpt, SqlCompletion

_MOVES = {"down": 1, "up": -1}
_PAGES = {"pagedown": 1, "pageup": -1}
_AHEAD = frozenset({"tab", "enter", "escape", *_MOVES, *_PAGES})
"""Keys that mean the list of the text as it is when they come."""
_ASKING = frozenset({"ctrl+space", "ctrl+@"})
"""What a terminal sends where the list is asked for."""
_OPENING = frozenset("._\"' (,=:")
"""Signs that a name, or a value, can begin with or stand behind."""


class Proposer(Protocol):
    """Where proposals come from."""

    @property
    def reading(self) -> bool:
        """Whether more names are to come."""

    def propose(self, around: Excerpt) -> Completion | None:
        """Say what may be written at the cursor; None: not known yet."""

    def took(self, item: Item) -> None:
        """A proposal went into the text."""

    def read_anew(self) -> None:
        """The user wants the names as they are now."""


class Completer:
    """Proposes while the user types.

    Nothing here waits: a key goes into the text at once, and what is proposed is
    found between two keys. A key that takes a proposal takes it for the text as it is
    then, also if the list was not painted yet.

    Args:
        editor: whose text is completed.
        source: where proposals come from.
        popup: shown for whichever editor has the keyboard; shared by all.
    """

    def __init__(
        self, editor: SqlCompletion, source: Proposer, popup: CompletionList
    ) -> None:
        self._editor = editor
        self._source = source
        self._popup = popup
        self._typed: str | None = None
        self._forced = False
        self._moved = False
        self._open = False
        self._found: Completion | None = None
        self._around: Excerpt | None = None
        self._waiting = False

    @property
    def is_open(self) -> bool:
        """Whether the list shows."""
        return self._open

    @property
    def awaits_change(self) -> bool:
        """Whether a key was typed that the text has still to tell of."""
        return self._typed is not None

    # ---- keys ---------------------------------------------------------------------

    def key(self, event: events.Key) -> bool:
        """Take a key if it is meant for the list; tell whether it was."""
        key = event.key
        if self._typed is not None and key in _AHEAD:
            self.changed()
        if self._open and self._choose(key):
            event.stop()
            event.prevent_default()
            return True
        character = event.character if event.is_printable else None
        if character is not None and (character.isalnum() or character in _OPENING):
            self._typed = character
        elif key == "backspace":
            self._typed = "" if self._open else None
        elif key not in _ASKING:
            self.close()
        return False

    def _choose(self, key: str) -> bool:
        if key in _MOVES:
            self._moved = True
            self._popup.move(_MOVES[key])
        elif key in _PAGES:
            self._moved = True
            self._popup.page(_PAGES[key])
        elif key == "escape":
            self.close()
        elif key == "tab" or (key == "enter" and self._moved):
            return self.accept(self._popup.chosen)
        else:
            return False
        return True

    def ask(self) -> None:
        """Propose here; asked for again while it shows, read the names anew."""
        if self._open and self._forced:
            self._source.read_anew()
            return
        self._forced = True
        self._update()
        if not self._open:
            more = " yet: the names are being read" if self._waiting else ""
            self._editor.notify(f"There is nothing to complete here{more}.")

    # ---- what happened --------------------------------------------------------------

    def changed(self) -> None:
        """The text or the cursor is another one."""
        typed, self._typed = self._typed, None
        editor = self._editor
        if not editor.selection.is_empty or editor.read_only:
            self.close()
        elif typed is not None:
            row, column = editor.cursor_location
            if editor.document[row].endswith(typed, 0, column):
                self._update()
        elif (self._open or self._waiting) and not self._still_there():
            self.close()

    def known(self) -> None:
        """More names are known now."""
        if self._typed is not None or self._moved:
            return
        if self._open or (self._waiting and self._still_there()):
            self._update()

    def _still_there(self) -> bool:
        return self._around == self._editor.around_cursor()

    def scrolled(self) -> None:
        """The text stands elsewhere on the screen."""
        found = self._found
        if not self._open or found is None:
            return
        in_view = self._editor.cursor_in_view
        if not in_view or not self._popup.stand_at(*self._place(found)):
            self.close()

    def close(self) -> None:
        """Take the list away."""
        self._typed = None
        self._forced = False
        self._moved = False
        self._waiting = False
        self._found = self._around = None
        if self._open:
            self._open = False
            self._popup.close()

    # ---- proposals ------------------------------------------------------------------

    def _update(self) -> None:
        around = self._editor.around_cursor()
        found = self._source.propose(around)
        if found is None or not self._wanted(found, around.text):
            forced = self._forced
            self.close()
            if self._source.reading:
                self._around, self._forced, self._waiting = around, forced, True
            return
        self._moved = self._waiting = False
        self._around = around
        self._found = found
        self._open = self._show(found)

    def _wanted(self, found: Completion, text: str) -> bool:
        if not found.items:
            return False
        written = text[found.start : found.end]
        if all(item.insert == written for item in found.items):
            return False  # it is all there already
        return self._forced or found.dotted or found.awaited or bool(written)

    def _show(self, found: Completion) -> bool:
        editor, popup = self._editor, self._popup
        if popup.parent is None:
            editor.screen.mount(popup)
        return popup.show(found.items, *self._place(found))

    def _place(self, found: Completion) -> tuple[Offset, int]:
        """The cursor's cell, and how many cells before it the name begins."""
        editor = self._editor
        x, y = editor.cursor_screen_offset
        room = editor.content_region
        # The text is scrolled to the cursor only when it is painted.
        cell = Offset(
            max(room.x, min(x, room.right - 1)), max(room.y, min(y, room.bottom - 1))
        )
        cells = editor.wrapped_document.location_to_offset
        here = cells(editor.cursor_location)
        begin = self._around.begin if self._around else 0
        there = cells(editor.sql.location_at(begin + found.start))
        return cell, here.x - there.x if here.y == there.y else 0

    def accept(self, number: int) -> bool:
        """Put a proposal into the text."""
        found, around = self._found, self._around
        if found is None or around is None or not 0 <= number < len(found.items):
            return False
        still_there = self._still_there()  # else the text changed without a key
        item = found.items[number]
        self.close()
        if still_there:
            start, end = around.begin + found.start, around.begin + found.end
            self._editor.insert_proposal(item.insert, start, end, item.caret)
            self._source.took(item)
        return still_there
