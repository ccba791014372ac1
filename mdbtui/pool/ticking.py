"""The seconds of all pools: one task that looks after those that are awake."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from mdbtui.pool.managed import ManagedPool
    from mdbtui.pool.totals import Totals

log = logging.getLogger("mdbtui.pool")

TICK = 1.0
SLICE = 100
"""Pools that are looked after before the loop has its turn."""


class Ticker:
    """Does each second what is due for pools that are used, or were.

    Args:
        totals: Sampled with them.
        clock: Monotonic seconds.
        monitor: Sample pools, keep up their floors, send probes.
        clean_up: Close pools that were not used for long.
    """

    def __init__(
        self,
        totals: Totals,
        clock: Callable[[], float],
        *,
        monitor: bool,
        clean_up: bool,
    ) -> None:
        self._totals = totals
        self._clock = clock
        self._monitor = monitor
        self._clean_up = clean_up
        self._awake: set[ManagedPool] = set()
        self._task: asyncio.Task[None] | None = None
        self._closed = False

    def wake(self, pool: ManagedPool) -> None:
        """Look after a pool from now on, as long as there is something to do."""
        if self._closed or not (self._monitor or self._clean_up):
            return
        self._awake.add(pool)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._tick_on())

    def forget(self, pool: ManagedPool) -> None:
        """Look after a pool no longer."""
        self._awake.discard(pool)

    async def close(self) -> None:
        """Look after none any more."""
        self._closed = True
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    async def _tick_on(self) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time()
        while self._awake:
            # After a stall, or a suspended machine, nothing is made up for.
            due = max(due + TICK, loop.time())
            await asyncio.sleep(due - loop.time())
            await self._tick()

    async def _tick(self) -> None:
        for number, pool in enumerate(tuple(self._awake), 1):
            if number % SLICE == 0:
                await asyncio.sleep(0)
            try:
                more = pool.upkeep.tick(monitor=self._monitor, clean_up=self._clean_up)
            except Exception:
                log.exception("%s: the upkeep failed", pool.db_id)
                continue
            if not more:
                self._awake.discard(pool)
        if self._monitor:
            self._totals.sample(self._clock(), self._awake)
