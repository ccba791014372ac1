"""Numbers over the rounds of a watch, in bounded memory."""

from __future__ import annotations

import math
from array import array
from collections.abc import Hashable, Mapping
from typing import Any

MOST_POINTS = 600
"""Rounds that are kept: twenty minutes at two seconds."""
MOST_SERIES = 2_000
_GAP = math.nan


class Points:
    """Series of numbers, one number for a round at most."""

    def __init__(self) -> None:
        self.rounds = 0
        """How many there have been."""
        # A series ends with the round in which it last had a number.
        self._ends: dict[Hashable, int] = {}
        self._values: dict[Hashable, array[float]] = {}

    def __len__(self) -> int:
        return len(self._values)

    def add(self, numbers: Mapping[Any, float]) -> None:
        """Add a round; a series that is not in it has a gap."""
        self.rounds += 1
        for series, number in numbers.items():
            values = self._values.get(series)
            if values is None:
                if len(self._values) >= MOST_SERIES and not self._make_room():
                    continue
                values = self._values[series] = array("d")
            else:
                gap = min(MOST_POINTS, self.rounds - self._ends[series] - 1)
                values.extend([_GAP] * gap)
            values.append(number)
            self._ends[series] = self.rounds
            del values[: max(0, len(values) - MOST_POINTS)]

    def _make_room(self) -> bool:
        """Forget the series whose numbers ended first, unless all are in use."""
        oldest = min(self._ends, key=self._ends.__getitem__)
        if self._ends[oldest] >= self.rounds - 1:
            return False
        del self._ends[oldest], self._values[oldest]
        return True

    def last(self, series: Hashable, count: int) -> list[float | None]:
        """Return a series' numbers of so many last rounds, the oldest first."""
        values = self._values.get(series)
        if values is None:
            return [None] * count
        behind = min(count, self.rounds - self._ends[series])
        found = [
            None if math.isnan(value) else value
            for value in values[max(0, len(values) - count + behind) :]
        ]
        return [None] * (count - behind - len(found)) + found + [None] * behind
