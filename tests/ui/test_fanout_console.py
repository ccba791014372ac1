"""A tab on many databases: targets, the live grid, the outcomes, the differences."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from textual.widgets import Input

from mdbtui.config import ConnectionSpec, Environment
from mdbtui.config.tabs import KeptTab, open_store
from mdbtui.config.targets import TargetChoice
from mdbtui.ui import demo_tab
from mdbtui.ui.screens.differences import DifferencesScreen
from mdbtui.ui.services import Services
from mdbtui.ui.widgets.fanout_view import FanOutView
from tests.support.console import Console, console, dead_spec, spec_of
from tests.support.server import PgServer

PRODUCTION = Environment("production")


@pytest.fixture(scope="module")
def tenants(pg: PgServer) -> Iterator[list[str]]:
    """Four databases; the last one has drifted."""
    names = [f"tenant_{name}" for name in "abcd"]
    for name in names:
        pg.psql("postgres", "-c", f"create database {name} template template1")
        pg.psql(
            name,
            "-c",
            "create table m as select i as version, 'step ' || i as what"
            " from generate_series(1, 5) i",
        )
    pg.psql(
        names[-1],
        "-c",
        "delete from m where version = 4; update m set what = 'by hand' where"
        " version = 2; alter table m alter version type bigint",
    )
    yield names
    for name in names:
        pg.psql("postgres", "-c", f"drop database {name} with (force)")


def specs(pg: PgServer, tenants: list[str]) -> list[ConnectionSpec]:
    return [
        *(
            spec_of(pg, name, tags=("tenant",), group="T", environment=PRODUCTION)
            for name in tenants
        ),
        dead_spec("legacy"),
    ]


async def choose(c: Console, expression: str) -> None:
    """Set the tab's targets by keys."""
    await c.pilot.press("alt+t")
    await c.sees("Run this tab's statements on")
    c.app.screen.query_one("#where").value = expression
    await c.pilot.pause()
    await c.pilot.press("enter")
    await c.until(lambda: c.app.screen is c.main)


def view(c: Console) -> FanOutView:
    found = c.pane.results.fan_out
    assert found is not None
    return found


async def test_one_deviates_one_is_down_and_it_is_seen(
    pg: PgServer, tenants: list[str]
) -> None:
    async with console(specs(pg, tenants), size=(160, 44)) as c:
        await choose(c, "tenant | legacy")
        await c.sees("⇉ 5 databases")
        await c.run("select * from m order by 1")
        await c.sees(
            "4 of 5 answered, 1",
            "legacy",
            "19 rows of 4 databases",
            "≠version",
            "≠ 1 of 4 deviates · tenant_d: 1 missing, 1 value differs",
        )
        assert "× failed" in c.screen_text or "– skipped" in c.screen_text
        # The rows of one database, and all again.
        await c.pilot.press("f4", "o", "down", "f")
        await c.until(lambda: c.pane.results.grid.row_count == 5)
        await c.sees("only tenant_a (f: all)")
        await c.pilot.press("f")
        await c.until(lambda: c.pane.results.grid.row_count == 19)
        # All about one of them.
        await c.pilot.press("up", "enter")
        await c.sees("waited", "127.0.0.1:1", "What to try")
        await c.pilot.press("escape")
        # Trying again only those that failed.
        before = c.pools.snapshot().by_id("tenant_a").queries
        await c.pilot.press("r")
        await c.until(lambda: not c.main.panes.active.talk.running)
        assert view(c).rows.count == 19
        assert c.pools.snapshot().by_id("tenant_a").queries == before
        # What differs, in full.
        await c.pilot.press("alt+d")
        await c.until(lambda: isinstance(c.app.screen, DifferencesScreen))
        await c.sees(
            "≠ 1 of 4 deviates",
            "not compared: legacy",
            "= as most",
            "by hand",
            "step 2",
            "version is int8, elsewhere int4",
            "rows matched by version",
        )
        await c.pilot.press("down", "space", "space")
        await c.sees("tenant_a (here) and tenant_b (elsewhere)", "nothing differs")
        await c.pilot.press("escape")
        await c.until(lambda: c.app.screen is c.main)


