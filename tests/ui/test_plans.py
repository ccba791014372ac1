"""Plans as a user meets them: keys in, screen out."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from mdbtui.ui.screens.compare import CompareScreen
from mdbtui.ui.widgets.plan_view import PlanView
from tests.query.plans import SCHEMA
from tests.support.console import Console, console, spec_of
from tests.support.server import PgServer

JOIN = "select * from a join b on b.a_id = a.id where a.g < 9 order by b.v"


@pytest.fixture(scope="module")
def planned(pg: PgServer) -> Iterator[str]:
    """A database with tables worth planning for."""
    name = "planned"
    pg.psql("postgres", "-c", f"create database {name}")
    pg.psql(name, "-c", SCHEMA)
    yield name
    pg.psql("postgres", "-c", f"drop database {name} with (force)")


def count(pg: PgServer, database: str, table: str) -> int:
    return int(pg.psql(database, "-Atc", f"select count(*) from {table}"))


async def asks(c: Console, words: str) -> None:
    """Wait for a question that holds these words, however its lines are broken."""

    def asked() -> str:
        if len(c.app.screen_stack) == 1:
            return ""
        return " ".join(str(c.app.screen.query_one("Static").render()).split())

    await c.until(lambda: words in asked(), f"not asked: {words}")


def plans(c: Console) -> list[PlanView]:
    return [view for _, view in c.pane.results.plans]


async def test_explain_shows_a_tree_without_running(pg: PgServer, planned: str) -> None:
    async with console([spec_of(pg, planned)]) as c:
        await c.run(JOIN, "f12")
        await c.sees("Hash Join", "on public", "estimate, cost", "not run")
        await c.sees("◀ costliest", "1 plan select * from a join")
        # The details are those of the node under the cursor.
        await c.pilot.press("f4", "down")
        await c.sees("Hash Cond: (b.a_id = a.id)")


@pytest.mark.parametrize("key", ["shift+f12", "alt+shift+x"])
async def test_analyze_measures_a_query_without_asking(
    pg: PgServer, planned: str, key: str
) -> None:
    async with console([spec_of(pg, planned)]) as c:
        await c.run(JOIN, key)
        await c.sees("ANALYZE ", "planning", "◀ slowest", "own", "est→act")
        await c.until(lambda: c.pools.snapshot().in_use == 0)
        assert plans(c)[0].plan.analyzed


async def test_a_wrong_estimate_and_a_spill_are_marked(
    pg: PgServer, planned: str
) -> None:
    async with console([spec_of(pg, planned)]) as c:
        await c.run("set work_mem = '64kB'")
        sql = "select * from b where v % 2 = 0 and id % 2 = 0 order by v, id"
        await c.run(sql, "shift+f12")
        await c.sees("more rows", "■ on disk", "▲▼")
        await c.pilot.press("f4", "x")
        await c.sees("by itself")


async def test_what_writes_is_asked_about_and_rolled_back(
    pg: PgServer, planned: str
) -> None:
    before = count(pg, planned, "target")
    async with console([spec_of(pg, planned)]) as c:
        c.pane.editor.text = (
            "insert into target select i, i from generate_series(500, 599) i"
        )
        await c.pilot.press("f12")
        await c.sees("Insert on public.target", "not run")
        await c.pilot.press("shift+f12")
        await c.sees("Run it and roll it back?")
        await c.pilot.press("escape")
        await c.until(lambda: len(c.app.screen_stack) == 1)
        assert len(plans(c)) == 1
        await c.pilot.press("shift+f12")
        await c.sees("Run and roll back")
        await c.pilot.press("tab", "enter")
        await c.until(lambda: len(plans(c)) == 2)
        await c.sees("triggers", "Trigger: told on target, 100 calls", "rolled back")
        await c.until(lambda: c.pools.snapshot().in_use == 0)
    assert count(pg, planned, "target") == before


async def test_a_write_hidden_in_a_function_is_found_before_it_is_done(
    pg: PgServer, planned: str
) -> None:
    pg.psql(
        planned,
        "-c",
        "create or replace function hidden() returns int language sql volatile as"
        " $$ insert into target values (900, 1) returning id $$",
    )
    before = count(pg, planned, "target")
    async with console([spec_of(pg, planned)]) as c:
        await c.run("select hidden()", "shift+f12")
        await asks(c, "It writes (cannot execute INSERT in a read-only transaction)")
        assert not plans(c)
        await c.pilot.press("tab", "enter")
        await c.until(lambda: len(plans(c)) == 1)
        await c.until(lambda: c.pools.snapshot().in_use == 0)
    assert count(pg, planned, "target") == before


async def test_what_no_rollback_undoes_is_named(pg: PgServer, planned: str) -> None:
    async with console([spec_of(pg, planned)]) as c:
        await c.run("select nextval('counter')", "shift+f12")
        await asks(c, "It calls nextval: no rollback undoes that.")
        await c.sees("Run it all the same")
        await c.pilot.press("escape")
        await c.run("select pg_advisory_lock(7)", "f12")
        await c.sees("not run")


async def test_within_a_transaction_it_goes_on(pg: PgServer, planned: str) -> None:
    async with console([spec_of(pg, planned)]) as c:
        await c.run("begin")
        await c.run("insert into target values (700, 1)")
        await c.run("select * from nowhere", "f12")
        await c.sees('relation "nowhere" does not exist')
        await c.run("delete from target", "shift+f12")
        await asks(c, "rolled back to a savepoint")
        await c.pilot.press("tab", "enter")
        await c.until(lambda: len(plans(c)) == 1)
        await c.run(
            "select count(*) > 50 as kept from target where id in (700) or true"
        )
        await c.until(lambda: c.pane.results.rows is not None)
        assert c.pane.results.rows.row(0) == ("t",)
        # Still open, not failed, and writable.
        await c.run("update target set v = 2 where id = 700")
        await c.sees("UPDATE 1")
        await c.run("rollback")
        await c.until(lambda: c.pools.snapshot().in_use == 0)


async def test_a_mistake_is_marked_where_it_is(pg: PgServer, planned: str) -> None:
    async with console([spec_of(pg, planned)]) as c:
        c.pane.editor.text = "select 1;\n\nexplain (analyze) select *\nfrom nowhere"
        c.pane.editor.move_cursor((3, 0))
        await c.pilot.press("f12")
        await c.sees("42P01", "LINE 4: from nowhere")
        assert c.pane.editor.cursor_location == (3, 5)


async def test_what_has_no_plan_says_so(pg: PgServer, planned: str) -> None:
    async with console([spec_of(pg, planned)]) as c:
        await c.run("set work_mem = '1MB'", "f12")
        await c.until(lambda: any("have a plan" in note for note in c.notes()))


async def test_cancel_while_it_is_measured(pg: PgServer, planned: str) -> None:
    async with console([spec_of(pg, planned)]) as c:
        c.pane.editor.text = "select pg_sleep(60)"
        await c.pilot.press("shift+f12")
        await c.until(lambda: c.main.panes.active.talk.running)
        await c.until(
            lambda: (
                "pg_sleep"
                in pg.psql(
                    planned,
                    "-Atc",
                    "select query from pg_stat_activity"
                    " where state = 'active' and query like 'EXPLAIN%'",
                )
            )
        )
        await c.pilot.press("f9")
        await c.sees("cancelled")
        await c.until(lambda: c.pools.snapshot().in_use == 0)
        await c.run("select 'alive' as x")
        await c.sees("alive")


async def test_text_json_copy_and_folding(pg: PgServer, planned: str) -> None:
    async with console([spec_of(pg, planned)]) as c:
        await c.run(JOIN, "f12")
        await c.sees("Hash Join")
        await c.pilot.press("f4", "t")
        await c.sees("->  Hash Join  (cost=", "Hash Cond: (b.a_id = a.id)")
        await c.pilot.press("y")
        await c.until(lambda: c.app.clipboard.startswith("Sort  (cost="))
        await c.pilot.press("J")
        await c.sees('Node Type: "Sort"')
        await c.pilot.press("y")
        await c.until(lambda: c.app.clipboard.startswith("["))
        assert json.loads(c.app.clipboard)[0]["Plan"]["Node Type"] == "Sort"
        await c.pilot.press("J")
        await c.sees("▾ Sort")
        await c.pilot.press("left")
        await c.sees("▸ Sort")
        await c.until(lambda: "Hash Join" not in c.screen_text)
        await c.pilot.press("x")
        await c.sees("Hash Join", "▾ Sort")


async def test_a_pinned_plan_is_compared_with_a_new_one(
    pg: PgServer, planned: str
) -> None:
    async with console([spec_of(pg, planned)]) as c:
        await c.run(JOIN, "shift+f12")
        await c.until(lambda: len(plans(c)) == 1)
        await c.pilot.press("f4", "c")
        await c.until(lambda: any("no other plan" in note for note in c.notes()))
        await c.pilot.press("P")
        await c.run("set enable_hashjoin = off")
        assert len(plans(c)) == 1
        await c.run(JOIN, "shift+f12")
        await c.until(lambda: len(plans(c)) == 2)
        await c.pilot.press("f4", "c")
        await c.sees("before", "now", "execution", "planning", "cost")
        assert isinstance(c.app.screen, CompareScreen)
        first, second = (view.plan for view in plans(c))
        joins = [
            n.title for n in second.nodes if "Join" in n.title or "Loop" in n.title
        ]
        assert "Hash Join" in {n.title for n in first.nodes}
        assert "Hash Join" not in joins
        await c.sees("Hash Join", *joins)
        await c.pilot.press("x", "escape")
        await c.until(lambda: len(c.app.screen_stack) == 1)


async def test_r_explains_again(pg: PgServer, planned: str) -> None:
    async with console([spec_of(pg, planned)]) as c:
        await c.run(JOIN, "f12")
        await c.until(lambda: len(plans(c)) == 1)
        await c.pilot.press("f4", "R")
        await c.until(lambda: len(plans(c)) == 2)


async def test_eighty_by_twenty_four(pg: PgServer, planned: str) -> None:
    async with console([spec_of(pg, planned)], size=(80, 24)) as c:
        await c.run(JOIN, "shift+f12")
        await c.sees("ANALYZE", "own", "est→act", "Hash Join", "slowest")
        await c.pilot.press("f4", "ctrl+g")
        await c.sees("◀ slowest", "by itself")


async def test_hostile_names_stay_harmless(pg: PgServer, planned: str) -> None:
    pg.psql(planned, "-c", 'create table if not exists "ev\x1bil [/x]"(a int)')
    async with console([spec_of(pg, planned)]) as c:
        await c.run('select * from "ev\x1bil [/x]"', "f12")
        await c.sees("ev␛il [/x]")
        await c.pilot.press("f4", "t")
        await c.sees("ev␛il [/x]")


async def test_help_and_palette_know_it(pg: PgServer, planned: str) -> None:
    async with console([spec_of(pg, planned)], size=(140, 60)) as c:
        titles = {command.title for command in c.main.commands()}
        await c.pilot.press("f1", *"plan")
        await c.sees("F12", "Compare with another plan", "Slowest node")
    assert "Explain: show the plan" in titles
    assert "Explain analyze: run, measure, roll back" in titles
