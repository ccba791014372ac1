"""Pools on the embedded server."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from mdbtui.pool import DBConfig, PoolManager
from tests.support.server import PgServer


def config_of(server: PgServer, database: str = "postgres", **changes: Any) -> DBConfig:
    """How to reach a test server."""
    known: dict[str, Any] = {
        "host": server.host,
        "port": server.port,
        "user": server.user,
        "password": server.password,
        "database": database,
    }
    return DBConfig(**known | changes)


@pytest.fixture
async def pools() -> AsyncIterator[PoolManager]:
    """A manager without a life of its own: tests tick it."""
    async with PoolManager(enable_monitoring=False, enable_cleanup=False) as manager:
        yield manager


@pytest.fixture
def configure(pg: PgServer, database: str) -> Callable[..., DBConfig]:
    """Make a configuration of a fresh database, with changes."""

    def make(**changes: Any) -> DBConfig:
        return config_of(pg, **{"database": database} | changes)

    return make
