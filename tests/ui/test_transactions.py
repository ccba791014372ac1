"""Transactions by keys: what is shown, asked and warned of."""

from __future__ import annotations

import re
from dataclasses import replace

import asyncpg
import pytest

from mdbtui.config import AppConfig
from mdbtui.pool.detail import Holder
from mdbtui.ui import transactions
from mdbtui.ui.screens.leaving import LeaveScreen
from mdbtui.ui.widgets import pool_kept
from mdbtui.ui.widgets.message_log import MessageLog
from tests.support.console import Console, console, spec_of
from tests.support.proxy import FaultyProxy
from tests.support.server import PgServer
from tests.support.waiting import eventually


def _status(c: Console) -> str:
    return c.screen_text.split("\n")[-2]


def _said(c: Console) -> str:
    return c.pane.results.query_one(MessageLog).plain


async def _pressed(c: Console, *keys: str) -> None:
    """Press keys, and wait until what they began is over."""
    await c.pilot.press(*keys)
    await c.until(lambda: not c.main.panes.active.talk.running, "still runs")


async def _tx(c: Console, open_: bool) -> None:
    session = c.main.panes.active.talk
    await c.until(
        lambda: session.session is not None and session.session.in_transaction == open_
    )


async def test_manual_commit_savepoints_and_a_failed_transaction(
    pg: PgServer, database: str
) -> None:
    config = AppConfig(manual_commit=True)
    async with console([spec_of(pg, database)], config=config) as c:
        await c.sees("manual commit")
        await c.run("create table t (n int)")
        await c.sees("◆ 1", "transaction open")
        await c.run("insert into t values (1)")
        await c.pilot.press("alt+v")
        await c.sees("set sp1")
        await c.pilot.press("enter")
        await c.sees("SAVEPOINT")
        await c.run("insert into t values (2 / 0)")
        await c.sees("✗ 1", "transaction failed: roll back")
        assert "alt+v rolls back to a savepoint (the last is sp1)" in _said(c)
        await c.run("insert into t values (3)")
        failed_at = "at “insert into t values (2 / 0)” (22012: division by zero)"
        await c.until(lambda: failed_at in _said(c))
        await c.pilot.press("alt+c")
        await c.until(lambda: any("can't be committed" in n for n in c.notes()))
        await c.pilot.press("alt+v")
        await c.sees("roll back to sp1")
        await c.pilot.press("enter")
        await c.until(lambda: c.main.panes.active.last_tag == "ROLLBACK")
        await c.run("select 'shown' as col")
        await c.sees("shown")
        await c.pilot.press("alt+c")
        await _tx(c, False)
        # The rows of the last statement are still there.
        await c.sees("shown", "manual commit")
        assert pg.psql(database, "-c", "table t") == "1\n"
        await c.run("vacuum t")
        await c.until(lambda: "VACUUM can't run in a transaction" in _said(c))
        await c.pilot.press("alt+m")
        await c.until(lambda: "manual" not in _status(c))
        await c.run("insert into t values (4)")
        await c.pilot.press("alt+shift+b")
        await _tx(c, True)
        await c.run("delete from t")
        await c.pilot.press("alt+z")
        await c.sees("Roll back?", "with 1 statement")
        await c.pilot.press("tab", "enter")
        await _tx(c, False)
        assert pg.psql(database, "-c", "table t") == "1\n4\n"


async def test_what_a_tab_keeps_is_shown_and_let_go(
    pg: PgServer, database: str
) -> None:
    async with console([spec_of(pg, database)]) as c:
        await c.run("create temp table held_here (n int)")
        await c.sees("◇ 1", "◇ tab 1")
        await c.until(lambda: bool(re.search(r"pinned \d+s: temporary", _status(c))))
        await c.pilot.press("alt+u")
        await c.sees("Let the connection go?", "temporary object held_here")
        await c.pilot.press("escape")
        await c.run("drop table held_here")
        await c.until(lambda: c.pools.snapshot().in_use == 0)
        await c.until(lambda: "pinned" not in _status(c))
        await c.run("select pg_advisory_lock(4711)")
        await c.pilot.press("alt+u")
        await c.sees("advisory lock 4711")
        await c.pilot.press("right", "enter")
        await c.until(lambda: c.pools.snapshot().in_use == 0)
        locks = "select count(*) from pg_locks where locktype = 'advisory'"
        await eventually(lambda: pg.psql(database, "-c", locks) == "0\n")


async def test_leaving_asks_to_commit_or_roll_back(pg: PgServer, database: str) -> None:
    async with console([spec_of(pg, database)]) as c:
        await c.run("create table t (n int unique deferrable initially deferred)")
        first = c.pane
        for values, button in (("(1)", "#commit"), ("(2)", "#yes")):
            await c.pilot.press("ctrl+n")
            await c.until(lambda: c.pane is not first)
            await c.run("begin")
            await c.run(f"insert into t values {values}")
            await c.pilot.press("ctrl+f4")
            await c.until(lambda: isinstance(c.app.screen, LeaveScreen))
            await c.pilot.click(button)
            await c.until(lambda: c.pane is first)
            await c.until(lambda: c.pools.snapshot().in_use == 0)
        assert pg.psql(database, "-c", "table t") == "1\n"
        # What can't be committed is not left.
        await c.run("begin")
        await c.run("insert into t values (1)")
        await c.pilot.press("ctrl+q")
        await c.until(lambda: isinstance(c.app.screen, LeaveScreen))
        await c.pilot.click("#commit")
        await c.sees("23505")
        assert c.app.is_running
        assert c.app.return_value is None


