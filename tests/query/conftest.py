from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from mdbtui.pool import DBConfig, PoolManager
from mdbtui.query import MemoryBudget, Session, driver_options
from tests.support.server import PgServer


def config(pg: PgServer, database: str, **options: object) -> DBConfig:
    return DBConfig(
        host=pg.host,
        port=pg.port,
        database=database,
        user=pg.user,
        password=pg.password,
        ssl="disable",
        **options,
    )


@pytest.fixture(scope="module")
def module_database(pg: PgServer) -> Iterator[str]:
    pg.psql("postgres", "-c", "create database of_queries template template1")
    yield "of_queries"
    pg.psql("postgres", "-c", "drop database of_queries with (force)")


@pytest.fixture
def database(pg: PgServer, module_database: str) -> Iterator[str]:
    """An empty database; emptying one takes a tenth of making one."""
    yield module_database
    pg.psql(
        "postgres",
        "-c",
        "select pg_terminate_backend(pid) from pg_stat_activity"
        f" where datname = '{module_database}'",
        "-c",
        f"alter database {module_database} reset all",
    )
    pg.psql(module_database, "-c", "drop schema public cascade; create schema public")


@pytest.fixture
async def pools() -> AsyncIterator[PoolManager]:
    async with PoolManager(driver_options=driver_options) as manager:
        yield manager


@pytest.fixture
async def session(
    pools: PoolManager, pg: PgServer, database: str
) -> AsyncIterator[Session]:
    """A session on an empty database with a pool of three connections."""
    db_id = pools.register(config(pg, database, pool_max_size=3))
    made = Session(pools, db_id, budget=MemoryBudget(), holder="tab 1")
    yield made
    await made.close()
