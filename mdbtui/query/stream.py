"""Row sources: how a statement's rows come from the server, in COPY text form.

Three ways, one shape: each hands chunks of whole rows to a sink and rests while the
sink does, so that the one who reads sets the pace.

- `by_copy`, for a query outside a transaction: the server streams, keeps a parallel
  plan, and is stopped at any time without harm.
- `by_portal`, for a query inside a transaction, where stopping a COPY would abort
  what the user has open, and for one with parameters, of which COPY takes none.
- `send`, for the rest (EXPLAIN, SHOW, CALL, … RETURNING), which was fetched to its end
  at once, because stopping half-way would undo it.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeAlias, TypeVar

from mdbtui.query import copytext
from mdbtui.query.text import NO_LIMIT

Sink: TypeAlias = Callable[[bytes], Awaitable[None]]

T = TypeVar("T")

COPY_PREFIX = "COPY (\n"
"""What stands before the statement in a COPY; error positions count it."""

_SYNTAX_ERROR = "42601"
_CANCELLED = "57014"
_PORTAL_ROWS = 1_000
_PORTAL_FIRST = 100
_PORTAL_BYTES = 4 << 20
_ROLL_BACK_TRIES = 5
_SLICE = 200
"""Rows encoded without a turn of the loop: 10 columns take about 1 ms."""


class Stopped(Exception):  # noqa: N818 - not an error: the reader has had enough
    """Raised by a sink to end the stream."""


async def by_copy(connection: Any, sql: str, sink: Sink, **options: Any) -> int | None:
    """Stream a prepared query's rows by COPY.

    `sql` must have passed `prepare()` on the same connection: only that makes sure
    that it is one complete statement and can't break out of the parentheses. Never
    cancel a task in here: asyncpg would lose the connection. Neither may an error
    reach asyncpg from the sink: if that was the last chunk, it would wait for the end
    of a COPY that is over. So the server is asked to cancel, and what is still on its
    way is dropped.

    Args:
        connection: Not in a transaction, or the stream must not be stopped.
        sql: A SELECT, VALUES, TABLE or WITH that only reads.
        sink: Awaited with each chunk; raises `Stopped` when it wants no more.
        options: COPY's own, as `asyncpg.Connection.copy_from_query` takes them.

    Returns:
        How many rows the server sent to the end; None if it was stopped before.
    """

    async def begin(output: Sink) -> str:
        # The line ends keep a comment at the statement's end from hiding the ")".
        tag: str = await connection.copy_from_query(
            f"\n{sql}\n", output=output, timeout=NO_LIMIT, **options
        )
        return tag

    tag = await _stoppable(connection, begin, sink)
    return None if tag is None else int(tag.split()[-1])


async def copy_out(connection: Any, sql: str, sink: Sink) -> str | None:
    """Stream the data of a COPY … TO STDOUT, as `by_copy` does.

    Returns:
        The server's tag; None if it was stopped before the end.
    """

    async def begin(output: Sink) -> str:
        # The public one builds a statement of its own.
        tag: str = await connection._copy_out(sql, output, NO_LIMIT)  # noqa: SLF001
        return tag

    return await _stoppable(connection, begin, sink)


async def _stoppable(
    connection: Any, begin: Callable[[Sink], Awaitable[str]], sink: Sink
) -> str | None:
    from mdbtui.query.driver import cancel_until

    over = asyncio.Event()
    cancelling: asyncio.Task[None] | None = None

    async def guarded(data: bytes) -> None:
        nonlocal cancelling
        if cancelling is None:
            try:
                await sink(data)
            except Stopped:
                cancelling = asyncio.create_task(cancel_until(over, connection))

    try:
        return await begin(guarded)
    except Exception as exc:
        if cancelling is None:
            raise
        if getattr(exc, "sqlstate", None) != _CANCELLED:
            cancelling.cancel()
            raise
        return None
    finally:
        over.set()
        if cancelling is not None:
            # A request on its way could hit the connection's next statement.
            await asyncio.wait({cancelling})


async def never_ran(exc: Exception, connection: Any, sql: str) -> bool:
    """Whether `by_copy` failed since COPY's grammar does not take the query.

    The error alone can't tell: a function that the query calls may raise the same one,
    after it has done its work. So the server is asked to read the COPY again, which
    executes nothing.

    Args:
        exc: What `by_copy` raised.
        connection: As it was given to `by_copy`.
        sql: The query.
    """
    syntax_error = getattr(exc, "sqlstate", None) == _SYNTAX_ERROR
    # What has failed a transaction can't be done another way in it.
    if not syntax_error or connection.is_in_transaction():
        return False
    try:
        await connection.prepare(f"{COPY_PREFIX}{sql}\n) TO STDOUT", timeout=NO_LIMIT)
    except Exception as refusal:  # noqa: BLE001 - any other leaves it unknown
        return getattr(refusal, "sqlstate", None) == _SYNTAX_ERROR
    return False


async def by_portal(statement: Any, sink: Sink, values: Sequence[Any] = ()) -> int:
    """Stream a prepared query's rows inside the open transaction.

    Stopping leaves the transaction as it is.

    Args:
        statement: What `prepare()` gave.
        sink: As for `by_copy`.
        values: What its parameters stand for, as text.

    Returns:
        How many rows there were.
    """
    cursor = await statement.cursor(*values, timeout=NO_LIMIT)
    size = _PORTAL_FIRST
    count = 0
    try:
        while True:
            records = await cursor.fetch(size, timeout=NO_LIMIT)
            sent = await send(records, sink)
            count += len(records)
            if len(records) < size:
                break
            # A thousand rows of a megabyte each would be a gigabyte at once.
            fitting = _PORTAL_BYTES * size // max(sent, 1)
            size = max(1, min(_PORTAL_ROWS, fitting))
    except Stopped:
        await _close(cursor)
        raise
    await _close(cursor)
    return count


async def in_transaction(connection: Any, work: Callable[[], Awaitable[T]]) -> T:
    """Do work in a transaction of its own: a portal lives no longer than one.

    The work's effects last as they would without: if it came to its end.
    """
    await connection.execute("begin", timeout=NO_LIMIT)
    try:
        done = await work()
        await connection.execute("commit", timeout=NO_LIMIT)
    except BaseException:
        await _roll_back(connection)
        raise
    return done


async def _roll_back(connection: Any) -> None:
    # A request to cancel what was stopped may still arrive, and hit this.
    for _ in range(_ROLL_BACK_TRIES):
        with contextlib.suppress(Exception):
            if connection.is_closed() or not connection.is_in_transaction():
                return
            await connection.execute("rollback", timeout=NO_LIMIT)
            return
    connection.terminate()


async def _close(cursor: Any) -> None:
    # Left open it would hold its snapshot until the transaction ends.
    await cursor._close_portal(NO_LIMIT)  # noqa: SLF001 - no public way to close it


async def send(records: list[Any], sink: Sink) -> int:
    """Hand over rows that were fetched; return how many bytes they made."""
    sent = 0
    for first in range(0, len(records), _SLICE):
        data = copytext.encode(records[first : first + _SLICE])
        sent += len(data)
        await sink(data)
        await asyncio.sleep(0)
    return sent
