"""Ask the server for a statement's plan, leaving nothing behind."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from mdbtui.pool import ConnectionLostError, QueryError
from mdbtui.query.plan import Plan, parse_plan
from mdbtui.sql import Statement

if TYPE_CHECKING:
    from mdbtui.query.session import Session

READ_ONLY_REFUSED = "25006"
"""The SQLSTATE of what would have written in a read-only transaction."""
_ESTIMATE = "VERBOSE, SETTINGS, FORMAT JSON"
_ANALYZE = f"ANALYZE, BUFFERS, {_ESTIMATE}"
_SAVEPOINT = "mdbtui_explain"


async def explain(
    session: Session,
    statement: Statement,
    *,
    analyze: bool = False,
    may_write: bool = False,
) -> Plan:
    """Return the plan of a statement.

    To analyze, the statement is run, in a transaction that is rolled back. Unless it
    `may_write`, the transaction is read-only, so that what writes (in a function, say)
    is refused by the server before it is done, with `READ_ONLY_REFUSED`. In the user's
    own open transaction a savepoint does both, and a mistake does not end it.

    Args:
        session: Where to ask: its settings and temporary tables count.
        statement: What has a plan (see `mdbtui.sql.explained`).
        analyze: Run it and measure.
        may_write: Whether it may write while it is measured.

    Raises:
        PoolError: As `Session.run` does; positions count in `statement.text`.
        PlanError: The server's answer can't be read.
    """
    head = f"EXPLAIN ({_ANALYZE if analyze else _ESTIMATE}) "
    # A comment at the end of a line must not swallow what follows, nor the reverse.
    text = head + statement.text
    sent = Statement(text, 0, len(text), values=statement.values)
    async with _rolled_back(session, run=analyze, read_only=not may_write):
        try:
            answer = await _value(session, sent)
        except QueryError as error:
            if error.position is not None:
                error.position -= len(head)
                error.position = error.position if error.position > 0 else None
            raise
    return await asyncio.to_thread(parse_plan, answer)


@contextlib.asynccontextmanager
async def _rolled_back(
    session: Session, *, run: bool, read_only: bool
) -> AsyncIterator[None]:
    if session.in_transaction and not session.transaction_failed:
        begin = [f"SAVEPOINT {_SAVEPOINT}"]
        if run and read_only:
            begin.append("SET LOCAL transaction_read_only = on")
        end = [
            f"ROLLBACK TO SAVEPOINT {_SAVEPOINT}",
            f"RELEASE SAVEPOINT {_SAVEPOINT}",
        ]
    elif run and not session.in_transaction:
        begin = ["BEGIN READ ONLY" if read_only else "BEGIN READ WRITE"]
        end = ["ROLLBACK"]
    else:
        begin = end = []
    done = 0
    try:
        for sql in begin:
            await _say(session, sql)
            done += 1
        yield
    finally:
        # Without the connection the server has rolled back by itself. (Not so when we
        # are cancelled: the session is about to be closed, and its connection with it.)
        if done and session.in_transaction:
            with contextlib.suppress(ConnectionLostError):
                for sql in end:
                    await _say(session, sql)


async def _say(session: Session, sql: str) -> None:
    await session.run(Statement(sql, 0, len(sql), 0))


async def _value(session: Session, statement: Statement) -> str:
    result = await session.run(statement)
    assert result.rows is not None
    try:
        rows = [row async for chunk in result.rows.chunks() for row in chunk]
    finally:
        await result.rows.close()
    return "\n".join(value or "" for row in rows for value in row)
