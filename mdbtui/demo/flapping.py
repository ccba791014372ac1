"""A port in front of a server that goes down every few seconds."""

from __future__ import annotations

import asyncio
import contextlib

from mdbtui.demo.forwarding import Forwarder

UP_S, DOWN_S = 8.0, 7.0


class FlappingPort(Forwarder):
    """Forwards to a server while it is up; refuses and cuts while it is down."""

    async def flap(self) -> None:
        """Go down and come up, until this is cancelled; then it is up."""
        try:
            while True:
                await asyncio.sleep(UP_S)
                await self.stop()
                await asyncio.sleep(DOWN_S)
                await self._come_up()
        finally:
            await self._come_up()

    async def _come_up(self) -> None:
        if self._server is None:
            with contextlib.suppress(OSError):  # somebody took the port meanwhile
                await self.start()
