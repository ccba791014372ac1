"""`PoolManager.execute_query` beside asyncpg's own `pool.fetch`."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

import asyncpg

from mdbtui.pool import DBConfig, PoolManager
from tests.bench.measure import Figure, median, rounds, show
from tests.bench.world import DATABASE, World, world

BATCH = 300


async def batch(call: Callable[[], Awaitable[object]]) -> float:
    """Seconds for one call, as the mean of a batch."""
    start = time.perf_counter()
    for _ in range(BATCH):
        await call()
    return (time.perf_counter() - start) / BATCH


async def compare(found: World) -> list[Figure]:
    server = found.server
    options = {"host": server.host, "port": server.port, "user": server.user}
    options |= {"password": server.password, "database": DATABASE}
    config = DBConfig(**options, ssl="disable", pool_max_size=10)
    theirs: list[float] = []
    ours: list[float] = []
    async with (
        asyncpg.create_pool(**options, ssl=False, min_size=1, max_size=10) as plain,
        PoolManager() as pools,
    ):
        db_id = await pools.create_pool(config)

        def by_pool() -> Awaitable[object]:
            return plain.fetch("select 1")

        def by_manager() -> Awaitable[object]:
            return pools.execute_query(db_id, "select 1")

        for call in (by_pool, by_manager):
            await batch(call)
        for _ in range(rounds(21)):
            theirs.append(await batch(by_pool))
            ours.append(await batch(by_manager))
    value = median(ours) / median(theirs)
    micro = f"{median(ours) * 1e6:.0f} / {median(theirs) * 1e6:.0f} µs = {value:.2f}"
    work = 'execute_query("select 1")'
    return [Figure(work, "≤ 1.15 × asyncpg's pool.fetch", micro, value, 1.15)]


def measure(found: World) -> list[Figure]:
    return asyncio.run(compare(found))


if __name__ == "__main__":
    with world() as found:
        show(measure(found))
