"""`ManagedPool`: what a caller sees of one database's connections.

It lends them first come, first served and within a bounded time, takes them back,
and counts. `Links` makes and keeps them.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from mdbtui.pool.changes import drain, resize
from mdbtui.pool.config import DBConfig
from mdbtui.pool.detail import PoolDetail, calls, read_detail
from mdbtui.pool.errors import AcquireTimeout, PoolClosedError
from mdbtui.pool.eventlog import EventLog
from mdbtui.pool.events import AcquireTimedOut, PoolClosed, SlowAcquire
from mdbtui.pool.gate import Gate
from mdbtui.pool.history import History
from mdbtui.pool.lease import Lease, Trace
from mdbtui.pool.links import Links
from mdbtui.pool.meter import Meter
from mdbtui.pool.queries import run_query
from mdbtui.pool.reading import Reading, explain_timeout
from mdbtui.pool.shared import Shared
from mdbtui.pool.stats import PoolStats
from mdbtui.pool.upkeep import Upkeep

if TYPE_CHECKING:
    import asyncpg

log = logging.getLogger("mdbtui.pool")

SLOW_ACQUIRE_MS = 100.0
RELEASE_LIMIT = 3.0
"""Seconds that handing a connection back may take before it is given up."""

_STALE = 0.5
_TURNS = 4


class ManagedPool:
    """The connections of one database; made by `PoolManager`.

    Attributes:
        db_id: The database.
        config: How it is reached.
        links: Its connections.
        meter: Its counters.
        gate: Who may have one.
        leases: Those on loan.
        asking: Those who wait, the upkeep included.
        shared: What it shares with the manager's other pools.
        upkeep: What is done for it each second.
        log: What happened to it.
        held: Whether it is kept open.
        draining: Whether nothing is lent until all connections are back.
    """

    def __init__(self, db_id: str, config: DBConfig, shared: Shared) -> None:
        self.db_id = db_id
        self.config = self.defined = config
        self.shared = shared
        self.clock = shared.clock
        self.meter = Meter(shared.clock)
        self.links = Links(db_id, config, shared, self.meter)
        self.upkeep = Upkeep(self)
        self.gate = Gate(config.pool_max_size)
        self.leases: set[Lease] = set()
        self.asking: set[asyncio.Timeout] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._all_back: asyncio.Event | None = None
        self._last_use = shared.clock()
        self._closing: asyncio.Task[None] | None = None
        self._for_good = False
        self.log = EventLog()
        self.held = self.draining = False
        self._reading = Reading(self)

    @property
    def room(self) -> int:
        """How many connections can be had without waiting for someone else."""
        return self.gate.free

    @property
    def waiting(self) -> int:
        """How many callers wait for a connection."""
        return len(self.asking) - self.upkeep.asking

    @property
    def unused_for(self) -> float:
        """Seconds since the last use; 0 while it is used or waited for."""
        if self.leases or self.asking:
            return 0.0
        return self.clock() - self._last_use

    # -- lending -------------------------------------------------------------

    def lease(
        self, *, timeout: float | None = None, holder: str = ""
    ) -> Coroutine[Any, Any, Lease]:
        """Wait for a connection and lend it.

        Args:
            timeout: Seconds to wait at most; None for the configuration's.
            holder: Who asks, for people to read.

        Raises:
            AcquireTimeout: If none was free, or could be made, in time.
            CircuitOpen: If connecting failed before and is not tried now.
            ConnectError: If connecting failed; the subclass says why.
            PoolClosedError: If the pool is being closed.
        """
        # Here, and not when it is awaited: that may be in another task, which does
        # not know who wanted it.
        return self._lease(timeout, holder, calls() if self.shared.trace else ())

    async def _lease(self, timeout: float | None, holder: str, where: Trace) -> Lease:
        self.meter.asked += 1
        lease = await self.lend(timeout, holder)
        lease.counted = True
        self.meter.acquired(lease.wait_ms / 1000, lease.acquired_at)
        lease.where = where
        if lease.wait_ms > SLOW_ACQUIRE_MS:
            self.shared.emit(
                SlowAcquire(
                    db_id=self.db_id,
                    wait_ms=lease.wait_ms,
                    holder=holder,
                    connect_ms=lease.connect_ms,
                )
            )
        return lease

    @asynccontextmanager
    async def acquire(
        self, *, timeout: float | None = None, holder: str = ""
    ) -> AsyncIterator[asyncpg.Connection[Any]]:
        """Lend a connection for an ``async with`` block; raises as `lease` does."""
        lease = await self.lease(timeout=timeout, holder=holder)
        try:
            yield lease.connection
        except (asyncio.CancelledError, TimeoutError):
            lease.release_soon()  # the connection is busy cancelling
            raise
        except BaseException:
            await lease.release()
            raise
        await lease.release()

    async def execute_query(
        self, sql: str, *args: Any, timeout: float | None = None
    ) -> list[dict[str, Any]]:
        """Run one statement on a connection of its own and return its rows.

        Args:
            sql: One statement, with ``$1``, ``$2`` … for `args`.
            args: Its parameters.
            timeout: Seconds it may take; None for the configuration's
                command_timeout. Waiting for a connection is not counted.

        Raises:
            QueryError: If the server refuses it; QueryTimeout if it takes too long.
            ConnectionLostError: If the connection broke; whether the statement
                was carried out is not known.
            PoolError: As `lease` does.
        """
        return await run_query(self, sql, args, timeout)

    async def lend(self, timeout: float | None, holder: str) -> Lease:
        """Lend as `lease` does, without counting it as an acquire."""
        self._refuse_if_closing()
        limit = self.config.acquire_timeout if timeout is None else timeout
        started = self.clock()
        deadline = asyncio.timeout(limit)
        gate = self.gate
        try:
            async with deadline:
                self.asking.add(deadline)
                await gate.enter()
                try:
                    live, connection = await self._obtain()
                except BaseException:
                    gate.leave()
                    raise
        except TimeoutError as exc:
            self._refuse_if_closing()
            raise self._timed_out(started, limit, holder) from exc
        finally:
            self.asking.discard(deadline)
        now = self._last_use = self.clock()
        lease = live.lease = Lease(
            self,
            live,
            connection,
            db_id=self.db_id,
            holder=holder,
            now=now,
            wait_ms=(now - started) * 1000,
        )
        self.leases.add(lease)
        return lease

    async def _obtain(self) -> tuple[Any, Any]:
        if not self.links.is_open:
            self.meter.start()
            self.shared.wake(self)
        elif self.clock() - self._last_use > _STALE:
            # Who died meanwhile is noticed in a few turns of the loop.
            for _ in range(_TURNS):
                await asyncio.sleep(0)
        return await self.links.get()

    def _refuse_if_closing(self) -> None:
        if self._closing is not None or self._for_good:
            raise PoolClosedError(
                f"the pool of {self.db_id} was closed", db_id=self.db_id
            )

    def _timed_out(self, started: float, limit: float, holder: str) -> AcquireTimeout:
        now = self.clock()
        self.meter.timeouts += 1
        self.shared.emit(
            AcquireTimedOut(
                db_id=self.db_id, wait_ms=(now - started) * 1000, holder=holder
            )
        )
        return explain_timeout(self, limit)

    # -- what a lease asks for -----------------------------------------------

    async def take_back(self, lease: Lease, *, discard: bool) -> None:
        """Take a connection back (called by its lease)."""
        if discard or lease.connection.is_in_transaction():
            await asyncio.shield(self._spawn(self._take_back(lease, discard)))
            return
        # The driver shields its own release: no task of ours is needed.
        try:
            await self._take_back(lease, discard)
        except asyncio.CancelledError:
            self._spawn(self._until_back(lease))
            raise

    def take_back_soon(self, lease: Lease, *, discard: bool) -> None:
        """Start to take a connection back (called by its lease)."""
        self._spawn(self._take_back(lease, discard))

    def settle(self, lease: Lease) -> None:
        """Let the next in line have the place of a lease (called by it)."""
        live = lease.live
        if live.watchdog is not None:
            live.watchdog.cancel()
        live.lease = live.watchdog = None
        live.idle_since = self._last_use = self.clock()
        if lease.counted:
            self.meter.came_back(live.idle_since - lease.acquired_at)
        self.links.settle(live, surplus=bool(self.gate.surplus))
        self.leases.discard(lease)
        if self._all_back is not None and not self.leases:
            self._all_back.set()
        self.gate.leave()

    def count(self, error: BaseException | None) -> None:
        """Count a statement (called by a lease)."""
        self.meter.queries += 1
        if error is not None:
            self.meter.errors += 1

    async def _take_back(self, lease: Lease, discard: bool) -> None:
        live = lease.live
        live.watchdog = asyncio.get_running_loop().call_later(
            RELEASE_LIMIT, self.links.give_up, live
        )
        try:
            if discard:
                self.links.give_up(live)
            else:
                await self.links.put(live, lease.connection, RELEASE_LIMIT)
        except Exception as exc:  # noqa: BLE001 - it costs this connection only
            log.info("%s: a connection could not be reset: %r", self.db_id, exc)
            if live.raw.is_closed() and not live.retired:
                self.links.lost()
            self.links.give_up(live)
        self.settle(lease)

    async def _until_back(self, lease: Lease) -> None:
        """Wait for a release that goes on although its caller was cancelled."""
        # The driver tells nobody.
        while not self.links.is_back(lease.live, lease.connection):  # noqa: ASYNC110
            await asyncio.sleep(0.005)
        self.settle(lease)

    # -- life ----------------------------------------------------------------

    def _spawn(self, job: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(job)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def close(self, timeout: float = 3.0, *, for_good: bool = False) -> None:
        """End all connections within `timeout` seconds, whatever they are doing.

        Who waits gets `PoolClosedError` at once. Who holds a connection has 0.6 of
        the time to give it back. Unless closed for good, the pool opens again at
        its next use.
        """
        self._for_good = self._for_good or for_good
        if self._closing is None:
            self._closing = asyncio.create_task(self._close(timeout))
        await asyncio.shield(self._closing)

    async def _close(self, timeout: float) -> None:
        loop = asyncio.get_running_loop()
        end = loop.time() + timeout
        job = self.upkeep.stop()
        try:
            for deadline in self.asking:
                if not deadline.expired():
                    deadline.reschedule(loop.time())
            if self.leases:
                self._all_back = asyncio.Event()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(0.6 * timeout):
                        await self._all_back.wait()
        finally:
            for lease in tuple(self.leases):
                lease.terminate()
            was_open = self.links.is_open
            self.links.close()
        if tasks := self._tasks | ({job} if job else set()):
            await asyncio.wait(tasks, timeout=max(0.1, end - loop.time()))
        for _ in range(_TURNS):  # the transports close their sockets
            await asyncio.sleep(0)
        self._closing = None
        if was_open:
            self.shared.emit(PoolClosed(db_id=self.db_id))

    async def replace(self, config: DBConfig, timeout: float = 3.0) -> None:
        """Close, and use another configuration from now on."""
        await self.close(timeout)
        self.config = self.defined = config
        self.gate.resize(config.pool_max_size)
        self.links.reconfigure(config)

    async def drain(self, timeout: float = 30.0) -> int:
        """Replace every connection without failing anybody: see `PoolManager.drain`."""
        return await drain(self, timeout)

    async def resize(self, min_size: int, max_size: int) -> None:
        """Change the pool's limits: see `PoolManager.resize`."""
        await resize(self, min_size, max_size)

    def hold(self, on: bool) -> None:
        """Keep the pool open, or no longer: see `PoolManager.hold`."""
        self.held = on
        if on:
            self._refuse_if_closing()
            self.shared.wake(self)

    def reset_breaker(self) -> None:
        """Let connecting be tried at once: see `PoolManager.reset_breaker`."""
        if self.links.breaker is not None:
            self.links.breaker.reset()
            self.shared.wake(self)  # to find out what is true now

    async def probe(self) -> None:
        """Try to connect now, also when the breaker is open or parked.

        Raises:
            ConnectError: If it fails; the subclass says why.
            CircuitOpen: If a probe is under way, or was made within the last second.
            PoolClosedError: If the pool is being closed.
        """
        self._refuse_if_closing()
        self.shared.wake(self)
        (await self.links.try_out(ask=True)).terminate()

    # -- numbers -------------------------------------------------------------

    def sample(self) -> None:
        """Add the last second to the history."""
        size, in_use = self.links.levels()
        self.meter.sample(size, in_use, self.waiting)

    def stats(self) -> PoolStats:
        """Return the pool's numbers; no I/O."""
        return self._reading.stats()

    def detail(self) -> PoolDetail:
        """Return who holds what, the connections and what happened; no I/O."""
        return read_detail(self)

    def history(self) -> History:
        """Return the samples of the last hour, oldest first."""
        return self.meter.ring.history()
