"""What the tests of this folder share."""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import AsyncIterator
from typing import Any

import asyncpg

from mdbtui.pool import PoolManager
from mdbtui.query import Result, Row, Session, copytext, stream, text
from mdbtui.query.driver import TextConnection
from mdbtui.sql import Statement
from tests.support.server import PgServer
from tests.support.waiting import eventually

SOURCES = ("copy", "portal", "fetch")


@contextlib.asynccontextmanager
async def connected(pg: PgServer, database: str) -> AsyncIterator[Any]:
    """A bare connection as the console's pools make them."""
    connection = await asyncpg.connect(
        pg.url(database), connection_class=TextConnection, statement_cache_size=0
    )
    try:
        await text.prepare_connection(connection)
        yield connection
    finally:
        await connection.close()


async def rows_by(source: str, connection: Any, sql: str) -> list[Row]:
    """All rows of a query through one of the row sources."""
    found: list[Row] = []
    prepared = await connection.prepare(sql)
    width = len(prepared.get_attributes())

    async def sink(data: bytes) -> None:
        found.extend(copytext.decode(data, width))

    if source == "copy":
        await stream.by_copy(connection, sql, sink)
    elif source == "portal":
        async with connection.transaction():
            prepared = await connection.prepare(sql)
            await stream.by_portal(prepared, sink)
    else:
        await stream.send(await prepared.fetch(), sink)
    return found


def psql(pg: PgServer, database: str, sql: str) -> list[Row]:
    """The rows of a query as psql prints them."""
    done = subprocess.run(
        [
            pg.bin_dir / "psql",
            "-XAtq",
            "-F\x1f",
            "-R\x1e",
            "-Pnull=\x1d",
            "-vON_ERROR_STOP=1",
            pg.url(database),
            "-c",
            sql,
        ],
        env={**os.environ, "PGCLIENTENCODING": "UTF8"},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    out = done.stdout.decode().removesuffix("\n")
    return [
        tuple(None if cell == "\x1d" else cell for cell in line.split("\x1f"))
        for line in (out.split("\x1e") if out else [])
    ]


def statement(sql: str) -> Statement:
    return Statement(sql, 0, len(sql))


async def run(session: Session, sql: str) -> Result:
    return await session.run(statement(sql))


async def rows_of(session: Session, sql: str) -> list[Row]:
    """All rows of a statement."""
    result = await run(session, sql)
    assert result.rows is not None
    return [row async for chunk in result.rows.chunks(keep=True) for row in chunk]


async def at_rest(pools: PoolManager, db_id: str, in_use: int = 0) -> None:
    """Wait until just `in_use` connections are on loan and nobody waits."""

    def settled() -> bool:
        stats = pools.snapshot().by_id(db_id)
        return stats is not None and (stats.in_use, stats.waiting) == (in_use, 0)

    await eventually(settled, message=f"not at rest: {pools.snapshot().by_id(db_id)}")
