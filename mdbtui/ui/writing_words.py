"""Words for a statement that is about to write on several databases."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mdbtui.query.writes.fan import How
from mdbtui.sql.lexer import Scanner

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mdbtui.query.writes.forecast import Forecast

NAMES_SHOWN = 4


def typed_word(production: Sequence[str]) -> str:
    """Return what has to be typed to write there: a name, or how many they are."""
    if len(production) < 2:
        return "".join(production)
    return f"{len(production)} production"


def estimate(forecast: Forecast, *, explains: bool) -> str:
    """Return the estimate of rows in a cell."""
    if forecast.rows is not None:
        return f"≈ {forecast.rows:,}"
    return "unknown" if forecast.known or not explains else "…"


def total(forecasts: Sequence[Forecast], *, explains: bool, over: bool) -> str:
    """Return the estimate for all, and how far it goes."""
    count = len(forecasts)
    if not explains:
        return "rows unknown: such a statement has no plan to estimate them from"
    known = [each.rows for each in forecasts if each.rows is not None]
    words = f"≈ {sum(known):,} rows" if known else "rows unknown"
    if known and len(known) < count:
        words += f" in {len(known)} of {count} databases"
    elif known:
        words += f" in {count} database{'s' * (count != 1)}"
    return words if over else f"{words} · asking …"


def few(names: Sequence[str]) -> str:
    """Return some names, and how many more there are."""
    more = len(names) - NAMES_SHOWN
    return ", ".join(names[:NAMES_SHOWN]) + (f" and {more} more" if more > 0 else "")


def stopping(how: How, failing: Sequence[str]) -> str:
    """Return what it means for the others that these would fail; nothing if nothing."""
    if not failing or how is How.OWN:
        return ""
    it = "it" if len(failing) == 1 else "them"
    means = {
        How.STOP: "That stops all that have not committed by then",
        How.CANARY: "That stops the others",
        How.TOGETHER: "Then none is committed",
    }[how]
    return f"{few(failing)} would fail now. {means}: alt+x leaves {it} out."


def without_comments(sql: str) -> tuple[str, int]:
    """Return a statement from its first word on, and how many lines stand before it."""
    for kind, start, _ in Scanner(sql, "", 0):
        if kind not in ("ws", "comment"):
            return sql[start:], sql.count("\n", 0, start)
    return sql, 0


def beside(lines: int, comments: int, shown: int) -> str:
    """Return how much of a statement is out of view, if any of it is."""
    parts = []
    if comments:
        s = "s" * (comments != 1)
        parts.append(f"{comments} line{s} of comment before it")
    if lines > shown:
        parts.append(f"{lines} lines: shift+Tab, arrows scroll")
    return " · ".join(parts)
