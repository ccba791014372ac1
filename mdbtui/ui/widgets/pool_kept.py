"""The pool panel's lines about connections that are kept between statements."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mdbtui.ui.safe import safe
from mdbtui.ui.widgets.charts import short_span
from mdbtui.ui.widgets.line_text import cut, fit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mdbtui.pool import Holder
    from mdbtui.ui.widgets.line_text import Line

MOST = 5
_NAME_LIMIT, _WHY_LIMIT = 40, 120


def lines(holders: Sequence[Holder], width: int, room: int) -> list[Line]:
    """One line for each kept connection, longest first: who, how long, for what.

    Args:
        holders: Who has a connection.
        width: Cells in a line.
        room: Lines at most.
    """
    kept = [holder for holder in holders if holder.pinned]
    shown = kept[: min(room, MOST)]
    found: list[Line] = [
        _fit(
            f"◇ {safe(holder.name, _NAME_LIMIT)} {short_span(holder.held_s)}: "
            f"{safe(holder.why, _WHY_LIMIT)}",
            width,
        )
        for holder in shown
    ]
    if shown and len(kept) > len(shown):
        found[-1] = _fit(f"◇ … {len(kept) - len(shown) + 1} more are kept", width)
    return found


def _fit(text: str, width: int) -> Line:
    return fit([(cut(text, width), "text")], width)
