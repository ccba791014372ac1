"""Pools on a server that works."""

from __future__ import annotations

import asyncio
import gc
import random
import weakref
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from mdbtui.pool import (
    AcquireTimedOut,
    AcquireTimeout,
    ConfigError,
    ConnectionOpened,
    DBConfig,
    DriverOptions,
    PoolClosed,
    PoolClosedError,
    PoolEvent,
    PoolManager,
    PoolOpened,
    PoolStats,
    QueryError,
    QueryTimeout,
    Reset,
    SlowAcquire,
    UnknownPool,
)
from mdbtui.pool.queries import residue
from tests.support.proxy import FaultyProxy
from tests.support.server import PgServer
from tests.support.waiting import eventually

Configure = Callable[..., DBConfig]


def check(stats: PoolStats) -> None:
    assert stats.in_use + stats.free == stats.size <= stats.max_size
    assert min(stats.in_use, stats.free, stats.waiting) >= 0


def backends(pg: PgServer, name: str) -> int:
    sql = f"select count(*) from pg_stat_activity where application_name = '{name}'"
    return int(pg.psql("postgres", "-c", sql))


async def test_a_query_and_its_numbers(
    pools: PoolManager, configure: Configure
) -> None:
    events: list[PoolEvent] = []
    unsubscribe = pools.subscribe(events.append)
    db_id = pools.register(configure(name="shop"))
    assert db_id == "shop"
    assert not (await pools.get_pool_stats(db_id)).is_open
    rows = await pools.execute_query(db_id, "select $1::int as n, 'x' as t", 7)
    assert rows == [{"n": 7, "t": "x"}]
    with pytest.raises(QueryError) as caught:
        await pools.execute_query(db_id, "select *\nfrom nowhere")
    error = caught.value
    assert (error.sqlstate, error.position, error.db_id) == ("42P01", 15, "shop")
    with pytest.raises(QueryError):
        await pools.execute_query(db_id, "select $1::int", "x", "y")
    stats = await pools.get_pool_stats(db_id)
    check(stats)
    assert (stats.queries, stats.errors, stats.acquires) == (3, 2, 3)
    assert (stats.size, stats.free, stats.connections_opened) == (1, 1, 1)
    assert stats.last_used is not None
    assert datetime.now(UTC) - stats.last_used < timedelta(minutes=1)
    assert stats.acquire_p99_ms >= stats.acquire_p50_ms > 0
    assert [type(event) for event in events][:2] == [PoolOpened, ConnectionOpened]
    unsubscribe()
    await pools.close_pool(db_id)
    assert not any(isinstance(event, PoolClosed) for event in events)


async def test_no_session_state_reaches_the_next(
    pools: PoolManager, configure: Configure, pg: PgServer
) -> None:
    pg.psql("postgres", "-c", "create role other; grant other to postgres")
    try:
        db_id = pools.register(configure(pool_max_size=1, application_name="reset"))
        async with pools.acquire(db_id) as connection:
            pid = connection.get_server_pid()
            await connection.execute(
                "create table kept (i int); grant all on kept to public"
            )
            await connection.execute(
                "begin; insert into kept values (1); set role other; commit;"
                "set session authorization other; set search_path to pg_temp;"
                "create temp table t (i int); prepare p as select 1; listen news;"
                "declare c cursor with hold for select 1;"
                "select pg_advisory_lock(4711); set application_name to 'leak'"
            )
            await connection.fetch("select 1")
            await connection.execute("begin; delete from public.kept")
        async with pools.acquire(db_id) as connection:
            assert connection.get_server_pid() == pid
            assert await connection.fetchval("select 1") == 1
            assert not connection.is_in_transaction()
            row = await connection.fetchrow(
                "select current_user u, session_user s, to_regclass('pg_temp.t') t,"
                " current_setting('search_path') p,"
                " current_setting('application_name') a,"
                " (select count(*) from pg_prepared_statements where from_sql) ps,"
                " (select count(*) from pg_cursors where is_holdable) c,"
                " (select count(*) from pg_listening_channels()) l,"
                " (select count(*) from pg_locks where locktype = 'advisory') k,"
                " (select count(*) from kept) n"
            )
            assert dict(row) == {
                "u": "postgres",
                "s": "postgres",
                "t": None,
                "p": '"$user", public',
                "a": "reset",
                "ps": 0,
                "c": 0,
                "l": 0,
                "k": 0,
                "n": 1,
            }
    finally:
        pg.psql("postgres", "-c", "drop role other")


