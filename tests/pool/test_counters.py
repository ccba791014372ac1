"""Every counter beside what the server itself says: its log, and pg_stat_activity."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from functools import partial

import pytest

from mdbtui.pool import (
    AcquireTimeout,
    BreakerState,
    CircuitOpen,
    ConnectionLostError,
    ConnectionRefused,
    ConnectTimeout,
    PoolManager,
    QueryError,
    QueryTimeout,
)
from tests.pool.conftest import config_of
from tests.support.proxy import FaultyProxy
from tests.support.server import PgServer, ServerFarm
from tests.support.waiting import eventually

NAME = "counted"
SETTINGS = {
    "log_connections": "on",
    "log_disconnections": "on",
    "log_statement": "all",
    "log_min_messages": "error",
    "log_line_prefix": "%a|",
}
MARK = "/* counted */"
SLEEP = f"select pg_sleep(30) {MARK}"
WORKERS, ROUNDS, SIZE = 6, 8, 4


@pytest.fixture
def telling(server_farm: ServerFarm) -> Iterator[PgServer]:
    """A server that logs each connection, each statement and each error."""
    server = server_farm.new(**SETTINGS)
    server.start()
    yield server
    server.stop()


def told(server: PgServer) -> Counter[str]:
    """What the server has logged of this test's connections, by kind."""
    found: Counter[str] = Counter()
    for line in (server.home / "server.log").read_text(errors="replace").splitlines():
        # At its authorization a connection has not told its name yet.
        if line.startswith(f"{NAME}|") or f"application_name={NAME}" in line:
            message = line.partition("|")[2]
            found["opened"] += "connection authorized:" in message
            found["ended"] += "disconnection:" in message
            found["errors"] += message.startswith("ERROR:")
            found["lost"] += message.startswith("FATAL:")
            found["lost"] += "could not receive data from client" in message
            found["queries"] += message.startswith("LOG:") and MARK in message
    return found


def counted(server: PgServer, what: str, where: str) -> int:
    """Ask something about each of this test's connections; how many they were."""
    sql = f"select count(*) from (select {what} from pg_stat_activity"
    return int(
        server.psql(
            "postgres", "-c", f"{sql} where {where} and application_name = '{NAME}') x"
        )
    )


async def at_server(server: PgServer, where: str, count: int) -> bool:
    """Whether so many of this test's connections are in some state there."""
    return await asyncio.to_thread(counted, server, "pid", where) == count


async def load(pools: PoolManager, db_id: str) -> None:
    """Callers beyond the pool's size, a third of whose statements fail."""

    async def work() -> None:
        for number in range(ROUNDS):
            fails = number % 3 == 0
            sql = f"select 1 / (relpages * 0 + {int(not fails)}) {MARK} from pg_class"
            try:
                await pools.execute_query(db_id, sql)
            except QueryError:
                assert fails

    await asyncio.gather(*(work() for _ in range(WORKERS)))


async def kill_all(pools: PoolManager, db_id: str, server: PgServer) -> None:
    """Have two callers wait behind a full pool, and end all backends, twice."""
    asleep = "query like 'select pg_sleep%' and state = 'active'"
    busy = [
        asyncio.create_task(pools.execute_query(db_id, SLEEP)) for _ in range(SIZE + 2)
    ]
    for sleepers, waiting in ((SIZE, 2), (2, 0)):
        await eventually(partial(at_server, server, asleep, sleepers))
        stats = await pools.get_pool_stats(db_id)
        assert (stats.in_use, stats.waiting) == (sleepers, waiting)
        await eventually(partial(at_server, server, "true", stats.size))
        if waiting:
            with pytest.raises(AcquireTimeout):
                await pools.lease(db_id, timeout=0.05)
        await asyncio.to_thread(counted, server, "pg_terminate_backend(pid)", asleep)
    for task in busy:
        with pytest.raises(ConnectionLostError):
            await task


async def fail_to_connect(pools: PoolManager, db_id: str, proxy: FaultyProxy) -> None:
    """Lose an idle connection, then be refused, then be left without an answer."""
    await pools.execute_query(db_id, f"select 1 {MARK}")
    await proxy.refuse()
    proxy.cut()
    await eventually(lambda: pools.snapshot().connections_lost > SIZE + 2)
    for _ in range(3):
        with pytest.raises(ConnectionRefused):
            await pools.lease(db_id)
    with pytest.raises(CircuitOpen):
        await pools.lease(db_id)
    await proxy.start()
    proxy.hole()
    with pytest.raises(ConnectTimeout):
        await pools.probe(db_id)
    stats = await pools.get_pool_stats(db_id)
    assert (stats.connections_failed, stats.size) == (4, 0)
    assert stats.breaker is BreakerState.OPEN
    proxy.heal()
    pools.reset_breaker(db_id)
    await pools.execute_query(db_id, f"select 1 {MARK}")
    assert (await pools.get_pool_stats(db_id)).breaker is BreakerState.CLOSED


async def test_counters_are_what_the_server_says_under_load_and_faults(
    telling: PgServer,
) -> None:
    config = partial(config_of, telling, application_name=NAME, pool_max_size=SIZE)
    async with (
        FaultyProxy(telling.host, telling.port) as proxy,
        PoolManager(enable_monitoring=False, enable_cleanup=False) as pools,
    ):
        direct = pools.register(config(name="direct"))
        behind = pools.register(
            config(name="behind", port=proxy.port, connect_timeout=1.5)
        )
        await load(pools, direct)
        await kill_all(pools, direct, telling)
        with pytest.raises(QueryTimeout):
            await pools.execute_query(direct, SLEEP, timeout=0.4)
        await fail_to_connect(pools, behind, proxy)
        await eventually(lambda: pools.snapshot().in_use == 0)
        fleet = pools.snapshot()
        await eventually(partial(at_server, telling, "true", fleet.size))
    await eventually(lambda: told(telling)["ended"] == fleet.connections_opened)
    said = told(telling)
    assert fleet.connections_opened == said["opened"]
    assert fleet.connections_lost == said["lost"] == SIZE + 2 + 1
    assert fleet.queries == said["queries"] == WORKERS * ROUNDS + SIZE + 2 + 1 + 2
    # A killed backend has no time to log its statement's error.
    assert fleet.errors == said["errors"] + SIZE + 2
    assert fleet.timeouts == 1
    assert sum(pool.acquires for pool in fleet.pools) == fleet.queries
