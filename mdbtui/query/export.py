"""A whole result written to a file, without passing through the grid.

Where the rows come from is one of two `Rows`: `QueryAgain` lets the server stream the
query once more, on a connection of its own and by COPY, so that memory stays flat and
the reader of the file sets the pace; `StoredRows` takes what a `RowStore` holds, and
has it fetch the rest first.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from mdbtui.pool import PoolError, QueryError
from mdbtui.query import copytext
from mdbtui.query.daemon import in_daemon_thread
from mdbtui.query.errors import StatementCancelled
from mdbtui.query.export_file import ExportError, ExportFile
from mdbtui.query.export_writers import LARGE, ExportOptions, Writer, make_writer
from mdbtui.sql import Kind, Statement, classify

if TYPE_CHECKING:
    from mdbtui.query.rows import Column, Row
    from mdbtui.query.session import Session
    from mdbtui.query.store import RowStore

TakeRows: TypeAlias = "Callable[[Sequence[Row]], Awaitable[None]]"
TakeBytes: TypeAlias = Callable[[bytes], Awaitable[None]]

CANCEL_LIMIT = 3.0
"""Seconds for an export to end once it is cancelled."""

PIECE = 16 << 10
"""Bytes of rows that are decoded and formatted at a time."""

TURN_EVERY = 0.003
"""Seconds of work after which the loop gets a turn."""

GATHER_BYTES = 128 << 10
GATHER_SECONDS = 0.001
"""After a chunk of less, the driver rests so long: the system takes more together."""

_CANCELLED = "cancelled: no file was written"


class Way(Enum):
    """Where an export's rows can come from."""

    AGAIN = "again"
    """The server runs the query again."""
    STORED = "stored"
    """The rows of the result as it is, the rest fetched first."""


def ways(statement: Statement, rows: RowStore, *, pinned: bool) -> tuple[Way, ...]:
    """Return how a result's rows can be had, the best way first; maybe none.

    A result that is all here is written as it is: the same rows as on the screen, and
    no work for the server. One that isn't is read again, so that it need not fit
    anywhere but into the file. What changes data, or depends on what the session
    holds (a transaction, settings, temporary tables), never runs again.

    Args:
        statement: What gave the rows.
        rows: The rows.
        pinned: The session that ran it keeps its connection for what it holds.
    """
    again = classify(statement.text).kind is Kind.ROWS and not pinned
    if rows.complete:
        found = [] if rows.truncated else [Way.STORED]
        return (*found, Way.AGAIN) if again else tuple(found)
    return (Way.AGAIN, Way.STORED) if again else (Way.STORED,)


@dataclass(frozen=True)
class Progress:
    """How far an export is.

    Attributes:
        rows: Rows written.
        about: `rows` counts lines, of which a row may have several: nobody else looks
            at what the server writes as CSV.
        bytes: Bytes written.
        seconds: Since it began, up to its end.
        total: Rows there will be, where that is known or estimated.
        exact: `total` is known.
    """

    rows: int = 0
    bytes: int = 0
    seconds: float = 0.0
    total: int | None = None
    exact: bool = False
    about: bool = False

    @property
    def rate(self) -> float:
        """Bytes in a second."""
        return self.bytes / self.seconds if self.seconds > 0 else 0.0

    @property
    def fraction(self) -> float | None:
        """The part that is done, 0 to 1; None where it can't be told."""
        if not self.total or (self.rows > self.total and not self.exact):
            return None
        return min(self.rows / self.total, 1.0)

    @property
    def seconds_left(self) -> float | None:
        """Seconds until the end at the rate so far; None where it can't be told."""
        fraction = self.fraction
        if not fraction or fraction == 1 or self.seconds < 1:
            return None
        return self.seconds / fraction - self.seconds


class Rows(Protocol):
    """Where an export's rows come from."""

    @property
    def columns(self) -> Sequence[Column]:
        """The columns."""

    async def size(self) -> tuple[int | None, bool]:
        """Return how many rows there will be, if known, and whether that is exact."""

    async def send(self, take: TakeRows) -> None:
        """Hand over all rows in pieces; `take` sets the pace.

        Raises:
            PoolError: They are not all to be had.
        """

    async def copy(self, take: TakeBytes, options: dict[str, Any]) -> int | None:
        """Hand over the rows as the server writes them with COPY's `options`.

        Returns:
            How many there were; None, before any was handed over, if these rows are
            not to be had that way.
        """

    async def close(self) -> None:
        """Give back what was taken; bounded."""


