"""Whether the databases answer."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable
from typing import Any

from mdbtui.pool.errors import ConnectTimeout, PoolError, from_driver
from mdbtui.pool.lease import Reset
from mdbtui.pool.managed import ManagedPool
from mdbtui.pool.stats import DatabaseHealth, HealthReport

_SQL = "select 1"


async def check_health(pools: Iterable[ManagedPool], timeout: float) -> HealthReport:
    """Ask all at once; each has `timeout` seconds of its own."""
    return HealthReport(
        tuple(await asyncio.gather(*(_check(pool, timeout) for pool in pools)))
    )


async def _check(pool: ManagedPool, timeout: float) -> DatabaseHealth:
    try:
        async with asyncio.timeout(timeout):
            latency_ms = await _ask(pool)
    except TimeoutError:
        error: PoolError = ConnectTimeout(
            f"{pool.config.address} did not answer within {timeout:g} s",
            hint="the server or the network is slow, or hangs",
            db_id=pool.db_id,
        )
        return DatabaseHealth(pool.db_id, healthy=False, error=error)
    except Exception as exc:  # noqa: BLE001 - it is the answer
        error = from_driver(exc, pool.db_id)
        return DatabaseHealth(pool.db_id, healthy=False, error=error)
    return DatabaseHealth(pool.db_id, healthy=True, latency_ms=latency_ms)


async def _ask(pool: ManagedPool) -> float:
    if pool.room:
        lease = await pool.lease(holder="health check")
        lease.reset = Reset.NOTHING
        try:
            latency_ms = await _round_trip(lease.connection)
            lease.executed()
        finally:
            lease.release_soon()
        return latency_ms
    # A pool that is used up is no sick server: ask past it.
    connection = await pool.links.try_out(ask=False)
    try:
        return await _round_trip(connection)
    finally:
        connection.terminate()


async def _round_trip(connection: Any) -> float:
    started = time.perf_counter()
    await connection.fetch(_SQL)
    return (time.perf_counter() - started) * 1000
