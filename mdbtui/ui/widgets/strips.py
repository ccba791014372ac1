"""One-line widgets that the mouse can press: the key bar and the tab strip.

Textual's Footer and Tabs mount a widget for every key and tab and rebuild them
whenever the focus moves; on a screen that must answer a key within a frame, one
painted line is enough. Both draw from a list of segments and remember which
columns belong to which.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.geometry import Size
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from mdbtui.ui.safe import safe

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events

TAB_LABEL_LIMIT = 32
"""Characters of a tab's label that are drawn."""


class _PressableLine(Widget):
    """A line of segments, some of which can be pressed."""

    ALLOW_SELECT = False

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._spans: list[tuple[int, int, int]] = []

    def get_content_width(self, container: Size, viewport: Size) -> int:
        return container.width

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return 1

    def pieces(self) -> list[tuple[int | None, Segment]]:
        """Return what to draw: an item's number (None: not pressable) and text."""
        raise NotImplementedError

    def pressed(self, item: int, event: events.Click) -> None:
        """Act on a press on item number `item`."""
        raise NotImplementedError

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        if y:
            return Strip.blank(width, self.rich_style)
        column = 0
        spans: list[tuple[int, int, int]] = []
        segments: list[Segment] = []
        for item, segment in self.pieces():
            end = column + cell_len(segment.text)
            if item is not None:
                spans.append((column, end, item))
            segments.append(segment)
            column = end
            if column >= width:
                break
        self._spans = spans
        return Strip(segments).crop_extend(0, width, self.rich_style)

    def on_click(self, event: events.Click) -> None:
        for start, end, item in self._spans:
            if start <= event.x < end:
                event.stop()
                self.pressed(item, event)
                return


@dataclass(frozen=True)
class KeyHint:
    """One entry of the key bar."""

    key: str
    """How the key is written, such as ``F5``."""
    description: str
    action: str
    """The action that a press runs, in the screen's namespace."""


class KeyBar(_PressableLine):
    """The keys that work now; a press runs the action."""

    COMPONENT_CLASSES = {"key-bar--key", "key-bar--text"}
    DEFAULT_CSS = """
    KeyBar { height: 1; background: $footer-background; color: $footer-foreground; }
    KeyBar > .key-bar--key { color: $footer-key-foreground; text-style: bold; }
    KeyBar > .key-bar--text { color: $footer-description-foreground; }
    """

    class Pressed(Message):
        """A hint was pressed with the mouse."""

        def __init__(self, action: str) -> None:
            super().__init__()
            self.action = action

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._hints: tuple[KeyHint, ...] = ()

    def show(self, hints: Sequence[KeyHint]) -> None:
        """Draw these hints, the most useful first: a narrow line loses the last."""
        if tuple(hints) != self._hints:
            self._hints = tuple(hints)
            self.refresh()

    def pieces(self) -> list[tuple[int | None, Segment]]:
        base = self.rich_style
        key = base + self.get_component_rich_style("key-bar--key", partial=True)
        text = base + self.get_component_rich_style("key-bar--text", partial=True)
        pieces: list[tuple[int | None, Segment]] = []
        for number, hint in enumerate(self._hints):
            pieces.append((number, Segment(f" {hint.key}", key)))
            pieces.append((number, Segment(f" {hint.description} ", text)))
        return pieces

    def pressed(self, item: int, event: events.Click) -> None:
        self.post_message(self.Pressed(self._hints[item].action))


@dataclass(frozen=True)
class Tab:
    """One tab of a strip. The label may hold any text; it is drawn safely."""

    key: str
    label: str
    closable: bool = False


class TabStrip(_PressableLine):
    """A row of tabs: a press shows one, a press on its × closes it."""

    COMPONENT_CLASSES = {"tab-strip--active", "tab-strip--tab"}
    DEFAULT_CSS = """
    TabStrip { height: 1; background: $panel; color: $foreground; }
    TabStrip > .tab-strip--tab { color: $text-muted; }
    TabStrip > .tab-strip--active {
        background: $surface; color: $primary; text-style: bold;
    }
    """

    class Chosen(Message):
        """A tab was pressed."""

        def __init__(self, strip: TabStrip, key: str) -> None:
            super().__init__()
            self.strip = strip
            self.key = key

        @property
        def control(self) -> TabStrip:
            return self.strip

    class Closed(Chosen):
        """A tab's × was pressed."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._tabs: tuple[Tab, ...] = ()
        self._active = ""

    @property
    def tabs(self) -> tuple[Tab, ...]:
        """The tabs shown, from the left."""
        return self._tabs

    @property
    def active(self) -> str:
        """The key of the tab that is marked as active."""
        return self._active

    def show(self, tabs: Sequence[Tab], active: str) -> None:
        """Draw these tabs, with the one of key `active` marked."""
        if (tuple(tabs), active) != (self._tabs, self._active):
            self._tabs, self._active = tuple(tabs), active
            self.refresh()

    def pieces(self) -> list[tuple[int | None, Segment]]:
        base = self.rich_style
        plain = base + self.get_component_rich_style("tab-strip--tab", partial=True)
        marked = base + self.get_component_rich_style("tab-strip--active", partial=True)
        pieces: list[tuple[int | None, Segment]] = []
        for number, tab in enumerate(self._tabs):
            active = tab.key == self._active
            style: Style = marked if active else plain
            # The mark says which tab is active also where colours don't show.
            lead = "▌" if active else " "
            label = safe(tab.label, TAB_LABEL_LIMIT)
            pieces.append((2 * number, Segment(f"{lead}{label} ", style)))
            if tab.closable:
                pieces.append((2 * number + 1, Segment("× ", style)))
        return pieces

    def pressed(self, item: int, event: events.Click) -> None:
        number, on_close = divmod(item, 2)
        message = self.Closed if on_close else self.Chosen
        self.post_message(message(self, self._tabs[number].key))