async def test_queries_leave_no_state_either(
    pools: PoolManager, configure: Configure
) -> None:
    db_id = pools.register(configure(pool_max_size=1))
    await pools.execute_query(db_id, "select set_config('search_path', 'x', false)")
    await pools.execute_query(db_id, "set role pg_monitor")
    await pools.execute_query(db_id, "select 1 as i into temp t")
    rows = await pools.execute_query(
        db_id,
        "select current_setting('search_path') p, current_user u,"
        " to_regclass('pg_temp.t') t",
    )
    assert rows == [{"p": '"$user", public', "u": "postgres", "t": None}]


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("select 1", Reset.NOTHING),
        (" SELECT a, b FROM t WHERE c = $1", Reset.NOTHING),
        ("show search_path", Reset.NOTHING),
        ("table t", Reset.NOTHING),
        ("select set_config('role', 'x', false)", Reset.STATE),
        ("select set_config /**/ ('role', 'x', false)", Reset.STATE),
        ("select 1 into temp t", Reset.STATE),
        ("select 1\nINTO t", Reset.STATE),
        ("selectx", Reset.ALL),
        ("insert into t values (1)", Reset.STATE),
        ("with x as (select 1) table x", Reset.STATE),
        ("/* c */ select 1", Reset.ALL),
        ("set role x", Reset.ALL),
        ("prepare p as select 1", Reset.ALL),
        ("", Reset.ALL),
    ],
)
def test_what_a_statement_may_leave(sql: str, expected: Reset) -> None:
    assert residue(sql) is expected


async def test_waiters_are_counted_and_served_in_turn(
    pools: PoolManager, configure: Configure
) -> None:
    db_id = pools.register(configure(pool_max_size=2))
    first, second = await pools.lease(db_id), await pools.lease(db_id)
    order: list[int] = []

    async def wait_turn(number: int) -> None:
        lease = await pools.lease(db_id, holder=f"waiter {number}")
        order.append(number)
        await lease.release()

    waiters = [asyncio.create_task(wait_turn(number)) for number in range(8)]
    await eventually(lambda: pools.snapshot().waiting == 8)
    stats = await pools.get_pool_stats(db_id)
    check(stats)
    assert (stats.in_use, stats.free, stats.utilization) == (2, 0, 1.0)
    first.pinned = True
    assert (await pools.get_pool_stats(db_id)).pinned == 1
    await second.release()
    await asyncio.gather(*waiters)
    assert order == list(range(8))
    await first.release()
    await first.release()
    stats = await pools.get_pool_stats(db_id)
    check(stats)
    assert (stats.size, stats.free, stats.waiting, stats.pinned) == (2, 2, 0, 0)


async def test_waiting_ends_and_says_who_holds(
    pools: PoolManager, configure: Configure
) -> None:
    events: list[PoolEvent] = []
    pools.subscribe(events.append)
    db_id = pools.register(configure(pool_max_size=1))
    held = await pools.lease(db_id, holder="tab 3")
    loop = asyncio.get_running_loop()
    started = loop.time()
    with pytest.raises(AcquireTimeout) as caught:
        await pools.lease(db_id, timeout=0.2, holder="me")
    assert loop.time() - started < 0.45
    assert "all 1 are in use (tab 3 for " in caught.value.message
    assert "pool_max_size" in caught.value.hint
    assert [e.holder for e in events if isinstance(e, AcquireTimedOut)] == ["me"]
    waiter = asyncio.create_task(pools.lease(db_id, holder="slow"))
    await asyncio.sleep(0.15)
    await held.release()
    lease = await waiter
    assert lease.wait_ms > 100
    assert lease.connect_ms is None
    slow = [e for e in events if isinstance(e, SlowAcquire) and e.holder == "slow"]
    assert slow[0].wait_ms == lease.wait_ms
    await lease.release()
    stats = await pools.get_pool_stats(db_id)
    assert (stats.timeouts, stats.waiting, stats.free) == (1, 0, 1)


