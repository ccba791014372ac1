"""A TCP proxy in front of a server, to make its network fail."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from types import TracebackType
from typing import Self


class FaultyProxy:
    """Forwards to a server, until it is told to do it badly.

    `delay` (seconds) holds every chunk back, in both directions. `accepted` counts
    the connections it was asked for.
    """

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._server: asyncio.Server | None = None
        self._open = asyncio.Event()
        self._open.set()
        self._budget: int | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._writers: set[asyncio.StreamWriter] = set()
        self.host = "127.0.0.1"
        self.port = 0
        self.delay = 0.0
        self.accepted = 0

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.stop()

    async def start(self) -> None:
        """Listen; the first time on a free port, later on the same again."""
        self._server = await asyncio.start_server(self._serve, self.host, self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Refuse, cut, and wait until all is gone."""
        await self.refuse()
        self.cut()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def hole(self) -> None:
        """Forward nothing any more, but keep the sockets: a black hole."""
        self._open.clear()

    def heal(self) -> None:
        """Forward again, also what came meanwhile."""
        self._budget = None
        self._open.set()

    async def refuse(self) -> None:
        """Refuse new connections (until `start`); those there go on."""
        if self._server is not None:
            self._server.close()
            self._server = None

    def cut(self) -> None:
        """Reset every connection (RST)."""
        for writer in tuple(self._writers):
            sock = writer.get_extra_info("socket")
            with contextlib.suppress(OSError):
                sock.setsockopt(
                    socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
                )
            writer.transport.abort()

    def cut_after(self, n_bytes: int) -> None:
        """Reset every connection once the server has sent so many bytes more."""
        self._budget = n_bytes

    async def _serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.accepted += 1
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self._writers.add(writer)
        server: asyncio.StreamWriter | None = None
        try:
            await self._open.wait()
            back, server = await asyncio.open_connection(*self._target)
            self._writers.add(server)
            pumps = [
                asyncio.ensure_future(self._pump(reader, server, counted=False)),
                asyncio.ensure_future(self._pump(back, writer, counted=True)),
            ]
            try:
                await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for pump in pumps:
                    pump.cancel()
                await asyncio.gather(*pumps, return_exceptions=True)
        except (OSError, asyncio.CancelledError):
            pass  # a connection that ends badly is what this is for
        finally:
            for end in (writer, server):
                if end is not None:
                    end.close()
                    with contextlib.suppress(OSError):
                        await end.wait_closed()
                    self._writers.discard(end)
            self._tasks.discard(task)

    async def _pump(
        self,
        source: asyncio.StreamReader,
        target: asyncio.StreamWriter,
        *,
        counted: bool,
    ) -> None:
        while chunk := await source.read(65536):
            if self.delay:
                await asyncio.sleep(self.delay)
            await self._open.wait()
            if counted and self._budget is not None:
                chunk, over = chunk[: self._budget], len(chunk) > self._budget
                self._budget -= len(chunk)
                if over:
                    self.cut()
                    return
            target.write(chunk)
            await target.drain()
