"""One database's part in a fan-out that writes: a transaction of its own."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol

from mdbtui.pool import ConnectionLostError, PoolError, QueryError
from mdbtui.query.borrowing import is_closed
from mdbtui.query.errors import AnswerTimeout, StatementCancelled, translated
from mdbtui.query.fanout_member import Job, Member
from mdbtui.query.fanout_outcome import Outcome, State
from mdbtui.query.text import NO_LIMIT
from mdbtui.query.writes.doubt import Hurry, find_out, number_of
from mdbtui.query.writes.end import End
from mdbtui.query.writes.prepared import end_prepared, ending

if TYPE_CHECKING:
    from mdbtui.pool import Lease
    from mdbtui.query.execution import Execution
    from mdbtui.query.fanout_slots import Turn

COMMIT_LIMIT = 60.0
"""Seconds for a COMMIT to be answered, before its connection is given up."""
CANCELLED_LIMIT = 1.5
"""The same once it is cancelled."""


class WriteJob(Job, Protocol):
    """What a member needs to know of the whole."""

    transactional: bool
    """The statement may run in a transaction."""

    def gid(self, index: int) -> str:
        """Return the name for a database's prepared transaction, or nothing."""


class WriteMember(Member):
    """Runs the statement on one database, in a transaction that it ends.

    Args:
        job: The whole.
        index: The database's place in it.
        db_id: The database.
    """

    def __init__(self, job: WriteJob, index: int, db_id: str) -> None:
        self._writes = job
        super().__init__(job, index, db_id)
        self.opening = "begin" if job.transactional else "select 1"

    def _begin_anew(self) -> None:
        super()._begin_anew()
        self.end = End.NOT_STARTED
        self.gid = ""
        self.why = "cancelled"
        self._xid: str | None = None
        self._pid = 0
        self._kept: Lease | None = None
        self._closing = False
        self._asked = asyncio.Event()
        self._hurry = Hurry()

    @property
    def outcome(self) -> Outcome:
        """How far it is, and what came of it."""
        return replace(super().outcome, end=self.end, gid=self.gid)

    # What is done with it

    def line_up(self) -> None:
        """Wait, from the beginning, to be started."""
        self._begin_anew()
        self.task = None

    def leave_out(self, why: str) -> None:
        """Be over without having been started."""
        self.error = StatementCancelled(why, db_id=self.db_id)
        self._go(State.CANCELLED)

    def cancel(self, why: str = "cancelled") -> None:
        """End it, wherever it is; what is being committed is given a moment first."""
        if self.state.over or self.state is State.PREPARED:
            return  # who prepared it ends it
        self.why = why
        if self.task is None:
            self.leave_out(why)
        elif self._closing:
            self._asked.set()
        else:
            super().cancel()

    def hurry(self) -> None:
        """Try nothing again that does not work at once."""
        self._hurry.set()

    def leave_prepared(self) -> None:
        """Be over, if nobody comes to end what was prepared."""
        if self.state is State.PREPARED:
            self.error = self._left(commit=False)
            self._go(State.FAILED)

    def end_prepared(self, *, commit: bool, why: str = "") -> None:
        """Commit or roll back what was prepared.

        Args:
            commit: Commit it.
            why: Why it is rolled back.
        """
        self._closing = True
        self.task = asyncio.create_task(self._end_prepared(commit=commit, why=why))

    # The statement

    @property
    def _holds(self) -> bool:
        return self._kept is not None

    async def _execute(self, turn: Turn) -> None:
        if self._writes.transactional:
            self.end = End.OPEN
        try:
            await super()._execute(turn)
        except BaseException:
            if self._writes.transactional:
                # Without a COMMIT nothing of it lasts, also where nobody answers.
                self.end = End.ROLLED_BACK
            raise

    def settle(self, run: Execution, error: PoolError | None) -> bool:
        """Keep the connection for the end of the transaction."""
        lease = run.lease
        done = error is None and run.ending is None and run.result.tag is not None
        if not self._writes.transactional:
            lost = run.given_up or isinstance(error, ConnectionLostError)
            if run.executing:
                ended = End.IN_DOUBT if lost else End.FAILED
                self.end = End.COMMITTED if done else ended
        elif done and lease is not None and not is_closed(lease):
            self._kept = lease
            return True
        return super().settle(run, error)

    async def _withdraw(self) -> None:
        if self._kept is not None:  # cancelled before its end had begun
            self._let_go()
        await super()._withdraw()

    def _let_go(self) -> None:
        lease, self._kept = self._kept, None
        if lease is not None:
            surplus = self._fresh and not self._room.keeps(self.db_id)
            lease.release_soon(discard=surplus)

    def _go(self, state: State) -> None:
        if state is State.DONE and self.end is End.PREPARED:
            state = State.PREPARED
        super()._go(state)

    # The end of its transaction

    async def _finish(self) -> None:
        lease = self._kept
        if lease is None:
            return
        self._closing = True
        self._go(State.COMMITTING)
        try:
            try:
                self._pid = int(lease.connection.get_server_pid())
                self._xid = await number_of(lease.connection)
            except Exception as exc:
                self.end = End.ROLLED_BACK
                raise translated(exc, self.db_id, "", 0) from exc
            if self._asked.is_set():
                self.end = End.ROLLED_BACK
                raise asyncio.CancelledError
            gid = self._writes.gid(self._index)
            if gid:
                await self._prepare(lease, gid)
            else:
                await self._commit(lease)
        finally:
            self._let_go()

    async def _commit(self, lease: Lease) -> None:
        self.end = End.IN_DOUBT
        if await self._send(lease, "commit"):
            self.end = End.COMMITTED
            return
        self._let_go()
        self.end = await self._found_out()
        if self.end is End.ROLLED_BACK:
            raise ConnectionLostError(
                "the connection was lost in COMMIT, and the server rolled it back",
                hint="nothing of it was done; it may be tried again",
                db_id=self.db_id,
            )
        if self.end is End.IN_DOUBT:
            raise ConnectionLostError(
                "the connection was lost in COMMIT, and the server could not be asked"
                " what came of it",
                hint=f"select pg_xact_status('{self._xid}') says whether it is"
                " committed; look before you run anything again",
                db_id=self.db_id,
            )

    async def _prepare(self, lease: Lease, gid: str) -> None:
        self.end, self.gid = End.IN_DOUBT, gid
        if await self._send(lease, f"prepare transaction '{gid}'"):
            self.end = End.PREPARED
            return
        self._let_go()
        self.end = await self._found_out(gid)
        if self.end is End.ROLLED_BACK:
            self.gid = ""
            raise ConnectionLostError(
                "the connection was lost while the transaction was prepared",
                hint="the server rolled it back",
                db_id=self.db_id,
            )
        if self.end is End.IN_DOUBT:
            raise ConnectionLostError(
                "the connection was lost while the transaction was prepared, and the"
                " server could not be asked",
                hint=f"it may wait there: {ending(gid, commit=False)}",
                db_id=self.db_id,
            )

    async def _found_out(self, gid: str = "") -> End:
        return await find_out(
            self._job.pools, self.db_id, self._xid, self._pid, gid, self._hurry
        )

    async def _send(self, lease: Lease, sql: str) -> bool:
        """Send what ends the transaction; say if it was answered.

        Raises:
            QueryError: The server refused, and has rolled back.
        """
        sent = asyncio.create_task(lease.connection.execute(sql, timeout=NO_LIMIT))
        sent.add_done_callback(lambda task: task.cancelled() or task.exception())
        try:
            await self._until(sent)
        finally:
            if not sent.done():
                lease.terminate()
        if not sent.done():
            await asyncio.wait({sent}, timeout=CANCELLED_LIMIT)
            return False
        try:
            tag = sent.result()
        except Exception as exc:
            error = translated(exc, self.db_id, "", 0)
            if isinstance(error, QueryError) and not is_closed(lease):
                self._undone()
                raise error from exc
            return False
        if tag == "ROLLBACK":  # it had failed, unnoticed
            self._undone()
            raise QueryError("the server rolled it back", db_id=self.db_id)
        return True

    def _undone(self) -> None:
        self.end, self.gid = End.ROLLED_BACK, ""

    async def _until(self, sent: asyncio.Task[Any]) -> None:
        """Wait for an answer: long, or, once it is cancelled, a moment."""
        asked = asyncio.create_task(self._asked.wait())
        try:
            await asyncio.wait(
                {sent, asked},
                timeout=COMMIT_LIMIT,
                return_when=asyncio.FIRST_COMPLETED,
            )
        finally:
            asked.cancel()
        if not sent.done() and self._asked.is_set():
            await asyncio.wait({sent}, timeout=CANCELLED_LIMIT)

    # The end of what was prepared

    async def _end_prepared(self, *, commit: bool, why: str) -> None:
        state = State.DONE if commit else State.CANCELLED
        try:
            async with self._job.slots.turn(self._address):
                self._go(State.COMMITTING)
                ended = await end_prepared(
                    self._job.pools,
                    self.db_id,
                    self.gid,
                    self._hurry,
                    commit=commit,
                    xid=self._xid,
                )
        except asyncio.CancelledError:
            self.end, self.error = End.IN_DOUBT, self._left(commit=commit)
            self._go(State.FAILED)
            raise
        self.end = ended.end
        if ended.end is End.IN_DOUBT:
            self.error = self._left(commit=commit, error=ended.error)
            state = State.FAILED
        elif commit and ended.end is End.ROLLED_BACK:
            self.error = PoolError("somebody rolled it back", db_id=self.db_id)
            state = State.FAILED
        elif not commit:
            self.error = StatementCancelled(why, db_id=self.db_id)
        if ended.end is not End.IN_DOUBT:
            self.gid = ""
        if state is not State.DONE:
            await self._withdraw()
        self._go(state)

    def _left(self, *, commit: bool, error: PoolError | None = None) -> PoolError:
        said = f": {error.message}" if error is not None else ""
        return AnswerTimeout(
            f"left prepared as {self.gid}{said}",
            hint=f"end it there by {ending(self.gid, commit=commit)}",
            db_id=self.db_id,
        )