async def test_a_storm_with_cancelled_callers_leaves_nothing(
    pools: PoolManager, configure: Configure
) -> None:
    db_id = pools.register(configure(pool_max_size=8, acquire_timeout=60))
    dice = random.Random(20)
    counters: list[tuple[int, ...]] = []

    async def work() -> None:
        await pools.execute_query(db_id, "select 1")

    async def hold() -> None:
        lease = await pools.lease(db_id)
        lease.reset = Reset.NOTHING
        try:
            await asyncio.sleep(0)
        finally:
            await lease.release()

    tasks = [asyncio.create_task(dice.choice((work, hold))()) for _ in range(2000)]

    async def cancel_some() -> None:
        for task in dice.sample(tasks, 667):
            if dice.random() < 0.3:
                await asyncio.sleep(dice.random() / 500)
            task.cancel()

    async def watch() -> None:
        while not all(task.done() for task in tasks):
            stats = await pools.get_pool_stats(db_id)
            check(stats)
            counters.append((stats.queries, stats.acquires, stats.connections_opened))
            await asyncio.sleep(0.002)

    await asyncio.gather(cancel_some(), watch())
    done = await asyncio.gather(*tasks, return_exceptions=True)
    assert {type(one) for one in done} <= {type(None), asyncio.CancelledError}
    assert sum(task.cancelled() for task in tasks) > 100
    stats = await pools.get_pool_stats(db_id)
    await eventually(lambda: pools.snapshot().in_use == 0)
    stats = await pools.get_pool_stats(db_id)
    check(stats)
    assert (stats.waiting, stats.in_use) == (0, 0)
    assert stats.connections_lost == 0
    assert counters == sorted(counters)
    pool = await pools.get_pool(db_id)
    assert pool.room == 8
    leases = await asyncio.gather(*(pools.lease(db_id) for _ in range(8)))
    assert (await pools.get_pool_stats(db_id)).in_use == 8
    for lease in leases:
        await lease.release()


async def test_a_cancelled_release_goes_on(
    pools: PoolManager, configure: Configure
) -> None:
    db_id = pools.register(configure(pool_max_size=1))
    dice = random.Random(5)
    for turn in range(100):
        lease = await pools.lease(db_id)
        if turn % 3 == 0:
            await lease.connection.execute("begin")
        task = asyncio.create_task(lease.release())
        for _ in range(dice.randrange(1, 8)):  # it has to have started
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert await pools.execute_query(db_id, "select 1 as i") == [{"i": 1}]
    stats = await pools.get_pool_stats(db_id)
    check(stats)
    assert (stats.size, stats.connections_lost) == (1, 0)
    assert (await pools.get_pool(db_id)).room == 1


async def test_a_cancelled_query_ends_at_the_server_and_hits_nobody_else(
    pools: PoolManager, configure: Configure, pg: PgServer
) -> None:
    db_id = pools.register(configure(pool_max_size=2, application_name="cancelled"))
    for _ in range(20):
        task = asyncio.create_task(pools.execute_query(db_id, "select pg_sleep(60)"))
        await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert await pools.execute_query(db_id, "select 1 as i") == [{"i": 1}]
    sql = "select count(*) from pg_stat_activity where query like '%sleep(60)%'"
    sql += " and application_name = 'cancelled' and state = 'active'"
    await eventually(lambda: int(pg.psql("postgres", "-c", sql)) == 0)


