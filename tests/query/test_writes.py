"""One statement that writes on many databases: what is said is what was committed."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from random import Random

import pytest

from mdbtui.pool import ConnectionLostError, DBConfig, PoolManager, QueryError
from mdbtui.query.errors import StatementCancelled
from mdbtui.query.fanout_outcome import Outcome, State
from mdbtui.query.fanout_slots import Limits
from mdbtui.query.writes import member
from mdbtui.query.writes.doubt import Hurry
from mdbtui.query.writes.end import End
from mdbtui.query.writes.fan import How, WriteOut
from mdbtui.query.writes.journal import Journal
from mdbtui.query.writes.prepared import end_prepared, ending, new_run
from mdbtui.query.writes.report import report_lines, summary
from tests.query.conftest import config
from tests.query.support import at_rest, statement
from tests.support.proxy import FaultyProxy
from tests.support.server import PgServer, ServerFarm
from tests.support.waiting import eventually

NAMES = [f"wr_{i}" for i in range(4)]
NOTHING = {End.ROLLED_BACK, End.NOT_STARTED}
DEAD = DBConfig(host="127.0.0.1", port=1, name="dead")
# `once` fails where the number is there already; `late` does so only at COMMIT, and
# `slow` keeps a COMMIT waiting.
SCHEMA = """
create table once (n int primary key, v text);
create table late (n int unique deferrable initially deferred);
create table slow (n int);
create function wait() returns trigger language plpgsql as
    $$ begin perform pg_sleep(new.n / 10.0); return null; end $$;
create constraint trigger waits after insert on slow
    deferrable initially deferred for each row execute function wait();
