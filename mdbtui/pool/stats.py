"""The numbers of a pool: what is read (`PoolStats`) and what they are made of.

Counters only grow, levels are computed when they are read. All classes here are
plain data: no clock, no task, no driver.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from functools import cached_property
from typing import ClassVar


class BreakerState(Enum):
    """Whether connecting is tried."""

    CLOSED = "closed"
    """It is."""
    OPEN = "open"
    """Not before the next probe is due."""
    HALF_OPEN = "half_open"
    """One probe is under way."""
    PARKED = "parked"
    """Not before the user asks: password, role or database name are wrong."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PoolStats:
    """One pool at one moment. ``in_use + free == size``, always.

    ``size <= max_size`` too, but for as long as it takes until connections that are
    lent come back after the pool was made smaller.

    Attributes:
        db_id: The database.
        is_open: False before the first use and after a clean-up.
        size: Live connections.
        min_size: Connections kept open (configured).
        max_size: Connections at most (configured).
        free: Live connections that nobody uses.
        in_use: Live connections on loan (also while they are handed back).
        waiting: Callers that asked for a connection and have none yet.
        pinned: Leases kept because their session holds state.
        utilization: ``in_use / max_size``, from 0 to 1.
        queries: Statements executed, failed ones included. Grows only.
        errors: Statements that failed. Grows only.
        acquires: Connections lent out. Grows only.
        acquire_avg_ms: Mean time to get a connection, over all acquires.
        acquire_p50_ms: Median of the acquires of the last 30 to 60 seconds.
        acquire_p95_ms: 95th percentile of the same.
        acquire_p99_ms: 99th percentile of the same.
        connections_opened: Grows only.
        connections_lost: Ended, and not by us. Grows only.
        connections_failed: Attempts to connect that failed. Grows only.
        timeouts: Callers that gave up waiting for a connection. Grows only.
        breaker: Whether connecting is tried.
        retry_in: Seconds to the next probe; None when none is due by itself.
        last_error: Why the last attempt to connect failed; None after a success.
        last_used: When a connection was last lent or handed back (aware).
        queries_per_s: Statements in the last second that was sampled.
        errors_per_s: Failed statements in it.
        asked_per_s: Callers that asked for a connection in it.
        longest_held_s: For how long the oldest lease has been out; 0 for none.
        connect_ms: How long it took to make the newest connection; 0 if there
            is none.
        round_trip_ms: The fastest of the last resets that connections went through
            when they came back; 0 before the first. Little more than the network.
        held: The pool is kept open: see `PoolManager.hold`.
        draining: Nothing is lent until all connections are back.
        aside: Somebody had it parked: see `PoolManager.park`.
        untried: Connecting failed, the breaker was reset, and nothing was tried since.
        flaps: How often its server went away in the last minutes, while it comes and
            goes; 0 for a server that stays.
    """

    db_id: str
    is_open: bool = False
    size: int = 0
    min_size: int = 0
    max_size: int = 0
    free: int = 0
    in_use: int = 0
    waiting: int = 0
    pinned: int = 0
    utilization: float = 0.0
    queries: int = 0
    errors: int = 0
    acquires: int = 0
    acquire_avg_ms: float = 0.0
    acquire_p50_ms: float = 0.0
    acquire_p95_ms: float = 0.0
    acquire_p99_ms: float = 0.0
    connections_opened: int = 0
    connections_lost: int = 0
    connections_failed: int = 0
    timeouts: int = 0
    breaker: BreakerState = BreakerState.CLOSED
    retry_in: float | None = None
    last_error: str | None = None
    last_used: datetime | None = None
    queries_per_s: float = 0.0
    errors_per_s: float = 0.0
    asked_per_s: float = 0.0
    longest_held_s: float = 0.0
    connect_ms: float = 0.0
    round_trip_ms: float = 0.0
    held: bool = False
    draining: bool = False
    aside: bool = False
    untried: bool = False
    flaps: int = 0


@dataclass(frozen=True)
class FleetStats:
    """All pools at one moment; the only thing that a live panel reads."""

    pools: tuple[PoolStats, ...] = ()

    EMPTY: ClassVar[FleetStats]

    @cached_property
    def _by_id(self) -> dict[str, PoolStats]:
        return {pool.db_id: pool for pool in self.pools}

    def by_id(self, db_id: str) -> PoolStats | None:
        """Return the numbers of one pool, or None if it is not known."""
        return self._by_id.get(db_id)

    @cached_property
    def size(self) -> int:
        """Live connections of all pools."""
        return sum(pool.size for pool in self.pools)

    @cached_property
    def in_use(self) -> int:
        """Connections on loan."""
        return sum(pool.in_use for pool in self.pools)

    @cached_property
    def free(self) -> int:
        """Live connections that nobody uses."""
        return sum(pool.free for pool in self.pools)

    @cached_property
    def waiting(self) -> int:
        """Callers without a connection yet."""
        return sum(pool.waiting for pool in self.pools)

    @cached_property
    def max_size(self) -> int:
        """Connections that all pools together may open."""
        return sum(pool.max_size for pool in self.pools)

    @cached_property
    def queries_per_s(self) -> float:
        """Statements in the last second."""
        return sum(pool.queries_per_s for pool in self.pools)

    @cached_property
    def errors_per_s(self) -> float:
        """Failed statements in the last second."""
        return sum(pool.errors_per_s for pool in self.pools)

    @cached_property
    def timeouts(self) -> int:
        """Callers that gave up waiting."""
        return sum(pool.timeouts for pool in self.pools)

    @cached_property
    def pinned(self) -> int:
        """Leases kept because their session holds state."""
        return sum(pool.pinned for pool in self.pools)

    @cached_property
    def connections_opened(self) -> int:
        """Connections made."""
        return sum(pool.connections_opened for pool in self.pools)

    @cached_property
    def connections_lost(self) -> int:
        """Connections that ended, and not by us."""
        return sum(pool.connections_lost for pool in self.pools)

    @cached_property
    def queries(self) -> int:
        """Statements executed."""
        return sum(pool.queries for pool in self.pools)

    @cached_property
    def errors(self) -> int:
        """Statements that failed."""
        return sum(pool.errors for pool in self.pools)