async def test_a_query_that_takes_too_long(
    pools: PoolManager, configure: Configure
) -> None:
    db_id = pools.register(configure(command_timeout=0.2))
    with pytest.raises(QueryTimeout, match="command_timeout"):
        await pools.execute_query(db_id, "select pg_sleep(60)")
    with pytest.raises(QueryTimeout):
        await pools.execute_query(db_id, "select pg_sleep(60)", timeout=0.1)
    other = pools.register(configure(statement_timeout=100, name="server's own"))
    with pytest.raises(QueryError) as caught:
        await pools.execute_query(other, "select pg_sleep(60)")
    assert caught.value.sqlstate == "57014"


async def test_a_thousand_callers_make_one_pool(
    configure: Configure, pg: PgServer
) -> None:
    events: list[PoolEvent] = []
    async with PoolManager() as pools:
        pools.subscribe(events.append)
        config = configure(application_name="thousand")
        answers = await asyncio.gather(
            *(pools.get_or_create_pool(config) for _ in range(1000))
        )
        assert len({pool for _, pool in answers}) == 1
        assert sum(isinstance(event, ConnectionOpened) for event in events) == 1
        assert backends(pg, "thousand") == 1
        assert await pools.create_pool(config) == answers[0][0]
    await eventually(lambda: backends(pg, "thousand") == 0)


async def test_a_failed_or_cancelled_first_caller_is_not_remembered(
    pools: PoolManager, configure: Configure
) -> None:
    bad = configure(database="no such database", name="db")
    errors = await asyncio.gather(
        *(pools.get_or_create_pool(bad) for _ in range(10)), return_exceptions=True
    )
    assert {type(error).__name__ for error in errors} == {"UnknownDatabase"}
    assert pools.db_ids == ()
    good = configure(name="db")
    first = asyncio.create_task(pools.get_or_create_pool(good))
    second = asyncio.create_task(pools.get_or_create_pool(good))
    await asyncio.sleep(0)
    first.cancel()
    db_id, pool = await second
    assert first.cancelled()
    assert await pool.execute_query("select 1 as i") == [{"i": 1}]
    alone = asyncio.create_task(pools.get_or_create_pool(configure(name="alone")))
    await asyncio.sleep(0)
    alone.cancel()
    await asyncio.gather(alone, return_exceptions=True)
    assert pools.db_ids == (db_id,)
    assert (await pools.create_pool(configure(name="alone"))) == "alone"


async def test_definitions(pools: PoolManager, configure: Configure) -> None:
    config = configure(name="a")
    assert pools.register(config) == pools.register(config) == "a"
    with pytest.raises(ConfigError) as caught:
        pools.register(configure(name="a", port=1))
    assert caught.value.field == "name"
    assert pools.config("a") == config
    for call in (pools.config, pools.history):
        with pytest.raises(UnknownPool):
            call("b")


async def test_replace_reconnects_with_the_new_configuration(
    pools: PoolManager, configure: Configure
) -> None:
    wrong = configure(name="a", password="wrong")
    db_id = pools.register(wrong)
    with pytest.raises(Exception, match="password"):
        await pools.execute_query(db_id, "select 1")
    await pools.replace(db_id, configure(name="a", pool_max_size=3))
    assert await pools.execute_query(db_id, "select 1 as i") == [{"i": 1}]
    stats = await pools.get_pool_stats(db_id)
    assert (stats.max_size, stats.connections_failed) == (3, 1)
    assert stats.last_error is None


async def test_a_removed_pool_is_forgotten_and_its_id_is_free(
    pools: PoolManager, configure: Configure
) -> None:
    db_id = await pools.create_pool(configure(name="a"))
    lease = await pools.lease(db_id)
    await pools.remove(db_id, timeout=0.5)
    assert pools.db_ids == ()
    await lease.release()
    with pytest.raises(UnknownPool):
        await pools.execute_query(db_id, "select 1")
    assert pools.register(configure(name="a", pool_max_size=2)) == db_id
    assert await pools.execute_query(db_id, "select 1 as i") == [{"i": 1}]


