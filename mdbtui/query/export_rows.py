"""Where an export's rows come from.

`QueryAgain` lets the server stream the query once more, on a connection of its own and
by COPY, so that memory stays flat and the reader of the file sets the pace;
`StoredRows` takes what a `RowStore` holds, and has it fetch the rest first.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from enum import Enum
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from mdbtui.pool import QueryError
from mdbtui.query import copytext
from mdbtui.query.daemon import in_daemon_thread
from mdbtui.query.export_file import ExportError
from mdbtui.query.export_writers import LARGE
from mdbtui.query.merged import MergedRows
from mdbtui.sql import Kind, Statement, classify

if TYPE_CHECKING:
    from mdbtui.query.rows import Column, Row
    from mdbtui.query.session import Session
    from mdbtui.query.store import RowStore

TakeRows: TypeAlias = "Callable[[Sequence[Row]], Awaitable[None]]"
TakeBytes: TypeAlias = Callable[[bytes], Awaitable[None]]

PIECE = 16 << 10
"""Bytes of rows that are decoded and formatted at a time."""

GATHER_BYTES = 128 << 10
GATHER_SECONDS = 0.001
"""After a chunk of less, the driver rests so long: the system takes more together."""


class Way(Enum):
    """Where an export's rows can come from."""

    AGAIN = "again"
    """The server runs the query again."""
    STORED = "stored"
    """The rows of the result as it is, the rest fetched first."""


def ways(
    statement: Statement, rows: RowStore | MergedRows, *, pinned: bool
) -> tuple[Way, ...]:
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
    if isinstance(rows, MergedRows):  # there is no one server to ask again
        return (Way.STORED,) if rows.complete and not rows.truncated else ()
    again = classify(statement.text).kind is Kind.ROWS and not pinned
    if rows.complete:
        found = [] if rows.truncated else [Way.STORED]
        return (*found, Way.AGAIN) if again else tuple(found)
    return (Way.AGAIN, Way.STORED) if again else (Way.STORED,)


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

    def __init__(self, rows: RowStore | MergedRows) -> None:
        self._rows = rows
        self.columns: Sequence[Column] = rows.columns

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
            explain = Statement(text, 0, len(text), values=self._statement.values)
            result = await self._session.run(explain)
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
        """Let the server write the rows, unless the query has parameters."""
        if self._statement.values:
            return None  # COPY takes none

        async def paced(data: bytes) -> None:
            await take(data)
            await _gather(data)

        result = await self._session.copy_out(self._statement, paced, **options)
        return int((result.tag or "0").split()[-1])

    async def close(self) -> None:
        """Give the connection back."""
        await self._session.close()


async def _gather(data: bytes) -> None:
    """Let the next chunk become larger: each costs the same, whatever its size.

    The driver reads nothing while a chunk is dealt with, and the server goes on
    sending into the system's buffers.
    """
    if len(data) < GATHER_BYTES:
        await asyncio.sleep(GATHER_SECONDS)
