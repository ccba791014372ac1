"""The counters of one pool, and its history."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime

from mdbtui.pool.stats import Latencies, Ring


class Meter:
    """Counts for one pool; its counters are written by the pool alone.

    They belong to the definition of the database, not to the driver's pool, and so
    they go on counting when that is closed and opened again.
    """

    __slots__ = (
        "_before",
        "_clock",
        "_used",
        "acquires",
        "connections_failed",
        "connections_lost",
        "connections_opened",
        "errors",
        "latencies",
        "queries",
        "ring",
        "timeouts",
        "wait_total",
    )

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._used: float | None = None
        self._before = (clock(), 0, 0)
        self.acquires = 0
        self.connections_failed = 0
        self.connections_lost = 0
        self.connections_opened = 0
        self.errors = 0
        self.queries = 0
        self.timeouts = 0
        self.wait_total = 0.0
        self.latencies = Latencies()
        self.ring = Ring()

    def acquired(self, seconds: float, now: float) -> None:
        """Count a connection that was lent after `seconds`."""
        self.acquires += 1
        self.wait_total += seconds
        self.latencies.add(seconds, now)
        self.touch()

    def touch(self) -> None:
        """Note that the pool was used just now."""
        self._used = time.time()

    @property
    def last_used(self) -> datetime | None:
        """Wall-clock time of the last use, aware; None before the first."""
        return None if self._used is None else datetime.fromtimestamp(self._used, UTC)

    def start(self) -> None:
        """Begin the first second of a history that was interrupted."""
        self._before = (self._clock(), self.queries, self.errors)

    def sample(self, size: int, in_use: int, waiting: int) -> None:
        """Add what happened since the last sample to the history."""
        now = self._clock()
        then, queries, errors = self._before
        self._before = (now, self.queries, self.errors)
        seconds = max(now - then, 1e-3)
        (p95,) = self.latencies.percentiles(now, 0.95)
        self.ring.append(
            (
                now,
                size,
                in_use,
                waiting,
                (self.queries - queries) / seconds,
                (self.errors - errors) / seconds,
                p95,
            )
        )
