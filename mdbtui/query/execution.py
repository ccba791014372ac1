"""One statement under way: from the wait for a connection to its last row."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from mdbtui.pool import ConnectionLostError, PoolError
from mdbtui.query import errors, stream
from mdbtui.query.binding import Wire
from mdbtui.query.errors import StatementCancelled
from mdbtui.query.notices import NoticeBox, insist_on_utf8
from mdbtui.query.rows import Column, Notice, Result
from mdbtui.query.store import RowStore
from mdbtui.query.stream import Sink, Stopped
from mdbtui.query.text import NO_LIMIT, shows_text
from mdbtui.sql import Classified, Kind, Statement

if TYPE_CHECKING:
    from mdbtui.pool import Lease
    from mdbtui.query.owner import Owner

log = logging.getLogger(__name__)

STOP_LIMIT = 0.4
"""Seconds the server has to end a cancelled statement before it is given up."""

GATHER = 0.005
"""Seconds for more rows to join the first ones: a screenful, or a small result whole,
is shown once instead of twice."""

CANCELLED = "cancelled after {rows}"


class Execution:
    """Runs one statement in a task of its own and can be stopped at any time.

    The task is never cancelled once it has a connection: a stop is told to the sink
    and to the server, and as a last resort the connection is terminated.

    Args:
        owner: The session.
        statement: What to run.
        classified: What it is.
        export: Where COPY data in the form of `options` goes, instead of a store.
        options: COPY's options for `export`.
    """

    def __init__(
        self,
        owner: Owner,
        statement: Statement,
        classified: Classified,
        export: Callable[[bytes], Awaitable[None]] | None = None,
        options: dict[str, Any] | None = None,
    ) -> None:
        self.owner = owner
        self.classified = classified
        self.result = Result(statement)
        self._notices = NoticeBox(self.result, owner.on_notice)
        self.lease: Lease | None = None
        self.ending: str | None = None
        """Why it was stopped, once it was."""
        self.given_up = False
        """The server did not answer; its connection was terminated."""
        self.wire = Wire(statement)
        self._export = export
        self._options = options or {}
        self.executing = False
        """It was sent to be carried out."""
        self.around = ""
        """What was begun for it alone: ``begin``, ``savepoint`` or nothing."""
        self.undone = False
        """That was undone again, and the statement with it."""
        self.loss = ""
        """What it means that its connection was given up or lost."""
        self._records: list[Any] = []
        self._export_error: Exception | None = None
        self._offset = 0
        loop = asyncio.get_running_loop()
        self.now = loop.time
        self._asked = self._begun = self._resumed = self.now()
        self.first: asyncio.Future[Result] = loop.create_future()
        """Done when there is something to show: first rows, the tag, or an error."""
        # An error is also in the store; nobody may be waiting here any more.
        self.first.add_done_callback(lambda f: f.cancelled() or f.exception())
        self.settled = asyncio.Event()
        """Set when the server has no more part in it and the session knows."""
        self._over = asyncio.Event()
        self._showing: asyncio.Handle | None = None
        self._cancelling: asyncio.Task[None] | None = None
        self._stopping: asyncio.Task[None] | None = None
        self.task = loop.create_task(self._drive())

    def note(self, message: str, hint: str = "") -> None:
        """Tell the user something beside the result."""
        self._notices.add(Notice("NOTICE", message, hint=hint or None))

    # Stopping

    @property
    def paused_since(self) -> float | None:
        """Since when the stream rests for want of a reader."""
        rows = self.result.rows
        return rows.paused_since if rows is not None else None

    def give_way(self, ending: str) -> None:
        """End a paused stream; its connection comes back by itself."""
        if self.ending is None:
            self.ending = ending
        if self.result.rows is not None:
            self.result.rows.interrupt()

    async def stop(self, ending: str = CANCELLED) -> None:
        """End the statement, at most about 0.5 s from now, whatever the server does."""
        if self.settled.is_set():
            return
        if self._stopping is None:
            self._stopping = asyncio.create_task(self._stop(ending))
        # A stop that is itself cancelled still goes through.
        await asyncio.shield(self._stopping)

    async def _stop(self, ending: str) -> None:
        from mdbtui.query.driver import cancel_until

        paused = self.paused_since is not None
        self.give_way(ending)
        if self.lease is None:
            self.task.cancel()
        elif not paused:
            self._cancelling = asyncio.create_task(
                cancel_until(self._over, self.lease.connection)
            )
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(STOP_LIMIT):
                await self.settled.wait()
        if not self.settled.is_set() and self.lease is not None:
            self.given_up = True
            self.lease.terminate()
            if self._cancelling is not None:
                self._cancelling.cancel()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(STOP_LIMIT):
                    await self.settled.wait()

    # Running

    async def _drive(self) -> None:
        error: PoolError | None = None
        keep = False
        try:
            await self._attempt()
        except Stopped:
            pass
        except asyncio.CancelledError:
            if self.ending is None or self.lease is not None:
                self.first.cancel()
                if self.lease is not None:
                    self.lease.terminate()
                raise
        except Exception as exc:  # noqa: BLE001 - the border: all become our errors
            error = self._translated(exc)
        self._over.set()
        if self.lease is not None:
            keep = await self._done_with(self.lease, error)
        self.settled.set()
        if self._records:
            records, self._records = self._records, []
            await stream.send(records, self._keep)
        self._conclude(error)
        if self.lease is not None and not keep:
            lost = self.given_up or isinstance(error, ConnectionLostError)
            await self.lease.release(discard=lost)

    async def _attempt(self) -> None:
        self.lease = await self.owner.borrow()
        fresh = not self.lease.pinned
        try:
            await self._on_server(self.lease)
        except Exception as exc:
            lost = isinstance(self._translated(exc), ConnectionLostError)
            if not (lost and fresh) or self.executing or self.ending is not None:
                raise
            # A pooled connection that died unnoticed. Preparing has no effect, so
            # nothing can happen twice.
            await self.lease.release(discard=True)
            self.lease = None
            self.lease = await self.owner.borrow()
            await self._on_server(self.lease)

    async def _on_server(self, lease: Lease) -> None:
        connection = lease.connection
        self.result.timing.wait_ms = (self.now() - self._asked) * 1000
        self._begun = self.now()
        self._notices.listen(connection)
        await self.owner.before(self)
        self._check()
        prepared = await connection.prepare(self.wire.text, timeout=NO_LIMIT)
        self._check()
        await self.wire.insist(connection, prepared, self.owner.db_id)
        # Asking for names replaces the server's unnamed statement; without a cache
        # asyncpg sends it again before each use.
        columns = await self.owner.names().columns(
            connection, prepared.get_attributes()
        )
        self._check()
        self.executing = True
        if self._export is not None:
            if not columns or self.classified.kind not in (Kind.ROWS, Kind.DML):
                raise errors.export_refused(self.owner.db_id)
            await self._send_out(connection, prepared)
        elif columns and self.classified.kind is Kind.ROWS:
            await self._stream(connection, prepared, columns)
        else:
            await self._fetch(prepared, columns)

    async def _stream(
        self, connection: Any, prepared: Any, columns: list[Column]
    ) -> None:
        rows = self.result.rows = RowStore(columns, self.owner.budget)
        if self.wire.values or (
            connection.is_in_transaction() and shows_text(connection)
        ):
            await self._by_portal(connection, prepared, self._sink)
            return
        if connection.is_in_transaction():
            rows.fetch_all()  # ending a COPY early would abort the transaction
        try:
            await self._copy(connection, self._sink)
        except errors.NotExportable:
            self._offset = 0
            await self._fetch(prepared, columns)

    async def _send_out(self, connection: Any, prepared: Any) -> None:
        if self.wire.values:
            await self._by_portal(connection, prepared, self._export_chunk)
        else:
            await self._copy(connection, self._export_chunk, **self._options)

    async def _by_portal(self, connection: Any, prepared: Any, sink: Sink) -> None:
        portal = partial(stream.by_portal, prepared, sink, self.wire.values)
        if connection.is_in_transaction():
            count = await portal()
        else:
            count = await stream.in_transaction(connection, portal)
        self.result.tag = f"SELECT {count}"

    async def _copy(self, connection: Any, sink: Sink, **options: Any) -> None:
        self._offset = len(stream.COPY_PREFIX)
        text = self.wire.text
        try:
            count = await stream.by_copy(connection, text, sink, **options)
        except Exception as exc:
            # COPY takes less than the server otherwise does.
            if await stream.never_ran(exc, connection, text):
                raise errors.export_refused(self.owner.db_id) from exc
            raise
        rows = self.result.rows
        # The server may have been done before it was told.
        short = count is None or (rows is not None and rows.count != count)
        if short or self._export_error is not None:
            raise Stopped
        self.result.tag = f"SELECT {count}"

    async def _fetch(self, prepared: Any, columns: list[Column]) -> None:
        if columns or self.classified.kind is Kind.ROWS:
            self.result.rows = RowStore(columns, self.owner.budget)
            self.result.rows.fetch_all()
        records = await prepared.fetch(*self.wire.values, timeout=NO_LIMIT)
        self.result.tag = prepared.get_statusmsg() or ""
        if self.result.rows is not None:
            self._records = records

    async def _keep(self, data: bytes) -> None:
        """Take rows of a statement that is over, whatever is asked meanwhile."""
        rows = self.result.rows
        assert rows is not None
        if not self.first.done():
            self._clock()
        rows.append(data)
        self._show()
        try:
            await rows.wanted()
        except OSError as exc:  # they are all here already: better kept than lost
            log.warning("rows can't be moved to disk: %s", exc)

    async def _sink(self, data: bytes) -> None:
        self._check()
        self._clock()
        rows = self.result.rows
        assert rows is not None
        # Waits before it takes the chunk, not after: so the end of a result that is
        # all wanted is seen at once.
        try:
            if not await rows.wanted(self.owner.idle_limit):
                self.ending = (
                    f"stopped at {{rows}}: idle for {self.owner.idle_limit:g} s"
                )
        except OSError as exc:
            full = exc.errno in (errno.ENOSPC, errno.EDQUOT)
            problem = "disk full" if full else "the temporary file can't be written"
            self.ending = f"stopped at {{rows}}: {problem}"
            log.warning("rows can't be kept: %s", exc)
        if rows.closed:
            self.ending = "stopped at {rows}: closed"
        self._check()
        rows.append(data)
        if self._showing is None:
            self._showing = asyncio.get_running_loop().call_later(GATHER, self._show)
        if rows.enough:
            self._show()
        self._resumed = self.now()

    async def _export_chunk(self, data: bytes) -> None:
        self._check()
        assert self._export is not None
        self._clock()
        try:
            await self._export(data)
        except Exception as exc:
            self._export_error = exc
            raise Stopped from exc
        self._resumed = self.now()

    def _show(self) -> None:
        if not self.first.done():
            self.first.set_result(self.result)

    def _check(self) -> None:
        if self.ending is not None:
            raise Stopped

    def _clock(self) -> None:
        timing = self.result.timing
        if timing.first_row_ms:
            timing.transfer_ms += (self.now() - self._resumed) * 1000
        else:
            timing.first_row_ms = (self.now() - self._begun) * 1000

    # Afterwards

    async def _done_with(self, lease: Lease, error: PoolError | None) -> bool:
        """Leave the connection fit for its next use; say if the session keeps it."""
        if self._cancelling is not None:
            # A request on its way could still hit the connection's next statement.
            await asyncio.wait({self._cancelling}, timeout=2 * STOP_LIMIT)
        with contextlib.suppress(Exception):  # a lost one can do nothing of this
            await insist_on_utf8(lease.connection, self._notices, STOP_LIMIT)
        if not self.given_up and not isinstance(error, ConnectionLostError):
            if self._showing is not None:
                self._showing.cancel()  # all is here: it is shown with its effects
            await self.owner.after(self, error)
        self._notices.ignore(lease.connection)
        lease.executed(error if self.ending is None else None)
        return self.owner.settle(self, error)

    def _conclude(self, error: Exception | None) -> None:
        if self._showing is not None:
            self._showing.cancel()
        rows = self.result.rows
        if not self.first.done():
            self._clock()
        if self.result.tag is not None:
            error = None
            if rows is not None:
                rows.finish()
        elif self._export_error is not None:
            error = self._export_error
        elif self.ending is not None:
            error = self._stopped(self.ending)
        elif rows is not None:
            lost = isinstance(error, ConnectionLostError)
            problem = "connection lost" if lost else "an error"
            rows.finish(f"incomplete: {problem} after {{rows}}", error)
        if self.first.done():
            return
        if error is not None:
            self.first.set_exception(error)
        else:
            self._show()

    def _stopped(self, ending: str) -> StatementCancelled:
        note = f"cancelled after {self.now() - self._asked:.1f} s"
        rows = self.result.rows
        if rows is not None and (rows.count or ending != CANCELLED):
            note = rows.noted(ending)
        error = errors.cancelled(note, self.owner.db_id, given_up=self.given_up)
        if self.loss:
            error.hint = f"the server did not answer; {self.loss}"
        if rows is not None:
            rows.finish(ending, error)
        return error

    def _translated(self, exc: Exception) -> PoolError:
        return self.wire.translated(exc, self.owner.db_id, self._offset)
