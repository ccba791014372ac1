"""What vim's keys work on: the text, its cursor, and what surrounds them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Protocol

Place = tuple[int, int]
"""A row and a column, both from 0."""


class Host(Protocol):
    """A text with a cursor, as the machine sees it.

    The editor is one; so is the plain list of lines in the tests.
    """

    @property
    def lines(self) -> Sequence[str]:
        """The text's lines, without their ends; never empty."""

    @property
    def cursor(self) -> Place:
        """Where the cursor is."""

    @property
    def view(self) -> tuple[int, int]:
        """The first line on the screen, and how many there are on it."""

    def move(self, place: Place) -> None:
        """Put the cursor there; nothing is selected then."""

    def select(self, start: Place, end: Place, cursor: Place) -> None:
        """Show a selection (without its end) with the cursor somewhere in it."""

    def replace(self, start: Place, end: Place, text: str) -> None:
        """Replace a range; the cursor ends behind the new text."""

    def begin(self) -> None:
        """All edits until `end` are one step of undo."""

    def end(self) -> None:
        """The step of undo is complete."""

    def undo(self) -> Place | None:
        """Take a step back; return where the cursor was before it, None if no step."""

    def redo(self) -> Place | None:
        """Take an undone step again; returns as `undo`."""

    def scroll(self, top: int) -> None:
        """Make this the first line on the screen, as far as that can be."""

    def new_line_indent(self, before: str) -> str:
        """What a new line begins with, by the part of the line that stays above."""

    def clipboard(self) -> str:
        """What was copied last in this program."""

    def copy(self, text: str) -> None:
        """Put a text into the clipboard."""

    def proves(self, pattern: re.Pattern[str]) -> bool:
        """Whether a pattern is known to be found in the text, or not, in a moment."""

    def say(self, text: str, *, error: bool = False) -> None:
        """Tell the user something in a few words."""

    def perform(self, name: str, argument: str = "") -> None:
        """Do what is not about the text: save, close, move to another pane."""