class StoredRows:
    """The rows of a result that is here, or still arriving."""

    def __init__(self, rows: RowStore) -> None:
        self._rows = rows
        self.columns = rows.columns

    async def size(self) -> tuple[int | None, bool]:
        """Return the number of rows once all are here."""
        return (self._rows.count, True) if self._rows.complete else (None, False)

    async def send(self, take: TakeRows) -> None:
        """Hand over all rows; those that are not here yet are fetched."""
        rows = self._rows
        rows.fetch_all()
        try:
            async for chunk in rows.chunks(keep=True):
                await take(chunk)
        except OSError as exc:
            raise ExportError(f"the rows can't be read back: {exc}") from None
        if rows.truncated or rows.closed:
            raise ExportError(f"not all rows are here: {rows.note}")

    async def copy(self, take: TakeBytes, options: dict[str, Any]) -> int | None:
        """Do nothing: the server has no part in it any more."""
        return None

    async def close(self) -> None:
        """Leave the rows to the grid."""


class QueryAgain:
    """The rows of a query that runs again.

    Args:
        session: A session for this alone; it is closed at the end.
        statement: A query that only reads.
        columns: Its columns, as they were when it ran before.
        known: How many rows it had then, if that is known.
    """

    def __init__(
        self,
        session: Session,
        statement: Statement,
        columns: Sequence[Column],
        known: int | None = None,
    ) -> None:
        self._session = session
        self._statement = statement
        self._known = known
        self.columns = columns

    async def size(self) -> tuple[int | None, bool]:
        """Return how many rows there were, or how many the planner expects."""
        if self._known is not None:
            return self._known, False
        text = f"explain (format json)\n{self._statement.text}"
        try:
            result = await self._session.run(Statement(text, 0, len(text)))
        except QueryError:
            return None, False  # if it matters, the query itself says so
        if result.rows is None:
            return None, False
        lines = [row[0] or "" async for rows in result.rows.chunks() for row in rows]
        try:
            return int(json.loads("\n".join(lines))[0]["Plan"]["Plan Rows"]), False
        except (ValueError, LookupError, TypeError):
            return None, False

    async def send(self, take: TakeRows) -> None:
        """Let the server send the rows, decoded piece by piece."""
        width = len(self.columns)

        async def decode(data: bytes) -> None:
            begin = 0
            while begin < len(data):
                # A row is a line; a piece of many small ones takes the loop about 1 ms.
                end = data.find(b"\n", begin + PIECE) + 1 or len(data)
                piece = data[begin:end]
                if len(piece) > LARGE:
                    rows = await in_daemon_thread(
                        partial(copytext.decode, piece, width)
                    )
                else:
                    rows = copytext.decode(piece, width)
                if any(len(row) != width for row in rows):
                    raise ExportError(
                        "the query has other columns by now", hint="run it again first"
                    )
                await take(rows)
                begin = end
            await _gather(data)

        await self._session.copy_out(self._statement, decode)

    async def copy(self, take: TakeBytes, options: dict[str, Any]) -> int | None:
        """Let the server write the rows."""

        async def paced(data: bytes) -> None:
            await take(data)
            await _gather(data)

        result = await self._session.copy_out(self._statement, paced, **options)
        return int((result.tag or "0").split()[-1])

    async def close(self) -> None:
        """Give the connection back."""
        await self._session.close()


