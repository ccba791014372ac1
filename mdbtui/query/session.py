"""One editor tab's conversation with one database."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from mdbtui.pool import ConnectionLostError, PoolError
from mdbtui.query import borrowing, transaction
from mdbtui.query.errors import copy_refused, nul_refused, session_busy
from mdbtui.query.execution import CANCELLED, Execution
from mdbtui.query.rows import Notice, Result
from mdbtui.query.spill import MemoryBudget
from mdbtui.query.state import SessionState
from mdbtui.query.typenames import TypeNames, type_names
from mdbtui.sql import Kind, Statement, classify

if TYPE_CHECKING:
    from mdbtui.pool import Lease, PoolManager

IDLE_LIMIT = 60.0
"""Seconds after which a stream that nobody reads is closed at the server."""

_SCREENFUL_LIMIT = 1.0
"""Seconds in which the statement before may still bring the rows first wanted: of
several statements run together, each is to show some."""

_RETURN_LIMIT = 0.5
_CLOSE_LIMIT = 2.0


class Session:
    """Runs statements one after the other on connections leased from a pool.

    A connection is held for the statement (and while its rows are still arriving).
    It is kept between statements, *pinned*, while the session holds what would be
    lost otherwise: an open transaction, settings, temporary tables, prepared
    statements, LISTEN, advisory locks. It goes home when the server says that they
    are gone, or with `let_go`.

    Args:
        pools: Where connections come from.
        db_id: The database.
        holder: Who is shown as holding the connection.
        on_notice: Called for each notice while the statement runs.
        budget: Memory for results; by default one that all share.
        idle_limit: Seconds after which an unread stream gives up its connection.

    Attributes:
        state: What the session holds, and how it handles transactions.
    """

    def __init__(
        self,
        pools: PoolManager,
        db_id: str,
        *,
        holder: str = "",
        on_notice: Callable[[Notice], None] | None = None,
        budget: MemoryBudget | None = None,
        idle_limit: float = IDLE_LIMIT,
    ) -> None:
        self.db_id = db_id
        self.on_notice = on_notice
        self.budget = budget
        self.idle_limit = idle_limit
        self._pools = pools
        self._holder = holder
        self._lease: Lease | None = None
        self.state = SessionState()
        self._closed = False
        self._lost = False
        self._loss = ""
        self._current: Execution | None = None
        self._previous: Execution | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    # What it is doing

    @property
    def running(self) -> bool:
        """Whether a statement was sent and has given nothing yet."""
        return self._current is not None and not self._current.first.done()

    @property
    def streaming(self) -> bool:
        """Whether rows of the last statement may still arrive."""
        current = self._current
        return current is not None and not current.settled.is_set()

    @property
    def pinned(self) -> bool:
        """Whether a connection is kept for this session between statements."""
        return self._lease is not None and not borrowing.is_closed(self._lease)

    @property
    def pinned_for(self) -> float:
        """Seconds for which this session has had the connection that it keeps."""
        lease = self._lease
        return 0.0 if lease is None else time.monotonic() - lease.acquired_at

    @property
    def idle_for(self) -> float:
        """Seconds for which the server has had nothing to do for this session."""
        if self.running:
            return 0.0
        current = self._current
        if current is not None and self.streaming:
            paused = current.paused_since
            return 0.0 if paused is None else current.now() - paused
        return time.monotonic() - self.state.idle_since

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open."""
        lease = self._lease
        return lease is not None and borrowing.in_transaction(lease)

    @property
    def transaction_failed(self) -> bool:
        """Whether the open transaction accepts nothing but ROLLBACK."""
        now = self.state.transaction
        return now is not None and now.broken is not None and self.in_transaction

    @property
    def backend_pid(self) -> int | None:
        """The server process at work for this session, if there is one now."""
        lease = self._lease
        if lease is None and self.streaming and self._current is not None:
            lease = self._current.lease
        if lease is None or borrowing.is_closed(lease):
            return None
        return int(lease.connection.get_server_pid())

    # What it can do

    async def run(self, statement: Statement) -> Result:
        """Run a statement; return when its first rows or its tag are here.

        Rows go on arriving in `Result.rows` as they are wanted. The stream of the
        statement before is ended first. If the awaiting task is cancelled, so is the
        statement.

        Raises:
            QueryError: The server refused; `position` counts in `statement.text`.
            ConnectionLostError: The connection broke.
            StatementCancelled: `cancel` came first.
            SessionBusy: The statement before has not given anything yet.
            PoolError: No connection could be had.
        """
        classified = classify(statement.text)
        if classified.kind in (Kind.COPY_IN, Kind.COPY_OUT):
            raise copy_refused(classified.kind, self.db_id)
        return await self.perform(
            statement, lambda: Execution(self, statement, classified)
        )

    async def copy_out(
        self,
        statement: Statement,
        write: Callable[[bytes], Awaitable[None]],
        **options: Any,
    ) -> Result:
        """Stream a query's whole result as the server's COPY data, keeping none.

        The sink sets the pace. Should it raise, the COPY is ended and its error is
        raised here.

        Args:
            statement: A query, or a writing statement with RETURNING.
            write: Awaited with each chunk of whole rows.
            options: COPY's own: ``format="csv"``, ``header=True``, ``delimiter``,
                ``null`` … as asyncpg's ``copy_from_query`` takes them.

        Returns:
            A result without rows; its tag says how many there were.

        Raises:
            PoolError: As `run` does.
        """
        classified = classify(statement.text)
        return await self.perform(
            statement,
            lambda: Execution(self, statement, classified, write, options),
        )

    async def perform(
        self, statement: Statement, make: Callable[[], Execution]
    ) -> Result:
        """Carry out work about a statement, as `run` does.

        Args:
            statement: What it is about.
            make: Makes the work, which begins at once.

        Raises:
            PoolError: As `run` does.
        """
        if self._closed or self.running:
            raise session_busy(self.db_id, closed=self._closed)
        if "\0" in statement.text:
            raise nul_refused(statement.text, self.db_id)
        # Claimed before the first await, or two callers could both come this far.
        self._previous = self._current
        run = self._current = make()
        self._tasks.add(run.task)
        run.task.add_done_callback(self._tasks.discard)
        if self._lease is None:
            borrowing.streams(self._pools).add(run)
        try:
            return await asyncio.shield(run.first)
        except asyncio.CancelledError:
            await run.stop(CANCELLED)
            raise

    async def cancel(self) -> None:
        """End the statement or stream, at most about 0.5 s from now.

        A server that does not answer loses its connection; the next statement gets a
        new one.
        """
        if self._current is not None:
            await self._current.stop(CANCELLED)

    async def release_idle(self) -> bool:
        """Give the connection back unless a statement or transaction needs it.

        Settings, temporary tables and the like are gone afterwards, a paused stream
        is ended.

        Returns:
            Whether no connection is held any more.
        """
        if self.running or self.in_transaction:
            return False
        await self._end_stream("stopped at {rows}: its connection was given back")
        await self._let_go()
        return True

    async def let_go(self) -> None:
        """End the connection, and with it all that the session holds.

        An open transaction is rolled back.
        """
        await self._end_stream("stopped at {rows}: its connection was given back")
        await self._let_go()

    def loss(self) -> str | None:
        """Say once what it means, and why it may be, that the connection is gone.

        Its place in the pool is free for others then, not only at the next statement.
        """
        lease = self._lease
        if lease is None or not borrowing.is_closed(lease) or self._loss:
            return None
        self._loss = self.state.lost_idle()
        if not self.streaming:
            self._lost = True  # said by the next statement, too
            self._forget()
            lease.pinned = False
            lease.release_soon()
        return self._loss

    async def outcome(self) -> str:
        """Ask the server what became of the transaction that is in doubt.

        Returns:
            ``committed``, ``aborted``, ``in progress``, or ``""`` when the server
            does not know it any more. The first two settle the doubt.

        Raises:
            PoolError: The server could not be asked.
        """
        doubt = self.state.doubt
        if doubt is None or doubt.xid is None:
            return ""
        answer = await transaction.outcome(self._pools, self.db_id, doubt)
        if answer in ("committed", "aborted"):
            self.state.doubt = None
        return answer

    async def close(self) -> None:
        """End everything; an open transaction is rolled back. Bounded, repeatable."""
        self._closed = True
        await self._end_stream("stopped at {rows}: closed")
        await self._let_go()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=_CLOSE_LIMIT)

    # For Execution

    async def borrow(self) -> Lease:
        """Return the pinned connection or lease one; the stream before is ended."""
        if self._previous is not None:
            await self._finish(self._previous)
            self._previous = None
        lease = self._lease
        if lease is not None and not borrowing.is_closed(lease):
            return lease
        await self._let_go()
        if self._lost:
            self._lost = False
            hint, self._loss = self._loss, ""
            raise ConnectionLostError(
                "the connection of this session was lost",
                hint=f"{hint}; running again begins a new session",
                db_id=self.db_id,
            )
        return await borrowing.lease_from(self._pools, self.db_id, self._holder)

    async def before(self, run: Execution) -> None:
        """Do what has to come first on the connection."""
        lease = run.lease
        assert lease is not None
        if await self.state.before(run, lease.connection):
            self._keep(lease)
            borrowing.streams(self._pools).discard(run)

    async def after(self, run: Execution, error: PoolError | None) -> None:
        """Look at what the statement has left on the connection."""
        # What can't be asked stays as it was believed; a lost connection shows later.
        with contextlib.suppress(Exception):
            assert run.lease is not None
            await self.state.after(run, run.lease.connection, error)

    def settle(self, run: Execution, error: PoolError | None) -> bool:
        """Note what a statement did to the session; say if the lease is kept."""
        borrowing.streams(self._pools).discard(run)
        lease = run.lease
        if lease is None:
            return False
        lost = isinstance(error, ConnectionLostError)
        if run.given_up or lost or borrowing.is_closed(lease):
            run.loss = self.state.lost(run)
            if error is not None and lost:
                error.hint = run.loss
            self._forget()
            return False
        self.state.settled(run, error, is_open=borrowing.in_transaction(lease))
        if self.state.keeps:
            self._keep(lease)
            return True
        lease.pinned = False
        self._lease = None
        return False

    def _keep(self, lease: Lease) -> None:
        lease.pinned = True
        lease.why = self.state.words
        self._lease = lease

    def names(self) -> TypeNames:
        """Return the names of the database's types."""
        return type_names(self._pools, self.db_id)

    # Inside

    async def _finish(self, previous: Execution) -> None:
        """End the stream of the statement before, but not in its first screenful."""
        rows = previous.result.rows
        if rows is not None and not rows.all_wanted:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_SCREENFUL_LIMIT):
                    await rows.at_rest.wait()
        await previous.stop("stopped at {rows}: the next statement ran")
        # Its connection is used again, rather than one more opened, if the pool has
        # it back soon.
        await asyncio.wait({previous.task}, timeout=_RETURN_LIMIT)

    async def _end_stream(self, ending: str) -> None:
        if self._current is not None:
            await self._current.stop(ending)

    def _forget(self) -> None:
        self._lease = None
        self.state.forget()

    async def _let_go(self) -> None:
        lease = self._lease
        if lease is not None and borrowing.is_closed(lease):
            self._lost = True  # said by the next statement
            self._loss = self._loss or self.state.lost_idle()
        # What the session left behind must not reach the connection's next user.
        discard = self.state.keeps
        self._forget()
        if lease is not None:
            lease.pinned = False
            await lease.release(discard=discard)
