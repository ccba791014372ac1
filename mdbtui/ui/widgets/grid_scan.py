"""Look through many rows without holding up the screen."""

from __future__ import annotations

import asyncio
from array import array
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING, Protocol, TypeAlias

if TYPE_CHECKING:
    from mdbtui.query.rows import Row

SLICE_S = 0.005
"""So long at most the loop is held before it gets its turn."""
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

    async def turn(self) -> None:
        """Call it once for each small piece of work."""
        self._calls += 1
        if self._calls % _CHECKED_EVERY == 0 and perf_counter() >= self._until:
            await asyncio.sleep(0)
            self._until = perf_counter() + SLICE_S


@dataclass(frozen=True)
class Needle:
    """A text that is looked for; in lower case it matches any case."""

    text: str
    fold: bool

    @classmethod
    def of(cls, text: str) -> Needle:
        """Make one of what a user typed."""
        return cls(text, text == text.lower())

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
    """

    row: int | None
    col: int = 0
    wrapped: bool = False
    searched: int = 0
    missing: bool = False


async def find(
    rows: Rows,
    order: Sequence[int],
    needle: Needle,
    start: tuple[int, int],
    step: int,
    arrival: Arrival,
) -> Found:
    """Look for the next cell that holds a text, once around all rows.

    Args:
        rows: Where to look; it may grow meanwhile.
        order: Indexes of the columns in the order in which they are drawn.
        needle: What to look for.
        start: Drawn row and position of the first cell that is looked at.
        step: 1 forwards, -1 backwards.
        arrival: Waits for a row that isn't at hand.
    """
    pacer, count = Pacer(), rows.row_count
    row, col = start
    for searched in range(count + 1):
        here = (row + step * searched) % max(1, count)
        values = rows.row(here)
        if values is None and await arrival(here):
            values = rows.row(here)
        if values is None:
            return Found(None, searched=searched, missing=True)
        positions = range(len(order)) if step > 0 else range(len(order) - 1, -1, -1)
        for position in positions:
            if searched == 0 and (position - col) * step < 0:
                continue
            if needle.within(values[order[position]]):
                wrapped = (here - row) * step < 0 or searched == count
                return Found(here, position, wrapped, searched + 1)
        await pacer.turn()
    return Found(None, searched=count)


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
        if any(needle.within(values[index]) for index in order):
            into.append(number)
        await pacer.turn()
    return True