async def test_the_same_everywhere_is_said_as_loudly_and_exported(
    pg: PgServer, tenants: list[str], tmp_path: Path
) -> None:
    async with console(specs(pg, tenants)[:3]) as c:
        await choose(c, "tenant")
        await c.run("select * from m")
        await c.sees("3 of 3 answered", "= the same everywhere: 5 rows in 3 databases")
        # Sorted here, by number.
        await c.pilot.press("f4", "right", "s", "s")
        await c.until(lambda: c.pane.results.grid.row(0)[1] == "5")
        await c.pilot.press("left", "s")
        await c.until(lambda: c.pane.results.grid.row(14)[0] == "tenant_c")
        # The next one takes its place, without an empty grid between the two.
        shown, hidden = view(c), False
        first, plain = shown.fan, shown.add_class

        def add_class(*names: str, update: bool = True) -> FanOutView:
            nonlocal hidden
            hidden = hidden or "-hidden" in names
            return plain(*names, update=update)

        shown.add_class = add_class  # type: ignore[method-assign]
        await c.pilot.press("R")
        await c.until(lambda: view(c).fan is not first and view(c).rows.complete)
        assert view(c) is shown
        assert not hidden
        await c.sees("15 rows of 3 databases")
        # All rows in a file, the database first.
        await c.pilot.press("E")
        await c.sees("Export all rows")
        path = tmp_path / "out.csv"
        c.app.screen.query(Input).first().value = str(path)
        await c.pilot.press("ctrl+s")
        await c.until(path.exists)
        lines = path.read_text().splitlines()
        assert lines[0] == "database,version,what"
        assert [line.split(",")[0] for line in lines[1:]] == [
            name for name in tenants[:3] for _ in range(5)
        ]


async def test_targets_are_picked_by_words_or_by_hand(
    pg: PgServer, tenants: list[str]
) -> None:
    async with console(specs(pg, tenants)) as c:
        await c.pilot.press("alt+t")
        await c.pilot.press("left_parenthesis", *"tenant")
        await c.sees("^ this ( is never closed")
        await c.pilot.press("right_parenthesis")
        await c.sees("4 of 5 databases")
        c.app.screen.query_one("#where").value = "tenat"
        await c.sees("0 of 5 databases · no connection has “tenat”")
        c.app.screen.query_one("#where").value = "tenant"
        await c.sees("4 of 5 databases")
        # From here on by hand: the expression goes.
        await c.sees("●  ▾ T", "group of 4")
        await c.pilot.press("tab", "tab", "down", "space")
        await c.sees("3 of 5 databases")
        assert "●  ▾ T" not in c.screen_text
        assert c.app.screen.query_one("#where").value == ""
        await c.pilot.press("enter")
        await c.until(lambda: c.app.screen is c.main)
        expected = TargetChoice(("tenant_b", "tenant_c", "tenant_d"))
        assert c.main.panes.active.tab.targets == expected
        await c.sees("⇉ 3 databases")
        # A group picks its members, and the second time takes them back.
        await c.pilot.press("alt+t", "tab", "tab", "space")
        await c.sees("4 of 5 databases", "●  ▾ T")
        await c.pilot.press("up", "space")
        await c.sees("0 of 5 databases")
        await c.pilot.press("escape")
        # Nothing picked: the tab's own database again.
        await c.pilot.press("alt+t", "tab", "tab", "minus", "enter")
        await c.until(lambda: not c.main.panes.active.tab.targets)
        await c.run("select current_database() as here")
        await c.sees("tenant_a")
        assert c.pane.results.fan_out is None


