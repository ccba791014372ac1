"""alt+w: what a watch shows, by keys on real databases, and its lines by tables."""

from __future__ import annotations

import pytest

from mdbtui.config import Environment
from mdbtui.config.targets import TargetChoice
from mdbtui.query.changes import Answer, Pair, board_of
from mdbtui.query.rows import Column
from mdbtui.ui.screens.watch import WatchScreen
from mdbtui.ui.widgets import watch_lines
from mdbtui.ui.widgets.watch_lines import Chart
from tests.support.console import Console, console, dead_spec, spec_of
from tests.support.server import PgServer

COLUMNS = (Column("k", 25, "text", False), Column("n", 23, "int4", True))


def test_what_changed_is_marked_not_only_by_colour() -> None:
    before = Answer(COLUMNS, (("a", "1"), ("b", "5"), ("c", "3"), ("d", "4")))
    now = Answer(COLUMNS, (("a", "2"), ("b", "4"), ("c", None), ("e", "9")))
    board = board_of({"one": Pair(before, now)})
    rows = watch_lines.rows_of(board, {"two": "down"}, "NULL", several=True)
    assert [row.cells for row in rows] == [
        ("≠", "one", "a", "▲ 2"),
        ("≠", "one", "b", "▼ 4"),
        ("≠", "one", "c", "≠ NULL"),
        ("+", "one", "e", "9"),
        ("−", "one", "d", "4"),
        ("×", "two: down", "", ""),
    ]
    # What is copied is the value; what is sorted by is the number.
    assert rows[0].copies == {3: "2"}
    assert rows[0].values[3] == 2.0
    alone = watch_lines.rows_of(board, {"one": "down"}, "NULL", several=False)
    assert alone[0].cells == ("≠", "a", "▲ 2")
    assert len(alone) == 5


@pytest.mark.parametrize("width", [40, 80, 200])
@pytest.mark.parametrize("lines", [1, 2, 4])
def test_charts_fit_and_have_gaps(width: int, lines: int) -> None:
    charts = [
        Chart("grows", [None, 1.0, 2.0, None, 4.0]),
        Chart("stays", [7.0] * 5),
        Chart("down", [3.0, -3.0, None, None, None], "down"),
        Chart("never", [None] * 5, "down"),
    ]
    for together in (False, True):
        drawn = watch_lines.chart_lines(charts, width, lines, together=together)
        assert len(drawn) == 4 * lines
        texts = ["".join(text for text, _ in line) for line in drawn]
        assert {len(text) for text in texts} == {width}
        first = texts[0]
        assert first.split()[:2] == ["grows", "4"]
        assert texts[2 * lines].split()[:2] == ["down", "×"]
    if width > 40 and lines == 1:
        drawn = watch_lines.chart_lines(charts, width, lines, together=False)
        first = "".join(text for text, _ in drawn[0])
        assert " ▁▃ █▏ 1–4" in first


def watching(c: Console) -> WatchScreen:
    assert isinstance(c.app.screen, WatchScreen)
    return c.app.screen


async def test_a_set_is_watched_by_keys(pg: PgServer, database: str) -> None:
    other = f"{database}_2"
    pg.psql(database, "-c", "create table t as select 1 as n, 'x' as k")
    pg.psql("postgres", "-c", f"create database {other} template {database}")
    try:
        specs = [spec_of(pg, name, tags=("t",)) for name in (database, other)]
        async with console([*specs, dead_spec("gone")], size=(100, 30)) as c:
            c.main.panes.active.tab.targets = TargetChoice(where="t | gone")
            c.pane.editor.text = "select k, n from t where n < :most"
            await c.pilot.press("alt+w")
            await c.sees("Values", ":most")
            await c.pilot.press(*"99999", "enter")
            await c.until(lambda: isinstance(c.app.screen, WatchScreen))
            screen = watching(c)
            await c.sees("⟳ watching ⇉ 3 databases", "every 2 s", "1 failed")
            await c.sees(
                "× gone: nothing accepts connections", "gone: ", "over the rounds"
            )
            await c.pilot.press(*["plus"] * 2)
            await c.sees("every 0.5 s")
            pg.psql(other, "-c", "update t set n = 5")
            await c.until(lambda: "5" in screen.rounds.board.lines[1].row)
            await c.pilot.press("p")
            await c.sees("‖ paused")
            await c.until(lambda: not screen.rounds.under_way)
            number = screen.rounds.number
            # A round that was begun by hand shows what changed since the last one.
            pg.psql(other, "-c", "update t set n = 54321")
            await c.pilot.press(*["minus"] * 5)
            await c.sees("every 30 s")
            await c.pilot.press("f5")
            await c.until(lambda: screen.rounds.number > number)
            await c.sees("▲ 54321", "⟳ watching", "each on its own scale", "1–54,321")
            await c.pilot.press("e")
            await c.sees("one scale")
            await c.pilot.press("slash", *"4321", "enter")
            await c.until(lambda: len(screen.grid.shown) == 1)
            await c.pilot.press("right", "right", "right", "enter")
            await c.sees(f"n · {other}")
            await c.pilot.press("escape", "escape")
            await c.until(lambda: c.app.screen is c.main)
            for name in (database, other):
                await c.until(lambda n=name: c.pools.snapshot().by_id(n).in_use == 0)
            await c.pilot.press("ctrl+r")
            await c.sees("select k, n from t where n", "3 databases", "watched")
            await c.pilot.press("escape")
            # The interval is kept for the next one.
            await c.pilot.press("alt+w")
            await c.sees("Values")
            await c.pilot.press("enter")
            await c.sees("every 30 s")
    finally:
        pg.psql("postgres", "-c", f"drop database {other} with (force)")


async def test_one_database_is_watched_and_what_writes_is_refused(
    pg: PgServer, database: str
) -> None:
    production = Environment("production")
    async with console([spec_of(pg, database, environment=production)]) as c:
        c.pane.editor.text = "create table t ()"
        await c.pilot.press("alt+w")
        await c.until(lambda: "Only what reads is watched" in " ".join(c.notes()))
        c.pane.editor.text = "select pg_reload_conf()"
        await c.pilot.press("alt+w")
        await c.sees("Run it in production?", "it calls pg_reload_conf")
        await c.pilot.press("escape")
        await c.until(lambda: "name was not typed" in " ".join(c.notes()))
        # What fails keeps its place, and is told.
        c.pane.editor.text = "select 1 / 0 as n"
        await c.pilot.press("alt+w")
        await c.sees("1 failed", f"× {database}: division by zero")
        await c.pilot.press("escape")
        await c.until(lambda: c.app.screen is c.main)
        c.pane.editor.text = "select 'steady' as k, statement_timestamp() as at"
        await c.pilot.press("alt+w")
        await c.sees(f"watching {database}", "steady", "no numeric column to draw")
        await c.pilot.press("f5")
        await c.sees("≠ 20")
        await c.pilot.press("escape")
        await c.until(lambda: c.app.screen is c.main)
        await c.run("select 'goes on' as after")
        await c.sees("goes on")
