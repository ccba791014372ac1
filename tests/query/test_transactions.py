"""Transactions: manual mode, savepoints, failures, and connections lost in one."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import replace

import pytest

from mdbtui.pool import ConnectionLostError, PoolError, QueryError
from mdbtui.query import Session, StatementCancelled
from mdbtui.query.transaction import seconds
from tests.query.conftest import config
from tests.query.support import at_rest, rows_of, run
from tests.support.proxy import FaultyProxy
from tests.support.waiting import eventually


async def test_savepoints_are_followed(session):
    await run(session, "begin")
    for name in ("a", "b", "a", '"C d"'):
        await run(session, f"savepoint {name}")
    now = session.state.transaction
    assert now.savepoints == ["a", "b", "a", "C d"]
    await run(session, "release b")
    assert now.savepoints == ["a"]
    await run(session, "savepoint b")
    await run(session, "rollback to a")
    assert now.savepoints == ["a"]
    with pytest.raises(QueryError):
        await run(session, "release nowhere")
    assert now.broken.statement == "release nowhere"
    await run(session, "rollback to a")
    assert now.broken is None
    await run(session, "commit and chain")
    assert session.state.transaction.savepoints == []
    await run(session, "rollback")
    assert session.state.transaction is None


async def test_a_failed_transaction_knows_what_broke_it(session):
    await run(session, "begin")
    await run(session, "select 1")
    with pytest.raises(QueryError):
        await run(session, "select 1 /\n 0")
    with pytest.raises(QueryError):
        await run(session, "select 2")
    broken = session.state.transaction.broken
    assert (broken.statement, broken.message, broken.sqlstate) == (
        "select 1 / 0",
        "division by zero",
        "22012",
    )
    assert session.state.words == "failed transaction"
    result = await run(session, "commit")
    assert result.tag == "ROLLBACK"
    assert "COMMIT rolled it back" in result.notices[-1].message
    assert not session.pinned


async def test_manual_mode_begins_by_itself(pools, session):
    await run(session, "create table t (n int)")
    session.state.manual = True
    result = await run(
        session, "select i, repeat('x', 999) from generate_series(1, 99999) i"
    )
    # The first rows are here, and the transaction is already known.
    assert not result.rows.complete
    assert session.in_transaction
    assert session.state.words == "open transaction"
    await run(session, "insert into t values (1)")
    await run(session, "commit")
    assert not session.pinned
    await run(session, "savepoint a")
    await run(session, "insert into t values (2)")
    await run(session, "rollback")
    assert await rows_of(session, "table t") == [("1",)]
    await run(session, "commit")
    for sql in (
        "set work_mem = '7MB'",
        "show work_mem",
        "reset work_mem",
        "explain select 1",
    ):
        await run(session, sql)
        assert not session.in_transaction
    result = await run(session, "vacuum t")
    assert "VACUUM can't run in a transaction" in result.notices[-1].message
    assert not session.in_transaction
    await run(session, "select 1")
    with pytest.raises(QueryError) as caught:
        await run(session, "create index concurrently on t (n)")
    assert caught.value.sqlstate == "25001"
    await run(session, "rollback")
    await at_rest(pools, session.db_id)


async def test_a_first_statement_that_fails_leaves_no_transaction(pools, session):
    session.state.manual = True
    for sql in ("selec", "select 1 / n from generate_series(0, 0) n", "select $1"):
        with pytest.raises(QueryError):
            await run(session, sql)
        if session.in_transaction:  # not what the server refused
            assert sql == "select $1"
            assert not session.transaction_failed
            await run(session, "rollback")
        assert not session.pinned
    running = asyncio.create_task(run(session, "select pg_sleep(60)"))
    await eventually(lambda: session.running and session.backend_pid is not None)
    await asyncio.sleep(0.05)
    await session.cancel()
    with pytest.raises(StatementCancelled):
        await running
    assert not session.in_transaction
    await at_rest(pools, session.db_id)


async def test_a_savepoint_for_each_statement(session):
    session.state.guarded = True
    await run(session, "create table t (n int primary key)")
    await run(session, "begin")
    await run(session, "insert into t values (1)")
    with pytest.raises(QueryError):
        await run(session, "insert into t values (2), (1)")
    assert not session.transaction_failed
    assert await rows_of(session, "table t") == [("1",)]
    result = await run(
        session, "select i, repeat('x', 999) from generate_series(1, 99999) i"
    )
    await eventually(lambda: result.rows.paused_since is not None)
    with pytest.raises(QueryError):
        await run(session, "select 1 / 0")
    await run(session, "savepoint mine")
    await run(session, "insert into t values (3)")
    await run(session, "rollback to mine")
    await run(session, "commit")
    assert await rows_of(session, "table t") == [("1",)]


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        ("0", None),
        ("5min", 300),
        ("90s", 90),
        ("1500ms", 1.5),
        ("250", 0.25),
        ("2d", 172_800),
        (None, None),
        ("soon", None),
    ],
)
def test_time_outs_as_the_server_writes_them(setting, expected):
    assert seconds(setting) == expected


async def test_idle_time_outs_are_known_and_blamed(session):
    await run(session, "set idle_session_timeout = '1h'")
    assert session.state.held
    await run(session, "begin")
    assert session.state.limits.between == 3600
    await run(session, "set idle_in_transaction_session_timeout = 300")
    assert session.state.limits.in_transaction == 0.3
    await run(session, "set transaction isolation level serializable")
    await eventually(lambda: not session.in_transaction)
    words = session.loss()
    assert words.startswith(
        "idle for 0.3 s, which is the server's idle_in_transaction_session_timeout: "
        "the open transaction was rolled back"
    )
    assert session.loss() is None
    with pytest.raises(ConnectionLostError) as caught:
        await run(session, "select 1")
    assert caught.value.hint.startswith(words)
    assert await rows_of(session, "select 1") == [("1",)]


@pytest.fixture
async def distant(pools, pg, database):
    """A session behind a proxy, and the proxy."""
    async with FaultyProxy(pg.host, pg.port) as proxy:
        settings = replace(config(pg, database, name="distant"), port=proxy.port)
        session = Session(pools, pools.register(settings))
        yield session, proxy
        await session.close()


async def _cut_while(session, proxy, sql, waits_for):
    """Run a statement, and cut the line when the server is at it."""
    running = asyncio.create_task(run(session, sql))
    await eventually(waits_for)
    proxy.cut()
    with pytest.raises(PoolError) as caught:
        await running
    assert isinstance(caught.value, ConnectionLostError)
    return caught.value.hint


# A COMMIT that waits until somebody else gives a lock back.
DEFERRED = """
create table t (n int primary key);
create function slow() returns trigger language plpgsql as
  $$begin perform pg_advisory_xact_lock(99); return null; end$$;
