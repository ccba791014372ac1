"""A query pane's talk with its database: run, cancel, switch, close.

No widget is named here. The screen gives a listener; it is told in order what
begins, what came of it, and when all is over.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import TYPE_CHECKING, Protocol, TypeVar

from mdbtui.pool import PoolError, QueryError
from mdbtui.query import StatementCancelled
from mdbtui.query.notices import MAX_NOTICES
from mdbtui.sql import classify

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from mdbtui.query import Notice, Result, Session
    from mdbtui.sql import Statement

    SessionFactory = Callable[[str, Callable[[Notice], None]], Session]
    Perform = Callable[[Statement], Awaitable[Result | None]]

T = TypeVar("T")


CLOSE_SECONDS = 2.0
"""How long the end of a cancelled run is waited for."""


class Listener(Protocol):
    """Hears what happens in a run."""

    def statement_started(self, number: int, total: int, statement: Statement) -> None:
        """A statement begins; numbers count from 1."""

    def statement_finished(self, result: Result) -> None:
        """A statement gave its first rows, or is done."""

    def statement_told(self) -> None:
        """A statement is done, and told what there was to tell by itself."""

    def statement_failed(self, statement: Statement, error: Exception) -> None:
        """A statement failed; the ones after it run only where that was chosen."""

    def notice_arrived(self, notice: Notice) -> None:
        """The server said something while a statement ran."""


class Run:
    """The run that is under way.

    Args:
        total: How many statements it has.
    """

    def __init__(self, total: int) -> None:
        self.number = 0
        self.total = total
        self.stopping = asyncio.Event()
        self.over = asyncio.Event()
        self._began = time.monotonic()

    @property
    def cancelled(self) -> bool:
        """It is to end."""
        return self.stopping.is_set()

    def begin(self) -> None:
        """Go on to the next statement."""
        self.number += 1
        self._began = time.monotonic()

    @property
    def elapsed_ms(self) -> float:
        """Milliseconds since the statement began."""
        return (time.monotonic() - self._began) * 1000


class Conversation:
    """One pane's session, and the run that uses it.

    Args:
        open_session: Makes a session for a database, given its notice callback.
        listener: Hears what happens.
    """

    def __init__(self, open_session: SessionFactory, listener: Listener) -> None:
        self._open_session = open_session
        self._listener = listener
        self._session: Session | None = None
        self.db_id: str | None = None
        self._run: Run | None = None
        self._stop: Callable[[], Awaitable[None]] | None = None
        self._notices = 0
        self.last: Result | None = None
        self.changed_catalog = False
        """A statement of the last run changed what the sidebar shows."""
        self.failed = 0
        """Statements of the last run that the server refused."""

    @property
    def progress(self) -> Run | None:
        """The run that is under way."""
        return self._run

    @property
    def session(self) -> Session | None:
        """The session, once something ran."""
        return self._session

    @property
    def running(self) -> bool:
        """A run is under way."""
        return self._run is not None

    @property
    def streaming(self) -> bool:
        """Rows of the last statement may still arrive."""
        return self._session is not None and self._session.streaming

    async def switch(self, db_id: str | None) -> None:
        """Talk to another database from now on; the old session is closed."""
        if db_id == self.db_id:
            return
        await self.close()
        self.db_id = db_id

    async def run(
        self,
        statements: Sequence[Statement],
        *,
        go_on: bool = False,
        perform: Perform | None = None,
    ) -> None:
        """Run statements in order until one fails or `cancel` is called.

        Args:
            statements: What to run.
            go_on: Go on after one that the server refused. A lost connection or a
                cancel ends the run in any case.
            perform: Carries a statement out and returns its result, unless it told
                that itself; by default, the session runs it.

        Raises:
            RuntimeError: A run is under way, or no database was chosen.
        """
        self._ready()
        self.changed_catalog = False
        self.failed = 0
        run = self._run = Run(len(statements))
        try:
            for statement in statements:
                run.begin()
                self._notices = 0
                self._listener.statement_started(run.number, run.total, statement)
                error = await self._run_one(run, statement, perform)
                if error is not None and not (go_on and isinstance(error, QueryError)):
                    return
        finally:
            self._run = None
            run.over.set()

    def _noticed(self, notice: Notice) -> None:
        # As many as the result keeps; it counts the others.
        self._notices += 1
        if self._notices <= MAX_NOTICES:
            self._listener.notice_arrived(notice)

    async def _run_one(
        self, run: Run, statement: Statement, perform: Perform | None
    ) -> PoolError | None:
        """Run one statement and tell the listener; return why it failed, if it did."""
        try:
            if run.cancelled:
                raise StatementCancelled("cancelled before it was sent")
            if perform is not None:
                result = await perform(statement)
            else:
                result = await self.open().run(statement)
        except PoolError as error:
            self._listener.statement_failed(statement, error)
            self.failed += isinstance(error, QueryError)
            return error
        self.changed_catalog |= classify(statement.text).changes_catalog
        self.note_catalog(self.open())
        if result is not None:
            self.last = result
            self._listener.statement_finished(result)
        else:
            self._listener.statement_told()
        return None

    def note_catalog(self, session: Session) -> None:
        """Note that a transaction which changed definitions is over."""
        self.changed_catalog |= session.state.catalog_news
        session.state.catalog_news = False

    async def use(self, job: Callable[[Session], Awaitable[T]]) -> T:
        """Let a job use the session, as a run of its own that the listener is not told.

        Returns:
            What the job returned; what it raises is raised here.

        Raises:
            RuntimeError: A run is under way, or no database was chosen.
        """
        session = self._ready()
        run = self._run = Run(1)
        run.begin()
        try:
            return await job(session)
        finally:
            self._run = None
            run.over.set()

    async def occupy(
        self, job: Awaitable[None], stop: Callable[[], Awaitable[None]]
    ) -> None:
        """Count as running while a job goes on that needs no session.

        Args:
            job: What is awaited.
            stop: Ends it, when the run is cancelled.

        Raises:
            RuntimeError: A run is under way.
        """
        if self._run is not None:
            raise RuntimeError("a run is under way")
        run = self._run = Run(1)
        run.begin()
        self._stop = stop
        try:
            await job
        finally:
            self._run = self._stop = None
            run.over.set()

    def _ready(self) -> Session:
        if self._run is not None or self.db_id is None:
            raise RuntimeError("a run is under way or no database is chosen")
        return self.open()

    def open(self) -> Session:
        """Return the session with the database, which must have been chosen."""
        assert self.db_id is not None
        if self._session is None:
            self._session = self._open_session(self.db_id, self._noticed)
        return self._session

    async def move(self, db_id: str) -> None:
        """Go on with another database, also within a run; the old session ends."""
        session, self._session = self._session, None
        self.db_id = db_id
        if session is not None:
            await session.close()

    async def cancel(self) -> None:
        """Stop what runs, also on a server that does not answer.

        No further statement of the run is sent, wherever the cancel meets it.
        """
        if self._run is not None:
            self._run.stopping.set()
        if self._stop is not None:
            await self._stop()
        if self._session is not None:
            await self._session.cancel()

    async def close(self) -> None:
        """End the run and the session; an open transaction is rolled back."""
        run = self._run
        await self.cancel()
        if run is not None:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(CLOSE_SECONDS):
                    await run.over.wait()
        session, self._session = self._session, None
        if session is not None:
            await session.close()
