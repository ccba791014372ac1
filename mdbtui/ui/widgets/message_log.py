"""What the server and the program said, newest last, wrapped to the width there is."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from rich.text import Text
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

if TYPE_CHECKING:
    from textual.events import Resize

MAX_MESSAGES = 2_000
GATHER_SECONDS = 0.05
INDENT = 2
"""Columns that the lines of a message after its first one are indented."""


class Mood(StrEnum):
    """What a message is, which decides its mark and colour."""

    DONE = "done"
    NOTICE = "notice"
    ERROR = "error"


_MARKS = {Mood.DONE: "✓ ", Mood.NOTICE: "· ", Mood.ERROR: "× "}


@dataclass(frozen=True)
class Said:
    """One message. Its text is safe to draw."""

    mood: Mood
    text: Text


class MessageLog(ScrollView, can_focus=True):
    """The last messages of a query pane.

    Textual's RichLog wraps once, to the width it has when a line comes, which is
    none while it is hidden; this wraps when it is painted.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"message-log--{mood}" for mood in Mood}
    DEFAULT_CSS = """
    MessageLog { background: $surface; color: $foreground; scrollbar-size: 1 1; }
    MessageLog > .message-log--done { color: $text-success; }
    MessageLog > .message-log--notice { color: $text-warning; }
    MessageLog > .message-log--error { color: $text-error; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._said: deque[Said] = deque(maxlen=MAX_MESSAGES)
        self._heights: deque[int] = deque(maxlen=MAX_MESSAGES)
        self._lines: list[tuple[Mood, bool, Text]] = []
        self._fresh: deque[Said] = deque(maxlen=MAX_MESSAGES)
        self._width = 0
        self._gathering = False

    @property
    def count(self) -> int:
        """Messages that are kept."""
        return min(len(self._said) + len(self._fresh), MAX_MESSAGES)

    @property
    def plain(self) -> str:
        """All messages as plain text."""
        return "\n".join(said.text.plain for said in (*self._said, *self._fresh))

    def say(self, said: Said) -> None:
        """Add a message and show its end.

        A flood is gathered: it is wrapped and painted twenty times a second.
        """
        self._fresh.append(said)
        if not self._gathering and self.is_attached:
            self._gathering = True
            self.set_timer(GATHER_SECONDS, self._take_in)

    def _take_in(self) -> None:
        self._gathering = False
        fresh = list(self._fresh)
        self._fresh.clear()
        evicted = max(0, len(self._said) + len(fresh) - MAX_MESSAGES)
        gone = sum(islice(self._heights, min(evicted, len(self._heights))))
        del self._lines[:gone]
        for said in fresh:
            self._keep(said)
        self._sized()

    def on_resize(self, event: Resize) -> None:
        if self.scrollable_content_region.width != self._width:
            self._width = self.scrollable_content_region.width
            said = list(self._said)
            self._said.clear()
            self._heights.clear()
            self._lines.clear()
            for message in said:
                self._keep(message)
            self._sized()

    def _keep(self, said: Said) -> None:
        lines = self._wrapped(said)
        self._said.append(said)
        self._heights.append(len(lines))
        self._lines += lines

    def _wrapped(self, said: Said) -> list[tuple[Mood, bool, Text]]:
        width = self._width - INDENT
        if width <= 0:
            return []
        lines = said.text.wrap(self.app.console, width, tab_size=4)
        return [(said.mood, number == 0, line) for number, line in enumerate(lines)]

    def _sized(self) -> None:
        self.virtual_size = Size(self._width, len(self._lines))
        self.scroll_end(animate=False)
        self.refresh()

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self.refresh()

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        number = y + self.scroll_offset.y
        base = self.rich_style
        if number >= len(self._lines):
            return Strip.blank(width, base)
        mood, first, text = self._lines[number]
        mark = base + self.get_component_rich_style(
            f"message-log--{mood}", partial=True
        )
        # An error is read from its colour on; of the rest, only the mark is coloured.
        style = mark if mood is Mood.ERROR and first else base
        lead = Segment(_MARKS[mood] if first else " " * INDENT, mark)
        segments = [
            Segment(part, style + part_style if part_style else style)
            for part, part_style, _ in text.render(self.app.console)
            if part != "\n"
        ]
        return Strip([lead, *segments]).crop_extend(0, width, base)
