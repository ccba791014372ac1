"""A TCP proxy in front of a server, to make its network fail."""

from __future__ import annotations

import asyncio

from mdbtui.demo.forwarding import Forwarder


class FaultyProxy(Forwarder):
    """Forwards to a server, until it is told to do it badly.

    `delay` (seconds) holds every chunk back, in both directions. `accepted` counts
    the connections it was asked for.
    """

    def __init__(self, host: str, port: int) -> None:
        super().__init__(host, port)
        self._open = asyncio.Event()
        self._open.set()
        self._budget: int | None = None
        self.delay = 0.0

    def hole(self) -> None:
        """Forward nothing any more, but keep the sockets: a black hole."""
        self._open.clear()

    def heal(self) -> None:
        """Forward again, also what came meanwhile."""
        self._budget = None
        self._open.set()

    def cut_after(self, n_bytes: int) -> None:
        """Reset every connection once the server has sent so many bytes more."""
        self._budget = n_bytes

    async def before(self) -> None:
        await self._open.wait()

    async def pass_on(
        self, chunk: bytes, target: asyncio.StreamWriter, *, answer: bool
    ) -> bool:
        if self.delay:
            await asyncio.sleep(self.delay)
        await self._open.wait()
        if answer and self._budget is not None:
            chunk, over = chunk[: self._budget], len(chunk) > self._budget
            self._budget -= len(chunk)
            if over:
                self.cut()
                return False
        return await super().pass_on(chunk, target, answer=answer)
