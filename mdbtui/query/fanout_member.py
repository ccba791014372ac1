"""One database's part in a fan-out: its turn, its connection, its statement."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from functools import partial
from typing import TYPE_CHECKING, Protocol

from mdbtui.pool import CircuitOpen, ConnectionLostError, PoolError, QueryError
from mdbtui.query.borrowing import lease_from
from mdbtui.query.errors import AnswerTimeout, StatementCancelled, translated
from mdbtui.query.execution import STOP_LIMIT, Execution
from mdbtui.query.fanout_outcome import Outcome, State
from mdbtui.query.fanout_slots import FEW, Limits, Room, Slots, Turn, room_at
from mdbtui.query.text import NO_LIMIT
from mdbtui.query.typenames import TypeNames, type_names

if TYPE_CHECKING:
    from collections.abc import Callable

    from mdbtui.pool import Lease, PoolManager
    from mdbtui.query.merged import MergedRows
    from mdbtui.query.rows import Notice, Result
    from mdbtui.query.spill import MemoryBudget
    from mdbtui.query.store import RowStore
    from mdbtui.sql import Classified, Statement

log = logging.getLogger(__name__)

READ_ONLY = "set default_transaction_read_only to on"
"""Sent before the statement: whatever it calls, the server lets it write nothing. The
pool's reset takes it back. Its answer also shows that the connection lives, before
the statement's own time begins."""

_MOST = "select pg_catalog.current_setting('max_connections')"
_CANCELLED = "cancelled after {rows}"
_AT_WORK = (State.RUNNING, State.COMMITTING)


class Job(Protocol):
    """What a member needs to know of the whole."""

    pools: PoolManager
    statement: Statement
    classified: Classified
    limits: Limits
    slots: Slots
    rows: MergedRows
    budget: MemoryBudget
    holder: str
    on_notice: Callable[[str, Notice], None] | None

    def neighbours(self, address: str) -> int:
        """Return how many of the databases are at one server."""

    def changed(self, member: Member) -> None:
        """Note that a member is further."""