"""
Write = Callable[..., WriteOut]
numbers = itertools.count(1000)


@pytest.fixture(scope="module")
def server(server_farm: ServerFarm) -> Iterator[PgServer]:
    """A server that allows prepared transactions, with four databases."""
    made = server_farm.new(max_prepared_transactions="20")
    made.start()
    made.psql("postgres", "-c", "create database wr_0 template template1")
    made.psql("wr_0", "-c", SCHEMA)
    for name in NAMES[1:]:
        made.psql("postgres", "-c", f"create database {name} template wr_0")
    yield made
    made.stop()


@pytest.fixture
def ids(pools: PoolManager, server: PgServer) -> list[str]:
    for name in NAMES:
        pools.register(config(server, name, name=name, pool_max_size=2))
    return NAMES


@pytest.fixture
async def write(pools: PoolManager) -> AsyncIterator[Write]:
    """Start one; it is closed at the end, and no connection is missing."""
    begun: list[WriteOut] = []

    def start(db_ids: list[str], sql: str, how: How = How.OWN, **more: object):
        fan = WriteOut(pools, db_ids, statement(sql), how=how, **more)  # type: ignore[arg-type]
        begun.append(fan)
        fan.start()
        return fan

    yield start
    for fan in begun:
        await fan.close()
    for db_id in pools.db_ids:
        await at_rest(pools, db_id)


def ends(fan: WriteOut) -> str:
    return ", ".join(str(outcome.end) for outcome in fan.outcomes)


def there(server: PgServer, n: int, table: str = "once") -> list[bool]:
    """Where a number was committed."""
    count = f"select count(*) from {table} where n = {n}"
    return [server.psql(name, "-c", count) == "1\n" for name in NAMES]


def left(server: PgServer) -> str:
    return server.psql("postgres", "-c", "select gid from pg_prepared_xacts")


def check(fan: WriteOut, server: PgServer, n: int, table: str = "once") -> None:
    """What is said of each database is what it has."""
    said = [outcome.end is End.COMMITTED for outcome in fan.outcomes]
    assert said == there(server, n, table), fan.outcomes
    for outcome in fan.outcomes:
        assert outcome.end is not End.OPEN
        assert (outcome.state is State.DONE) == (outcome.end is End.COMMITTED)
    assert left(server) == ""


async def test_each_commits_by_itself_and_gives_its_rows(
    ids: list[str], write: Write, server: PgServer
) -> None:
    n = next(numbers)
    server.psql("wr_2", "-c", f"insert into once values ({n})")
    fan = write(ids, f"insert into once values ({n}, 'x') returning v")
    await fan.wait()
    assert ends(fan) == "committed, committed, rolled back, committed"
    assert {fan.rows.row(i) for i in range(fan.rows.count)} == {
        (name, "x") for name in ("wr_0", "wr_1", "wr_3")
    }
    assert fan.outcomes[0].tag == "INSERT 0 1"
    assert isinstance(fan.outcomes[2].error, QueryError)
    assert fan.summary.startswith("3 of 4 committed, 1 rolled back (1 duplicate key); ")
    # Only what was not committed is tried again.
    server.psql("wr_2", "-c", f"delete from once where n = {n}")
    fan.retry(ids)
    await fan.wait()
    check(fan, server, n)
    assert fan.summary.startswith("4 of 4 committed; ")


async def test_an_error_at_commit_is_no_commit(
    ids: list[str], write: Write, server: PgServer
) -> None:
    n = next(numbers)
    server.psql("wr_1", "-c", f"insert into late values ({n})")
    for how in (How.OWN, How.TOGETHER):
        fan = write(ids, f"insert into late values ({n}) returning n", how)
        await fan.wait()
        if how is How.OWN:
            assert ends(fan) == "committed, rolled back, committed, committed"
            assert fan.rows.count == 3
            for name in ("wr_0", "wr_2", "wr_3"):
                server.psql(name, "-c", f"delete from late where n = {n}")
        else:
            assert {outcome.end for outcome in fan.outcomes} <= NOTHING
            assert fan.rows.count == 0
            assert fan.summary.startswith("0 of 4 committed, ")
            assert "rolled back (1 duplicate key)" in fan.summary
        assert left(server) == ""


async def test_the_first_error_stops_those_that_have_not_committed(
    pools: PoolManager, ids: list[str], write: Write, server: PgServer
) -> None:
    n = next(numbers)
    sql = f"""insert into once select {n} from pg_sleep(
        case current_database() when 'wr_0' then 0 else 60 end)"""
    limits = Limits(concurrency=2, per_host=2)
    fan = write([*ids, pools.register(DEAD)], sql, How.STOP, limits=limits)
    await fan.wait()
    # The dead one is found out at once, or the others would take a minute.
    assert fan.outcomes[4].end is End.NOT_STARTED
    assert fan.outcomes[4].blamed
    assert there(server, n) == [o.end is End.COMMITTED for o in fan.outcomes[:4]]
    stopped = [o for o in fan.outcomes if o.state is State.CANCELLED]
    assert len(stopped) >= 3
    for outcome in stopped:
        assert outcome.end in (End.ROLLED_BACK, End.NOT_STARTED)
        assert "stopped: dead failed" in str(outcome.error)


async def test_the_others_wait_for_the_canary_and_a_word(
    pools: PoolManager, ids: list[str], write: Write, server: PgServer
) -> None:
    for word in ("go on", "stop"):
        n = next(numbers)
        sql = f"insert into once values ({n})"
        fan = write(ids, sql, How.CANARY, canary="wr_2")
        await eventually(lambda f=fan: f.waits_for_word)
        assert there(server, n) == [False, False, True, False]
        assert ends(fan) == "not started, not started, committed, not started"
        await at_rest(pools, "wr_2")
        assert not fan.over.is_set()
        if word == "stop":
            await fan.cancel()
        else:
            fan.go_on()
        await fan.wait()
        assert not fan.waits_for_word
        check(fan, server, n)
        assert there(server, n).count(True) == (4 if word == "go on" else 1)
    fan = write(ids, "insert into once values (1 / 0)", How.CANARY, canary="wr_1")
    await fan.wait()
    assert ends(fan) == "not started, rolled back, not started, not started"
    assert "wr_1 failed" in str(fan.outcomes[0].error)


async def test_all_or_none(
    ids: list[str], write: Write, server: PgServer, tmp_path: Path
) -> None:
    n = next(numbers)
    journal = Journal(tmp_path / "prepared")
    sql = f"insert into once values ({n})"
    fan = write(ids, sql, How.TOGETHER, journal=journal)
    await fan.wait()
    check(fan, server, n)
    assert ends(fan) == ", ".join(["committed"] * 4)
    n = next(numbers)
    server.psql("wr_3", "-c", f"insert into once values ({n})")
    fan = write(ids, f"insert into once values ({n})", How.TOGETHER, journal=journal)
    await fan.wait()
    assert {outcome.end for outcome in fan.outcomes} <= NOTHING
    assert there(server, n) == [False, False, False, True]
    assert left(server) == ""
    assert await journal.read() == []
    server.psql("wr_3", "-c", f"delete from once where n = {n}")
    fan.retry(ids)
    await fan.wait()
    check(fan, server, n)


async def test_a_server_without_prepared_transactions_lets_none_commit(
    pools: PoolManager, ids: list[str], write: Write, server: PgServer, pg: PgServer
) -> None:
    n = next(numbers)
    bare = pools.register(config(pg, "postgres", name="bare"))
    pg.psql("postgres", "-c", "create table once (n int)")
    fan = write([*ids, bare], f"insert into once values ({n})", How.TOGETHER)
    await fan.wait()
    pg.psql("postgres", "-c", "drop table once")
    assert {outcome.end for outcome in fan.outcomes} <= NOTHING
    assert "prepared transactions are disabled" in str(fan.outcomes[4].error)
    assert there(server, n) == [False] * 4
    assert left(server) == ""


async def test_what_cannot_be_in_a_transaction_runs_by_itself(
    ids: list[str], write: Write, server: PgServer
) -> None:
    server.psql("wr_1", "-c", "create index here on once (v)")
    fan = write(ids, "create index concurrently here on once (v)")
    await fan.wait()
    assert ends(fan) == "committed, failed, committed, committed"
    assert "1 failed (1 error 42P07)" in fan.summary
    for name in NAMES:
        server.psql(name, "-c", "drop index here")


@pytest.mark.parametrize("how", [How.OWN, How.TOGETHER])
async def test_a_connection_lost_in_commit_is_asked_after(
    how: How,
    pools: PoolManager,
    write: Write,
    server: PgServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whatever the server had done by then, it is found out."""
    monkeypatch.setattr(member, "CANCELLED_LIMIT", 0.2)
    n = next(numbers)
    async with FaultyProxy(server.host, server.port) as proxy:
        db = config(server, "wr_0", name="by proxy")
        pools.register(DBConfig(**{**vars(db), "port": proxy.port}))
        for kill in ("cut", "hole", "terminate"):
            server.psql("wr_0", "-c", f"delete from slow where n = {n % 2 + 2}")
            fan = write(["by proxy"], f"insert into slow values ({n % 2 + 2})", how)
            await eventually(
                lambda f=fan: f.outcomes[0].state in (State.COMMITTING, State.DONE)
            )
            if kill == "cut":
                proxy.cut()
            elif kill == "hole":
                # The answer never comes; after a cancel the program asks elsewhere.
                proxy.hole()
                cancelling = asyncio.create_task(fan.cancel())
                await asyncio.sleep(0.3)
                proxy.heal()
                await cancelling
            else:
                server.psql(
                    "wr_0",
                    "-c",
                    "select pg_terminate_backend(pid) from pg_stat_activity where"
                    " datname = 'wr_0' and pid <> pg_backend_pid()",
                )
            await fan.wait()
            count = f"select count(*) from slow where n = {n % 2 + 2}"
            there = server.psql("wr_0", "-c", count) == "1\n"
            end = fan.outcomes[0].end
            assert end in (End.COMMITTED, End.ROLLED_BACK), (kill, fan.outcomes)
            assert (end is End.COMMITTED) == there, (kill, fan.outcomes)
            assert left(server) == ""


