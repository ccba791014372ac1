"""One statement on many databases: healthy, dead, frozen, slow and odd ones."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator

import pytest

from mdbtui.pool import (
    CircuitOpen,
    ConnectionRefused,
    DBConfig,
    PoolManager,
    QueryError,
)
from mdbtui.query import Notice
from mdbtui.query.errors import AnswerTimeout
from mdbtui.query.fanout import FanOut
from mdbtui.query.fanout_outcome import Outcome, State, summary
from mdbtui.query.fanout_slots import FEW, Limits, Room
from tests.query.conftest import config
from tests.query.support import at_rest, psql, statement
from tests.support.proxy import FaultyProxy
from tests.support.server import PgServer
from tests.support.storm import storm
from tests.support.waiting import eventually

Many = Callable[..., list[str]]
DEAD = DBConfig(host="127.0.0.1", port=1, name="dead")


@pytest.fixture(scope="module")
def databases(pg: PgServer) -> Iterator[list[str]]:
    """Three databases; the last one deviates."""
    names = [f"fan_{i}" for i in range(3)]
    for name in names:
        pg.psql("postgres", "-c", f"create database {name} template template1")
        pg.psql(
            name,
            "-c",
            "create table t (id int, v text)",
            "-c",
            f"insert into t values (1, '{name}'), (2, null)",
        )
    pg.psql(names[-1], "-c", "alter table t alter id type bigint, add extra text")
    yield names
    for name in names:
        pg.psql("postgres", "-c", f"drop database {name} with (force)")


@pytest.fixture
def many(pools: PoolManager, pg: PgServer, databases: list[str]) -> Many:
    """Register so many connections, in turn to each of the databases."""

    def register(count: int, **options: object) -> list[str]:
        return [
            pools.register(
                config(pg, databases[i % 3], name=f"db{i}", pool_max_size=2, **options)
            )
            for i in range(count)
        ]

    return register


@pytest.fixture
async def run(pools: PoolManager) -> AsyncIterator[Callable[..., FanOut]]:
    """Start a fan-out; it is closed at the end, and no connection is missing."""
    begun: list[FanOut] = []

    def start(db_ids: list[str], sql: str, **options: object) -> FanOut:
        fan = FanOut(pools, db_ids, statement(sql), **options)  # type: ignore[arg-type]
        begun.append(fan)
        fan.start()
        return fan

    yield start
    for fan in begun:
        await fan.close()
    for db_id in pools.db_ids:
        await at_rest(pools, db_id)


def states(fan: FanOut) -> str:
    return " ".join(outcome.state for outcome in fan.outcomes)


def rows(fan: FanOut) -> list[tuple[str | None, ...] | None]:
    return [fan.rows.row(i) for i in range(fan.rows.count)]


async def test_rows_of_all_as_psql_prints_them(
    many: Many, run: Callable[..., FanOut], pg: PgServer, databases: list[str]
) -> None:
    sql = r"""select current_database(), E'a\tb\n\\N' as odd, null as nothing,
        1.50::numeric as n, array['x', null] as list order by 1"""
    fan = run(many(3), sql)
    await fan.wait()
    expected = {
        (f"db{i}", *row) for i in range(3) for row in psql(pg, databases[i], sql)
    }
    assert set(rows(fan)) == expected
    assert states(fan) == "done done done"
    assert fan.rows.complete
    for outcome in fan.outcomes:
        assert outcome.rows == 1
        assert outcome.tag == "SELECT 1"
        assert min(outcome.connect_ms, outcome.run_ms, outcome.total_ms) > 0
    assert fan.summary.startswith("3 of 3 answered; ")


async def test_a_deviating_schema_is_reconciled_and_marked(
    many: Many, run: Callable[..., FanOut]
) -> None:
    fan = run(many(3), "select * from t where id = 1")
    await fan.wait()
    assert [c.name for c in fan.rows.columns] == ["database", "id", "v", "extra"]
    assert [c.mark for c in fan.rows.columns] == ["", "≠", "", "≠"]
    fan.rows.group()
    assert rows(fan) == [
        ("db0", "1", "fan_0", ""),
        ("db1", "1", "fan_1", ""),
        ("db2", "1", "fan_2", None),
    ]


async def test_errors_are_each_databases_own(
    pools: PoolManager, many: Many, run: Callable[..., FanOut], databases: list[str]
) -> None:
    ids = [*many(3), pools.register(DEAD)]
    fan = run(ids, "select extra from t")
    await fan.wait()
    assert states(fan) == "failed failed done failed"
    error = fan.outcomes[0].error
    assert isinstance(error, QueryError)
    assert (error.sqlstate, error.position) == ("42703", 8)
    assert isinstance(fan.outcomes[3].error, ConnectionRefused)
    assert {row[0] for row in rows(fan) if row} == {"db2"}
    assert fan.rows.note == "2 rows of 1 database"
    assert "1 of 4 answered, 3 failed (2 no such column, 1 down); " in fan.summary


async def test_a_known_dead_one_is_skipped_and_may_be_retried(
    pools: PoolManager, many: Many, run: Callable[..., FanOut]
) -> None:
    ids = [*many(2), pools.register(DEAD)]
    with pytest.raises(ConnectionRefused):
        await pools.probe("dead")
    fan = run(ids, "select 1 as one")
    await fan.wait()
    assert states(fan) == "done done skipped"
    assert isinstance(fan.outcomes[2].error, CircuitOpen)
    assert "2 of 3 answered, 1 skipped" in fan.summary
    fan.retry([outcome.db_id for outcome in fan.outcomes if outcome.again])
    await fan.wait()
    assert states(fan) == "done done skipped"
    assert fan.rows.count == 2


async def test_retrying_replaces_rows_and_never_counts_them_twice(
    many: Many, run: Callable[..., FanOut], pg: PgServer, databases: list[str]
) -> None:
    fan = run(many(3), "select v from t order by id")
    await fan.wait()
    assert fan.rows.count == 6
    pg.psql(databases[0], "-c", "insert into t values (3, 'new')")
    fan.retry(["db0"])
    assert not fan.over.is_set()
    await fan.wait()
    pg.psql(databases[0], "-c", "delete from t where id = 3")
    assert fan.rows.count == 7
    assert ("db0", "new") in rows(fan)
    fan.retry(fan.db_ids)
    await fan.wait()
    assert fan.rows.count == 6
    assert fan.outcomes[0].rows == 2


async def test_one_dead_one_frozen_and_one_slow_delay_nobody(
    pools: PoolManager,
    many: Many,
    run: Callable[..., FanOut],
    pg: PgServer,
    databases: list[str],
) -> None:
    """More dead ones than there are places; the healthy are done long before them."""
    async with FaultyProxy(pg.host, pg.port) as proxy:
        frozen = []
        for i in range(4):
            db = config(
                pg,
                databases[0],
                name=f"frozen{i}",
                connect_timeout=20,
                acquire_timeout=20,
            )
            db = DBConfig(**{**vars(db), "port": proxy.port})
            frozen.append(pools.register(db))
        # One has a connection from before, which nothing shows to be dead.
        await pools.execute_query("frozen0", "select 1")
        proxy.hole()
        ids = [*frozen, *many(12), pools.register(DEAD)]
        limits = Limits(concurrency=3, per_host=4, timeout=20)
        fan = run(ids, "select current_database()", limits=limits)
        await eventually(
            lambda: sum(o.state is State.DONE for o in fan.outcomes) == 12,
        )
        under_way = [o.db_id for o in fan.outcomes if not o.state.over]
        assert under_way == frozen
        assert fan.rows.count == 12
        begun = time.monotonic()
        await fan.cancel()
        assert time.monotonic() - begun < 3
        assert "12 of 17 answered, 1 failed (1 down), 4 cancelled" in fan.summary
        proxy.heal()
        await fan.close()
        for db_id in frozen:
            await pools.close_pool(db_id)


async def test_a_time_out_is_each_databases_own(
    pools: PoolManager, many: Many, run: Callable[..., FanOut], databases: list[str]
) -> None:
    fan = run(
        many(3),
        "select pg_sleep(case current_database() when 'fan_1' then 60 else 0 end)",
        limits=Limits(timeout=0.7),
    )
    await fan.wait()
    assert states(fan) == "done failed done"
    assert isinstance(fan.outcomes[1].error, AnswerTimeout)
    assert "1 timed out" in fan.summary


async def test_rows_of_one_that_fails_half_way_are_taken_back(
    many: Many, run: Callable[..., FanOut]
) -> None:
    fan = run(
        many(3),
        """select g / case when g = 30000 and current_database() = 'fan_1'
           then 0 else 1 end as n, repeat('x', 500) from generate_series(1, 30000) g""",
    )
    await eventually(
        lambda: (
            "db1"
            in {fan.rows.row(i)[0] for i in (0, 400, 800, 2000) if fan.rows.row(i)}
            or fan.over.is_set()
        )
    )
    await fan.wait()
    assert states(fan) == "done failed done"
    assert fan.rows.count == 60_000
    assert fan.outcomes[1].rows == 0
    assert fan.rows.store(1) is None


async def test_never_more_at_once_than_allowed(
    many: Many, run: Callable[..., FanOut], pg: PgServer, databases: list[str]
) -> None:
    fan = run(
        many(12),
        "select pg_sleep(0.02), 'fan cap'",
        limits=Limits(concurrency=8, per_host=3),
    )
    most = 0
    while not fan.over.is_set():
        busy = sum(o.state in (State.RUNNING, State.RECEIVING) for o in fan.outcomes)
        most = max(most, busy)
        await asyncio.sleep(0.002)
    assert 1 <= most <= 3
    assert fan.rows.count == 12


async def test_it_only_reads_and_the_server_sees_to_that(
    many: Many,
    run: Callable[..., FanOut],
    pg: PgServer,
    databases: list[str],
    pools: PoolManager,
) -> None:
    pg.psql(
        databases[0],
        "-c",
        "create or replace function w() returns int language"
        " sql as $$ insert into t values (9) returning 1 $$",
    )
    fan = run(many(1), "select w()")
    await fan.wait()
    assert fan.outcomes[0].error.sqlstate == "25006"
    assert pg.psql(databases[0], "-c", "select count(*) from t where id = 9") == "0\n"
    # The connection is as it was for whoever has it next.
    found = await pools.execute_query("db0", "show default_transaction_read_only")
    assert list(found[0].values()) == ["off"]


async def test_large_results_are_cut_where_that_is_wanted(
    many: Many, run: Callable[..., FanOut]
) -> None:
    fan = run(
        many(2),
        "select g from generate_series(1, 200000) g",
        limits=Limits(rows_each=1000),
    )
    await fan.wait()
    assert states(fan) == "done done"
    assert all(o.cut and 1000 <= o.rows < 50_000 for o in fan.outcomes)
    assert fan.rows.truncated
    assert fan.rows.note.endswith("of 2 databases, 2 with more rows")


async def test_one_can_be_cancelled_alone_and_fail_fast_ends_all(
    many: Many, run: Callable[..., FanOut]
) -> None:
    ids = many(3)
    fan = run(ids, "select pg_sleep(60)")
    await eventually(lambda: states(fan) == "running running running")
    await fan.cancel(["db1"])
    assert states(fan) == "running cancelled running"
    await fan.cancel()
    assert states(fan) == "cancelled cancelled cancelled"
    failing = """select case when current_database() = 'fan_1'
                   then 1 / (length(current_database()) - 5) end,
                   pg_sleep(60 * (current_database() <> 'fan_1')::int)"""
    fan = run(ids, failing, fail_fast=True)
    await fan.wait()
    assert states(fan) == "cancelled failed cancelled"


async def test_notices_and_tags_without_rows(
    many: Many, run: Callable[..., FanOut]
) -> None:
    heard: list[tuple[str, Notice]] = []
    fan = run(
        many(2),
        "do $$ begin raise notice 'hello'; end $$",
        on_notice=lambda db_id, notice: heard.append((db_id, notice)),
    )
    await fan.wait()
    assert [o.tag for o in fan.outcomes] == ["DO", "DO"]
    assert sorted(db_id for db_id, _ in heard) == ["db0", "db1"]
    assert fan.outcomes[0].notices[0].message == "hello"
    assert fan.rows.count == 0


async def test_a_pooled_connection_that_died_is_replaced(
    many: Many, run: Callable[..., FanOut], pg: PgServer, databases: list[str]
) -> None:
    ids = many(3)
    fan = run(ids, "select 1")
    await fan.wait()
    pg.psql(
        "postgres",
        "-c",
        "select pg_terminate_backend(pid) from pg_stat_activity"
        " where datname like 'fan\\_%'",
    )
    fan.retry(ids)
    await fan.wait()
    assert states(fan) == "done done done"


async def test_a_crowded_server_is_left_with_room(
    many: Many, run: Callable[..., FanOut], pools: PoolManager
) -> None:
    """The test server allows 200: at most half of them stay open."""
    ids = many(FEW + 4)
    fan = run(ids, "select 1")
    await fan.wait()
    assert states(fan) == " ".join(["done"] * len(ids))
    assert pools.snapshot().size == len(ids)
    room = Room()
    room.most = 2
    assert [room.keeps(name) for name in "abca"] == [True, True, False, True]


async def test_a_storm_of_cancels_and_killed_backends_loses_no_connection(
    many: Many, pg: PgServer, pools: PoolManager
) -> None:
    ids = many(6)
    killer = pools.register(config(pg, "postgres", name="killer"))
    await storm(pools, ids, killer, rounds=25, seed=6)


def test_the_summary_in_words() -> None:
    syntax, down = QueryError("x", sqlstate="42601"), ConnectionRefused("x")
    outcomes = [
        *[Outcome(f"d{i}", State.DONE) for i in range(17)],
        Outcome("a", State.FAILED, error=syntax),
        Outcome("b", State.FAILED, error=down),
        Outcome("c", State.SKIPPED, error=CircuitOpen("x")),
    ]
    assert summary(outcomes, 3_200) == (
        "17 of 20 answered, 2 failed (1 syntax, 1 down), 1 skipped; 3.2 s"
    )
    assert summary([Outcome("a", State.RUNNING)], 50) == (
        "0 of 1 answered, 1 under way; 0.1 s"
    )
