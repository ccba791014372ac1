"""From counters that only grow to what happens in a second."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Counters:
    """What one database has counted since `reset_at`."""

    commits: int = 0
    rollbacks: int = 0
    blocks_read: int = 0
    blocks_hit: int = 0
    rows_read: int = 0
    rows_fetched: int = 0
    rows_inserted: int = 0
    rows_updated: int = 0
    rows_deleted: int = 0
    temp_files: int = 0
    temp_bytes: int = 0
    deadlocks: int = 0
    conflicts: int = 0


NAMES = tuple(field.name for field in dataclasses.fields(Counters))


@dataclass(frozen=True)
class Rates:
    """What happened in each second between two samples.

    Attributes:
        seconds: The time between the samples.
        rows_read: Rows that scans went over; `rows_fetched` those by index.
    """

    seconds: float
    commits: float = 0.0
    rollbacks: float = 0.0
    blocks_read: float = 0.0
    blocks_hit: float = 0.0
    rows_read: float = 0.0
    rows_fetched: float = 0.0
    rows_inserted: float = 0.0
    rows_updated: float = 0.0
    rows_deleted: float = 0.0
    temp_files: float = 0.0
    temp_bytes: float = 0.0
    deadlocks: float = 0.0
    conflicts: float = 0.0

    @property
    def transactions(self) -> float:
        """Transactions that ended in a second, in whichever way."""
        return self.commits + self.rollbacks

    @property
    def hit_share(self) -> float | None:
        """The share of blocks that were in the cache (0..1); None where none were read.

        What the operating system had cached counts as read.
        """
        blocks = self.blocks_hit + self.blocks_read
        return self.blocks_hit / blocks if blocks else None


def rates(before: Counters, now: Counters, seconds: float) -> Rates | None:
    """Return what happened in each second; None where the counters were reset."""
    if seconds <= 0:
        return None
    grown = [getattr(now, name) - getattr(before, name) for name in NAMES]
    # A reset in between shows as a counter that shrank (its time is seen, too).
    if any(each < 0 for each in grown):
        return None
    return Rates(seconds, *(each / seconds for each in grown))


def total(parts: Iterable[Rates | None]) -> Rates | None:
    """Return the sum of what is known; None where nothing is."""
    known = [part for part in parts if part is not None]
    if not known:
        return None
    sums = [sum(getattr(part, name) for part in known) for name in NAMES]
    return Rates(known[0].seconds, *sums)
