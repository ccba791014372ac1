"""What a pool needs done each second while it is open."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any

from mdbtui.pool.events import PoolClosed
from mdbtui.pool.lease import Lease, Reset
from mdbtui.pool.stats import BreakerState

if TYPE_CHECKING:
    from mdbtui.pool.managed import ManagedPool

log = logging.getLogger("mdbtui.pool")


class Upkeep:
    """Samples, probes, the floor and the clean-up of one pool.

    Attributes:
        asking: How many connections it waits for, for nobody.
    """

    def __init__(self, pool: ManagedPool) -> None:
        self._pool = pool
        self._job: asyncio.Task[None] | None = None
        self.asking = 0

    def tick(self, *, monitor: bool, clean_up: bool) -> bool:
        """Do what is due; return whether there is more to come."""
        pool = self._pool
        if monitor:
            pool.sample()
        limit = pool.config.pool_idle_timeout
        if clean_up and limit and pool.unused_for > limit and not pool.held:
            if pool.links.is_open:
                self.stop()
                pool.links.close()
                pool.shared.emit(PoolClosed(db_id=pool.db_id))
            pool.meter.stop()
            return False
        is_up = pool.links.is_open or pool.held
        if monitor and is_up and (self._job is None or self._job.done()):
            job = self._due()
            self._job = asyncio.create_task(job) if job else None
        more = is_up or not pool.unused_for
        if not more:
            pool.meter.stop()
        return more

    def stop(self) -> asyncio.Task[None] | None:
        """Cancel the job that is under way, if any; return it to be awaited."""
        if self._job is not None:
            self._job.cancel()
        return self._job

    def _due(self) -> Coroutine[Any, Any, None] | None:
        breaker = self._pool.links.breaker
        if breaker and breaker.state is BreakerState.OPEN and breaker.retry_in == 0:
            return self._probe()
        if breaker and breaker.due and breaker.state is BreakerState.CLOSED:
            return self._probe(ask=True)
        floor = max(self._pool.config.pool_min_size, int(self._pool.held))
        if not floor or self._pool.draining:
            return None
        size, in_use = self._pool.links.levels()
        missing = floor - size
        closed = breaker is None or breaker.state is BreakerState.CLOSED
        if missing > 0 and closed:
            return self._fill(size - in_use + missing)
        return None

    async def _probe(self, *, ask: bool = False) -> None:
        try:
            (await self._pool.links.try_out(ask=ask)).terminate()
        except Exception as exc:  # noqa: BLE001 - the breaker has told everyone
            log.debug("%s: probe: %s", self._pool.db_id, exc)

    async def _fill(self, count: int) -> None:
        """Open connections up to the floor: lend that many at once, to nobody."""
        lent = await asyncio.gather(
            *(self._lend() for _ in range(min(count, self._pool.room))),
            return_exceptions=True,
        )
        for lease in lent:
            if isinstance(lease, Lease):
                lease.reset = Reset.NOTHING
                lease.release_soon()

    async def _lend(self) -> Lease:
        self.asking += 1
        try:
            return await self._pool.lend(None, "keeping connections open")
        finally:
            self.asking -= 1
