"""COPY with the client's data: whole or not at all, and never stuck."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from mdbtui.pool import QueryError
from mdbtui.query import Row, Session
from mdbtui.query.copying import copy_in, copy_out
from mdbtui.query.errors import StatementCancelled
from mdbtui.sql import Statement
from tests.support.waiting import eventually


def st(sql: str) -> Statement:
    return Statement(sql, 0, len(sql))


async def rows_of(session: Session, sql: str) -> list[Row]:
    result = await session.run(st(sql))
    assert result.rows is not None
    return [row async for chunk in result.rows.chunks() for row in chunk]


INTO, FROM = "copy t from stdin", "copy t to stdout"


@pytest.mark.parametrize("begin", [False, True])
async def test_a_stop_while_the_source_rests_keeps_nothing(
    session: Session, begin: bool
) -> None:
    await session.run(st("create table t (a int)"))
    if begin:
        await session.run(st("begin"))
    asked = asyncio.Event()

    async def source() -> AsyncIterator[bytes]:
        yield b"1\n2\n"
        asked.set()
        await asyncio.Event().wait()

    copying = asyncio.create_task(copy_in(session, st(INTO), INTO, source()))
    await asked.wait()
    await session.cancel()
    with pytest.raises(StatementCancelled):
        await copying
    if begin:
        # The server may not have answered in time: then the connection is given up.
        await eventually(lambda: session.transaction_failed or not session.pinned)
        await session.run(st("rollback"))
    assert await rows_of(session, "select count(*) from t") == [("0",)]


async def test_what_the_source_raises_is_raised_and_keeps_nothing(
    session: Session,
) -> None:
    await session.run(st("create table t (a int)"))

    async def source() -> AsyncIterator[bytes]:
        yield b"1\n" * 100_000
        raise OSError("the disk is gone")

    with pytest.raises(OSError, match="the disk is gone"):
        await copy_in(session, st(INTO), INTO, source())
    assert await rows_of(session, "select count(*) from t") == [("0",)]


async def test_a_sink_that_rests_or_fails_ends_the_copy(session: Session) -> None:
    await session.run(st("create table t as select generate_series(1, 300000) a"))
    asked = asyncio.Event()

    async def rests(data: bytes) -> None:
        asked.set()
        await asyncio.Event().wait()

    async def fails(data: bytes) -> None:
        raise OSError("full")

    copying = asyncio.create_task(copy_out(session, st(FROM), FROM, rests))
    await asked.wait()
    await session.cancel()
    with pytest.raises(StatementCancelled):
        await copying
    with pytest.raises(OSError, match="full"):
        await copy_out(session, st(FROM), FROM, fails)
    taken = 0

    async def takes(data: bytes) -> None:
        nonlocal taken
        taken += data.count(b"\n")

    result = await copy_out(session, st(FROM), FROM, takes)
    assert (result.tag, taken) == ("COPY 300000", 300_000)


async def test_nothing_is_smuggled_into_a_copy(session: Session) -> None:
    async def source() -> AsyncIterator[bytes]:
        yield b"1\n"

    sql = "copy t from stdin; drop table t"
    with pytest.raises(QueryError):
        await copy_in(session, st(sql), sql, source())
