"""Textual's compositor, made to render only the lines that are painted.

For a change of one line it renders every widget that could be near it, whole: twenty
containers of fifty lines each, of which nothing is seen. That takes 4 to 6 ms. Here a
widget renders those of its lines that are in the rectangle to be painted, and what is
behind one that fills the rectangle is not asked at all. The class itself is changed,
because each screen makes its own. Textual 8.2.8.
"""

from __future__ import annotations

from collections.abc import Iterable

from textual._compositor import Compositor
from textual.geometry import Region
from textual.strip import Strip


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


def mend_compositor() -> None:
    """Change the class for all screens of this process; again does no harm."""
    Compositor._get_renders = _get_renders  # type: ignore[method-assign, assignment] # noqa: SLF001