async def test_unused_pools_close_and_come_back(
    configure: Configure, pg: PgServer
) -> None:
    now = 1000.0
    async with PoolManager(
        enable_monitoring=False, enable_cleanup=False, clock=lambda: now
    ) as pools:
        pools._clean_up = True  # without the task that would tick by itself
        config = configure(application_name="idle", pool_idle_timeout=60)
        pool = (await pools.get_or_create_pool(config))[1]
        db_id = config.id
        lease = await pools.lease(db_id)
        now += 1000
        assert pool.upkeep.tick(monitor=False, clean_up=True)
        assert (await pools.get_pool_stats(db_id)).is_open  # it is in use
        await lease.release()
        now += 59
        assert pool.upkeep.tick(monitor=False, clean_up=True)
        before = await pools.get_pool_stats(db_id)
        now += 2
        assert not pool.upkeep.tick(monitor=False, clean_up=True)
        after = await pools.get_pool_stats(db_id)
        assert (after.is_open, after.size) == (False, 0)
        await eventually(lambda: backends(pg, "idle") == 0)
        assert await pools.execute_query(db_id, "select 1 as i") == [{"i": 1}]
        again = await pools.get_pool_stats(db_id)
        assert again.is_open
        assert again.acquires == before.acquires + 1
        assert again.connections_opened == 2
        assert again.connections_lost == 0


async def test_history_and_the_floor(configure: Configure) -> None:
    async with PoolManager() as pools:
        db_id = pools.register(configure(pool_min_size=3))
        await pools.execute_query(db_id, "select 1")
        await eventually(lambda: pools.snapshot().free == 3, 5)
        stats = await pools.get_pool_stats(db_id)
        assert (stats.acquires, stats.free) == (1, 3)
        await pools.execute_query(db_id, "select 1")
        await eventually(lambda: len(pools.history(db_id)) >= 2, 5)
        samples = pools.history(db_id)
        assert samples[-1].size == 3
        assert 0.9 < samples[-1].at - samples[-2].at < 1.9
        assert sum(sample.queries_per_s for sample in samples) > 0.5


async def test_what_is_kept_open_waits_for_nobody(
    configure: Configure, pg: PgServer
) -> None:
    async with FaultyProxy(pg.host, pg.port) as slow, PoolManager() as pools:
        slow.hole()
        db_id = pools.register(configure(port=slow.port))
        pools.hold(db_id, on=True)
        pool = await pools.get_pool(db_id)
        await eventually(lambda: bool(pool.asking), 5)
        assert pools.snapshot().waiting == 0
        caller = asyncio.create_task(pools.lease(db_id))
        await eventually(lambda: pools.snapshot().waiting == 1, 5)
        slow.heal()
        await (await caller).release()
        await eventually(lambda: pools.snapshot().free > 0 and not pool.asking, 5)
        assert pools.snapshot().waiting == 0


async def test_an_ended_connection_is_freed_without_the_collector(
    pools: PoolManager, configure: Configure
) -> None:
    db_id = pools.register(configure())
    gc.collect()
    gc.disable()
    try:
        lease = await pools.lease(db_id)
        transport = weakref.ref(lease.live.raw._transport)  # type: ignore[attr-defined]
        await lease.release(discard=True)
        del lease
        await eventually(lambda: transport() is None, 5)
    finally:
        gc.enable()


async def test_health(pools: PoolManager, configure: Configure) -> None:
    good = pools.register(configure(name="good", pool_max_size=1))
    assert (await pools.health_check()).status.value == "healthy"
    lease = await pools.lease(good)  # a pool that is used up is no sick server
    bad = pools.register(configure(name="bad", port=1))
    report = await pools.health_check(timeout=5)
    assert report.status.value == "degraded"
    assert [d.db_id for d in report.databases] == [good, bad]
    assert report.databases[0].healthy
    assert report.databases[0].latency_ms is not None
    assert type(report.databases[1].error).__name__ == "ConnectionRefused"
    await lease.release()


