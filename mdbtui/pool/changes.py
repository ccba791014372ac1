"""Changes to a pool while it is in use: other connections, another size."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import replace
from typing import TYPE_CHECKING

from mdbtui.pool.errors import PoolError
from mdbtui.pool.events import LeaseEnded, PoolDrained, PoolResized

if TYPE_CHECKING:
    from collections.abc import Collection

    from mdbtui.pool.managed import ManagedPool


async def drain(pool: ManagedPool, timeout: float) -> int:
    """Replace a pool's connections as `PoolManager.drain` promises."""
    if pool.draining:
        raise PoolError(
            f"the pool of {pool.db_id} is being drained already", db_id=pool.db_id
        )
    if not pool.links.is_open:
        return 0
    pool.draining = True
    pool.gate.resize(0)
    try:
        pool.links.trim(0)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                await pool.gate.emptied()
        left = pool.gate.taken
        await pool.links.renew()
    finally:
        pool.draining = False
        pool.gate.resize(pool.config.pool_max_size)
    pool.shared.emit(PoolDrained(db_id=pool.db_id, left=left))
    return left


async def resize(pool: ManagedPool, min_size: int, max_size: int) -> None:
    """Change a pool's limits as `PoolManager.resize` promises."""
    config = replace(pool.config, pool_min_size=min_size, pool_max_size=max_size)
    if config == pool.config:
        return
    pool.config = config
    if not pool.links.resize(config):
        await pool.links.renew()
    if not pool.draining:
        pool.gate.resize(max_size)
    pool.links.trim(max_size)
    pool.shared.wake(pool)
    pool.shared.emit(
        PoolResized(db_id=pool.db_id, min_size=min_size, max_size=max_size)
    )


async def park(pool: ManagedPool) -> None:
    """Refuse callers as `PoolManager.park` promises."""
    pool.shared.wake(pool)
    await pool.links.park()


def end_leases(pool: ManagedPool, pids: Collection[int]) -> int:
    """Take connections from their holders as `PoolManager.end_leases` promises."""
    now = pool.clock()
    found = [
        lease
        for lease in pool.leases
        if not lease.live.raw.is_closed() and lease.live.raw.get_server_pid() in pids
    ]
    for lease in found:
        lease.counted = False  # how long it was held says nothing of the others
        lease.terminate()
        pool.shared.emit(
            LeaseEnded(
                db_id=pool.db_id, holder=lease.holder, held_s=now - lease.acquired_at
            )
        )
    return len(found)
