"""A port in front of a server: it forwards, and can be made to fail."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from types import TracebackType
from typing import Self

CHUNK = 65_536
MAX_CONNECTIONS = 1_000


class Forwarder:
    """Forwards every connection to a server, from a port of its own.

    Args:
        host: The server's.
        port: The server's.

    Attributes:
        host: Where it listens.
        port: Where it listens; known once it does.
        accepted: How many connections it was asked for.
    """

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._writers: set[asyncio.StreamWriter] = set()
        self.host = "127.0.0.1"
        self.port = 0
        self.accepted = 0

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
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
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

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

    async def before(self) -> None:
        """Wait for what a connection has to wait for before it is forwarded."""

    async def pass_on(
        self, chunk: bytes, target: asyncio.StreamWriter, *, answer: bool
    ) -> bool:
        """Forward some bytes; say whether more may come.

        Args:
            chunk: They.
            target: Where they go.
            answer: They come from the server.
        """
        target.write(chunk)
        await target.drain()
        return True

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
            if len(self._tasks) > MAX_CONNECTIONS:
                return
            await self.before()
            back, server = await asyncio.open_connection(*self._target)
            self._writers.add(server)
            pumps = [
                asyncio.create_task(self._pump(reader, server, answer=False)),
                asyncio.create_task(self._pump(back, writer, answer=True)),
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
        answer: bool,
    ) -> None:
        while chunk := await source.read(CHUNK):
            if not await self.pass_on(chunk, target, answer=answer):
                return
