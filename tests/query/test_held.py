"""What a session holds, as the server tells it, and when it is gone again."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest

from mdbtui.pool import QueryError
from mdbtui.query import Session
from mdbtui.query.held import Held, custom_settings
from tests.query.support import at_rest, rows_of, run
from tests.support.waiting import eventually

FUNCTIONS = """
create function count() returns void language sql as
  $$select set_config('work_mem', '9MB', false)$$;
create function locks() returns void language sql as
  $$select pg_advisory_lock(7)$$
"""


def _kept(pools, session):
    holders = pools.detail(session.db_id).holders
    return [(holder.name, holder.why) for holder in holders if holder.pinned]


@pytest.mark.parametrize(
    ("makes", "words", "ends"),
    [
        ("set work_mem = '7MB'", "setting work_mem", "reset work_mem"),
        ("set work_mem = '7MB'", "setting work_mem", "set work_mem to default"),
        ("set a.b = 'x'", "setting a.b", "reset a.b"),
        ("set role pg_monitor", "role pg_monitor", "reset role"),
        (
            "set session authorization pg_monitor",
            "session user pg_monitor",
            "reset session authorization",
        ),
        ("create temp table x (n int)", "temporary object x", "drop table x"),
        ("select 1 as n into temp y", "temporary object y", "drop table y"),
        ("create temp view v as select 1", "temporary object v", "discard temp"),
        ("prepare p as select 1", "prepared statement p", "deallocate p"),
        ("listen c", "LISTEN c", "unlisten *"),
        ("select pg_advisory_lock(42)", "advisory lock 42", "discard all"),
        (
            "select pg_try_advisory_lock(1, 2)",
            "advisory lock 1,2",
            "select pg_advisory_unlock_all()",
        ),
        ("select set_config('a.c', 'x', false)", "setting a.c", "reset all"),
        ("select public.count()", "setting work_mem", "reset all"),
        ('select "locks"()', "advisory lock 7", "select pg_advisory_unlock(7)"),
        (
            "do $$begin perform pg_advisory_lock(8); end$$",
            "advisory lock 8",
            "do $$begin perform pg_advisory_unlock(8); end$$",
        ),
        ("do $$begin set d.e = 'f'; end$$", "setting d.e", "discard all"),
    ],
)
async def test_state_pins_and_lets_go(pools, session, makes, words, ends):
    if makes.startswith(("select public", 'select "locks"')):
        for each in FUNCTIONS.split(";"):
            await run(session, each)
    await run(session, "select 1")
    assert (session.pinned, session.state.words) == (False, "")
    await run(session, makes)
    assert session.pinned
    assert [each.full for each in session.state.held] == [words]
    assert _kept(pools, session) == [("tab 1", session.state.words)]
    await run(session, "select 1")
    assert session.pinned
    await run(session, ends)
    assert (session.pinned, session.state.words) == (False, "")
    await at_rest(pools, session.db_id)
    assert _kept(pools, session) == []


@pytest.mark.parametrize("end", ["commit", "rollback"])
async def test_the_end_of_a_transaction_decides(pools, session, end):
    await run(session, "begin")
    await run(session, "set work_mem = '7MB'")
    await run(session, "create temp table t (n int) on commit drop")
    await run(session, "declare c cursor with hold for select 1")
    # Nothing is asked inside, so that this is still allowed.
    assert session.state.words == "open transaction, setting, temporary object, cursor"
    await run(session, end)
    kept = [each.full for each in session.state.held]
    assert kept == (["setting work_mem", "cursor c"] if end == "commit" else [])
    assert session.pinned == (end == "commit")


async def test_asking_leaves_set_transaction_its_place(session):
    await run(session, "begin")
    await run(session, "set work_mem = '7MB'")
    await run(session, "listen x")
    await run(session, "set transaction isolation level serializable")
    assert await rows_of(session, "show transaction_isolation") == [("serializable",)]


async def test_harmless_statements_ask_nothing(session, monkeypatch):
    asked: list[str] = []
    fetch = asyncpg.Connection.fetch

    async def noted(self, query, *args, **kwargs):
        asked.append(query)
        return await fetch(self, query, *args, **kwargs)

    monkeypatch.setattr(asyncpg.Connection, "fetch", noted)
    for sql in (
        "select count(*), max(coalesce(n, 0)) from (values (1), (2)) t (n)",
        "create table u (n int)",
        "insert into u (n) select i from generate_series(1, 9) i",
        "explain select * from u where n in (1, 2)",
        "set local work_mem = '8MB'",
    ):
        await run(session, sql)
    # An alias with columns looks like a call; that costs the one question.
    assert sum("pg_advisory" in q or "pg_locks" in q for q in asked) == 1


async def test_a_loaded_library_stays_until_the_connection_ends(pools, session):
    await run(session, "load 'plpgsql'")
    await run(session, "discard all")
    assert session.state.words == "loaded library"
    pid = session.backend_pid
    await session.let_go()
    assert not session.pinned
    await at_rest(pools, session.db_id)
    assert await rows_of(session, "select pg_backend_pid()") != [(str(pid),)]


async def test_letting_go_rolls_back_and_takes_all_away(pools, session):
    await run(session, "create table t (n int)")
    await run(session, "set work_mem = '7MB'")
    await run(session, "begin")
    await run(session, "insert into t values (1)")
    await session.let_go()
    assert (session.pinned, session.in_transaction) == (False, False)
    assert await rows_of(session, "select count(*) from t") == [("0",)]
    assert await rows_of(session, "show work_mem") != [("7MB",)]


async def test_the_pools_numbers_are_the_servers(pools, session, pg, database):
    """Pinned, streaming and idle connections are what pg_stat_activity counts."""
    others = [Session(pools, session.db_id, holder=f"tab {i}") for i in (2, 3)]
    await run(session, "begin")
    await run(others[0], "create temp table x ()")
    result = await run(
        others[1],
        "select i, repeat('x', 999) from (select generate_series(1, 999999) i) x",
    )
    await eventually(lambda: result.rows.paused_since is not None)
    states = pg.psql(
        database,
        "-c",
        "select state from pg_stat_activity where application_name = 'mdbtui'"
        " order by state",
    ).split("\n")[:-1]
    assert states == ["active", "idle", "idle in transaction"]
    stats = pools.snapshot().by_id(session.db_id)
    assert (stats.size, stats.in_use, stats.pinned) == (3, 3, 2)
    assert _kept(pools, session) == [
        ("tab 1", "open transaction"),
        ("tab 2", "temporary object"),
    ]
    await asyncio.gather(session.let_go(), *(each.close() for each in others))
    await at_rest(pools, session.db_id)
    stats = pools.snapshot().by_id(session.db_id)
    count = (
        "select count(*) from pg_stat_activity"
        f" where application_name = 'mdbtui' and datname = '{database}'"
    )
    await eventually(
        lambda: int(pg.psql("postgres", "-c", count)) == stats.size == stats.free
    )


async def test_what_an_error_leaves_is_found_too(session):
    with pytest.raises(QueryError):
        await run(
            session, "select pg_advisory_lock(5), 1 / n from generate_series(0, 0) n"
        )
    assert session.state.words == "advisory lock"


def test_names_of_ones_own_settings():
    known: set[str] = set()
    custom_settings("do $$begin set my.one to 1; set  session My.Two=2; end$$", known)
    custom_settings("select set_config('my.three', x, true), 'set it to a.b'", known)
    assert known == {"my.one", "my.two", "my.three"}
    for i in range(200):
        custom_settings(f"set a.b{i} = 1", known)
    assert len(known) == 50


def test_many_things_in_few_words():
    names = tuple("abcdef")
    assert Held("setting", "settings", names).brief == "6 settings"
    assert Held("setting", "settings", names).full == "settings a, b, c, d, e, …"