class Member:
    """Runs the statement on one database, and owns what comes of it.

    Args:
        job: The whole.
        index: The database's place in it.
        db_id: The database.
    """

    idle_limit = NO_LIMIT
    opening = READ_ONLY
    """What a connection is sent before the statement."""
    why = "cancelled"
    """Why it was ended, should it be."""

    def __init__(self, job: Job, index: int, db_id: str) -> None:
        self.db_id = db_id
        self.budget: MemoryBudget | None = job.budget
        self.on_notice: Callable[[Notice], None] | None = None
        if job.on_notice is not None:
            self.on_notice = partial(job.on_notice, db_id)
        self.task: asyncio.Task[None] | None = None
        self._job = job
        self._index = index
        self._now = asyncio.get_running_loop().time
        self._begin_anew()

    def _begin_anew(self) -> None:
        self.state = State.WAITING
        self.error: PoolError | None = None
        self._result: Result | None = None
        self._cut = False
        self._lease: Lease | None = None
        self._fresh = False
        self._wait = self._connect = self._run = 0.0
        self._since = self._now()

    @property
    def outcome(self) -> Outcome:
        """How far it is, and what came of it."""
        passed = (self._now() - self._since) * 1000
        state, result = self.state, self._result
        timing = result.timing if result is not None else None
        rows = result.rows if result is not None else None
        return Outcome(
            self.db_id,
            state,
            wait_ms=self._wait + passed * (state is State.WAITING),
            connect_ms=self._connect + passed * (state is State.CONNECTING),
            run_ms=self._run + passed * (state in _AT_WORK),
            transfer_ms=timing.transfer_ms if timing is not None else 0.0,
            rows=rows.count if rows is not None else 0,
            tag=(result.tag or "") if result is not None else "",
            cut=self._cut,
            error=self.error,
            notices=result.notices if result is not None else (),
        )

    def start(self) -> None:
        """Begin, or begin anew when it is over; old rows are given back first."""
        self._begin_anew()
        self.task = asyncio.create_task(self._drive())

    def cancel(self) -> None:
        """End it, wherever it is; its task is over in about a second at most."""
        if self.task is not None and not self.state.over:
            self.task.cancel()

    # What the execution asks of its session

    async def borrow(self) -> Lease:
        """Return the connection that was made ready, or another one after that."""
        lease, self._lease = self._lease, None
        return lease if lease is not None else await self._connected()

    async def before(self, run: Execution) -> None:
        """Nothing has to come first."""

    async def after(self, run: Execution, error: PoolError | None) -> None:
        """Nothing is kept, whatever is left there."""

    def settle(self, run: Execution, error: PoolError | None) -> bool:
        """Keep nothing; too many connections at one server are closed at once."""
        lease = run.lease
        if lease is not None and self._fresh and not self._room.keeps(self.db_id):
            lease.release_soon(discard=True)
        return False

    def names(self) -> TypeNames:
        """Return the names of the database's types."""
        return type_names(self._job.pools, self.db_id)

    # Inside

    @property
    def _holds(self) -> bool:
        """Whether it has a connection after its statement."""
        return False

    @property
    def _address(self) -> str:
        return self._job.pools.config(self.db_id).address

    @property
    def _room(self) -> Room:
        return room_at(self._job.pools, self._address)

    def _go(self, state: State) -> None:
        passed = (self._now() - self._since) * 1000
        if self.state is State.WAITING:
            self._wait += passed
        elif self.state is State.CONNECTING:
            self._connect += passed
        elif self.state in _AT_WORK:
            self._run += passed
        self.state, self._since = state, self._now()
        self._job.changed(self)

    async def _drive(self) -> None:
        state = State.DONE
        try:
            await self._attempt()
        except asyncio.CancelledError:
            state = State.CANCELLED
            self.error = StatementCancelled(self.why, db_id=self.db_id)
        except PoolError as error:
            skipped = isinstance(error, CircuitOpen)
            state = State.SKIPPED if skipped else State.FAILED
            self.error = error
        except Exception as error:
            log.exception("a fan-out's part failed")
            state = State.FAILED
            self.error = PoolError(f"internal error: {type(error).__name__}")
        if state is not State.DONE:
            await self._withdraw()
        self._go(state)

    async def _withdraw(self) -> None:
        """Give up rows that are not all there were: nobody may take them for that."""
        rows = self._job.rows.withdraw(self._index)
        self._result = None
        if rows is not None:
            await rows.close()

    async def _attempt(self) -> None:
        limit = self._job.limits.timeout
        if (rows := self._job.rows.withdraw(self._index)) is not None:
            await rows.close()
        async with self._job.slots.turn(self._address) as turn:
            self._go(State.CONNECTING)
            try:
                begun = self._now()
                async with asyncio.timeout(limit):
                    with turn.patiently():
                        lease = await self._connected()
                left = limit - (self._now() - begun)
                self._go(State.WAITING)
                try:
                    await turn.work()
                except BaseException:
                    lease.release_soon()
                    raise
                self._lease = lease
                self._go(State.RUNNING)
                async with asyncio.timeout(left):
                    await self._execute(turn)
            except TimeoutError:
                raise AnswerTimeout(
                    f"no complete answer within {limit:g} s",
                    hint="it is slow, waits for a lock, or does not answer at all",
                    db_id=self.db_id,
                ) from None
            await self._finish()

    async def _finish(self) -> None:
        """Nothing has to follow; the places are still held."""

    async def _connected(self) -> Lease:
        """Return a connection that has just answered, and may only read."""
        again = True
        while True:
            lease = await lease_from(self._job.pools, self.db_id, self._job.holder)
            self._fresh = lease.connect_ms is not None
            ready = asyncio.create_task(self._make_ready(lease))
            try:
                # To cancel the driver in the middle could cost the connection.
                await asyncio.shield(ready)
            except asyncio.CancelledError:
                await self._give_back(lease, ready)
                raise
            except Exception as exc:
                error = translated(exc, self.db_id, "", 0)
                lost = isinstance(error, ConnectionLostError)
                lease.release_soon(discard=lost)
                if not (lost and again):
                    raise error from exc
                again = False  # one of the pool's had died unnoticed
            else:
                # What the pool's own queue took was waiting, not connecting.
                waited = lease.wait_ms - (lease.connect_ms or 0.0)
                self._wait += waited
                self._connect -= waited
                return lease

    async def _make_ready(self, lease: Lease) -> None:
        await lease.connection.execute(self.opening, timeout=NO_LIMIT)
        await self._look_around(lease)

    async def _give_back(self, lease: Lease, ready: asyncio.Task[None]) -> None:
        """Give a connection back as soon as it has answered, or else give it up."""
        ready.add_done_callback(lambda task: task.cancelled() or task.exception())
        try:
            await asyncio.wait({ready}, timeout=STOP_LIMIT)
        finally:
            if ready.done():
                lease.release_soon()
            else:
                lease.terminate()

    async def _look_around(self, lease: Lease) -> None:
        """Ask a crowded server once how many connections it allows."""
        room = self._room
        if not self._fresh or room.asked or self._job.neighbours(self._address) <= FEW:
            return
        room.asked = True
        with contextlib.suppress(QueryError, ValueError, TypeError):
            most = await lease.connection.fetchval(_MOST, timeout=NO_LIMIT)
            room.most = max(FEW, int(most) // 2)

    async def _execute(self, turn: Turn) -> None:
        job = self._job
        run = Execution(self, job.statement, job.classified)
        try:
            result = self._result = await asyncio.shield(run.first)
            if result.rows is not None:
                self._go(State.RECEIVING)
                await self._receive(run, result.rows)
        except asyncio.CancelledError:
            await run.stop(_CANCELLED)
            raise
        finally:
            if run.settled.is_set() and not self._holds:
                turn.leave()  # the server is done; its connection goes back by itself
            await asyncio.wait({run.task})
        if result.rows is not None and result.rows.error is not None and not self._cut:
            raise result.rows.error

    async def _receive(self, run: Execution, rows: RowStore) -> None:
        """Take all rows, or as many as are to be had; wait until they are here."""
        self._job.rows.begin(self._index, rows)
        most = self._job.limits.rows_each
        if most is None:
            rows.fetch_all()
        else:
            rows.want(0, most - 1)
        while not rows.complete:
            await rows.at_rest.wait()
            if rows.enough and not run.settled.is_set():
                self._cut = True
                await run.stop("stopped at {rows}: enough for several databases")
                await asyncio.wait({run.task})
                return
            await asyncio.sleep(0)  # it is just going on
