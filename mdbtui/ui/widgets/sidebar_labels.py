"""The text of a line in the sidebar, fitted to its width."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from rich.cells import cell_len, set_cell_size
from rich.style import Style
from textual.color import Color, ColorParseError

from mdbtui.catalog import SEPARATOR
from mdbtui.ui.safe import safe
from mdbtui.ui.widgets.sidebar_items import Item, ItemKind, State, Status

if TYPE_CHECKING:
    from mdbtui.config import Environment

LIMIT = 200
"""Characters of a name that are looked at: more than any pane is wide."""
_NAME_CELLS = 6
"""Cells of a name that facts beside it never take."""
_CONNECTION_CELLS = 10
"""Cells of a connection's name that its state in words never takes."""
_GAP = 1

STATE_STYLES = {
    State.CLOSED: "sidebar--detail",
    State.UP: "sidebar--up",
    State.TROUBLE: "sidebar--trouble",
    State.DOWN: "sidebar--down",
    State.REFUSED: "sidebar--down",
    State.PARKED: "sidebar--trouble",
}
BADGES = {"production": "PROD", "staging": "STG", "development": "DEV"}
_BADGE_STYLES = {
    "production": "sidebar--production",
    "staging": "sidebar--trouble",
    "development": "sidebar--up",
}

Styler = Callable[[str], Style]
"""Gives the style of a component class; a null style where the cursor is."""


class Part(NamedTuple):
    """A piece of text in one style."""

    text: str
    style: Style


def label(item: Item, width: int, style: Styler) -> list[Part]:
    """Return the text of an item's line in pieces, together ``width`` cells wide.

    Args:
        item: What the line stands for.
        width: Cells that there are.
        style: Where styles come from.
    """
    detail = style("sidebar--detail")
    match item.kind:
        case ItemKind.CONNECTION:
            return _connection(item, width, style)
        case ItemKind.GROUP:
            parts = [Part(str(len(item.members)), detail)]
            return _fitted(
                Part(safe(item.text, LIMIT), style("sidebar--group")), parts, width
            )
        case ItemKind.OBJECT:
            return _object(item, width, style)
        case ItemKind.ERROR:
            return _fitted(
                Part(f"× {safe(item.text, LIMIT)}", style("sidebar--down")), [], width
            )
        case _:
            return _fitted(Part(item.text, detail), [], width)


def _connection(item: Item, width: int, style: Styler) -> list[Part]:
    state = item.mark.state
    tint = style(STATE_STYLES[state])
    word = "loading…" if item.status is Status.LOADING else item.mark.word
    facts = [Part(word, tint)] if word else []
    environment = item.spec.environment if item.spec else None
    badge = _badge(environment, style) if environment else None
    room = width - 2 - (cell_len(badge.text) + _GAP if badge else 0)
    name = safe(item.text, LIMIT)
    if room - cell_len(word) - _GAP < min(cell_len(name), _CONNECTION_CELLS):
        facts = []  # the mark says it as well
    parts = [Part(f"{state.value} ", tint)]
    parts += _fitted(Part(name, Style.null()), facts, room)
    return [*parts, Part(" ", Style.null()), badge] if badge else parts


def _badge(environment: Environment, style: Styler) -> Part:
    name = environment.name
    text = BADGES.get(name) or safe(name, 4).upper()
    known = style(_BADGE_STYLES.get(name, "sidebar--detail"))
    # A null style means the cursor, whose colours stay alone.
    own = _own_colour(environment.colour) if known else None
    if name == "production":
        return Part(f" {text} ", known + own.filled if own else known)
    return Part(text, own.plain if own else known)


class _Own(NamedTuple):
    plain: Style
    filled: Style


@functools.lru_cache(maxsize=64)
def _own_colour(colour: str | None) -> _Own | None:
    """Return the styles of a colour that the user chose, None for a wrong one."""
    if colour is None:
        return None
    try:
        parsed = Color.parse(colour)
    except ColorParseError:
        return None
    text = parsed.get_contrast_text(1).rich_color
    return _Own(
        Style(color=parsed.rich_color), Style(color=text, bgcolor=parsed.rich_color)
    )


def _object(item: Item, width: int, style: Styler) -> list[Part]:
    node = item.node
    assert node is not None
    detail = style("sidebar--detail")
    loading = item.status is Status.LOADING
    words = "loading…" if loading else safe(node.label_detail, LIMIT)
    facts = [Part(word, detail) for word in words.split(SEPARATOR) if word]
    name = Part(
        safe(item.text, LIMIT), style("sidebar--folder" if node.is_folder else "")
    )
    return _fitted(name, facts, width)


def _fitted(name: Part, facts: list[Part], width: int) -> list[Part]:
    """Put a name to the left and as many facts as there is room for to the right.

    The last facts go first; when not even one fits, it is cut.
    """
    room = width - min(cell_len(name.text), _NAME_CELLS) - _GAP
    free = width - cell_len(name.text) - _GAP
    kept: list[Part] = []
    for part in facts:
        cells = cell_len(part.text) + (_GAP if kept else 0)
        if cells > free:
            if not kept and room >= 4:
                # A cut name with a fact says more than a whole name without.
                cut = _cropped(part.text, max(free, min(room, cells, 8)))
                kept.append(Part(cut, part.style))
            break
        kept.append(part)
        free -= cells
    right = sum(cell_len(part.text) for part in kept) + _GAP * (len(kept) - 1)
    left = max(0, width - right - _GAP) if kept else width
    parts = [Part(_padded(_cropped(name.text, left), left), name.style)]
    return parts + [Part(f" {part.text}", part.style) for part in kept]


def _padded(text: str, width: int) -> str:
    return text + " " * (width - cell_len(text))


def _cropped(text: str, width: int) -> str:
    if cell_len(text) <= width:
        return text
    return set_cell_size(text, max(0, width - 1)).rstrip() + "…" if width > 0 else ""
