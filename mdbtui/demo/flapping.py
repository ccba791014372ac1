"""A port in front of a server that stops answering every few seconds."""

from __future__ import annotations

import asyncio
import contextlib
from types import TracebackType
from typing import Self

UP_S, DOWN_S = 8.0, 7.0
_CHUNK = 65_536
_MAX_CONNECTIONS = 100


class FlappingPort:
    """Forwards to a server while it is up; refuses and cuts while it is down.

    Args:
        host: The server's.
        port: The server's.

    Attributes:
        number: The port that flaps, at 127.0.0.1.
    """

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._server: asyncio.Server | None = None
        self._links: set[asyncio.Task[None]] = set()
        self.number = 0

    async def __aenter__(self) -> Self:
        await self._up()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._down()

    async def flap(self) -> None:
        """Go down and come up, without end."""
        while True:
            await asyncio.sleep(UP_S)
            await self._down()
            await asyncio.sleep(DOWN_S)
            with contextlib.suppress(OSError):  # somebody took the port meanwhile
                await self._up()

    async def _up(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.number)
        self.number = self._server.sockets[0].getsockname()[1]

    async def _down(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        links = list(self._links)
        for link in links:
            link.cancel()
        await asyncio.gather(*links, return_exceptions=True)

    async def _serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        task = asyncio.current_task()
        assert task is not None
        back: asyncio.StreamWriter | None = None
        self._links.add(task)
        try:
            if len(self._links) > _MAX_CONNECTIONS:
                return
            answers, back = await asyncio.open_connection(*self._target)
            pumps = [
                asyncio.create_task(_pump(reader, back)),
                asyncio.create_task(_pump(answers, writer)),
            ]
            try:
                await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for pump in pumps:
                    pump.cancel()
                await asyncio.gather(*pumps, return_exceptions=True)
        except (OSError, asyncio.CancelledError):
            pass  # that a connection ends badly is what this is for
        finally:
            for end in (writer, back):
                if end is not None:
                    end.transport.abort()
            self._links.discard(task)


async def _pump(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    while chunk := await source.read(_CHUNK):
        target.write(chunk)
        await target.drain()
