"""The lines of a pool's own page: pure functions of what is known of the pool."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mdbtui.pool import History
from mdbtui.pool.advice import Level
from mdbtui.pool.durations import duration
from mdbtui.pool.eventlog import words
from mdbtui.pool.events import (
    AcquireTimedOut,
    BreakerOpened,
    ConnectFailed,
    ConnectionLost,
    SlowAcquire,
)
from mdbtui.pool.history import BANDS, band_limit_ms
from mdbtui.ui.safe import safe
from mdbtui.ui.widgets.charts import braille, short_time
from mdbtui.ui.widgets.line_text import Line, Piece, cut, fit, in_cells
from mdbtui.ui.widgets.pool_ages import Limits, age_lines, connection_lines
from mdbtui.ui.widgets.pool_lines import summary_lines

if TYPE_CHECKING:
    from mdbtui.pool import Holder, PoolDetail
    from mdbtui.pool.advice import Advice
    from mdbtui.pool.eventlog import Logged

WIDE = 120
"""From this width on, the page has two columns."""
_GUTTER = 7
_BANDS_A_ROW = 2
_SHADES = ("  ", "░", "▒", "▓", "█")
_MOST_EVENTS, _MOST_HOLDERS = 40, 30
_LEVEL_STYLES = {
    Level.BAD: "bad",
    Level.WARN: "warn",
    Level.OVER: "ok",
    Level.HINT: "used",
}
_EVENT_STYLES: tuple[tuple[type, str], ...] = (
    (BreakerOpened, "bad"),
    (ConnectFailed, "bad"),
    (AcquireTimedOut, "bad"),
    (ConnectionLost, "warn"),
    (SlowAcquire, "warn"),
)


def _same(name: str) -> tuple[str, str]:
    return name, ""


@dataclass(frozen=True)
class Page:
    """What a page shows.

    Attributes:
        detail: The pool.
        history: Its last hour.
        advice: What is said about it.
        window: How much of the past is shown, in seconds.
        leak_after: Seconds after which a holder is marked.
        who: Makes more of a holder's name: the tab's title, and its statement.
        limits: When a connection is ended because of its age or use.
    """

    detail: PoolDetail
    history: History = field(default_factory=lambda: History(()))
    advice: tuple[Advice, ...] = ()
    window: float = 300.0
    leak_after: float = 60.0
    who: Callable[[str], tuple[str, str]] = _same
    limits: Limits = field(default_factory=Limits)


def page_lines(page: Page, width: int) -> list[Line]:
    """Return the whole page, each line exactly `width` cells wide."""
    head = [*summary_lines(page.detail.stats, width, ask="p"), _blank(width)]
    if width < WIDE:
        blocks = (_advice, _holders, _charts, _heat, _ages, _events, _connections)
        return head + _stack(blocks, page, width)
    left = (width - 3) // 2
    right = width - 3 - left
    one = _stack((_charts, _heat, _ages, _connections), page, left)
    two = _stack((_advice, _holders, _events), page, right)
    height = max(len(one), len(two))
    one += [_blank(left)] * (height - len(one))
    two += [_blank(right)] * (height - len(two))
    middle: Line = ((" │ ", "dim"),)
    return head + [a + middle + b for a, b in zip(one, two, strict=True)]


def _stack(
    blocks: Sequence[Callable[[Page, int], list[Line]]], page: Page, width: int
) -> list[Line]:
    lines: list[Line] = []
    for block in blocks:
        lines += block(page, width)
        lines.append(_blank(width))
    return lines


def _blank(width: int) -> Line:
    return ((" " * width, "text"),)


def _title(text: str, note: str, width: int) -> Line:
    return fit([(text, "title"), (f"  {note}", "dim")], width)


def _charts(page: Page, width: int) -> list[Line]:
    stats = page.detail.stats
    lines: list[Line] = []
    room = max(4, width - _GUTTER)
    for name, title, rows, least in (
        ("in_use", "In use", 5, float(stats.max_size)),
        ("waiting", "Waiting", 3, 4.0),
        ("queries_per_s", "Queries per second", 3, 1.0),
    ):
        values = page.history.series(name, room * 2, page.window)
        known = [value for value in values if value is not None]
        top = max([least, *known])
        peak = max(known, default=0.0)
        lines.append(
            _title(title, f"at most {peak:.3g}" if known else "none yet", width)
        )
        labels = [f"{top:.3g}", *[""] * (rows - 2), "0"]
        for label, row in zip(labels, braille(values, rows, least), strict=True):
            lines.append(fit([(f"{label[:5]:>5} ┤", "dim"), (row, "chart")], width))
    lines.append(_times(page.window, width))
    return lines


def _times(window: float, width: int) -> Line:
    ago, half = f"−{window / 60:g} min", f"−{window / 120:g} min"
    room = max(0, width - _GUTTER - len(ago) - len("now"))
    middle = half.center(room) if room > len(half) else " " * room
    return fit([(" " * _GUTTER + ago + middle + "now", "dim")], width)


def _heat(page: Page, width: int) -> list[Line]:
    """How long acquires took, over time: the darker, the more of them."""
    room = max(4, width - _GUTTER)
    columns = page.history.bands(room, page.window)
    rows = BANDS // _BANDS_A_ROW
    merged = [
        [
            sum(column[row * _BANDS_A_ROW : (row + 1) * _BANDS_A_ROW])
            if column is not None
            else 0.0
            for row in range(rows)
        ]
        for column in columns
    ]
    most = max((value for column in merged for value in column), default=0.0)
    note = "how many took how long · ░ 1 to █ " + f"{most:.0f}" if most else "none yet"
    lines = [_title("Time to get a connection", note, width)]
    for row in reversed(range(rows)):
        limit = band_limit_ms((row + 1) * _BANDS_A_ROW - 1)
        label = f"<{short_time(limit)}" if row < rows - 1 else "more"
        pieces: list[Piece] = [(f"{label:>6}┤", "dim")]
        for column in merged:
            shade = _shade(column[row], most)
            text, style = _SHADES[shade][:1], f"heat{shade}" if shade else "text"
            if pieces[-1][1] == style:
                pieces[-1] = (pieces[-1][0] + text, style)
            else:
                pieces.append((text, style))
        lines.append(fit(pieces, width))
    lines.append(_times(page.window, width))
    return lines


def _shade(count: float, most: float) -> int:
    """From 0 for none to 4 for the most, by powers."""
    if count < 0.5:
        return 0
    share = math.log1p(count) / math.log1p(max(most, 1.0))
    return max(1, min(4, math.ceil(share * 4)))


def _advice(page: Page, width: int) -> list[Line]:
    if not page.advice:
        return [
            _title("Advice", "", width),
            fit(
                [("✓ ", "ok"), ("nothing is wrong that the numbers tell", "text")],
                width,
            ),
        ]
    lines = [_title("Advice", "", width)]
    for advice in page.advice:
        style = _LEVEL_STYLES[advice.level]
        lines.append(
            fit([(f"{advice.level.value} {safe(advice.title, 200)}", style)], width)
        )
        lines += _wrapped(advice.because, width, "  ", "text")
        for attempt in advice.attempts:
            lines += _wrapped(attempt, width, "  → ", "dim")
    return lines


def _wrapped(text: str, width: int, before: str, style: str) -> list[Line]:
    parts = textwrap.wrap(
        safe(text, 600),
        max(8, width),
        initial_indent=before,
        subsequent_indent=" " * len(before),
    )
    return [fit([(part, style)], width) for part in parts]


def _holders(page: Page, width: int) -> list[Line]:
    holders = page.detail.holders
    marked = f"longer than {duration(page.leak_after)} is marked"
    note = f"{marked} · e takes one back" if holders else "nobody"
    lines = [_title("Who holds a connection", note, width)]
    told: tuple[str, ...] = ()
    for holder in holders[:_MOST_HOLDERS]:
        # Of several that were taken at one place, it is said once.
        lines += _holder(holder, page, width, said=holder.where == told)
        told = holder.where
    if len(holders) > _MOST_HOLDERS:
        lines.append(fit([(f"… {len(holders) - _MOST_HOLDERS} more", "dim")], width))
    return lines


def _holder(holder: Holder, page: Page, width: int, *, said: bool) -> list[Line]:
    leak = holder.held_s > page.leak_after
    notes = "  not given back?" if leak else "  pinned" * holder.pinned
    tail = f" {duration(holder.held_s):>7}  pid {holder.pid}{notes}"
    name, statement = page.who(holder.name)
    style = "warn" if leak else "text"
    room = max(8, width - 2 - len(tail))
    text = in_cells(name or "unnamed", room, left=True)
    mark = "◆ " if leak else "· "
    lines = [fit([(mark, style), (text, style), (tail, style)], width)]
    about = " · ".join(part for part in (holder.why, statement) if part)
    if about:
        lines.append(fit([("    ", "dim"), (cut(about, width - 4, 400), "dim")], width))
    if holder.where and leak and not said:
        where = "taken at " + " ← ".join(holder.where)
        lines += _wrapped(where, width, "    ", "dim")
    return lines


def _ages(page: Page, width: int) -> list[Line]:
    return age_lines(page.detail.connections, page.limits, width)


def _connections(page: Page, width: int) -> list[Line]:
    trip = page.detail.stats.round_trip_ms
    return connection_lines(page.detail.connections, trip, width)


def _events(page: Page, width: int) -> list[Line]:
    events = page.detail.events
    lines = [
        _title("What happened", "the newest first" if events else "nothing", width)
    ]
    for logged in reversed(events[-_MOST_EVENTS:]):
        lines += _event(logged, width)
    return lines


def _event(logged: Logged, width: int) -> list[Line]:
    event = logged.event
    style = next((s for kind, s in _EVENT_STYLES if isinstance(event, kind)), "text")
    times = ""
    if logged.times > 1:
        times = f" (×{logged.times} since {logged.since.astimezone():%H:%M:%S})"
    at = f"{event.at.astimezone():%H:%M:%S} "
    text = cut(words(event) + times, max(8, width - len(at)), 400)
    return [fit([(at, "dim"), (text, style)], width)]
