"""The live connections of a pool: how old they are, and when they end."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from mdbtui.pool.durations import duration
from mdbtui.ui.widgets.charts import bar
from mdbtui.ui.widgets.line_text import Line, Piece, fit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mdbtui.pool import Connection

_EDGES = (10.0, 60.0, 300.0, 900.0, 3600.0, 21_600.0)
_MOST_LISTED = 30
_GUTTER, _COUNT = 9, 28
"""Cells before a bar, and those behind it."""


class Limits(NamedTuple):
    """When the pool ends a connection by itself.

    Attributes:
        idle_s: After so long without use; 0 for never.
        queries: After so many queries.
    """

    idle_s: float = 300.0
    queries: int = 50_000


def age_lines(live: Sequence[Connection], limits: Limits, width: int) -> list[Line]:
    """Draw how many connections are how old, and how near they are to their end."""
    note = f"ended after {limits.queries:,} queries"
    if limits.idle_s:
        note += f", or when idle for {duration(limits.idle_s)}"
    note = note if live else "none"
    lines = [fit([("Connection ages", "title"), (f"  {note}", "dim")], width)]
    if not live:
        return lines
    lines += _histogram(live, width)
    idle = [one.idle_s for one in live if one.idle_s is not None]
    if idle and limits.idle_s:
        share = max(idle) / limits.idle_s
        text = f"{duration(max(idle))} of {duration(limits.idle_s)}"
        lines.append(_gauge("idle", share, text, width))
    most = max(one.queries for one in live)
    share = most / max(1, limits.queries)
    lines.append(_gauge("queries", share, f"{most:,} of {limits.queries:,}", width))
    return lines


def _histogram(live: Sequence[Connection], width: int) -> list[Line]:
    """A bar for each span of ages, from the first that has any to the last."""
    rows = [[0, 0] for _ in range(len(_EDGES) + 1)]
    for one in live:
        place = sum(one.age_s >= edge for edge in _EDGES)
        rows[place][one.idle_s is not None] += 1
    most = max(map(sum, rows))
    filled = [place for place, row in enumerate(rows) if sum(row)]
    room = max(4, width - _GUTTER - _COUNT)
    lines = []
    for place in range(filled[0], filled[-1] + 1):
        used, idle = rows[place]
        label = f"<{duration(_EDGES[place])}" if place < len(_EDGES) else "older"
        cells = bar((used, idle), most, room)
        words = " · ".join(
            text
            for count, text in ((used, f"{used} in use"), (idle, f"{idle} idle"))
            if count
        )
        lines.append(
            fit(
                [
                    (f"{label:>{_GUTTER - 2}} ┤", "dim"),
                    ("█" * cells[0], "used"),
                    ("▒" * cells[1], "free"),
                    (f" {words}", "text"),
                ],
                width,
            )
        )
    return lines


def _gauge(name: str, share: float, text: str, width: int) -> Line:
    """How far the one that is farthest is on the way to its end."""
    room = max(4, width - _GUTTER - _COUNT)
    done = min(room, round(share * room))
    pieces: list[Piece] = [
        (f"{name:>{_GUTTER - 2}} ┤", "dim"),
        ("━" * done, "chart"),
        ("·" * (room - done), "dim"),
        (f" {text} at most", "text"),
    ]
    return fit(pieces, width)


def connection_lines(
    live: Sequence[Connection], round_trip_ms: float, width: int
) -> list[Line]:
    """List the connections.

    Args:
        live: They, the oldest first.
        round_trip_ms: How long a round trip takes at best; 0 if not known.
        width: Cells in a line.
    """
    note = f"{len(live)} live, the oldest first"
    if round_trip_ms:
        note += f" · a round trip takes {duration(round_trip_ms / 1000)} at best"
    lines = [fit([("Connections", "title"), (f"  {note}", "dim")], width)]
    if live:
        heading = "    pid      age  state         queries  connecting took"
        lines.append(fit([(heading, "dim")], width))
    for one in live[:_MOST_LISTED]:
        state = "in use" if one.idle_s is None else f"idle {duration(one.idle_s)}"
        if one.outdated:
            state += ", ends"
        text = f"{one.pid:>7}  {duration(one.age_s):>7}  {state:<12}"
        text += f"  {one.queries:>7,}  {duration(one.connect_ms / 1000)}"
        lines.append(fit([(text, "text" if one.idle_s is None else "dim")], width))
    if len(live) > _MOST_LISTED:
        lines.append(fit([(f"… {len(live) - _MOST_LISTED} more", "dim")], width))
    return lines
