"""Connections for sessions, where paused streams give way to who waits."""

from __future__ import annotations

import asyncio
import contextlib
import weakref
from typing import TYPE_CHECKING

from mdbtui.pool import PoolError

if TYPE_CHECKING:
    from mdbtui.pool import Lease, PoolManager
    from mdbtui.query.execution import Execution

_LOOK_EVERY = 0.05
"""Seconds between looks for a paused stream while a connection is waited for."""

_by_pools: weakref.WeakKeyDictionary[PoolManager, weakref.WeakSet[Execution]]
_by_pools = weakref.WeakKeyDictionary()


def streams(pools: PoolManager) -> weakref.WeakSet[Execution]:
    """Return the statements under way that hold a connection of their own."""
    return _by_pools.setdefault(pools, weakref.WeakSet())


async def lease_from(pools: PoolManager, db_id: str, holder: str) -> Lease:
    """Lease a connection; if all are taken, paused streams give way, longest first.

    Streams of other tabs that rest with their rows unread could otherwise hold all
    connections until their idle limit.
    """
    waiting = asyncio.create_task(pools.lease(db_id, holder=holder))
    try:
        while not (await asyncio.wait({waiting}, timeout=_LOOK_EVERY))[0]:
            with contextlib.suppress(PoolError):  # removed: the wait ends with that
                # Not the whole fleet's numbers: a hundred may be waiting here.
                stats = await pools.get_pool_stats(db_id)
                if stats.in_use >= stats.max_size:
                    _make_way(pools, db_id)
    except asyncio.CancelledError:
        waiting.cancel()
        with contextlib.suppress(asyncio.CancelledError, PoolError):
            lease = await waiting
            await lease.release()
        raise
    return waiting.result()


def _make_way(pools: PoolManager, db_id: str) -> None:
    paused = [
        (run.paused_since, run)
        for run in streams(pools)
        if run.owner.db_id == db_id and run.paused_since is not None
    ]
    if paused:
        _, longest = min(paused, key=lambda each: each[0])
        longest.give_way("stopped at {rows}: its connection was needed")


def is_closed(lease: Lease) -> bool:
    """Whether the lease's connection is gone."""
    # The pool detaches a lost connection; then even this question raises.
    with contextlib.suppress(Exception):
        return bool(lease.connection.is_closed())
    return True


def in_transaction(lease: Lease) -> bool:
    """Whether the lease's connection is there, with a transaction open."""
    return not is_closed(lease) and bool(lease.connection.is_in_transaction())