class Export:
    """One export, from its start to its file or its failure.

    Args:
        rows: Where the rows come from; closed at the end.
        path: The file; see `export_file.resolved`.
        options: How it is written.
        overwrite: Replace a file that is there.
    """

    def __init__(
        self, rows: Rows, path: Path, options: ExportOptions, *, overwrite: bool = False
    ) -> None:
        self.path = path
        self.options = options
        self.stage = "waiting"
        """What it does now, in a word or two."""
        self.error: PoolError | None = None
        """Why there is no file, once it has ended without one."""
        self._rows = rows
        self._file = ExportFile(path, overwrite=overwrite)
        self._count = 0
        self._total: tuple[int | None, bool] = (None, False)
        self._begun = time.monotonic()
        self._ended: float | None = None
        self._task: asyncio.Task[None] | None = None
        self._cancelling = False
        self._turn_due = 0.0
        self._by_copy = False

    @property
    def done(self) -> bool:
        """Whether it has ended, one way or the other."""
        return self._ended is not None

    @property
    def cancelled(self) -> bool:
        """Whether it was ended by `cancel`."""
        return isinstance(self.error, StatementCancelled)

    @property
    def progress(self) -> Progress:
        """How far it is now."""
        total, exact = self._total
        seconds = (self._ended or time.monotonic()) - self._begun
        about = self._by_copy and not self.done
        return Progress(self._count, self._file.written, seconds, total, exact, about)

    def start(self, ended: Callable[[Export], None] = lambda export: None) -> None:
        """Begin in a task of its own.

        Args:
            ended: Called at the end; `error` says how it went.
        """
        self._begun = time.monotonic()
        self._task = asyncio.create_task(self._run(), name="export")
        self._task.add_done_callback(lambda task: self._conclude(ended))

    def _conclude(self, ended: Callable[[Export], None]) -> None:
        if self._ended is None:  # cancelled before its first step
            self.error = StatementCancelled(_CANCELLED)
            self._ended = time.monotonic()
        ended(self)

    async def wait(self) -> None:
        """Return when it has ended; a cancelled wait leaves it running."""
        if self._task is not None:
            await asyncio.wait({self._task})

    async def cancel(self) -> None:
        """End it and remove what was written; at most about 3 s from now."""
        if self._task is None or self._task.done():
            return
        self._cancelling = True
        self._file.abandon()  # or a disk that rests would hold up the statement's end
        self._task.cancel()
        await asyncio.wait({self._task}, timeout=CANCEL_LIMIT)

    async def _run(self) -> None:
        try:
            await self._write()
        except asyncio.CancelledError:
            self.error = StatementCancelled(_CANCELLED)
        except PoolError as exc:
            self.error = StatementCancelled(_CANCELLED) if self._cancelling else exc
        except Exception as exc:
            self.error = ExportError(f"internal error: {type(exc).__name__}")
            raise
        finally:
            await self._clean_up()
            self._ended = time.monotonic()

    async def _clean_up(self) -> None:
        # A second cancel must not leave the half of a file behind.
        cleaning = asyncio.gather(self._file.abort(), self._rows.close())
        try:
            await asyncio.shield(cleaning)
        except asyncio.CancelledError:
            await asyncio.wait({cleaning}, timeout=CANCEL_LIMIT)

    async def _write(self) -> None:
        if not self._rows.columns:
            raise ExportError("the result has no columns")
        await self._file.open()
        writer = make_writer(self.options)
        self._total = await self._rows.size()
        self.stage = "writing"
        copied: int | None = None
        if writer.copy_options is not None:
            copied = await self._copy(writer)
        if copied is None:
            await self._file.write(await writer.begin(self._rows.columns))
            await self._rows.send(lambda rows: self._take(writer, rows))
            await self._file.write(await writer.end(self._count))
        else:
            self._count = copied
        self._total = self._count, True
        self.stage = "finishing"
        await self._file.commit()
        self.stage = "done"

    async def _copy(self, writer: Writer) -> int | None:
        self._count = -1 if self.options.header else 0
        assert writer.copy_options is not None

        async def take(data: bytes) -> None:
            self._by_copy = True
            self._count += data.count(b"\n")
            await self._file.write(writer.copied(data))

        copied = await self._rows.copy(take, writer.copy_options)
        if copied is None:
            self._count = 0
        return copied

    async def _take(self, writer: Writer, rows: Sequence[Row]) -> None:
        await self._file.write(await writer.rows(rows))
        self._count += len(rows)
        # What is there already is handed over without a turn of the loop.
        if time.monotonic() > self._turn_due:
            await asyncio.sleep(0)
            self._turn_due = time.monotonic() + TURN_EVERY


async def _gather(data: bytes) -> None:
    """Let the next chunk become larger: each costs the same, whatever its size.

    The driver reads nothing while a chunk is dealt with, and the server goes on
    sending into the system's buffers.
    """
    if len(data) < GATHER_BYTES:
        await asyncio.sleep(GATHER_SECONDS)
