"""The history as a user meets it: ctrl+r over all databases."""

from __future__ import annotations

import asyncio

from mdbtui.config import state_dir
from mdbtui.query.history_entries import Entry, Wanted
from tests.support.console import Console, console, spec_of
from tests.support.server import PgServer


async def entries(c: Console, count: int) -> list[Entry]:
    found: list[Entry] = []
    for _ in range(200):
        found = await c.app.services.history.search(Wanted())
        if len(found) == count and all(e.outcome != "open" for e in found):
            return found
        await asyncio.sleep(0.02)
    raise AssertionError(found)


async def test_what_ran_is_there_with_how_it_went(pg: PgServer, database: str) -> None:
    async with console([spec_of(pg, database)]) as c:
        await c.run("select generate_series(1, 3)")
        await c.run("select 1/0")
        await c.run("create table t (a int)")
        await c.run("create role r password 'sesame'")
        await c.run("  select 'not to be kept'")
        c.pane.editor.text = "select pg_sleep(60)"
        await c.pilot.press("f5")
        await c.until(lambda: c.main.panes.active.talk.running)
        await c.pilot.press("f9")
        await c.until(lambda: not c.main.panes.active.talk.running)
        cancelled, table, failed, rows = await entries(c, 4)
        assert (rows.outcome, rows.rows, rows.more) == ("done", 3, False)
        assert rows.db == database
        assert (failed.outcome, failed.sqlstate) == ("error", "22012")
        assert (table.outcome, table.tag) == ("done", "CREATE TABLE")
        assert cancelled.outcome == "cancelled"
        assert cancelled.ms is not None
        await c.run("drop role r")
    assert b"sesame" not in (state_dir() / "history.db").read_bytes()


async def test_it_is_searched_filtered_starred_and_used(
    pg: PgServer, database: str
) -> None:
    specs = [spec_of(pg, database), spec_of(pg, "postgres")]
    async with console(specs) as c:
        await c.run("select 'apple' as fruit")
        await c.run("select 1/0 as pear")
        c.main._use("postgres")
        await c.until(lambda: c.main.panes.active.talk.db_id == "postgres")
        await c.run("select 'plum' as fruit")
        await entries(c, 3)
        await c.pilot.press("ctrl+r")
        await c.sees("apple", "pear", "plum", "1 row", "F2 only postgres")
        await c.pilot.press("f3")
        await c.sees("[x] F3 failed", "failed 22012")
        await c.until(lambda: "apple" not in c.screen_text)
        await c.pilot.press("f3", "f2")
        await c.until(lambda: "apple" not in c.screen_text)
        await c.pilot.press("f2", *"fruit app")
        await c.until(lambda: len(c.app.screen._found) == 1)
        await c.sees("apple")
        await c.pilot.press("ctrl+s")
        await c.sees("★")
        # Into the editor, at the cursor.
        await c.pilot.press("enter")
        await c.until(lambda: c.app.screen is c.main)
        assert "select 'apple' as fruit" in c.pane.editor.text
        assert "plum" in c.pane.editor.text
        # Run: on the database where it was run, in a tab of its own.
        await c.pilot.press("ctrl+r", "f4")
        await c.sees("[x] F4 starred", "apple")
        await c.until(lambda: len(c.app.screen._found) == 1)
        await c.pilot.press("f5")
        await c.until(lambda: len(list(c.main.panes)) == 2)
        await c.until(lambda: c.pane.results.rows is not None)
        assert c.main.panes.active.talk.db_id == database
        assert c.pane.results.rows.row(0) == ("apple",)
        # In a new tab, without running it.
        await c.pilot.press("ctrl+r", *"plum")
        await c.until(lambda: len(getattr(c.app.screen, "_found", ())) == 1)
        await c.pilot.press("ctrl+n")
        await c.until(lambda: len(list(c.main.panes)) == 3)
        await c.until(lambda: c.pane.editor.text == "select 'plum' as fruit")
        assert c.pane.results.rows is None
        await c.pilot.press("ctrl+r", *"plum")
        await c.until(lambda: len(getattr(c.app.screen, "_found", ())) == 1)
        await c.pilot.press("ctrl+x")
        await c.sees("nothing found")
        await c.pilot.press("escape")


async def test_a_broken_history_stops_nothing(pg: PgServer, database: str) -> None:
    state_dir().mkdir(parents=True)
    (state_dir() / "history.db").mkdir()
    async with console([spec_of(pg, database)]) as c:
        await c.run("select 'goes on' as x")
        await c.until(lambda: any("history can't be used" in n for n in c.notes()))
        await c.pilot.press("ctrl+r")
        await c.sees("nothing found")
        await c.pilot.press("escape")
        await c.run("select 'further' as x")
        await c.sees("further")