async def test_a_connection_lost_before_its_commit_is_rolled_back(
    ids: list[str], write: Write, server: PgServer
) -> None:
    n = next(numbers)
    fan = write(ids, f"insert into once values ({n}) returning n")

    def changed(db_id: str) -> None:
        part = fan._parts[db_id]
        if db_id == "wr_1" and part.state is State.RECEIVING and part._kept:
            part._kept.live.raw.terminate()

    fan.subscribe(changed)
    await fan.wait()
    assert ends(fan) == "committed, rolled back, committed, committed"
    assert isinstance(fan.outcomes[1].error, ConnectionLostError)
    check(fan, server, n)


async def test_what_cannot_be_asked_is_in_doubt_and_not_tried_again(
    pools: PoolManager, write: Write, server: PgServer, tmp_path: Path
) -> None:
    journal = Journal(tmp_path / "prepared")
    for how in (How.OWN, How.TOGETHER):
        async with FaultyProxy(server.host, server.port) as proxy:
            db = config(server, "wr_0", name=f"proxy {how}", connect_timeout=1)
            db_id = pools.register(DBConfig(**{**vars(db), "port": proxy.port}))
            sql = "insert into slow values (50)"
            fan = write([db_id], sql, how, journal=journal)
            await eventually(lambda: "PgSleep" in busy(server))  # in its COMMIT
            await proxy.refuse()
            proxy.cut()
            for part in fan._parts.values():
                part.hurry()
            await fan.wait()
            (outcome,) = fan.outcomes
            assert (outcome.state, outcome.end) == (State.FAILED, End.IN_DOUBT)
            assert not outcome.again
            hint = outcome.error.hint if outcome.error else ""
            if how is How.OWN:
                assert "pg_xact_status('" in hint
                assert await journal.read() == []
            else:
                assert f"ROLLBACK PREPARED '{outcome.gid}'" in hint
                (noted,) = await Journal(tmp_path / "prepared").read()
                assert noted.gids == {db_id: outcome.gid}
                assert not noted.commit
            fan.retry([db_id])
            assert fan.over.is_set()
            await fan.close()
        ended = "select pg_terminate_backend(pid, 5000) from pg_stat_activity where"
        server.psql("postgres", "-c", f"{ended} wait_event = 'PgSleep'")
    assert left(server) == ""


