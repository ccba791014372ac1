"""The monitor's own connection to a database, apart from the user's pool.

It comes from a pool manager of the monitor's own, so that the user's work can never
starve it, nor it the user's pool. It is kept as long as someone watches.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
from typing import TYPE_CHECKING, Any

from mdbtui.monitor.build import server_facts
from mdbtui.monitor.queries import query
from mdbtui.pool import (
    DriverOptions,
    PoolManager,
    QueryError,
    QueryTimeout,
    Reset,
    from_driver,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from mdbtui.monitor.models import ServerFacts
    from mdbtui.pool import DBConfig, Lease

APPLICATION = "mdbtui monitor"
STATEMENT_TIMEOUT_MS = 2_000
"""At the server; of a server that does not keep to it the connection is given up."""
TIMEOUT_S = 3.0
CONNECT_TIMEOUT_S = 5.0

# Set behind the login: a pooler refuses such start-up parameters. With SQL_ASCII the
# server converts no text, so that none can fail (see text.py). Nothing here writes.
_SESSION = f"""
set client_encoding = 'SQL_ASCII';
set search_path = pg_catalog;
set statement_timeout = {STATEMENT_TIMEOUT_MS};
set default_transaction_read_only = on
"""


async def _prepare(connection: Any) -> None:
    await connection.execute(_SESSION)


def own_pools() -> PoolManager:
    """Return a pool manager for connections of the monitor only."""
    return PoolManager(
        enable_monitoring=False,
        enable_cleanup=False,
        driver_options=lambda: DriverOptions(init=_prepare, statement_cache_size=0),
    )


def own_config(config: DBConfig) -> DBConfig:
    """Return how the monitor connects to a database."""
    return dataclasses.replace(
        config,
        application_name=APPLICATION,
        pool_min_size=0,
        pool_max_size=1,
        statement_timeout=None,
        idle_in_transaction_timeout=None,
        command_timeout=TIMEOUT_S,
        connect_timeout=min(config.connect_timeout, CONNECT_TIMEOUT_S),
        acquire_timeout=max(config.acquire_timeout, 2 * CONNECT_TIMEOUT_S),
        max_queries=2**31 - 1,
    )


class Link:
    """One connection, made when it is first needed and again after it was lost.

    One request is under way at a time; others wait for it, and it is bounded.

    Args:
        pools: Where the database is registered: says how to connect.
        own: The monitor's own pools.
        db_id: The database.
    """

    def __init__(self, pools: PoolManager, own: PoolManager, db_id: str) -> None:
        self._pools = pools
        self._own = own
        self._db_id = db_id
        self._lease: Lease | None = None
        self._facts: ServerFacts | None = None
        self._turn = asyncio.Lock()

    @property
    def is_open(self) -> bool:
        """There is a connection."""
        return self._lease is not None

    async def probe(self) -> None:
        """Try to connect now, also where a failure has stopped that.

        Raises:
            PoolError: It failed; says why.
        """
        await self._own.probe(self._db_id)

    async def facts(self) -> ServerFacts:
        """Return what is known of the server; connects.

        Raises:
            PoolError: There is no connection to be had; or the server refused.
        """
        async with self._turn:
            return (await self._connected())[1]

    async def fetch(self, name: str, *args: Any, **names: str) -> list[Any]:
        """Run one of the SQL files.

        Args:
            name: The file's.
            args: The statement's parameters.
            names: Identifiers for its braces, quoted by the server.

        Raises:
            PoolError: As `facts`.
        """
        async with self._turn:
            lease, facts = await self._connected()
            sql = query(name, facts.major)
            return await self._ask(lease, sql.format(**names) if names else sql, *args)

    async def fetch_sql(self, sql: str, *args: Any) -> list[Any]:
        """Run a statement; raises as `fetch`."""
        async with self._turn:
            lease, _ = await self._connected()
            return await self._ask(lease, sql, *args)

    @contextlib.asynccontextmanager
    async def conversation(self) -> AsyncIterator[Lease]:
        """Lend the connection for several statements in a row; raises as `facts`."""
        async with self._turn:
            lease, _ = await self._connected()
            try:
                yield lease
            except BaseException as exc:
                if not isinstance(exc, QueryError) or isinstance(exc, QueryTimeout):
                    self._drop()
                raise

    async def close(self) -> None:
        """End the connection."""
        self._drop()
        if self._db_id in self._own.db_ids:
            await self._own.close_pool(self._db_id, timeout=1.0)

    async def _connected(self) -> tuple[Lease, ServerFacts]:
        lease, facts = self._lease, self._facts
        if lease is not None and facts is not None:
            return lease, facts
        config = own_config(self._pools.config(self._db_id))
        if self._db_id not in self._own.db_ids:
            self._own.register(config)
        elif self._own.config(self._db_id) != config:
            await self._own.replace(self._db_id, config)
        lease = await self._own.lease(self._db_id, holder="monitor")
        lease.reset = Reset.NOTHING
        self._lease = lease
        rows = await self._ask(lease, query("server", 12))
        self._facts = facts = server_facts(rows[0])
        return lease, facts

    async def _ask(self, lease: Lease, sql: str, *args: Any) -> list[Any]:
        try:
            rows = await lease.connection.fetch(sql, *args, timeout=TIMEOUT_S)
        except Exception as exc:
            error = from_driver(exc, self._db_id)
            # One that refuses a statement is as good as before.
            if not isinstance(error, QueryError) or isinstance(error, QueryTimeout):
                self._drop()
            raise error from exc
        except BaseException:
            self._drop()
            raise
        return list(rows)

    def _drop(self) -> None:
        lease, self._lease = self._lease, None
        self._facts = None
        if lease is not None:
            lease.terminate()
