"""`PoolManager`: all pools of a program, by the id of their database."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Collection, Coroutine
from contextlib import AbstractAsyncContextManager
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from mdbtui.pool.changes import end_leases, park
from mdbtui.pool.config import DBConfig, DriverOptions
from mdbtui.pool.detail import PoolDetail
from mdbtui.pool.errors import ConfigError, PoolClosedError, UnknownPool
from mdbtui.pool.events import PoolEvent
from mdbtui.pool.health import check_health
from mdbtui.pool.history import History
from mdbtui.pool.lease import Lease
from mdbtui.pool.managed import ManagedPool
from mdbtui.pool.opening import Opening
from mdbtui.pool.shared import Driver, Shared
from mdbtui.pool.stats import FleetStats, HealthReport, PoolStats
from mdbtui.pool.threads import Threads
from mdbtui.pool.ticking import Ticker
from mdbtui.pool.totals import Totals

if TYPE_CHECKING:
    import asyncpg

log = logging.getLogger("mdbtui.pool")


class PoolManager:
    """Pools of connections to many databases.

    Use it in one event loop, best as ``async with PoolManager() as pools``. A pool
    is defined with `register` and opens at its first use; nothing connects before.

    Args:
        enable_monitoring: Sample every open pool each second into its history,
            keep up each pool's floor, and send the breakers' probes.
        enable_cleanup: Close pools that were not used for their
            `pool_idle_timeout`; they open again at their next use.
        driver_options: Called once, in a thread, before the first connection is
            made: what the program adds to every connection.
        trace_leases: Note where each connection is taken, for `detail`.
        clock: Monotonic seconds; for tests.
    """

    def __init__(
        self,
        *,
        enable_monitoring: bool = True,
        enable_cleanup: bool = True,
        driver_options: Callable[[], DriverOptions] | None = None,
        trace_leases: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._pools: dict[str, ManagedPool] = {}
        self._subscribers: list[Callable[[PoolEvent], None]] = []
        self._opening: dict[str, Opening] = {}
        self._totals = Totals()
        self._ticker = Ticker(
            self._totals, clock, monitor=enable_monitoring, clean_up=enable_cleanup
        )
        self._closed = False
        threads = Threads()
        self._shared = Shared(
            clock=clock,
            emit=self._emit,
            wake=self._ticker.wake,
            driver=Driver(threads, driver_options),
            threads=threads,
            trace=trace_leases,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close_all()

    # -- defining ------------------------------------------------------------

    @property
    def db_ids(self) -> tuple[str, ...]:
        """The ids of all pools, in the order of their definition."""
        return tuple(self._pools)

    def config(self, db_id: str) -> DBConfig:
        """Return how a database is reached.

        Raises:
            UnknownPool: If it was not registered.
        """
        return self._pool(db_id).config

    def register(self, config: DBConfig) -> str:
        """Define a pool without connecting; return its id.

        The same configuration again changes nothing.

        Raises:
            ConfigError: If another configuration has the same id.
            PoolClosedError: If the manager was closed.
        """
        db_id = self._define(config)
        if opening := self._opening.get(db_id):
            opening.forget = False
        return db_id

    async def create_pool(self, config: DBConfig) -> str:
        """Define a pool and prove that it can connect; return its id.

        Raises:
            ConnectError: If it cannot; the subclass says why. A pool that was not
                defined before is forgotten again.
            PoolError, ConfigError: As `register` and `lease` do.
        """
        db_id, _ = await self.get_or_create_pool(config)
        return db_id

    async def get_pool(self, db_id: str) -> ManagedPool:
        """Return a pool by its id. It opens when it is used.

        Raises:
            UnknownPool: If it was not registered.
        """
        return self._pool(db_id)

    async def get_or_create_pool(self, config: DBConfig) -> tuple[str, ManagedPool]:
        """Return the pool of a configuration, made and proved at the first call.

        However many call at once, one pool is made by one attempt, which all wait
        for. If it fails, all get its error and nothing is remembered; it is
        cancelled only when all callers are.

        Raises:
            PoolError, ConfigError: As `create_pool` does.
        """
        known = config.id in self._pools
        db_id = self._define(config)
        pool = self._pools[db_id]
        opening = self._opening.get(db_id)
        if opening is None:
            if known and pool.links.is_open:
                return db_id, pool
            opening = self._opening[db_id] = Opening(pool, forget=not known)
        try:
            await opening.wait()
        finally:
            if opening.is_over and self._opening.get(db_id) is opening:
                del self._opening[db_id]
                if opening.failed and opening.forget:
                    del self._pools[db_id]
                    self._ticker.forget(pool)
                    pool.links.close()
        return db_id, pool

    async def replace(self, db_id: str, config: DBConfig) -> None:
        """Close a pool and use another configuration under the same id.

        Its breaker starts afresh; its counters go on.

        Raises:
            UnknownPool: If it was not registered.
        """
        await self._pool(db_id).replace(config)

    # -- using ---------------------------------------------------------------

    def lease(
        self, db_id: str, *, timeout: float | None = None, holder: str = ""
    ) -> Coroutine[Any, Any, Lease]:
        """Wait for a connection and lend it: see `ManagedPool.lease`."""
        return self._pool(db_id).lease(timeout=timeout, holder=holder)

    def acquire(
        self, db_id: str, *, timeout: float | None = None, holder: str = ""
    ) -> AbstractAsyncContextManager[asyncpg.Connection[Any]]:
        """Lend a connection for a block: see `ManagedPool.acquire`."""
        return self._pool(db_id).acquire(timeout=timeout, holder=holder)

    async def execute_query(
        self, db_id: str, sql: str, *args: Any, timeout: float | None = None
    ) -> list[dict[str, Any]]:
        """Run one statement, return its rows: see `ManagedPool.execute_query`."""
        return await self._pool(db_id).execute_query(sql, *args, timeout=timeout)

    async def probe(self, db_id: str) -> None:
        """Try to connect now, whatever the breaker says: see `ManagedPool.probe`."""
        await self._pool(db_id).probe()

    async def drain(self, db_id: str, timeout: float = 30.0) -> int:
        """Replace every connection of a pool, and fail nobody.

        Free connections end at once. Nothing is lent until those in use are back,
        for `timeout` seconds at most. One that was not given back by then stays its
        holder's, and ends when it comes back.

        Returns:
            How many are still out.

        Raises:
            PoolError: If it is being drained already.
            UnknownPool: If it was not registered.
        """
        return await self._pool(db_id).drain(timeout)

    async def resize(self, db_id: str, min_size: int, max_size: int) -> None:
        """Change how many connections a pool keeps and may have, while it is used.

        Free connections beyond the limit end at once, those in use when they come
        back. A pool that is to be larger than it was gets new connections for the
        old ones, as these come back. It lasts until `replace`.

        Raises:
            ConfigError: If the limits make no sense.
            UnknownPool: If it was not registered.
        """
        await self._pool(db_id).resize(min_size, max_size)

    def hold(self, db_id: str, on: bool) -> None:
        """Keep a pool open with one connection at least, also while it is not used.

        Raises:
            PoolClosedError: If the pool is being closed.
            UnknownPool: If it was not registered.
        """
        self._pool(db_id).hold(on)

    def reset_breaker(self, db_id: str) -> None:
        """Forget the failures to connect: the next caller tries at once.

        Whether the server is there is not known then (`PoolStats.untried`). A pool
        that is open is probed within a second, if the manager monitors.
        """
        self._pool(db_id).reset_breaker()

    async def park(self, db_id: str) -> None:
        """Leave a server alone: refuse who asks for a connection, and try nothing.

        Free connections end at once, those in use when they come back. It is over
        with a `probe` that works, or `reset_breaker`.

        Raises:
            UnknownPool: If it was not registered.
        """
        await park(self._pool(db_id))

    def end_leases(self, db_id: str, pids: Collection[int]) -> int:
        """Take connections from their holders, whatever they are doing.

        What runs on them fails there, and open transactions are rolled back; the
        holders' places in the pool are free at once.

        Args:
            db_id: The pool.
            pids: The server's processes, from `detail`; others are passed by.

        Returns:
            How many it was.

        Raises:
            UnknownPool: If it was not registered.
        """
        return end_leases(self._pool(db_id), pids)

    # -- watching ------------------------------------------------------------

    async def get_pool_stats(self, db_id: str) -> PoolStats:
        """Return the numbers of one pool.

        Raises:
            UnknownPool: If it was not registered.
        """
        return self._pool(db_id).stats()

    def snapshot(self) -> FleetStats:
        """Return the numbers of all pools, without any I/O."""
        return FleetStats(tuple(pool.stats() for pool in self._pools.values()))

    def total(self) -> PoolStats:
        """Return the numbers of all pools together, as if they were one."""
        fleet, now = self.snapshot(), self._shared.clock()
        return self._totals.stats(fleet, now, self._pools.values())

    def total_history(self) -> History:
        """Return their history."""
        return self._totals.history()

    def detail(self, db_id: str) -> PoolDetail:
        """Return who holds what, the connections and the last events of a pool.

        Raises:
            UnknownPool: If it was not registered.
        """
        return self._pool(db_id).detail()

    def history(self, db_id: str) -> History:
        """Return one pool's samples of the last hour, oldest first.

        While a pool is closed it gets no samples; see each one's `at`.
        """
        return self._pool(db_id).history()

    async def health_check(self, timeout: float = 2.0) -> HealthReport:
        """Ask every database for ``select 1``, all at once.

        Args:
            timeout: Seconds that each may take, connecting included.
        """
        return await check_health(self._pools.values(), timeout)

    def subscribe(self, callback: Callable[[PoolEvent], None]) -> Callable[[], None]:
        """Call `callback` with every event, at once and inside the pool's own step.

        It should only take note. What it raises is logged and hurts nobody.

        Returns:
            A function that ends the subscription.
        """
        self._subscribers.append(callback)

        def unsubscribe() -> None:
            if callback in self._subscribers:
                self._subscribers.remove(callback)

        return unsubscribe

    # -- closing -------------------------------------------------------------

    async def close_pool(self, db_id: str, timeout: float = 3.0) -> None:
        """Close one pool; it stays defined and opens again at its next use.

        Raises:
            UnknownPool: If it was not registered.
        """
        await self._pool(db_id).close(timeout)

    async def remove(self, db_id: str, timeout: float = 3.0) -> None:
        """Close one pool and forget it with its numbers; its id is free again.

        Raises:
            UnknownPool: If it was not registered.
        """
        pool = self._pool(db_id)
        await pool.close(timeout, for_good=True)
        self._ticker.forget(pool)
        if self._pools.get(db_id) is pool:
            del self._pools[db_id]

    async def close_all(self, timeout: float = 3.0) -> None:
        """Close everything for good, within `timeout` seconds.

        Also while connections are held or servers do not answer: who holds one has
        0.6 of the time to give it back, who waits for one gets `PoolClosedError`.
        """
        self._closed = True
        await self._ticker.close()
        await asyncio.gather(
            *(pool.close(timeout, for_good=True) for pool in self._pools.values())
        )

    # -- within --------------------------------------------------------------

    def _define(self, config: DBConfig) -> str:
        if self._closed:
            raise PoolClosedError("all pools were closed")
        known = self._pools.get(config.id)
        if known is None:
            self._pools[config.id] = ManagedPool(config.id, config, self._shared)
        elif config not in (known.config, known.defined):
            raise ConfigError("name", f"another connection is called {config.id!r}")
        return config.id

    def _pool(self, db_id: str) -> ManagedPool:
        pool = self._pools.get(db_id)
        if pool is None:
            raise UnknownPool(f"there is no database {db_id!r}", db_id=db_id)
        return pool

    def _emit(self, event: PoolEvent) -> None:
        if pool := self._pools.get(event.db_id):
            pool.log.add(event)
        for callback in tuple(self._subscribers):
            try:
                callback(event)
            except Exception:
                log.exception("a subscriber failed on %s", type(event).__name__)