def busy(server: PgServer) -> str:
    asked = "select wait_event from pg_stat_activity where datname = 'wr_0'"
    return server.psql("postgres", "-c", asked)


async def test_a_failure_between_the_two_phases_leaves_a_name_and_the_way_out(
    pools: PoolManager, write: Write, server: PgServer, tmp_path: Path
) -> None:
    n = next(numbers)
    journal = Journal(tmp_path / "prepared")
    async with FaultyProxy(server.host, server.port) as proxy:
        db = config(server, "wr_0", name="cut off", connect_timeout=1)
        pools.register(DBConfig(**{**vars(db), "port": proxy.port}))
        pools.register(config(server, "wr_1", name="wr_1"))
        sql = f"""insert into once select {n} from pg_sleep(
            case current_database() when 'wr_1' then 0.5 else 0 end)"""
        fan = write(["cut off", "wr_1"], sql, How.TOGETHER, journal=journal)
        await eventually(lambda: fan.outcomes[0].state is State.PREPARED)
        await proxy.refuse()
        proxy.cut()
        fan._parts["cut off"].hurry()
        await fan.wait()
        gone, other = fan.outcomes
        assert (other.state, other.end) == (State.DONE, End.COMMITTED)
        assert (gone.state, gone.end) == (State.FAILED, End.IN_DOUBT)
        assert f"COMMIT PREPARED '{gone.gid}'" in (
            gone.error.hint if gone.error else ""
        )
        (noted,) = await journal.read()
        assert noted.commit
        assert left(server) == f"{gone.gid}\n"
        # The way out that is named works.
        pools.register(config(server, "wr_0", name="wr_0"))
        ended = await end_prepared(pools, "wr_0", gone.gid, Hurry(), commit=True)
        assert ended.end is End.COMMITTED
    assert there(server, n)[:2] == [True, True]
    assert left(server) == ""


@pytest.mark.parametrize("how", list(How))
async def test_whatever_happens_what_is_said_is_what_was_committed(
    how: How, pools: PoolManager, ids: list[str], write: Write, server: PgServer
) -> None:
    random = Random(f"writes {how}")
    pools.register(config(server, "postgres", name="killer"))
    kill = r"""select pg_terminate_backend(pid) from pg_stat_activity
               where pid <> pg_backend_pid() and datname like 'wr\_%'
               and random() < 0.4"""
    for _ in range(4):
        n = next(numbers)
        sql = f"insert into once select {n} from pg_sleep({random.random() * 0.02})"
        fan = write(
            ids, sql, how, canary=random.choice(ids), limits=Limits(3, 3, timeout=20)
        )
        await asyncio.sleep(random.random() * 0.06)
        step = random.random()
        if step < 0.4:
            await fan.cancel()
        elif step < 0.55:
            await fan.cancel(random.sample(ids, 2))
        elif step < 0.9:
            await pools.execute_query("killer", kill)
        fan.go_on()
        async with asyncio.timeout(30):
            await fan.wait()
        check(fan, server, n)
        if how is How.TOGETHER:
            assert len(set(there(server, n))) == 1
        await fan.close()


def test_the_summary_says_what_became_of_all() -> None:
    refused = QueryError("x", sqlstate="23505")
    outcomes = [
        Outcome("a", State.DONE, end=End.COMMITTED),
        Outcome("b", State.FAILED, end=End.ROLLED_BACK, error=refused),
        Outcome("c", State.CANCELLED, end=End.ROLLED_BACK, error=refused),
        Outcome("d", State.CANCELLED, end=End.NOT_STARTED, error=refused),
        Outcome("e", State.FAILED, end=End.IN_DOUBT, error=QueryError("y")),
        Outcome("f", State.RUNNING, end=End.OPEN),
    ]
    assert summary(outcomes, 1234) == (
        "1 of 6 committed, 1 in doubt (1 refused), 2 rolled back (1 duplicate key),"
        " 1 not started, 1 under way; 1.2 s"
    )


def test_the_kept_report_says_who_stopped_a_database() -> None:
    stopped = StatementCancelled("stopped: b failed", db_id="a")
    line = report_lines(
        [Outcome("a", State.CANCELLED, end=End.ROLLED_BACK, error=stopped)],
        values=False,
    )
    assert line == ["a  rolled back  0.00 s  stopped: b failed"]


def test_only_names_of_ours_are_put_into_a_statement() -> None:
    gid = f"{new_run()}_0"
    assert ending(gid, commit=True) == f"COMMIT PREPARED '{gid}'"
    for other in ("x", "mdbtui_'; drop table t", "mdbtui_", gid + "\n"):
        with pytest.raises(ValueError, match="not a name"):
            ending(other, commit=False)
