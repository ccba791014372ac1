"""The staged troubles: each is real, is seen by the program, and leaves nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from mdbtui.demo import trouble
from mdbtui.demo.flapping import FlappingPort
from mdbtui.demo.trouble import KINDS, Trouble
from mdbtui.pool import DBConfig, PoolError, PoolManager, PoolStats
from mdbtui.query import driver_options
from tests.support.server import PgServer
from tests.support.waiting import eventually

NAMES = [kind.database for kind in KINDS]


@pytest.fixture
async def pools(pg: PgServer, database: str) -> AsyncIterator[PoolManager]:
    """The demo's names, on a database that has the one table that is locked."""
    pg.psql(database, "-c", "create table orders as select 1 as id, 2 as total")
    async with PoolManager(driver_options=driver_options) as manager:
        for name in NAMES:
            manager.register(
                DBConfig(
                    name=name,
                    host=pg.host,
                    port=pg.port,
                    user=pg.user,
                    password=pg.password,
                    database=database,
                    ssl="disable",
                    pool_max_size=4,
                )
            )
        yield manager


def stats(pools: PoolManager, name: str) -> PoolStats:
    found = pools.snapshot().by_id(name)
    assert found is not None
    return found


async def test_every_trouble_shows_and_ends(
    pools: PoolManager, pg: PgServer, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mdbtui.demo.flapping.UP_S", 0.5)
    monkeypatch.setattr("mdbtui.demo.flapping.DOWN_S", 1.0)
    staged = Trouble(pools)
    for kind in KINDS:
        assert staged.stage(kind.key) is kind
    staged.stage("slow")  # it goes on already
    assert staged.staged == KINDS

    # Callers wait for a row that another application locked and forgot.
    await eventually(lambda: stats(pools, "shop").waiting >= 8)

    def blocked() -> str:
        return pg.psql(
            database,
            "-c",
            "select string_agg(distinct b.application_name || ' ' || b.state, ',')"
            " from pg_stat_activity a, pg_stat_activity b"
            " where b.pid = any (pg_blocking_pids(a.pid))"
            " and b.application_name <> 'mdbtui'",
        ).strip()

    await eventually(lambda: blocked() == "billing-worker idle in transaction")

    def holders(name: str) -> list[str]:
        return [holder.name for holder in pools.detail(name).holders]

    await eventually(lambda: holders("metrics").count("nightly report") == 3)
    await eventually(lambda: stats(pools, "tenant_acme").waiting > 0)
    assert stats(pools, "tenant_acme").max_size == 2
    flapping = "tenant_borealis"
    await eventually(lambda: stats(pools, flapping).connections_failed >= 3, 20)
    await eventually(lambda: stats(pools, flapping).connections_lost > 0, 20)

    # Who terminates the forgotten session mends the shop.
    before = stats(pools, "shop").queries
    pg.psql(
        database,
        "-c",
        "select pg_terminate_backend(pid) from pg_stat_activity"
        " where application_name = 'billing-worker'",
    )
    await eventually(lambda: stats(pools, "shop").queries > before + 12)

    assert await staged.end() == KINDS
    assert staged.staged == ()
    # Connections go home in the background.
    await eventually(lambda: not any(stats(pools, name).in_use for name in NAMES))
    for name in NAMES:
        assert stats(pools, name).waiting == 0
        assert pools.config(name).pool_max_size == 4
        assert pools.config(name).port == pg.port
    assert await staged.end() == ()


async def test_what_the_user_mended_stays_so(pools: PoolManager) -> None:
    staged = Trouble(pools)
    staged.stage("small")
    await eventually(lambda: stats(pools, "tenant_acme").max_size == 2)
    await pools.resize("tenant_acme", 0, 8)
    await eventually(lambda: stats(pools, "tenant_acme").in_use > 4)
    await staged.end()
    assert pools.config("tenant_acme").pool_max_size == 8


async def test_a_forgotten_trouble_ends_by_itself(
    pools: PoolManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trouble, "LONGEST_S", 0.2)
    staged = Trouble(pools)
    staged.stage("leak")
    await eventually(lambda: not staged.staged)
    await eventually(lambda: stats(pools, "metrics").in_use == 0)


async def test_who_makes_a_server_flap_can_be_ended(
    pools: PoolManager, pg: PgServer, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mdbtui.demo.flapping.UP_S", 0.3)
    monkeypatch.setattr("mdbtui.demo.flapping.DOWN_S", 0.3)
    name = "tenant_borealis"
    staged = Trouble(pools)
    staged.stage("flapping")
    await eventually(lambda: stats(pools, name).connections_failed >= 1)
    pg.psql(
        database,
        "-c",
        "select pg_terminate_backend(pid) from pg_stat_activity"
        " where application_name = 'failover-watcher'",
    )
    # Up for good, and still staged: its callers go on.

    async def calm() -> bool:
        """Nothing is lost in a time in which a port that flaps goes down."""
        before = stats(pools, name)
        await eventually(lambda: stats(pools, name).queries > before.queries + 6, 20)
        return stats(pools, name).connections_lost == before.connections_lost

    await eventually(calm, 30)
    assert staged.staged
    await staged.end()


async def test_a_port_that_is_down_refuses(pools: PoolManager, pg: PgServer) -> None:
    from dataclasses import replace

    async with FlappingPort(pg.host, pg.port) as port:
        await pools.replace("shop", replace(pools.config("shop"), port=port.port))
        rows = await pools.execute_query("shop", "select 1 as one")
        assert rows == [{"one": "1"}] or rows == [{"one": 1}]
        await port.stop()
        with pytest.raises(PoolError):
            await pools.execute_query("shop", "select 1 as one")
