"""A query pane's talk with its database: run, cancel, switch, close.

No widget is named here. The screen gives a listener; it is told in order what
begins, what came of it, and when all is over.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeVar

from mdbtui.pool import PoolError, QueryError
from mdbtui.sql import classify

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from mdbtui.query import Notice, Result, Session
    from mdbtui.sql import Statement

    SessionFactory = Callable[[str, Callable[[Notice], None]], Session]

T = TypeVar("T")


class Listener(Protocol):
    """Hears what happens in a run."""

    def statement_started(self, number: int, total: int, statement: Statement) -> None:
        """A statement begins; numbers count from 1."""

    def statement_finished(self, result: Result) -> None:
        """A statement gave its first rows, or is done."""

    def statement_failed(self, statement: Statement, error: Exception) -> None:
        """A statement failed; the ones after it run only where that was chosen."""

    def notice_arrived(self, notice: Notice) -> None:
        """The server said something while a statement ran."""


@dataclass
class Progress:
    """The run that is under way."""

    number: int
    total: int
    started: float
    """By the monotonic clock, in seconds."""

    @property
    def elapsed_ms(self) -> float:
        """Milliseconds since the statement began."""
        return (time.monotonic() - self.started) * 1000


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
        self.progress: Progress | None = None
        self.last: Result | None = None
        self.changed_catalog = False
        """A statement of the last run changed what the sidebar shows."""
        self.failed = 0
        """Statements of the last run that the server refused."""

    @property
    def session(self) -> Session | None:
        """The session, once something ran."""
        return self._session

    @property
    def running(self) -> bool:
        """A run is under way."""
        return self.progress is not None

    @property
    def streaming(self) -> bool:
        """Rows of the last statement may still arrive."""
        return self._session is not None and self._session.streaming

    async def switch(self, db_id: str) -> None:
        """Talk to another database from now on; the old session is closed."""
        if db_id == self.db_id:
            return
        await self.close()
        self.db_id = db_id

    async def run(
        self, statements: Sequence[Statement], *, go_on: bool = False
    ) -> None:
        """Run statements in order until one fails.

        Args:
            statements: What to run.
            go_on: Go on after one that the server refused. A lost connection or a
                cancel ends the run in any case.

        Raises:
            RuntimeError: A run is under way, or no database was chosen.
        """
        session = self._ready()
        self.changed_catalog = False
        self.failed = 0
        total = len(statements)
        try:
            for number, statement in enumerate(statements, 1):
                self.progress = Progress(number, total, time.monotonic())
                self._listener.statement_started(number, total, statement)
                try:
                    result = await session.run(statement)
                except PoolError as error:
                    self._listener.statement_failed(statement, error)
                    if not isinstance(error, QueryError):
                        return
                    self.failed += 1
                    if not go_on:
                        return
                    continue
                self.last = result
                self.changed_catalog |= classify(statement.text).changes_catalog
                self._listener.statement_finished(result)
        finally:
            self.progress = None

    async def use(self, job: Callable[[Session], Awaitable[T]]) -> T:
        """Let a job use the session, as a run of its own that the listener is not told.

        Returns:
            What the job returned; what it raises is raised here.

        Raises:
            RuntimeError: A run is under way, or no database was chosen.
        """
        session = self._ready()
        self.progress = Progress(1, 1, time.monotonic())
        try:
            return await job(session)
        finally:
            self.progress = None

    def _ready(self) -> Session:
        if self.progress is not None or self.db_id is None:
            raise RuntimeError("a run is under way or no database is chosen")
        if self._session is None:
            self._session = self._open_session(
                self.db_id, self._listener.notice_arrived
            )
        return self._session

    async def cancel(self) -> None:
        """Stop what runs, also on a server that does not answer."""
        if self._session is not None:
            await self._session.cancel()

    async def close(self) -> None:
        """End the session; an open transaction is rolled back by the server."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()
