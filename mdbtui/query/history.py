"""What was run: kept in SQLite, for all consoles at once, and searched.

All that touches the file happens in threads of this module: one that writes, one that
reads. Whatever is wrong with the file is told once and stops nothing. Statements that
hold passwords are never written.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import itertools
import os
import time
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from mdbtui.query.daemon import in_daemon_thread
from mdbtui.query.history_entries import (
    MAX_FOUND,
    SCHEMA,
    STARRED,
    STARS,
    WROTE,
    Entry,
    Wanted,
    kept_targets,
    search,
    together,
    upgrade,
)
from mdbtui.query.history_secrets import is_left_out
from mdbtui.query.history_worker import Worker, use_wal

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Sequence
    from pathlib import Path


T = TypeVar("T")

MAX_ENTRIES = 100_000
MAX_BYTES = 256 << 20
MAX_STATEMENT = 200_000
"""Characters of the longest statement that is kept; half of one would be a trap."""
MAX_REPORT = 50_000
"""Characters of what is kept of the outcome on several databases."""
BUSY_SECONDS = 5.0
TRIM_EVERY = 500
READ_LIMIT = 10.0
CLOSE_LIMIT = 1.0


class History:
    """The statements that were run.

    Args:
        path: The file; made when it is first needed.
        tell: Called once, in the event loop, when the file can't be used.
        max_entries, max_bytes: How many statements are kept, and how large the file
            may become; the oldest without a star go first.
    """

    def __init__(
        self,
        path: Path,
        tell: Callable[[str], None] = lambda text: None,
        *,
        max_entries: int = MAX_ENTRIES,
        max_bytes: int = MAX_BYTES,
    ) -> None:
        self.path = path
        self.tell = tell
        self._max_entries = max_entries
        self._max_bytes = max_bytes
        self._tokens = itertools.count(1)
        self._ids: dict[int, int] = {}
        self._writer = Worker("history-writer", self._connect, self._failed)
        self._reader = Worker("history-reader", self._connect, self._failed)
        self._told = False
        self._inserted = 0
        self._searches = 0
        self._home: tuple[asyncio.AbstractEventLoop, contextvars.Context] | None = None
        self._closed = False

    # ---- what was run --------------------------------------------------------------

    def began(
        self,
        db: str,
        sql: str,
        before: str = "",
        *,
        targets: Sequence[str] = (),
        tag: str = "",
    ) -> int | None:
        """Note that a statement begins; never blocks.

        Args:
            db: The database's name; not needed for several.
            sql: The statement.
            before: What stands before it on its line: a space there keeps it out.
            targets: The databases, if it runs on several.
            tag: `WROTE`, if it writes there.

        Returns:
            What `ended` is to be told; None if the statement is left out.
        """
        if self._closed or len(sql) > MAX_STATEMENT or is_left_out(sql, before):
            return None
        self._here()
        token, at = next(self._tokens), time.time()
        db, kept = together(targets) if targets else db, kept_targets(targets)

        def insert(connection: sqlite3.Connection | None) -> None:
            if connection is None:
                return
            cursor = connection.execute(
                "insert into entry (at, db, sql, targets, tag) values (?, ?, ?, ?, ?)",
                (at, db, sql.encode("utf-8", "replace").decode(), kept, tag),
            )
            if cursor.lastrowid is not None:
                self._ids[token] = cursor.lastrowid
            self._inserted += 1
            if self._inserted % TRIM_EVERY == 1:
                self._trim(connection)

        return token if self._writer.submit(insert) else None

    def ended(
        self,
        token: int | None,
        outcome: str,
        *,
        ms: float | None = None,
        sqlstate: str = "",
        rows: int | None = None,
        more: bool = False,
        tag: str = "",
        report: str = "",
    ) -> None:
        """Note how a statement ended; never blocks."""
        if token is None:
            return
        report = report[:MAX_REPORT].encode("utf-8", "replace").decode()
        values = (outcome, sqlstate, ms, rows, more, tag, report)

        def update(connection: sqlite3.Connection | None) -> None:
            if connection is None:
                return
            connection.execute(
                "update entry set outcome = ?, sqlstate = ?, ms = ?, rows = ?,"
                " more = ?, tag = ?, report = ? where id = ?",
                (*values, self._ids.pop(token, None)),
            )

        self._writer.submit(update)

    # ---- what is wanted ------------------------------------------------------------

    async def search(self, wanted: Wanted, limit: int = MAX_FOUND) -> list[Entry]:
        """Return what matches, newest first; the same statement only once.

        Of what wrote on several databases each run is there. A search that is still
        under way is given up: only the last one counts.
        """
        self._reader.interrupt()
        number = self._searches = self._searches + 1

        def look(connection: sqlite3.Connection) -> list[Entry]:
            last = number == self._searches
            return search(connection, wanted, limit) if last else []

        return await self._ask(look, [])

    async def star(self, entry: Entry, starred: bool) -> None:
        """Mark a statement, wherever it was run there, or take the mark away."""
        change = (
            "insert or ignore into star (db, sql) values (?, ?)"
            if starred
            else "delete from star where db = ? and sql = ?"
        )
        await self._ask(
            lambda c: c.execute(change, (entry.db, entry.sql)), None, write=True
        )

    async def forget(self, entry: Entry) -> None:
        """Remove a statement, each time that it was run there.

        Of what wrote on several databases, only this run.
        """

        def delete(connection: sqlite3.Connection) -> None:
            # What is deleted may be what should never have been written.
            connection.execute("pragma secure_delete = on")
            same = "db = ? and sql = ?"
            run = f"{same} and (? or id = ?)"
            which = entry.db, entry.sql
            every = entry.tag != WROTE
            connection.execute(
                f"delete from entry where {run}", (*which, every, entry.id)
            )
            connection.execute(
                f"delete from star where {same} and not exists"
                f" (select 1 from entry where {same})",
                (*which, *which),
            )
            connection.execute("pragma wal_checkpoint(truncate)")

        await self._ask(delete, None, write=True)

    async def _ask(
        self,
        job: Callable[[sqlite3.Connection], T],
        otherwise: T,
        *,
        write: bool = False,
    ) -> T:
        loop = self._here()
        answer: asyncio.Future[T] = loop.create_future()

        def settle(value: T) -> None:
            if not answer.done():
                answer.set_result(value)

        def work(connection: sqlite3.Connection | None) -> None:
            value = otherwise
            try:
                if connection is not None:
                    value = job(connection)
            finally:
                with contextlib.suppress(RuntimeError):  # the loop has ended
                    loop.call_soon_threadsafe(settle, value)

        worker = self._writer if write else self._reader
        if self._closed or not worker.submit(work):
            return otherwise
        try:
            async with asyncio.timeout(READ_LIMIT):
                return await answer
        except TimeoutError:
            return otherwise

    def _here(self) -> asyncio.AbstractEventLoop:
        """Remember where trouble is to be told."""
        if self._home is None:
            self._home = asyncio.get_running_loop(), contextvars.copy_context()
        return self._home[0]

    async def close(self) -> None:
        """Write what waits, and end the threads; bounded."""
        self._closed = True
        self._reader.interrupt()
        for worker in (self._writer, self._reader):
            await in_daemon_thread(partial(worker.close, CLOSE_LIMIT))

    # ---- in the threads ------------------------------------------------------------

    def _connect(self) -> sqlite3.Connection:
        import sqlite3

        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
        os.close(os.open(self.path, flags, 0o600))
        connection = sqlite3.connect(
            self.path,
            timeout=BUSY_SECONDS,
            isolation_level=None,
            check_same_thread=False,  # for interrupt() alone
        )
        try:
            use_wal(connection)
            connection.execute("pragma synchronous = normal")
            connection.execute("pragma trusted_schema = off")
            connection.execute(SCHEMA)
            upgrade(connection)
            connection.execute(STARS)
        except sqlite3.Error:
            connection.close()
            raise
        return connection

    def _failed(self, error: Exception) -> None:
        if self._told or self._home is None:
            return
        self._told = True
        loop, context = self._home
        words = getattr(error, "strerror", None) or str(error)
        with contextlib.suppress(RuntimeError):  # the loop has ended
            loop.call_soon_threadsafe(
                self.tell,
                f"The history can't be used: {words} ({self.path})",
                context=context,
            )

    def _trim(self, connection: sqlite3.Connection) -> None:
        (count,) = connection.execute("select count(*) from entry").fetchone()
        (pages,) = connection.execute("pragma page_count").fetchone()
        (free,) = connection.execute("pragma freelist_count").fetchone()
        (size,) = connection.execute("pragma page_size").fetchone()
        surplus = count - self._max_entries
        if (used := (pages - free) * size) > self._max_bytes:
            share = 1 - 0.9 * self._max_bytes / used
            surplus = max(surplus, int(count * share) + 1)
        if surplus > 0:
            connection.execute(
                "delete from entry where id in"
                f" (select id from entry order by {STARRED}, id limit ?)",
                (surplus,),
            )
