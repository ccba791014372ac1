"""Other people's sessions on the test server: what a monitor looks at."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import asyncpg

from mdbtui.pool import DBConfig
from tests.support.server import PgServer


def config_of(pg: PgServer, database: str, **fields: Any) -> DBConfig:
    """How the monitor's tests reach a database; its id is the database's name."""
    return DBConfig(
        host=pg.host,
        port=pg.port,
        **{"user": pg.user, "password": pg.password, **fields},
        database=database,
        name=database,
    )


@contextlib.asynccontextmanager
async def sessions(
    pg: PgServer, database: str, *applications: str, **options: Any
) -> AsyncIterator[list[asyncpg.Connection]]:
    """Connections of these applications, ended afterwards whatever they do."""
    opened: list[asyncpg.Connection] = []
    try:
        for name in applications:
            settings = {"application_name": name, **options.get("settings", {})}
            opened.append(
                await asyncpg.connect(pg.url(database), server_settings=settings)
            )
        yield opened
    finally:
        for each in opened:
            each.terminate()


@contextlib.asynccontextmanager
async def blockade(
    pg: PgServer, database: str
) -> AsyncIterator[list[asyncpg.Connection]]:
    """``billing`` left a transaction open; ``web`` and ``late`` wait for its row."""
    pg.psql(database, "-c", "create table orders as select 1 as id, 0 as total")
    async with sessions(pg, database, "billing", "web", "late") as opened:
        billing, *waiting = opened
        await billing.execute("begin; update orders set total = 1 -- the root")
        tasks = [
            asyncio.create_task(each.execute(f"update orders set total = {n}"))
            for n, each in enumerate(waiting, 2)
        ]
        try:
            yield opened
        finally:
            for task in tasks:
                task.cancel()
            for each in opened:
                each.terminate()
            await asyncio.gather(*tasks, return_exceptions=True)
