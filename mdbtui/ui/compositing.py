"""Textual's compositor, made to render only what is painted, and to paint keys at once.

For a change of one line it renders every widget that could be near it, whole: twenty
containers of fifty lines each, of which nothing is seen. That takes 4 to 6 ms. Here a
widget renders those of its lines that are in the rectangle to be painted, and what is
behind one that fills the rectangle is not asked at all. The class itself is changed,
because each screen makes its own.

A screen paints sixty times a second at most: a key that comes behind the clock of a
running statement waited for up to 16 ms. What a key did to the widget that has the
focus is painted at once instead, if no other key waits behind it. Textual 8.2.8.
"""

from __future__ import annotations

from collections.abc import Iterable

from textual import events
from textual._compositor import Compositor
from textual.geometry import Region
from textual.screen import Screen
from textual.strip import Strip

from mdbtui.ui.input_order import OrderedInputMixin


def _get_renders(
    compositor: Compositor, crop: Region | None = None
) -> Iterable[tuple[Region, Region, list[Strip]]]:
    """Return where each widget is seen within the lines of `crop`, and its strips."""
    painted = crop or compositor.size.region
    overlaps = painted.overlaps
    top, bottom = painted.y, painted.bottom
    for widget, (region, clip) in compositor.visible_widgets.items():
        seen = region.intersection(clip)
        if not overlaps(seen):
            continue
        first, end = max(seen.y, top), min(seen.bottom, bottom)
        part = Region(seen.x, first, seen.width, end - first)
        own = Region(part.x - region.x, first - region.y, part.width, part.height)
        yield part, part, widget.render_lines(own)
        if seen.contains_region(painted):
            return  # they come from the front, and none can be seen through


_wait_for_frame = Screen._on_idle  # noqa: SLF001


async def _on_idle(screen: Screen[object], event: events.Idle) -> None:
    app = screen.app
    if (
        isinstance(app, OrderedInputMixin)
        and app.last_key_under_way
        and screen.focused in screen._dirty_widgets  # noqa: SLF001
    ):
        screen._on_timer_update()  # noqa: SLF001
    await _wait_for_frame(screen, event)


def mend_compositor() -> None:
    """Change the classes for all screens of this process; again does no harm."""
    Screen._on_idle = _on_idle  # type: ignore[method-assign, assignment] # noqa: SLF001
    Compositor._get_renders = _get_renders  # type: ignore[method-assign, assignment] # noqa: SLF001
