"""COPY between the server and the client, in pieces and at the client's pace."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable
from typing import TYPE_CHECKING, Any, TypeVar

from mdbtui.query import stream
from mdbtui.query.execution import Execution
from mdbtui.query.stream import Sink, Stopped
from mdbtui.query.text import NO_LIMIT
from mdbtui.sql import Statement, classify

if TYPE_CHECKING:
    from mdbtui.pool import Lease
    from mdbtui.query.rows import Result
    from mdbtui.query.session import Session

T = TypeVar("T")


async def copy_in(
    session: Session, statement: Statement, sql: str, source: AsyncIterator[bytes]
) -> Result:
    """Send data by a COPY … FROM STDIN.

    If `source` raises, or the statement is cancelled, the server keeps nothing of it.

    Args:
        session: Where to run it.
        statement: What the user wrote.
        sql: The COPY.
        source: The data in pieces, none of them empty; asked for the next one when the
            server can take it.

    Raises:
        PoolError: As `Session.run` does, or what `source` raises.
    """
    return await session.perform(
        statement, lambda: _Copy(session, statement, sql, source=source)
    )


async def copy_out(
    session: Session, statement: Statement, sql: str, sink: Sink
) -> Result:
    """Receive the data of a COPY … TO STDOUT, as it comes.

    Args:
        session: Where to run it.
        statement: What the user wrote.
        sql: The COPY.
        sink: Awaited with each piece.

    Raises:
        PoolError: As `Session.run` does, or what `sink` raises.
    """
    return await session.perform(
        statement, lambda: _Copy(session, statement, sql, sink=sink)
    )


class _Copy(Execution):
    """A COPY under way."""

    def __init__(
        self,
        session: Session,
        statement: Statement,
        sql: str,
        *,
        source: AsyncIterator[bytes] | None = None,
        sink: Sink | None = None,
    ) -> None:
        self._halt = asyncio.Event()
        super().__init__(session, statement, classify(sql), sink)
        self._sql = sql
        self._source = source

    def give_way(self, ending: str) -> None:
        """End it, also while it waits for a disk that does not answer."""
        super().give_way(ending)
        self._halt.set()

    async def _export_chunk(self, data: bytes) -> None:
        await self._unless_stopped(super()._export_chunk(data))

    async def _unless_stopped(self, step: Awaitable[T]) -> T:
        doing = asyncio.ensure_future(step)
        halting = asyncio.ensure_future(self._halt.wait())
        try:
            await asyncio.wait({doing, halting}, return_when=asyncio.FIRST_COMPLETED)
            if not doing.done():
                raise Stopped
            return doing.result()
        finally:
            doing.cancel()
            halting.cancel()

    async def _on_server(self, lease: Lease) -> None:
        connection: Any = lease.connection
        self.result.timing.wait_ms = (self.now() - self._asked) * 1000
        self._begun = self.now()
        self._notices.listen(connection)
        await self.owner.before(self)
        self._check()
        # Only that makes sure that it is one statement, before anything is sent.
        await connection.prepare(self._sql, timeout=NO_LIMIT)
        await connection.fetch("", timeout=NO_LIMIT)
        self._check()
        self.executing = True
        if self._source is None:
            tag = await stream.copy_out(connection, self._sql, self._export_chunk)
            if tag is None or self._export_error is not None or self.ending:
                await self._ask_how_it_is(connection)
                raise Stopped
        else:
            tag = await self._send(connection, self._source)
        self.result.tag = tag

    async def _send(self, connection: Any, source: AsyncIterator[bytes]) -> str:
        try:
            tag: str = await connection._copy_in(  # noqa: SLF001 - no public way
                self._sql, self._paced(source), NO_LIMIT
            )
        except Stopped:
            await self._ask_how_it_is(connection)
            raise
        return tag

    async def _ask_how_it_is(self, connection: Any) -> None:
        # When the server answers, the connection can be used again; what it answers
        # tells whether an open transaction has failed with the COPY.
        await connection.fetch("select 1", timeout=NO_LIMIT)

    async def _paced(self, source: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        # To end early would be to say that this was all: only an error takes it back.
        try:
            while True:
                data = await self._unless_stopped(anext(source, b""))
                self._check()
                if not data:
                    break
                yield data
        except Stopped:
            raise
        except Exception as exc:
            self._export_error = exc
            raise Stopped from exc
        self._check()