create constraint trigger slow after insert on t
  deferrable initially deferred for each row execute function slow()
"""


@pytest.mark.parametrize("fails", [False, True])
async def test_a_commit_cut_off_is_in_doubt_until_the_server_is_asked(
    session, distant, pg, database, fails
):
    far, proxy = distant
    sql = DEFERRED.replace("return null", "raise 'no'") if fails else DEFERRED
    pg.psql(database, "-c", sql)
    await run(session, "select pg_advisory_lock(99)")
    # The server is not to notice the cut before the test goes on.
    await run(far, "set client_connection_check_interval = 0")
    await run(far, "begin")
    await run(far, "insert into t values (1)")
    waiting = f"select 1 from pg_locks where pid = {far.backend_pid} and not granted"

    def committing() -> bool:
        return bool(pg.psql(database, "-c", waiting))

    hint = await _cut_while(far, proxy, "commit", committing)
    xid = far.state.doubt.xid
    assert "not known whether the COMMIT took effect" in hint
    assert f"pg_xact_status('{xid}')" in hint
    assert await far.outcome() == "in progress"
    assert far.state.doubt is not None
    await run(session, "select pg_advisory_unlock(99)")

    async def over() -> bool:
        return await far.outcome() == ("aborted" if fails else "committed")

    await eventually(over)
    assert far.state.doubt is None
    count = await rows_of(session, "select count(*) from t")
    assert count == [("0" if fails else "1",)]


@pytest.mark.parametrize(
    ("before", "sql", "hint"),
    [
        (
            ["begin", "create table made ()"],
            "select pg_sleep(9)",
            "all it did is rolled",
        ),
        ([], "select pg_sleep(9)", "it only read"),
        (
            [],
            "do $$begin perform pg_sleep(9); end$$",
            "not known whether the statement",
        ),
        (
            ["set a.b = 'c'"],
            "do $$begin perform pg_sleep(9); end$$",
            "not known whether",
        ),
    ],
)
async def test_what_a_lost_connection_did(distant, pg, database, before, sql, hint):
    far, proxy = distant
    for each in before:
        await run(far, each)

    def asleep() -> bool:
        sql = (
            "select 1 from pg_stat_activity where wait_event = 'PgSleep'"
            f" and datname = '{database}'"
        )
        return bool(pg.psql(database, "-c", sql))

    assert hint in await _cut_while(far, proxy, sql, asleep)
    assert far.state.doubt is None
    assert (far.pinned, far.state.words) == (False, "")
    assert await rows_of(far, "select to_regclass('made')") == [(None,)]


async def test_a_commit_that_was_never_sent_is_not_in_doubt(distant, session):
    far, proxy = distant
    await run(far, "begin")
    await run(far, "create table made ()")
    proxy.hole()
    ending = asyncio.create_task(run(far, "commit"))
    await eventually(lambda: far.running)
    await far.cancel()
    with pytest.raises(StatementCancelled) as caught:
        await ending
    assert far.state.doubt is None
    proxy.heal()
    assert "all it did is rolled back" in caught.value.hint
    assert await rows_of(session, "select to_regclass('made')") == [(None,)]


async def test_nothing_that_writes_is_repeated(distant, pg, database):
    """Wherever the line is cut, a statement was carried out once or not at all."""
    far, proxy = distant
    await run(far, "create table t (n int)")
    told = unknown = 0

    async def answers() -> bool:
        with contextlib.suppress(PoolError):
            return await rows_of(far, "select 1") == [("1",)]
        return False

    for cut in range(0, 240, 16):
        await eventually(answers)
        proxy.cut_after(cut)
        try:
            await run(far, f"insert into t values ({cut})")
            told += 1
        except ConnectionLostError as error:
            unknown += "not known" in error.hint
        except PoolError:
            pass  # not even connected
        proxy.heal()
    sql = "select count(*), count(distinct n) from t"
    count, distinct = pg.psql(database, "-c", sql).split("|")
    assert int(count) == int(distinct)
    assert told <= int(count) <= told + unknown
    assert told
    assert unknown
