"""The counters of one pool, and its history."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime

from mdbtui.pool.history import BANDS, NO_BANDS, Ring, band_of, pack_bands
from mdbtui.pool.stats import Latencies

_TRIPS = 32
LONG_HOLD_S = 10.0
"""A connection that was lent for so long may have been in the way of others."""
_LONG_HOLDS = 60
"""So many of them are kept, one of each second."""


class Meter:
    """Counts for one pool; its counters are written by the pool alone.

    They belong to the definition of the database, not to the driver's pool, and so
    they go on counting when that is closed and opened again.
    """

    __slots__ = (
        "_bands",
        "_before",
        "_clock",
        "_trips",
        "_used",
        "acquires",
        "asked",
        "connections_failed",
        "connections_lost",
        "connections_opened",
        "errors",
        "held_total",
        "last",
        "latencies",
        "long_holds",
        "queries",
        "rates",
        "returned",
        "ring",
        "timeouts",
        "wait_total",
    )

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._used: float | None = None
        self._before: tuple[float, int, int, int, int, float] = (
            clock(),
            0,
            0,
            0,
            0,
            0.0,
        )
        self._bands: list[int] | None = None
        self._trips: deque[float] | None = None
        self.acquires = 0
        self.asked = 0
        self.connections_failed = 0
        self.connections_lost = 0
        self.connections_opened = 0
        self.errors = 0
        self.held_total = 0.0
        self.last: tuple[float, ...] | None = None
        """The newest sample; None while none is taken."""
        self.long_holds: deque[tuple[float, float]] | None = None
        """When connections came back that were lent for long, and for how long."""
        self.queries = 0
        self.rates = (0.0, 0.0, 0.0)
        """Queries, errors and askers per second, when it was last sampled."""
        self.returned = 0
        self.timeouts = 0
        self.wait_total = 0.0
        self.latencies = Latencies()
        self.ring = Ring()

    def acquired(self, seconds: float, now: float) -> None:
        """Count a connection that was lent after `seconds`."""
        self.acquires += 1
        self.wait_total += seconds
        self.latencies.add(seconds, now)
        if self._bands is None:
            self._bands = [0] * BANDS
        self._bands[band_of(seconds)] += 1
        self.touch()

    def came_back(self, seconds: float) -> None:
        """Count a connection that came back after it was lent for `seconds`."""
        self.returned += 1
        self.held_total += seconds
        if seconds >= LONG_HOLD_S:
            self._note_long(seconds)
        self.touch()

    def _note_long(self, seconds: float) -> None:
        if self.long_holds is None:
            self.long_holds = deque(maxlen=_LONG_HOLDS)
        now, known = self._clock(), self.long_holds
        if known and now - known[-1][0] < 1:  # many come back when a lock ends
            seconds = max(seconds, known.pop()[1])
        known.append((now, seconds))

    def tripped(self, ms: float) -> None:
        """Note how long a round trip to the server took."""
        if self._trips is None:
            self._trips = deque(maxlen=_TRIPS)
        self._trips.append(ms)

    @property
    def round_trip_ms(self) -> float:
        """The fastest of the last round trips; 0 before the first."""
        return min(self._trips) if self._trips else 0.0

    @property
    def serial(self) -> int:
        """Changes whenever a counter does: they only grow."""
        return (
            self.asked
            + self.acquires
            + self.returned
            + self.queries
            + self.errors
            + self.timeouts
            + self.connections_opened
            + self.connections_lost
            + self.connections_failed
        )

    def touch(self) -> None:
        """Note that the pool was used just now."""
        self._used = time.time()

    @property
    def last_used(self) -> datetime | None:
        """Wall-clock time of the last use, aware; None before the first."""
        return None if self._used is None else datetime.fromtimestamp(self._used, UTC)

    def start(self) -> None:
        """Begin the first second of a history that was interrupted."""
        self._before = self._now()
        self._bands = None

    def _now(self) -> tuple[float, int, int, int, int, float]:
        return (
            self._clock(),
            self.queries,
            self.errors,
            self.asked,
            self.returned,
            self.held_total,
        )

    def sample(self, size: int, in_use: int, waiting: int) -> None:
        """Add what happened since the last sample to the history."""
        before = self._before
        after = self._before = self._now()
        seconds = max(after[0] - before[0], 1e-3)
        queries, errors = after[1] - before[1], after[2] - before[2]
        asked, returned = after[3] - before[3], after[4] - before[4]
        (p95,) = self.latencies.percentiles(after[0], 0.95)
        self.rates = (queries / seconds, errors / seconds, asked / seconds)
        bands, self._bands = self._bands, None
        self.last = (
            after[0],
            size,
            in_use,
            waiting,
            queries / seconds,
            errors / seconds,
            p95,
            asked / seconds,
            returned / seconds,
            (after[5] - before[5]) / seconds,
        )
        self.ring.append(
            self.last,
            NO_BANDS if bands is None else pack_bands(bands),
        )

    def stop(self) -> None:
        """Note that nothing is sampled any more."""
        self.rates = (0.0, 0.0, 0.0)
        self.last = None
