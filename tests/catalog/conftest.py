"""A database with one of everything, and pools to read it through."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from mdbtui.catalog import Catalog, Node
from mdbtui.pool import DBConfig, PoolManager
from mdbtui.query.text import driver_options
from tests.support.server import PgServer

SAMPLE = Path(__file__).with_name("sample.sql")


@dataclass
class Reader:
    """A catalog of one database, and how to walk it by name."""

    catalog: Catalog
    db_id: str

    async def at(self, *names: str) -> list[Node]:
        """What is below the node that these names lead to."""
        node = await self.find(*names) if names else None
        return await self.catalog.children(self.db_id, node)

    async def find(self, *names: str) -> Node:
        """The node that these names lead to."""
        node = None
        for name in names:
            below = await self.catalog.children(self.db_id, node)
            node = next((child for child in below if child.name == name), None)
            assert node is not None, f"no {name!r} in {[c.name for c in below]}"
        assert node is not None
        return node


def config(pg: PgServer, database: str, **changes: object) -> DBConfig:
    values: dict[str, Any] = {
        "host": pg.host,
        "port": pg.port,
        "user": pg.user,
        "password": pg.password,
        "name": "cat",
    }
    return DBConfig(database=database, **(values | changes))


@pytest.fixture(scope="package")
def sample(pg: PgServer) -> Iterator[str]:
    """The name of a database with one of everything; leave it as it was."""
    pg.psql("postgres", "-c", "create database catalog_sample")
    pg.psql("catalog_sample", "-f", str(SAMPLE))
    yield "catalog_sample"
    pg.psql("postgres", "-c", "drop database catalog_sample with (force)")


@pytest.fixture(params=["text", "decoded"])
async def reader(
    pg: PgServer, sample: str, request: pytest.FixtureRequest
) -> AsyncIterator[Reader]:
    """The sample through connections that give text, and through ordinary ones."""
    options = driver_options if request.param == "text" else None
    async with PoolManager(driver_options=options) as pools:
        yield Reader(Catalog(pools), pools.register(config(pg, sample)))