FleetStats.EMPTY = FleetStats()


class Health(Enum):
    """How all databases together are doing."""

    HEALTHY = "healthy"
    DEGRADED = "degraded"
    UNHEALTHY = "unhealthy"


@dataclass(frozen=True)
class DatabaseHealth:
    """Whether one database answered, and how fast."""

    db_id: str
    healthy: bool
    latency_ms: float | None = None
    """Round trip of ``select 1``, without the time to get a connection."""
    error: Exception | None = None


@dataclass(frozen=True)
class HealthReport:
    """The answer of `PoolManager.health_check`, in the order of registration."""

    databases: tuple[DatabaseHealth, ...] = field(default=())

    @property
    def status(self) -> Health:
        """Healthy when all answered, unhealthy when none did, else degraded."""
        answered = sum(database.healthy for database in self.databases)
        if answered == len(self.databases):
            return Health.HEALTHY
        return Health.DEGRADED if answered else Health.UNHEALTHY


_STEPS = 8
_SLOTS = 27 * _STEPS  # the last one begins at 2**28 µs: four minutes


class Latencies:
    """How long recent acquires took, in bounded memory.

    Times fall into buckets (at most 13 % wide) of two generations of `window`
    seconds: the percentiles are over the last `window` to twice `window` seconds,
    and go back to 0 when nothing was acquired in that time.
    """

    __slots__ = ("_current", "_known", "_previous", "_since", "_window")

    def __init__(self, window: float = 30.0) -> None:
        self._window = window
        self._since = 0.0
        self._current: dict[int, int] = {}
        self._previous: dict[int, int] = {}
        self._known: dict[tuple[float, ...], tuple[float, ...]] = {}

    def add(self, seconds: float, now: float) -> None:
        """Count one acquire that took `seconds` and ended at `now`."""
        self._rotate(now)
        self._known.clear()
        us = int(seconds * 1e6)
        if us < _STEPS:
            slot = max(us, 0)
        else:
            exponent = us.bit_length() - 4
            slot = min((exponent << 3) + (us >> exponent), _SLOTS - 1)
        self._current[slot] = self._current.get(slot, 0) + 1

    def percentiles(self, now: float, *quantiles: float) -> tuple[float, ...]:
        """Return the times in ms below which those shares of acquires lie.

        Args:
            now: The same clock as in `add`.
            quantiles: Shares from 0 to 1, in ascending order.
        """
        self._rotate(now)
        known = self._known.get(quantiles)
        if known is None:
            known = self._known[quantiles] = self._compute(quantiles)
        return known

    def _compute(self, quantiles: tuple[float, ...]) -> tuple[float, ...]:
        return _below([self._current, self._previous], quantiles)

    def generations(self, now: float) -> tuple[dict[int, int], dict[int, int]]:
        """Return the counts that the percentiles are made of."""
        self._rotate(now)
        return self._current, self._previous

    def _rotate(self, now: float) -> None:
        age = now - self._since
        if age < self._window:
            return
        if self._current or self._previous:
            self._previous = self._current if age < 2 * self._window else {}
            self._current = {}
            self._known.clear()
        self._since = now


def percentiles_of_all(
    latencies: Iterable[Latencies], now: float, *quantiles: float
) -> tuple[float, ...]:
    """Return the percentiles of the acquires of several pools; see `Latencies`."""
    counts = [each for pool in latencies for each in pool.generations(now)]
    return _below(counts, quantiles)


def _below(
    counts: Iterable[dict[int, int]], quantiles: tuple[float, ...]
) -> tuple[float, ...]:
    merged: dict[int, int] = {}
    for each in counts:
        for slot, count in each.items():
            merged[slot] = merged.get(slot, 0) + count
    total = sum(merged.values())
    if not total:
        return (0.0,) * len(quantiles)
    found: list[float] = []
    seen = 0
    for slot in sorted(merged):
        seen += merged[slot]
        while len(found) < len(quantiles) and seen >= quantiles[len(found)] * total:
            found.append(_middle_ms(slot))
    return tuple(found)


def _middle_ms(slot: int) -> float:
    if slot < 2 * _STEPS:
        return slot / 1000
    exponent = (slot >> 3) - 1
    return ((slot - (exponent << 3)) + 0.5) * (1 << exponent) / 1000
