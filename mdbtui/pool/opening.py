"""The first opening of a pool, shared by all who ask for it."""

from __future__ import annotations

import asyncio

from mdbtui.pool.lease import Reset
from mdbtui.pool.managed import ManagedPool


class Opening:
    """The one attempt to open a pool that all its callers wait for."""

    def __init__(self, pool: ManagedPool, *, forget: bool) -> None:
        self.forget = forget
        self._waiting = 0
        self._task = asyncio.create_task(self._open(pool))

    @property
    def is_over(self) -> bool:
        """It came to an end, or everybody who waited was cancelled."""
        return self._task.done() or not self._waiting

    @property
    def failed(self) -> bool:
        """It did not open the pool."""
        return (
            not self._task.done()
            or self._task.cancelled()
            or self._task.exception() is not None
        )

    async def wait(self) -> None:
        """Wait for the outcome; raises what went wrong."""
        self._waiting += 1
        try:
            await asyncio.shield(self._task)
        finally:
            self._waiting -= 1
            if not self._waiting:
                self._task.cancel()

    @staticmethod
    async def _open(pool: ManagedPool) -> None:
        lease = await pool.lease(holder="opening")
        lease.reset = Reset.NOTHING
        await lease.release()