async def test_a_failed_transaction_is_called_so_when_its_tab_closes(
    pg: PgServer, database: str
) -> None:
    async with console([spec_of(pg, database)]) as c:
        await c.run("create table t (n int)")
        first = c.pane
        await c.pilot.press("ctrl+n")
        await c.until(lambda: c.pane is not first)
        await c.run("begin")
        await c.run("select 1 / 0")
        await c.pilot.press("ctrl+f4")
        await c.sees("Roll back the failed transaction?", "has failed (22012: division")
        assert not c.app.screen.query("#commit")
        assert "is open" not in c.screen_text
        await c.pilot.press("escape", "ctrl+n")
        await c.run("begin")
        await c.run("insert into t values (1)")
        # Both at once: what can be committed may be.
        await c.pilot.press("ctrl+q")
        await c.sees("Commit or roll back?", "A transaction is open in tab 3", "22012")
        await c.pilot.press("right", "right", "enter")
        await c.until(lambda: not c.app.is_running or c.app._exit)
    assert pg.psql(database, "-c", "table t") == "1\n"


async def test_what_is_typed_for_a_dialog_that_is_refused_is_not_in_the_text(
    pg: PgServer, database: str
) -> None:
    async with console([spec_of(pg, database)]) as c:
        talk = c.main.panes.active.talk
        for key, sql, why in (
            ("alt+v", "", "No transaction is open"),
            ("alt+shift+q", "", "no statement at the cursor"),
            ("alt+v", "begin; select 1 / 0", "it has no savepoint"),
            ("alt+v", "rollback; select pg_sleep(60)", "A statement runs here"),
        ):
            c.pane.editor.text = sql
            await c.pilot.press("f3", *["shift+f5"] * bool(sql))
            await c.until(lambda want="sleep" in sql: talk.running == want)
            await c.pilot.press(key, *"sp1")
            await c.sees(why)
            await c.pilot.press("enter")
            await c.until(lambda: c.app.screen is c.main)
            assert c.pane.editor.text == sql


async def test_an_idle_transaction_warns_and_its_end_is_told(
    pg: PgServer, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transactions, "IDLE_WARNING", 0.2)
    config = AppConfig(refresh_seconds=0.2)
    async with console([spec_of(pg, database)], config=config) as c:
        await c.run("set idle_in_transaction_session_timeout = '3s'")
        await c.run("begin")
        await c.until(
            lambda: any("An open transaction is idle" in n for n in c.notes())
        )
        assert any("The server ends it in" in n for n in c.notes())
        await c.until(lambda: "The connection was lost: idle for 3 s" in _said(c))
        assert "rolled back" in _said(c)
        await c.until(lambda: "transaction" not in _status(c).split("✗")[0])


async def test_a_commit_in_doubt_is_asked_about(pg: PgServer, database: str) -> None:
    slow = """create table t (n int);
        create function slow() returns trigger language plpgsql as
        $$begin perform pg_advisory_xact_lock(99); return null; end$$;
        create constraint trigger slow after insert on t deferrable
        initially deferred for each row execute function slow()"""
    pg.psql(database, "-c", slow)
    committing = "select 1 from pg_locks where locktype = 'advisory' and not granted"
    async with FaultyProxy(pg.host, pg.port) as proxy:
        spec = spec_of(pg, database)
        spec = replace(spec, db=replace(spec.db, port=proxy.port))
        async with console([spec]) as c:
            # The server is not to notice the cut before the test goes on.
            await c.run("set client_connection_check_interval = 0")
            await c.run("begin")
            await c.run("insert into t values (1)")
            other = await asyncpg.connect(pg.url(database))
            await other.execute("select pg_advisory_lock(99)")
            await c.pilot.press("alt+c")
            await eventually(lambda: pg.psql(database, "-c", committing) == "1\n")
            proxy.cut()
            await c.until(lambda: "Alt+c asks the server" in _said(c))
            assert "not known whether the COMMIT took effect" in _said(c)
            await c.pilot.press("alt+c")
            await c.until(lambda: any("still in progress" in n for n in c.notes()))
            await other.close()
            locks = "select count(*) from pg_locks where locktype = 'advisory'"
            await eventually(lambda: pg.psql(database, "-c", locks) == "0\n")
            await c.pilot.press("alt+c")
            await c.until(lambda: any("It was committed" in n for n in c.notes()))
            await _pressed(c, "alt+c")
            await c.until(lambda: any("No transaction is open" in n for n in c.notes()))
    assert pg.psql(database, "-c", "table t") == "1\n"


@pytest.mark.parametrize(
    ("room", "width", "expected"),
    [
        (0, 40, []),
        (1, 40, ["◇ … 2 more are kept"]),
        (5, 40, ["◇ tab 1 2m: open transaction", "◇ tab␛2 3s: 2 settings"]),
        (5, 20, ["◇ tab 1 2m: open tr…", "◇ tab␛2 3s: 2 setti…"]),
    ],
)
def test_the_panels_lines_of_kept_connections(
    room: int, width: int, expected: list[str]
) -> None:
    holders = [
        Holder("tab 1", 130.0, 0.0, True, 1, why="open transaction"),
        Holder("tab 3", 99.0, 0.0, False, 2),
        Holder("tab\x1b2", 3.0, 0.0, True, 3, why="2 settings"),
    ]
    found = [
        "".join(text for text, _ in line)
        for line in pool_kept.lines(holders, width, room)
    ]
    assert [text.rstrip() for text in found] == expected
    assert all(len(text) == width for text in found)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.4, "0 s"), (59, "59 s"), (90, "2 min"), (5400, "1.5 h"), (90_000, "25 h")],
)
def test_ages(seconds: float, words: str) -> None:
    assert transactions.age(seconds) == words
