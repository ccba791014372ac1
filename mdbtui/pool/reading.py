"""A pool's numbers at one moment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mdbtui.pool.durations import duration
from mdbtui.pool.errors import AcquireTimeout
from mdbtui.pool.stats import BreakerState, PoolStats

if TYPE_CHECKING:
    from mdbtui.pool.managed import ManagedPool


class Reading:
    """Reads one pool, and remembers what it read while nothing changes.

    A panel asks for hundreds of pools in each second, of which most do nothing.
    """

    __slots__ = ("_last", "_mark", "_pool")

    def __init__(self, pool: ManagedPool) -> None:
        self._pool = pool
        self._mark: tuple[object, ...] | None = None
        self._last: PoolStats | None = None

    def stats(self) -> PoolStats:
        """Return the numbers."""
        mark = self._still()
        if mark is None or mark != self._mark or self._last is None:
            self._last = self._read()
            self._mark = mark
        return self._last

    def _still(self) -> tuple[object, ...] | None:
        """What the numbers follow from; None where they change with time alone."""
        pool = self._pool
        if pool.asking or pool.leases:
            return None
        meter, breaker = pool.meter, pool.links.breaker
        if breaker is None:
            return (pool.config, pool.held, meter.serial)
        if breaker.state is not BreakerState.CLOSED or breaker.last_error is not None:
            return None
        if breaker.untried:
            return None
        return (
            pool.config,
            pool.held,
            pool.draining,
            meter.serial,
            meter.rates,
            pool.links.is_open,
            pool.links.levels(),
            pool.log.outages.flaps,
            meter.latencies.percentiles(pool.clock(), 0.5, 0.95, 0.99),
        )

    def _read(self) -> PoolStats:
        pool = self._pool
        meter, breaker, config = pool.meter, pool.links.breaker, pool.config
        error = breaker.last_error if breaker else None
        size, in_use = pool.links.levels()
        now = pool.clock()
        p50, p95, p99 = meter.latencies.percentiles(now, 0.5, 0.95, 0.99)
        queries_per_s, errors_per_s, asked_per_s = meter.rates
        leases = pool.leases
        return PoolStats(
            db_id=pool.db_id,
            is_open=pool.links.is_open,
            size=size,
            min_size=config.pool_min_size,
            max_size=config.pool_max_size,
            free=size - in_use,
            in_use=in_use,
            waiting=pool.waiting,
            pinned=sum(lease.pinned for lease in leases),
            utilization=in_use / config.pool_max_size,
            queries=meter.queries,
            errors=meter.errors,
            acquires=meter.acquires,
            acquire_avg_ms=1000 * meter.wait_total / max(meter.acquires, 1),
            acquire_p50_ms=p50,
            acquire_p95_ms=p95,
            acquire_p99_ms=p99,
            connections_opened=meter.connections_opened,
            connections_lost=meter.connections_lost,
            connections_failed=meter.connections_failed,
            timeouts=meter.timeouts,
            breaker=breaker.state if breaker else BreakerState.CLOSED,
            retry_in=breaker.retry_in if breaker else None,
            last_error=str(error) if error else None,
            last_used=meter.last_used,
            queries_per_s=queries_per_s,
            errors_per_s=errors_per_s,
            asked_per_s=asked_per_s,
            longest_held_s=(
                now - min(lease.acquired_at for lease in leases) if leases else 0.0
            ),
            connect_ms=pool.links.newest_ms,
            round_trip_ms=meter.round_trip_ms,
            held=pool.held,
            draining=pool.draining,
            aside=breaker.aside if breaker else False,
            untried=breaker.untried if breaker else False,
            flaps=pool.log.outages.flaps,
        )


def explain_timeout(pool: ManagedPool, limit: float) -> AcquireTimeout:
    """Say why nobody got a connection within `limit` seconds."""
    if pool.draining:
        return AcquireTimeout(
            f"no connection within {limit:g} s: the pool is being drained",
            hint="it opens again when its connections are back; try again",
            db_id=pool.db_id,
        )
    if len(pool.leases) < pool.config.pool_max_size:
        return AcquireTimeout(
            f"no connection within {limit:g} s: connecting took too long",
            hint="the server or the network is slow, or does not answer",
            db_id=pool.db_id,
        )
    now = pool.clock()
    longest = sorted(pool.leases, key=lambda lease: lease.acquired_at)[:3]
    held = ", ".join(
        f"{lease.holder or 'unnamed'} for {duration(now - lease.acquired_at)}"
        for lease in longest
    )
    return AcquireTimeout(
        f"no connection within {limit:g} s: all {pool.config.pool_max_size} are"
        f" in use ({held})",
        hint="the pool is too small, a holder does not give back, or statements"
        " take long; see pool_max_size",
        db_id=pool.db_id,
    )
