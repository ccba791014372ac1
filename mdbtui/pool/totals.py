"""All pools together, as if they were one."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from mdbtui.pool.history import History, Ring
from mdbtui.pool.stats import FleetStats, PoolStats, percentiles_of_all

if TYPE_CHECKING:
    from mdbtui.pool.managed import ManagedPool


class Totals:
    """Their sums, and the history of these."""

    def __init__(self) -> None:
        self._ring = Ring()

    def sample(self, now: float, pools: Collection[ManagedPool]) -> None:
        """Add the last second of the pools that were sampled to the history."""
        samples = [pool.meter.last for pool in pools if pool.meter.last is not None]
        sums = [sum(values) for values in zip(*samples, strict=True)] or [0.0] * 10
        slowest = max((sample[6] for sample in samples), default=0.0)
        whole = (int(value) for value in sums[1:4])
        self._ring.append((now, *whole, *sums[4:6], slowest, *sums[7:]))

    def history(self) -> History:
        """Return the samples of the last hour; the p95 is the slowest pool's."""
        return self._ring.history()

    def stats(
        self, fleet: FleetStats, now: float, pools: Collection[ManagedPool]
    ) -> PoolStats:
        """Return the sums; the percentiles are those of all acquires."""
        latencies = [pool.meter.latencies for pool in pools if pool.meter.acquires]
        p50, p95, p99 = percentiles_of_all(latencies, now, 0.5, 0.95, 0.99)
        used = [pool.last_used for pool in fleet.pools if pool.last_used is not None]
        return PoolStats(
            db_id="",
            is_open=any(pool.is_open for pool in fleet.pools),
            size=fleet.size,
            min_size=sum(pool.min_size for pool in fleet.pools),
            max_size=fleet.max_size,
            free=fleet.free,
            in_use=fleet.in_use,
            waiting=fleet.waiting,
            pinned=fleet.pinned,
            utilization=fleet.in_use / max(1, fleet.max_size),
            queries=fleet.queries,
            errors=fleet.errors,
            acquires=sum(pool.acquires for pool in fleet.pools),
            acquire_p50_ms=p50,
            acquire_p95_ms=p95,
            acquire_p99_ms=p99,
            connections_opened=fleet.connections_opened,
            connections_lost=fleet.connections_lost,
            connections_failed=sum(pool.connections_failed for pool in fleet.pools),
            timeouts=fleet.timeouts,
            last_used=max(used, default=None),
            queries_per_s=fleet.queries_per_s,
            errors_per_s=fleet.errors_per_s,
            asked_per_s=sum(pool.asked_per_s for pool in fleet.pools),
            longest_held_s=max((p.longest_held_s for p in fleet.pools), default=0.0),
        )
