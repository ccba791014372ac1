"""The panel's list: a line for each database, and one for all together."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from rich.cells import set_cell_size

from mdbtui.ui.widgets.charts import short_count, short_ms
from mdbtui.ui.widgets.line_text import Line, Piece, cut, fit
from mdbtui.ui.widgets.pool_lines import glyph, severity, state_words, tone, use_bar

if TYPE_CHECKING:
    from mdbtui.pool import FleetStats, PoolStats


def total_line(fleet: FleetStats, width: int) -> Line:
    """One line about all databases together."""
    count = len(fleet.pools)
    troubled = sum(severity(pool) < 2 for pool in fleet.pools)
    used = f"{fleet.in_use}/{fleet.max_size} used"
    long: list[Piece] = [(f"{count} database{'s' * (count != 1)}", "title")]
    short: list[Piece] = [(f"{count} dbs", "title")]
    long.append((f" · {used}", "text"))
    short.append((f" {used.removesuffix(' used')}", "text"))
    if troubled:
        long.append((f" · × {troubled} in trouble", "bad"))
        short.append((f" ×{troubled}", "bad"))
    if fleet.waiting:
        long.append((f" · ▲ {fleet.waiting} waiting", "warn"))
        short.append((f" ▲{fleet.waiting}", "warn"))
    fits = sum(len(text) for text, _ in long) <= width
    return fit(long if fits else short, width)


class Columns(NamedTuple):
    """The widths of the list's columns; 0 leaves one out."""

    name: int
    bar: int
    waiting: int
    p95: int
    rate: int

    @classmethod
    def of(cls, width: int) -> Columns:
        """The columns that fit beside the mark."""
        waiting, p95, rate = 5, 5, 5
        if width < 35:
            rate = 0
        if width < 29:
            p95 = 0
        rest = width - 2 - waiting - p95 - rate
        use = max(5, min(12, rest // 3))
        return cls(rest - use - 1, use, waiting, p95, rate)


def column_line(width: int) -> Line:
    """The heading of the list."""
    sizes = Columns.of(width)
    text = "  " + "database".ljust(sizes.name)[: sizes.name] + " "
    text += ("in use" if sizes.bar > 6 else "use").ljust(sizes.bar) + "wait".rjust(
        sizes.waiting
    )
    if sizes.p95:
        text += "p95".rjust(sizes.p95)
    if sizes.rate:
        text += "q/s".rjust(sizes.rate)
    return ((text.ljust(width)[:width], "dim"),)


def database_line(stats: PoolStats, width: int) -> Line:
    """One database in the list.

    Args:
        stats: Its numbers.
        width: Cells in the line.
    """
    sizes = Columns.of(width)
    colour = tone(stats)
    name = set_cell_size(cut(stats.db_id, sizes.name), sizes.name)
    pieces: list[Piece] = [(f"{glyph(stats)} ", colour), (f"{name} ", "text")]
    if severity(stats) < 2:
        words = state_words(stats, width - 3 - sizes.name)
        return fit([*pieces, (words, colour)], width)
    pieces += use_bar(stats, sizes.bar)
    waiting = str(min(stats.waiting, 999)) if stats.waiting else "·"
    pieces.append((waiting.rjust(sizes.waiting), "warn" if stats.waiting else "dim"))
    if sizes.p95:
        p95 = short_ms(stats.acquire_p95_ms) if stats.acquires else "·"
        pieces.append((p95.rjust(sizes.p95), "text"))
    if sizes.rate:
        rate = short_count(stats.queries_per_s) if stats.is_open else "·"
        pieces.append((rate.rjust(sizes.rate), "text"))
    return fit(pieces, width)