async def test_a_bad_subscriber_hurts_nobody(
    pools: PoolManager, configure: Configure, caplog: pytest.LogCaptureFixture
) -> None:
    seen: list[PoolEvent] = []

    def fail(event: PoolEvent) -> None:
        raise RuntimeError("mine")

    pools.subscribe(fail)
    pools.subscribe(seen.append)
    await pools.create_pool(configure())
    kinds = [type(event) for event in seen if not isinstance(event, SlowAcquire)]
    assert set(kinds) == {ConnectionOpened, PoolOpened}
    assert "a subscriber failed on PoolOpened" in caplog.text


async def test_what_the_program_adds_to_connections(configure: Configure) -> None:
    class Mine(asyncpg.Connection):  # type: ignore[type-arg]
        __slots__ = ()

    seen: list[Any] = []

    async def init(connection: Any) -> None:
        seen.append(type(connection))

    def options() -> DriverOptions:
        return DriverOptions(Mine, init, statement_cache_size=0)

    async with PoolManager(driver_options=options) as pools:
        await pools.create_pool(configure())
    assert seen == [Mine]


async def test_retired_connections_are_no_losses(
    pools: PoolManager, configure: Configure
) -> None:
    db_id = pools.register(
        configure(max_queries=1, max_inactive_connection_lifetime=0.2)
    )
    for _ in range(3):
        await pools.execute_query(db_id, "select 1")
    stats = await pools.get_pool_stats(db_id)
    assert stats.connections_opened >= 2
    lease = await pools.lease(db_id)
    lease.terminate()
    await lease.release(discard=True)
    other = await pools.lease(db_id)
    await other.release(discard=True)
    third = await pools.lease(db_id)
    await third.release()
    await eventually(lambda: pools.snapshot().size == 0, 5)
    stats = await pools.get_pool_stats(db_id)
    assert (stats.connections_lost, stats.in_use) == (0, 0)


async def test_closing_is_for_good(configure: Configure) -> None:
    pools = PoolManager()
    db_id = await pools.create_pool(configure(pool_max_size=1))
    lease = await pools.lease(db_id)
    waiters = [asyncio.create_task(pools.lease(db_id)) for _ in range(5)]
    await asyncio.sleep(0)
    closing = asyncio.create_task(pools.close_all(timeout=3))
    done = await asyncio.wait_for(asyncio.gather(*waiters, return_exceptions=True), 0.5)
    assert {type(one) for one in done} == {PoolClosedError}
    await lease.release()
    await asyncio.wait_for(closing, 0.5)  # nobody waits for its time to be up
    for call in (pools.lease(db_id), pools.create_pool(configure(name="new"))):
        with pytest.raises(PoolClosedError):
            await call
    assert pools.snapshot().size == 0
    await pools.close_all()


async def test_nothing_of_the_environment_leaks_in(
    pools: PoolManager, configure: Configure, monkeypatch: pytest.MonkeyPatch
) -> None:
    db_id = pools.register(configure())
    with monkeypatch.context() as environment:
        for name, value in {
            "PGHOST": "nowhere.invalid",
            "PGPORT": "1",
            "PGUSER": "nobody",
            "PGPASSWORD": "wrong",
            "PGDATABASE": "nothing",
            "PGSSLMODE": "verify-full",
            "PGSSLNEGOTIATION": "direct",
            "PGTARGETSESSIONATTRS": "standby",
            "PGSERVICE": "missing",
            "PGGSSLIB": "nonsense",
        }.items():
            environment.setenv(name, value)
        rows = await pools.execute_query(db_id, "select current_user as u")
    assert rows == [{"u": "postgres"}]


async def test_a_place_is_free_again_however_the_driver_ended_its_connection(
    pools: PoolManager, configure: Configure
) -> None:
    db_id = pools.register(configure(pool_max_size=1, acquire_timeout=2.0))
    lease = await pools.lease(db_id)
    # It ends some connections without telling its own pool.
    lease.live.raw._protocol.abort()
    await lease.release()
    assert await pools.execute_query(db_id, "select 1 as one") == [{"one": 1}]
    stats = await pools.get_pool_stats(db_id)
    assert (stats.in_use, stats.size, stats.connections_lost) == (0, 1, 1)
