"""What statements of every kind give, and what the session keeps between them."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest

from mdbtui.pool import ConnectionLostError, PoolManager, QueryError
from mdbtui.query import Notice, Session, SessionBusy, driver, text
from mdbtui.query.driver import TextConnection
from mdbtui.query.errors import NotExportable
from mdbtui.sql import split
from tests.query.conftest import config
from tests.query.support import at_rest, rows_of, run, statement
from tests.support.waiting import eventually

# In the select list a series is made row by row, in FROM all at once first.
MANY = "select i, 'row ' || i from (select generate_series(1, {}) i) x"


async def test_a_query_gives_columns_rows_tag_and_times(session):
    result = await run(session, "select 1 as a, 'x' as b, null::numeric as c")
    rows = result.rows
    assert [(c.name, c.type_name, c.numeric) for c in rows.columns] == [
        ("a", "int4", True),
        ("b", "text", False),
        ("c", "numeric", True),
    ]
    await eventually(lambda: rows.complete)
    assert rows.row(0) == ("1", "x", None)
    assert (rows.count, rows.note, result.tag) == (1, "1 row", "SELECT 1")
    assert result.timing.wait_ms > 0
    assert result.timing.first_row_ms > 0
    assert result.timing.total_ms < 10_000


async def test_the_first_rows_come_before_the_rest_is_made(session):
    result = await run(session, MANY.format(10_000_000))
    assert not result.rows.complete
    assert result.tag is None
    assert result.timing.first_row_ms < 2_000
    await eventually(lambda: result.rows.paused_since is not None)
    assert 1_000 <= result.rows.count < 20_000
    assert result.rows.note == f"{result.rows.count:,}+ rows"
    count = result.rows.count
    result.rows.want(count, count + 50)
    await eventually(lambda: result.rows.count > count + 50)


async def test_all_rows_can_be_fetched(session):
    result = await run(session, MANY.format(50_000))
    result.rows.fetch_all()
    await eventually(lambda: result.rows.complete)
    assert result.rows.note == "all 50,000 rows"
    assert result.tag == "SELECT 50000"
    assert result.rows.row(49_999) == ("50000", "row 50000")
    assert not session.streaming


@pytest.mark.parametrize(
    ("sql", "rows"),
    [
        ("values (1, 'a'), (2, null)", [("1", "a"), ("2", None)]),
        ("table numbers", [("1",), ("2",)]),
        ("with x as (select 1) select * from x", [("1",)]),
        ("(select 1) union all (select 2)", [("1",), ("2",)]),
        ("select 1 as a, 2 as a, 3", [("1", "2", "3")]),
        ("select 1 where false", []),
        ("select from generate_series(1, 3)", [(), (), ()]),
        ("select from numbers where false", []),
        ("select 1 -- and a comment", [("1",)]),
        ("-- before\nselect 1 /* behind */", [("1",)]),
        ("select n from numbers order by n for update", [("1",), ("2",)]),
        ("select ';', ') to stdout; --'", [(";", ") to stdout; --")]),
        ("show server_encoding", [("UTF8",)]),
        ("explain (costs off) select 1", [("Result",)]),
        ("insert into numbers values (3), (4) returning n", [("3",), ("4",)]),
        (
            "with x as (delete from numbers returning n) select n from x",
            [("1",), ("2",)],
        ),
        ("execute two", [("2",)]),
        ("call give(1)", [("2",)]),
    ],
)
async def test_statements_that_give_rows(session, sql, rows):
    await run(session, "create table numbers (n int)")
    await run(session, "insert into numbers values (1), (2)")
    await run(session, "prepare two as select 2")
    await run(
        session, "create procedure give(inout n int) language sql as 'select n + 1'"
    )
    assert await rows_of(session, sql) == rows
    assert await rows_of(session, "select 1") == [("1",)]
    await run(session, "begin")
    await run(session, "rollback and chain")
    result = await run(session, sql)
    assert session.in_transaction
    assert [row async for chunk in result.rows.chunks() for row in chunk][:1] == (
        rows[:1] if "numbers where" not in sql else []
    ) or "delete" in sql
    await run(session, "rollback")


@pytest.mark.parametrize(
    ("sql", "tag"),
    [
        ("create table t (n int)", "CREATE TABLE"),
        ("select 1 as n into t", "SELECT 1"),
        ("create table t as select 1 as n", "SELECT 1"),
        ("insert into u values (2), (3)", "INSERT 0 2"),
        ("update u set n = n + 1", "UPDATE 1"),
        ("with x as (select 1) delete from u", "DELETE 1"),
        ("vacuum u", "VACUUM"),
        ("do $$begin end$$", "DO"),
        ("set work_mem = '8MB'", "SET"),
        ("begin", "BEGIN"),
        ("-- nothing", ""),
        ("create index concurrently on u (n)", "CREATE INDEX"),
        ("alter system reset all", "ALTER SYSTEM"),
        ("listen x", "LISTEN"),
        ("truncate u", "TRUNCATE TABLE"),
        ("copy u to program 'cat > /dev/null'", "COPY 1"),
    ],
)
async def test_statements_that_give_a_tag(session, sql, tag):
    await run(session, "create table u (n int)")
    await run(session, "insert into u values (1)")
    result = await run(session, sql)
    assert (result.rows, result.tag) == (None, tag)


async def test_type_names_of_ones_own_types(session):
    await run(session, "create type mood as enum ('sad')")
    await run(session, "create domain positive as int")
    sql = (
        "select 'sad'::mood, array['sad'::mood], array[1], 1::positive,"
        " int4range(1,2), row(1), '1 2'::int2vector, point(1,2)"
    )
    names = [
        "mood",
        "mood[]",
        "int4[]",
        "int4",
        "int4range",
        "record",
        "int2vector",
        "point",
    ]
    result = await run(session, sql)
    assert [c.type_name for c in result.rows.columns] == names
    # In a transaction the question for names must not replace the statement.
    await run(session, "create type other as enum ('x')")
    await run(session, "begin")
    result = await run(session, "select 'x'::other, 7")
    assert [c.type_name for c in result.rows.columns] == ["other", "int4"]
    assert result.rows.row(0) == ("x", "7")


@pytest.mark.parametrize(
    ("sql", "at"),
    [
        ("select 1, nonsense", "nonsense"),
        ("select 1 +", None),
        ("selec 1", "selec"),
        ("select 'ä', foo(1)", "foo"),
        ("insert into nowhere values (1)", "nowhere"),
    ],
)
@pytest.mark.parametrize("inside", [False, True])
async def test_errors_name_their_place(session, sql, at, inside):
    if inside:
        await run(session, "begin")
    with pytest.raises(QueryError) as caught:
        await run(session, sql)
    expected = sql.index(at) + 1 if at else len(sql) + 1
    assert caught.value.position == expected
    assert caught.value.sqlstate.startswith("42")
    assert session.transaction_failed == inside


async def test_errors_while_rows_are_made_count_in_the_statement_too(session):
    # Found by the planner, when COPY has already been wrapped around it.
    sql = "select 1 / 0 from generate_series(1, 3)"
    with pytest.raises(QueryError) as caught:
        await run(session, sql)
    assert caught.value.sqlstate == "22012"
    sql = "select set_config('a.b', 'x', false)::int"
    with pytest.raises(QueryError, match="invalid input syntax") as caught:
        await run(session, sql)
    assert caught.value.position is None
    sql = "select 'x'::date"
    with pytest.raises(QueryError) as caught:
        await run(session, sql)
    assert caught.value.position == 8


async def test_an_error_after_the_first_rows_is_in_the_note(session):
    sql = "select 1000 / (20000 - i) from generate_series(1, 30000) i"
    result = await run(session, sql)
    result.rows.fetch_all()
    await eventually(lambda: result.rows.complete)
    assert result.rows.truncated
    assert result.rows.note.startswith("incomplete: an error after ")
    assert isinstance(result.rows.error, QueryError)
    assert result.rows.error.sqlstate == "22012"
    with pytest.raises(QueryError, match="division by zero"):
        async for _ in result.rows.chunks():
            pass


@pytest.mark.parametrize(
    "sql",
    [
        "copy t from stdin",
        "COPY t (a, b) FROM STDIN WITH (FORMAT csv)",
        "copy t to stdout",
        "copy (select 1) to stdout",
        "copy t from stdout",
        "/* x */ copy t to stdin",
    ],
)
async def test_copy_with_the_client_is_refused_before_it_hangs(session, sql):
    with pytest.raises(QueryError, match="COPY") as caught:
        await run(session, sql)
    assert caught.value.hint
    assert await rows_of(session, "select 1") == [("1",)]


@pytest.mark.parametrize(
    "sql",
    [
        "select 1) to stdout; create table broken (); copy (select 2",
        "select 1) to program 'touch {}' --",
        "select 1; select 2",
        "select 1)) to stdout --",
    ],
)
async def test_nothing_breaks_out_of_the_copy(session, sql, tmp_path):
    with pytest.raises(QueryError) as caught:
        await run(session, sql.format(tmp_path / "x"))
    assert caught.value.sqlstate == "42601"
    assert await rows_of(session, "select to_regclass('broken')") == [(None,)]
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize("sql", ["select $1::int", "select 1 where $1 > 2 and $2 = 1"])
@pytest.mark.parametrize("inside", [False, True])
async def test_parameters_without_values_are_refused(session, sql, inside):
    if inside:
        await run(session, "begin")
    with pytest.raises(QueryError, match="parameters") as caught:
        await run(session, sql)
    assert caught.value.position == sql.index("$") + 1
    assert not session.transaction_failed
    assert await rows_of(session, "select 1") == [("1",)]


async def test_notices_arrive_while_the_statement_runs(pools, session):
    live: list[Notice] = []
    seen = asyncio.Event()

    def told(notice: Notice) -> None:
        live.append(notice)
        seen.set()

    session.on_notice = told
    sql = """do $$begin
        raise notice 'one' using detail = 'd', hint = 'h';
        perform pg_sleep(0.5);
        raise warning 'two';
    end$$"""
    running = asyncio.create_task(run(session, sql))
    await asyncio.wait_for(seen.wait(), 5)
    assert not running.done()
    assert live == [Notice("NOTICE", "one", "d", "h", "00000")]
    result = await running
    assert [(n.severity, n.message) for n in result.notices] == [
        ("NOTICE", "one"),
        ("WARNING", "two"),
    ]
    assert live == result.notices
    await run(session, "select 1")
    assert len(live) == 2


async def test_a_flood_of_notices_is_bounded(session):
    sql = "do $$begin for i in 1..3000 loop raise notice '%', i; end loop; end$$"
    result = await run(session, sql)
    assert len(result.notices) == 1_000
    assert result.notices_dropped == 2_000


async def test_a_connection_is_held_only_for_the_statement(pools, session):
    await run(session, "select 1")
    await at_rest(pools, session.db_id)
    assert not session.pinned
    assert session.backend_pid is None
    stats = pools.snapshot().by_id(session.db_id)
    assert (stats.queries, stats.errors) == (1, 0)
    with pytest.raises(QueryError):
        await run(session, "select nonsense")
    await at_rest(pools, session.db_id)
    stats = pools.snapshot().by_id(session.db_id)
    assert (stats.queries, stats.errors, stats.size) == (2, 1, 1)


@pytest.mark.parametrize(
    ("sql", "probe", "answer"),
    [
        ("set work_mem = '7MB'", "show work_mem", "7MB"),
        ("create temp table x as select 5 as n", "select n from x", "5"),
        ("prepare p as select 6", "execute p", "6"),
        ("select pg_advisory_lock(42)", "select pg_try_advisory_lock(42)", "t"),
        ("select set_config('a.b', 'c', false)", "show a.b", "c"),
        ("listen x", "select pg_listening_channels()", "x"),
    ],
)
async def test_what_the_session_holds_stays(pools, session, sql, probe, answer):
    await run(session, sql)
    assert session.pinned
    pid = session.backend_pid
    assert pools.snapshot().by_id(session.db_id).pinned == 1
    assert await rows_of(session, probe) == [(answer,)]
    assert session.backend_pid == pid
    await run(session, "discard all")
    assert not session.pinned
    await at_rest(pools, session.db_id)


async def test_what_the_session_held_reaches_nobody_else(pools, session):
    await run(session, "set work_mem = '7MB'")
    await run(session, "create temp table x (n int)")
    assert await session.release_idle()
    assert not session.pinned
    await at_rest(pools, session.db_id)
    assert await rows_of(session, "show work_mem") != [("7MB",)]
    assert await rows_of(session, "select to_regclass('x')") == [(None,)]


async def test_a_transaction_keeps_its_connection(pools, session):
    await run(session, "create table t (n int)")
    await run(session, "begin")
    assert session.in_transaction
    assert session.pinned
    pid = session.backend_pid
    await run(session, "insert into t values (1)")
    assert await rows_of(session, "select pg_backend_pid()") == [(str(pid),)]
    assert not await session.release_idle()
    await run(session, "commit")
    assert not session.in_transaction
    assert not session.pinned
    assert await rows_of(session, "select n from t") == [("1",)]


async def test_a_failed_transaction_says_so(session):
    await run(session, "begin")
    await run(session, "savepoint a")
    with pytest.raises(QueryError):
        await run(session, "select 1 / 0")
    assert session.transaction_failed
    with pytest.raises(QueryError) as caught:
        await run(session, "select 1")
    assert caught.value.sqlstate == "25P02"
    assert session.transaction_failed
    await run(session, "rollback to a")
    assert session.in_transaction
    assert not session.transaction_failed
    await run(session, "rollback")
    assert not session.in_transaction


async def test_rows_in_a_transaction_come_as_they_are_wanted(session):
    await run(session, "begin")
    result = await run(session, MANY.format(100_000))
    await eventually(lambda: result.rows.paused_since is not None)
    assert result.rows.count < 5_000
    assert (await run(session, "select 1")).tag == "SELECT 1"
    assert result.rows.note == (
        f"stopped at {result.rows.count:,} rows: the next statement ran"
    )
    assert result.rows.truncated
    assert session.in_transaction
    assert not session.transaction_failed
    assert len(await rows_of(session, MANY.format(20_000))) == 20_000


async def test_the_next_statement_waits_for_the_first_rows_wanted(session):
    # 9 kB fill the server's buffer, so that each row is sent when it is made.
    sql = "select repeat('x', 9000), pg_sleep(0.03) from generate_series(1, 10)"
    result = await run(session, sql)
    assert result.rows.count < 10
    assert await rows_of(session, "select 1") == [("1",)]
    assert result.rows.note == "all 10 rows"


async def test_the_next_statement_does_not_wait_for_everything(session):
    result = await run(session, MANY.format(100_000_000))
    result.rows.fetch_all()
    await eventually(lambda: result.rows.count > 5_000)
    assert await rows_of(session, "select 1") == [("1",)]
    assert result.rows.note.endswith("the next statement ran")


async def test_closing_rolls_back_and_gives_back(pools, session):
    await run(session, "create table t (n int)")
    await run(session, "begin")
    await run(session, "insert into t values (1)")
    await session.close()
    await session.close()
    await at_rest(pools, session.db_id)
    with pytest.raises(SessionBusy, match="closed"):
        await run(session, "select 1")
    other = Session(pools, session.db_id)
    assert await rows_of(other, "select count(*) from t") == [("0",)]
    await other.close()


async def test_only_one_statement_at_a_time(session):
    first = asyncio.create_task(run(session, "select pg_sleep(0.3)"))
    await eventually(lambda: session.running)
    with pytest.raises(SessionBusy, match="still running"):
        await run(session, "select 1")
    assert (await first).tag in ("SELECT 1", None)


async def test_an_unread_stream_gives_its_connection_back(pools, pg, database):
    db_id = pools.register(config(pg, database))
    session = Session(pools, db_id, idle_limit=0.3)
    result = await run(session, MANY.format(1_000_000))
    await eventually(lambda: result.rows.complete, timeout=5)
    assert result.rows.note == (
        f"stopped at {result.rows.count:,} rows: idle for 0.3 s"
    )
    assert result.rows.truncated
    await at_rest(pools, db_id)
    assert pools.snapshot().by_id(db_id).size == 1
    assert await rows_of(session, "select 1") == [("1",)]
    await session.close()


async def test_closing_the_rows_ends_their_stream(pools, session):
    result = await run(session, MANY.format(100_000_000))
    await eventually(lambda: result.rows.paused_since is not None)
    await result.rows.close()
    await at_rest(pools, session.db_id)
    assert not session.streaming
    assert result.rows.memory == 0
    assert result.rows.row(0) is None


async def test_paused_streams_give_way_longest_first(pools, pg, database):
    db_id = pools.register(config(pg, database, pool_max_size=2))
    tabs = [Session(pools, db_id, holder=f"tab {i}") for i in range(4)]
    results = []
    for tab in tabs[:2]:
        results.append(await run(tab, MANY.format(1_000_000)))
        await eventually(lambda: results[-1].rows.paused_since is not None)
    assert await rows_of(tabs[2], "select 1") == [("1",)]
    assert results[0].rows.note == (
        f"stopped at {results[0].rows.count:,} rows: its connection was needed"
    )
    assert not results[1].rows.complete
    # All at once, more than there are connections.
    answers = await asyncio.gather(*(rows_of(tab, "select 2") for tab in tabs))
    assert answers == [[("2",)]] * 4
    for tab in tabs:
        await tab.close()
    await at_rest(pools, db_id)


async def test_a_chunked_read_keeps_nothing(session):
    result = await run(session, MANY.format(300_000))
    most = seen = 0
    async for chunk in result.rows.chunks():
        seen += len(chunk)
        most = max(most, result.rows.memory)
    assert seen == 300_000
    assert most < 1 << 20
    assert result.tag == "SELECT 300000"


async def test_copy_out_gives_the_servers_bytes(session):
    parts: list[bytes] = []

    async def write(data: bytes) -> None:
        parts.append(data)

    sql = "select 1 as \"a,b\", 'x\"y' as c, null as d, '' as e"
    result = await session.copy_out(statement(sql), write, format="csv", header=True)
    assert b"".join(parts) == b'"a,b",c,d,e\n1,"x""y",,""\n'
    assert result.tag == "SELECT 1"
    assert result.rows is None

    with pytest.raises(QueryError, match="only the rows of a query"):
        await session.copy_out(statement("vacuum"), write)
    with pytest.raises(QueryError) as caught:
        await session.copy_out(statement("select nonsense"), write)
    assert caught.value.position == 8


@pytest.mark.parametrize("rows", [1, 1_000_000])
async def test_copy_out_raises_what_the_writer_raises(pools, session, rows):
    async def write(_: bytes) -> None:
        raise BrokenPipeError("gone")

    with pytest.raises(BrokenPipeError):
        await session.copy_out(statement(MANY.format(rows)), write)
    assert await rows_of(session, "select 1") == [("1",)]
    await at_rest(pools, session.db_id)
    assert pools.snapshot().by_id(session.db_id).connections_lost == 0


async def test_client_encoding_cannot_garble_text(session):
    result = await run(session, "set client_encoding to latin1")
    assert "UTF8 again" in result.notices[-1].message
    assert await rows_of(session, "select 'ä€', length('ä€')") == [("ä€", "2")]


async def test_many_columns_and_long_names(session):
    sql = "select " + ", ".join(f"{i} as c{i}" for i in range(1_600))
    (row,) = await rows_of(session, sql)
    assert row == tuple(str(i) for i in range(1_600))


@pytest.mark.parametrize("inside", [False, True])
async def test_without_the_drivers_text_rows_still_are_the_servers(
    pools, session, monkeypatch, inside
):
    # As if the driver had changed: nothing is aliased, the self-test fails.
    monkeypatch.setattr("mdbtui.query.driver.install_text", lambda _: None)
    monkeypatch.setattr(text, "_tested", False)
    monkeypatch.setattr(TextConnection, "shows_text", True)
    default = asyncpg.Connection._introspect_types
    monkeypatch.setattr(TextConnection, "_introspect_types", default)
    if inside:
        await run(session, "begin")
    sql = (
        "select '1 year 2 mons'::interval, 'infinity'::date, array[1.50], 1e15::float8"
    )
    expected = [("1 year 2 mons", "infinity", "{1.50}", "1e+15")]
    assert await rows_of(session, sql) == expected
    assert not TextConnection.shows_text
    assert len(await rows_of(session, MANY.format(20_000))) == 20_000
    result = await run(session, "explain select 1")
    assert result.rows.row(0)[0].startswith("Result")


async def test_the_self_test_is_run_once(pools, pg, database, monkeypatch):
    calls = 0
    self_test = driver.self_test

    async def counted(connection: object) -> bool | None:
        nonlocal calls
        calls += 1
        return await self_test(connection)

    monkeypatch.setattr(driver, "self_test", counted)
    monkeypatch.setattr(text, "_tested", False)
    db_id = pools.register(config(pg, database))
    for _ in range(3):
        tabs = [Session(pools, db_id) for _ in range(3)]
        await asyncio.gather(*(rows_of(tab, "select 1") for tab in tabs))
    assert TextConnection.shows_text
    assert 1 <= calls <= 3


async def test_an_ended_session_is_told_not_hidden(pools, session, pg, database):
    await run(session, "begin")
    pid = session.backend_pid
    pg.psql(database, "-c", f"select pg_terminate_backend({pid})")
    await eventually(lambda: not session.in_transaction)
    with pytest.raises(ConnectionLostError) as caught:
        await run(session, "create table must_not_be (n int)")
    assert "rolled back" in caught.value.hint
    assert await rows_of(session, "select to_regclass('must_not_be')") == [(None,)]


async def test_a_connection_that_died_in_the_pool_is_not_noticed(
    pools: PoolManager, session, pg, database
):
    await run(session, "select 1")
    await at_rest(pools, session.db_id)
    pg.psql(
        database,
        "-c",
        "select pg_terminate_backend(pid) from pg_stat_activity"
        " where pid <> pg_backend_pid() and datname = current_database()",
    )
    assert await rows_of(session, "select 1") == [("1",)]


RAISING = r"""
create sequence sq;
create function executes() returns int language plpgsql as
$$ begin perform nextval('sq'); execute 'selec 1'; return 1; end $$;
create function raises() returns int language plpgsql as
$$ begin perform nextval('sq'); raise 'no' using errcode = '42601'; end $$;
create function parses() returns tsquery language sql volatile as
$$ select case when nextval('sq') > 0 then to_tsquery('a ' || '&') end $$;
"""


@pytest.mark.parametrize("exported", [False, True])
@pytest.mark.parametrize("name", ["executes", "raises", "parses"])
async def test_a_syntax_error_of_a_function_does_not_run_it_again(
    session, name, exported
):
    for each in split(RAISING):
        await session.run(each)
    sql = statement(f"select {name}()")
    running = (
        session.copy_out(sql, lambda data: asyncio.sleep(0))
        if exported
        else session.run(sql)
    )
    with pytest.raises(QueryError) as caught:
        await running
    assert (caught.value.sqlstate, type(caught.value)) == ("42601", QueryError)
    assert await rows_of(session, "select last_value, is_called from sq") == [
        ("1", "t")
    ]


async def test_what_only_copys_grammar_refuses_is_run_another_way(session):
    assert await rows_of(session, "select 1;") == [("1",)]
    with pytest.raises(NotExportable):
        await session.copy_out(statement("select 1;"), lambda data: asyncio.sleep(0))


@pytest.mark.parametrize(("sql", "at"), [("select\n '\0'", 10), ("\0", 1)])
async def test_a_nul_is_refused_and_costs_nothing(session, sql, at):
    await run(session, "begin")
    with pytest.raises(QueryError, match="NUL") as caught:
        await run(session, sql)
    assert caught.value.position == at
    assert session.in_transaction
    with pytest.raises(QueryError, match="NUL"):
        await session.copy_out(statement(sql), lambda data: asyncio.sleep(0))
    assert await rows_of(session, "select 1") == [("1",)]


@pytest.mark.parametrize(
    "sql",
    [
        "set client_encoding to euc_tw",
        "select set_config('client_encoding', $$euc_tw$$, false)",
    ],
)
@pytest.mark.parametrize("inside", [False, True])
async def test_an_encoding_that_the_driver_does_not_know(session, sql, inside):
    if inside:
        await run(session, "begin")
    with pytest.raises(QueryError, match="UTF8 again") as caught:
        await rows_of(session, sql)
    assert "unknown encoding" in caught.value.message
    assert await rows_of(session, "show client_encoding") == [("UTF8",)]
    assert await rows_of(session, "select 'ä€', length('ä€')") == [("ä€", "2")]


@pytest.mark.parametrize("given_back", [False, True])
async def test_a_connection_that_ends_between_statements_is_not_held(
    session, pg, database, given_back
):
    await run(session, "begin")
    await run(session, "create temp table t (i int)")
    pg.psql(database, "-c", f"select pg_terminate_backend({session.backend_pid})")
    await eventually(lambda: session.backend_pid is None)
    assert (session.pinned, session.in_transaction) == (False, False)
    if given_back:
        assert await session.release_idle()
    with pytest.raises(ConnectionLostError) as caught:
        await run(session, "select * from t")
    assert "rolled back" in caught.value.hint
    assert await rows_of(session, "select 1") == [("1",)]


async def test_a_lost_session_does_not_keep_its_place_in_the_pool(
    pools: PoolManager, session, pg, database
):
    await run(session, "begin")
    pg.psql(database, "-c", f"select pg_terminate_backend({session.backend_pid})")
    await eventually(lambda: session.loss() is not None)
    stats = await pools.get_pool_stats(session.db_id)
    assert (stats.pinned, stats.longest_held_s) == (0, 0.0)
    with pytest.raises(ConnectionLostError) as caught:
        await run(session, "commit")
    assert "rolled back" in caught.value.hint
    assert await rows_of(session, "select 1") == [("1",)]
