"""Look through many rows without holding up the screen."""

from __future__ import annotations

import asyncio
from array import array
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from time import perf_counter
from typing import TYPE_CHECKING, Protocol, TypeAlias

if TYPE_CHECKING:
    from mdbtui.query.rows import Row

SLICE_S = 0.004
"""So long at most the loop is held before it gets its turn."""
REST_S = 0.001
"""So long it has it then: a key takes a dozen steps of the loop to reach the screen,
and each would wait for a slice if only one were let through."""
SEARCHED_CHARS = 1_000_000
"""A longer value is searched up to here: looking through 100 MB takes too long."""
_CHECKED_EVERY = 32


class Rows(Protocol):
    """The rows as they are drawn."""

    @property
    def row_count(self) -> int:
        """Rows known so far."""

    def row(self, row: int) -> Row | None:
        """Values of a row, None while they aren't at hand."""


Arrival: TypeAlias = Callable[[int], Awaitable[bool]]
"""Waits until a row is at hand; False when it doesn't come."""


class Pacer:
    """Gives the loop its turn whenever a slice of time is used up."""

    def __init__(self) -> None:
        self._until = perf_counter() + SLICE_S
        self._calls = 0

    async def turn(self) -> bool:
        """Call it once for each small piece of work; say if the loop had its turn."""
        self._calls += 1
        if self._calls % _CHECKED_EVERY or perf_counter() < self._until:
            return False
        await asyncio.sleep(REST_S)
        self._until = perf_counter() + SLICE_S
        return True


@dataclass(frozen=True)
class Needle:
    """A text that is looked for; in lower case it matches any case."""

    text: str
    fold: bool

    @classmethod
    def of(cls, text: str) -> Needle:
        """Make one of what a user typed."""
        return cls(text, text == text.lower())

    def near(self, values: Row) -> bool:
        """Whether it may be in one of the values; most rows are ruled out by this."""
        joined = "\0".join(filter(None, values))
        if len(joined) > SEARCHED_CHARS:
            return True
        return self.text in (joined.lower() if self.fold else joined)

    def within(self, value: str | None) -> bool:
        """Whether `value` holds the text."""
        if value is None:
            return False
        if len(value) > SEARCHED_CHARS:
            value = value[:SEARCHED_CHARS]
        return self.text in (value.lower() if self.fold else value)


@dataclass(frozen=True)
class Found:
    """Where a search ended.

    Attributes:
        row: Drawn row of the match, None without one.
        col: Position of its column.
        wrapped: The match lies on the other side of the end or the beginning.
        searched: Rows that were looked at.
        missing: The search stopped at a row that could not be had.
        stopped: It stopped before this row, as no more rows were to be fetched.
    """

    row: int | None
    col: int = 0
    wrapped: bool = False
    searched: int = 0
    missing: bool = False
    stopped: int | None = None


class More(Enum):
    """What came of asking for rows beyond the last one."""

    ROWS = "rows"
    NONE = "none"
    ENOUGH = "enough"


async def no_more(_row: int) -> More:
    """Search the rows that are here, and none beyond."""
    return More.NONE


async def find(
    rows: Rows,
    order: Sequence[int],
    needle: Needle,
    start: tuple[int, int],
    step: int,
    arrival: Arrival,
    more: Callable[[int], Awaitable[More]] = no_more,
    progress: Callable[[int], None] = lambda row: None,
) -> Found:
    """Look for the next cell that holds a text, once around all rows.

    Args:
        rows: Where to look; it may grow meanwhile.
        order: Indexes of the columns in the order in which they are drawn.
        needle: What to look for.
        start: Drawn row and position of the first cell that is looked at.
        step: 1 forwards, -1 backwards.
        arrival: Waits for a row that isn't at hand.
        more: Awaited with the row behind the last one, when a search forwards comes
            there, and again while it gives `More.ROWS`; with `More.ENOUGH` the search
            ends, with `More.NONE` it goes on at the other end.
        progress: Told now and then which row is looked at.
    """
    pacer = Pacer()
    (row, col), searched, wrapped = start, 0, False
    here, known = row, rows.row_count
    positions = range(len(order))[::step]
    while True:
        if not 0 <= here < known:
            answer = More.NONE if wrapped or step < 0 else await more(here)
            known = rows.row_count
            if answer is More.ROWS:
                continue
            if wrapped or answer is More.ENOUGH or not known:
                stopped = here if answer is More.ENOUGH else None
                return Found(None, searched=searched, stopped=stopped)
            wrapped, here = True, 0 if step > 0 else known - 1
        values = rows.row(here)
        if values is None and await arrival(here):
            values = rows.row(here)
        if values is None:
            return Found(None, searched=searched, missing=True)
        for position in positions if needle.near(values) else ():
            if searched == 0 and (position - col) * step < 0:
                continue
            if needle.within(values[order[position]]):
                return Found(here, position, wrapped, searched + 1)
        if wrapped and here == row:
            return Found(None, searched=searched)
        searched += 1
        here += step
        if await pacer.turn():
            progress(here)


async def matching(
    rows: Rows,
    order: Sequence[int],
    needle: Needle,
    numbers: range,
    into: array[int],
    arrival: Arrival,
) -> bool:
    """Append those row numbers in whose shown cells the needle is.

    Returns:
        False when it stopped at a row that could not be had.
    """
    pacer = Pacer()
    for number in numbers:
        values = rows.row(number)
        if values is None and await arrival(number):
            values = rows.row(number)
        if values is None:
            return False
        if needle.near(values) and any(needle.within(values[i]) for i in order):
            into.append(number)
        await pacer.turn()
    return True
