"""b: each database's own result beside the others, driven by keys."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from mdbtui.config.targets import TargetChoice
from mdbtui.ui.screens.each import EachScreen
from tests.support.console import Console, console, dead_spec, spec_of
from tests.support.server import PgServer


@pytest.fixture(scope="module")
def three(pg: PgServer) -> Iterator[list[str]]:
    """Three databases with tables of different length and shape."""
    names = [f"side_{name}" for name in "abc"]
    for number, name in enumerate(names, 1):
        pg.psql("postgres", "-c", f"create database {name} template template1")
        sql = f"select i, '{name}-' || i as w from generate_series(1, {number * 40}) i"
        pg.psql(name, "-c", f"create table t as {sql}")
    pg.psql(names[2], "-c", "alter table t add own text default 'only c'")
    yield names
    for name in names:
        pg.psql("postgres", "-c", f"drop database {name} with (force)")


def each(c: Console) -> EachScreen:
    assert isinstance(c.app.screen, EachScreen)
    return c.app.screen


async def test_results_are_side_by_side_and_move_together(
    pg: PgServer, three: list[str]
) -> None:
    dead = dead_spec("side_down")
    specs = [spec_of(pg, name) for name in three]
    async with console([specs[0], dead, *specs[1:]], size=(80, 24)) as c:
        await c.pilot.press("f4", "b")
        await c.until(lambda: "No result of several" in " ".join(c.notes()))
        c.main.panes.active.tab.targets = TargetChoice(where="side_*")
        await c.run("select * from t order by 1")
        await c.until(lambda: c.main.panes.active.pane.results.fan_out is not None)
        await c.pilot.press("f4", "ctrl+home", "b")
        await c.until(lambda: isinstance(c.app.screen, EachScreen))
        # Which answer came first is open: begin with the first database.
        await c.pilot.press(*["left"] * 3)
        await c.sees("databases 1 to 2 of 4", "▸✓ side_a · 40 rows", " side_down · ")
        await c.sees("side_a-1", "nothing accepts", "What to try")
        # Down all the way; the next ones are at the same row.
        await c.pilot.press("ctrl+end")
        await c.sees("side_a-40")
        await c.pilot.press("right", "right", "right")
        await c.sees("databases 3 to 4 of 4", "▸✓ side_c · 120 rows", "only c")
        left, right = (pane.grid for pane in each(c).shown)
        assert (left.cursor_row, right.cursor_row) == (39, 39)
        await c.pilot.press("pagedown", "l")
        assert left.cursor_row == right.cursor_row > 50
        assert left.cursor_col == right.cursor_col == 1
        assert left.scroll_offset.y == right.scroll_offset.y
        await c.pilot.press("enter")
        await c.sees("w · row", "of side_c")
        await c.pilot.press("escape")
        # More room shows more of them.
        await c.pilot.resize_terminal(200, 50)
        await c.sees("databases 1 to 4 of 4", "side_down", "only c")
        await c.pilot.press("escape")
        await c.until(lambda: c.app.screen is c.main)