async def test_what_may_write_is_refused_or_asked_about(
    pg: PgServer, tenants: list[str]
) -> None:
    async with console(specs(pg, tenants)[:3]) as c:
        await choose(c, "tenant")
        await c.run("set work_mem = '1MB'")
        await c.until(lambda: "runs on one database at a time" in " ".join(c.notes()))
        await c.run(r"\dt")
        await c.until(lambda: "psql's commands run on one" in " ".join(c.notes()))
        await c.run("select pg_reload_conf()")
        await c.sees("Run it in production?", "it calls pg_reload_conf", "tenant_c")
        await c.pilot.press(*"tenant", "enter")
        await c.until(lambda: "name was not typed" in " ".join(c.notes()))
        await c.run("select nextval('nowhere')")
        await c.sees("Run it in production?")
        c.app.screen.query_one("Input").value = "tenant_a"
        await c.pilot.press("enter")
        await c.sees("0 of 3 answered, 3 failed (3 no such table)")
        await c.sees("no database answered")
        assert pg.psql(tenants[0], "-c", "select count(*) from m") == "5\n"


async def test_values_are_asked_once_and_bound_for_each_database(
    pg: PgServer, tenants: list[str]
) -> None:
    dead, *alive = specs(pg, tenants)[::-1]
    async with console([dead, *alive], size=(160, 44)) as c:
        await choose(c, "tenant | legacy")
        c.pane.editor.text = "select what from m where version = :which"
        c.pane.editor.focus()
        await c.pilot.press("f5")
        await c.sees("Values", ":which int8")
        await c.pilot.press("2", "enter")
        await c.sees(
            "4 of 5 answered", "step 2", "by hand", "tenant_d: 1 value differs"
        )
        assert view(c).rows.count == 4
        # What every server refuses is told at its place, and nothing is run.
        await c.run("select nothing from nowhere where x = $1")
        await c.sees('relation "nowhere" does not exist')


async def test_a_run_is_cancelled_and_the_tab_goes_on(
    pg: PgServer, tenants: list[str]
) -> None:
    async with console(specs(pg, tenants)[:3]) as c:
        await choose(c, "tenant")
        c.pane.editor.text = (
            "select pg_sleep(60 * (current_database() <> 'tenant_a')::int), 'fan' as x"
        )
        c.pane.editor.focus()
        await c.pilot.press("f5")
        # The first answer is there whatever the others do.
        await c.sees("1 of 3 answered, 2 under way", "▸ running", "fan")
        await c.pilot.press("f9")
        await c.until(lambda: not c.main.panes.active.talk.running)
        await c.sees("1 of 3 answered, 2 cancelled")
        await c.run("select 'alive' as y")
        await c.sees("3 of 3 answered", "alive")
        for name in tenants[:3]:
            await c.until(lambda n=name: c.pools.snapshot().by_id(n).in_use == 0)


def test_targets_are_kept_with_the_tab(tmp_path: Path) -> None:
    choice = TargetChoice(("a", "b ü"), "tenant & !x")
    store, _ = open_store(tmp_path, 50)
    store.write(KeptTab("k", "select 1", targets=choice.kept))
    store.close()
    _, tabs = open_store(tmp_path, 50)
    assert TargetChoice.from_kept(tabs[0].targets) == choice
    for broken in ("", "{", "[]", '{"where": 1}', '{"names": "x"}', "null"):
        assert not TargetChoice.from_kept(broken)


async def test_the_demo_leads_to_the_tenant_that_deviates(
    pg: PgServer, tenants: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Services, "has_demo", True)
    monkeypatch.setattr(demo_tab, "TEXT", "-- a\n-- b\nselect * from m order by 1;\n")
    shop, *rest = specs(pg, tenants)[::-1]
    async with console([shop, *rest], size=(80, 24)) as c:
        await c.sees("1 legacy", "2 tenants · ⇉ 4")
        await c.pilot.press("alt+right", "f5")
        await c.sees("4 of 4 answered", "tenant_d: 1 missing")
        # It is made once; the palette brings it back to the front.
        await c.pilot.press("alt+left")
        offered = {command.title: command for command in c.main.commands()}
        offered["Demo: ask all tenants at once"].callback()
        await c.until(lambda: c.main.panes.active.tab.name == "tenants")
        assert len(list(c.main.panes)) == 2
