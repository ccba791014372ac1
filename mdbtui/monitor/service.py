"""`ServerMonitor`: the servers that are watched, each by one sampler."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import TYPE_CHECKING

from mdbtui.monitor import details, signals
from mdbtui.monitor.link import Link, own_pools
from mdbtui.monitor.models import Part
from mdbtui.monitor.sampler import Demand, Sampler

if TYPE_CHECKING:
    from mdbtui.monitor.details import Lock
    from mdbtui.monitor.models import Backend, ServerSample, TopStatement
    from mdbtui.monitor.rates import Rates
    from mdbtui.monitor.signals import Signal, SignalResult
    from mdbtui.pool import PoolError, PoolManager

INTERVAL_S = 2.0
MIN_INTERVAL_S, MAX_INTERVAL_S = 0.25, 60.0


class ServerMonitor:
    """Watches servers on connections of its own, one for each database.

    ::

        monitor = ServerMonitor(pools)
        watch = monitor.start("shop", parts=Part.STATISTICS)
        stop = watch.subscribe(lambda: print(watch.sample, watch.error))
        …
        await watch.close()

    Whoever watches the same database shares its connection and its samples.

    Args:
        pools: Where the databases are registered; used only to know how to connect.
    """

    def __init__(self, pools: PoolManager) -> None:
        self._pools = pools
        self._own = own_pools()
        self._samplers: dict[str, Sampler] = {}

    def start(
        self,
        db_id: str,
        *,
        parts: Part = Part.ACTIVITY,
        interval: float = INTERVAL_S,
    ) -> Watch:
        """Begin to watch a database; the first sample comes as soon as it can.

        Args:
            db_id: A registered database.
            parts: What samples hold beside the activity.
            interval: Seconds between two samples; less if another watcher wants that.

        Raises:
            UnknownPool: If it was not registered.
        """
        self._pools.config(db_id)
        sampler = self._samplers.get(db_id)
        if sampler is None:
            sampler = Sampler(db_id, Link(self._pools, self._own, db_id))
            self._samplers[db_id] = sampler
        return Watch(sampler, Demand(parts, _bounded(interval)), self._left)

    def sample(self, db_id: str) -> ServerSample | None:
        """Return the last sample of a database that is watched; no I/O."""
        sampler = self._samplers.get(db_id)
        return sampler.sample if sampler is not None else None

    async def close(self) -> None:
        """End all watching and all connections."""
        samplers = list(self._samplers.values())
        self._samplers.clear()
        await asyncio.gather(*(sampler.close() for sampler in samplers))
        await self._own.close_all(timeout=1.0)

    async def _left(self, sampler: Sampler) -> None:
        if sampler.demands:
            sampler.changed()
        elif self._samplers.get(sampler.db_id) is sampler:
            del self._samplers[sampler.db_id]
            await sampler.close()


class Watch:
    """One watcher's view of a server; made by `ServerMonitor.start`."""

    def __init__(
        self,
        sampler: Sampler,
        demand: Demand,
        left: Callable[[Sampler], Awaitable[None]],
    ) -> None:
        self._sampler = sampler
        self._demand = demand
        self._left = left
        self._stops: list[Callable[[], None]] = []
        sampler.demands.append(demand)
        sampler.changed()

    @property
    def db_id(self) -> str:
        """The database."""
        return self._sampler.db_id

    @property
    def sample(self) -> ServerSample | None:
        """The last sample; it stays when a later attempt failed."""
        return self._sampler.sample

    @property
    def error(self) -> PoolError | None:
        """Why the last attempt gave no sample; None if it did."""
        return self._sampler.error

    @property
    def asking_s(self) -> float:
        """For how long the server has been asked without an answer; 0: it isn't."""
        return self._sampler.asking_s

    @property
    def history(self) -> list[tuple[float, Rates]]:
        """The whole server's rates, oldest first, with their monotonic times."""
        return list(self._sampler.history)

    @property
    def interval(self) -> float:
        """Seconds between two samples, as far as this watcher wants them."""
        return self._demand.interval

    @property
    def paused(self) -> bool:
        """This watcher wants no samples now."""
        return self._demand.paused

    def subscribe(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call `callback` after each attempt, to read `sample` and `error`.

        It should only take note; what it raises is logged.

        Returns:
            A function that ends the subscription; `close` ends it, too.
        """
        stop = self._sampler.listen(callback)
        self._stops.append(stop)
        return stop

    def want(
        self,
        *,
        parts: Part | None = None,
        interval: float | None = None,
        paused: bool | None = None,
    ) -> None:
        """Change what this watcher wants; what is None stays as it is."""
        demand = self._demand
        if parts is not None:
            demand.parts = parts
        if interval is not None:
            demand.interval = _bounded(interval)
        if paused is not None:
            demand.paused = paused
        self._sampler.changed()

    def refresh(self) -> None:
        """Sample now."""
        self._sampler.changed(now=True)

    async def send(
        self, signal: Signal, backends: Iterable[Backend]
    ) -> list[SignalResult]:
        """Cancel what backends run, or end them; each has a result of its own."""
        results = await signals.send(self._sampler.link, signal, backends)
        self.refresh()
        return results

    async def locks(self, backend: Backend) -> list[Lock]:
        """Return the locks that a backend holds and waits for.

        Raises:
            PoolError: They could not be read.
        """
        return await details.locks(self._sampler.link, backend.pid)

    async def query_of(self, backend: Backend) -> str:
        """Return all of a backend's query; what is known of it, if it moved on.

        Raises:
            PoolError: It could not be read.
        """
        if not backend.is_cut:
            return backend.query
        whole = await details.whole_query(self._sampler.link, backend)
        return backend.query if whole is None else whole

    async def text_of(self, statement: TopStatement) -> str:
        """Return all of a gathered statement's text.

        Raises:
            PoolError: It could not be read.
        """
        if not statement.is_cut:
            return statement.query
        whole = await details.whole_statement(self._sampler.link, statement)
        return statement.query if whole is None else whole

    async def plan(self, statement: TopStatement) -> str:
        """Return EXPLAIN's JSON of a gathered statement, which is not run.

        Raises:
            PoolError: There is none to be had; says why.
        """
        return await details.plan(self._sampler.link, statement)

    async def close(self) -> None:
        """Watch no more; with the last watcher the connection goes."""
        for stop in self._stops:
            stop()
        if self._demand in self._sampler.demands:
            self._sampler.demands.remove(self._demand)
            await self._left(self._sampler)


def _bounded(interval: float) -> float:
    return max(MIN_INTERVAL_S, min(interval, MAX_INTERVAL_S))
