"""Finding and filtering in rows that are still to come."""

from __future__ import annotations

import asyncio

import pytest

from mdbtui.ui.widgets import grid_find, grid_rows
from mdbtui.ui.widgets.grid_scan import More, Needle, find
from tests.support.console import console, spec_of
from tests.support.grid import people, person, shown
from tests.support.rows import ListSource
from tests.support.server import PgServer
from tests.support.waiting import eventually

NUMBERS = "select g as n, 'row ' || g as word from generate_series(1, {}) g"


class Arriving(ListSource):
    """Rows that come when they are wanted, as many as are asked for."""

    def __init__(self, total: int, first: int = 100) -> None:
        start = people(first)
        super().__init__(start.columns, (person(i) for i in range(first)))
        self.complete = total <= first
        self.total = total

    def want(self, first: int, last: int) -> None:
        super().want(first, last)
        until = min(last + 1, self.total)
        if until > self.count and self.count > 0:
            asyncio.get_running_loop().call_later(0.001, self._bring, until)

    def _bring(self, until: int) -> None:
        if until > self.count:
            rows = [person(i) for i in range(self.count, until)]
            self.add(rows, complete=until >= self.total)


async def test_a_search_goes_on_in_rows_that_arrive() -> None:
    source = Arriving(70_000)
    async with shown(source, (120, 20)) as (pilot, app, grid):
        await pilot.press("slash", *"on 65000")
        await eventually(lambda: grid.cursor_row == 65_000)
        assert source.count < 70_000 or source.complete
        await eventually(lambda: "found" in app.screen_lines()[-1])
        await pilot.press("enter", "n")
        await eventually(lambda: "from the other end" in grid.note)
        assert source.complete


async def test_a_search_that_comes_to_the_end_looks_at_the_beginning() -> None:
    source = Arriving(50_000)
    async with shown(source, (120, 20)) as (pilot, _app, grid):
        grid.go_to(50, 0)
        await pilot.press("slash", *"remark on 7", "enter")
        await eventually(lambda: grid.cursor_row == 70)
        grid.mark("user 6 ")
        await pilot.press("n")
        await eventually(lambda: grid.note.endswith("not found"))
        assert source.complete


async def test_a_search_rests_at_its_bound_and_goes_on_from_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(grid_find, "FETCHED_ROWS", 30_000)
    source = Arriving(200_000)
    async with shown(source, (120, 20)) as (pilot, app, grid):
        await pilot.press("slash", *"on 190000")
        await eventually(lambda: "(n searches on)" in grid.note)
        assert source.count < 100_000
        await eventually(lambda: "not found up to row" in app.screen_lines()[-1])
        await pilot.press("enter")
        await eventually(lambda: len(app.screen_stack) == 1)
        reads = source.read
        looked_at = source.count
        await pilot.press("n")
        await eventually(lambda: source.count > looked_at and not grid.searching)
        assert "(n searches on)" in grid.note
        # The rows of the first search were not looked at again.
        assert source.read - reads < source.count - looked_at + 5_000
        for _ in range(5):
            await pilot.press("n")
            await eventually(lambda: not grid.searching)
        assert grid.cursor_row == 190_000


async def test_escape_stops_a_search_and_n_goes_on() -> None:
    source = people(100, complete=False)
    async with shown(source, (120, 20)) as (pilot, app, grid):
        await pilot.press("slash", *"on 105", "enter")
        await eventually(lambda: len(app.screen_stack) == 1)
        await eventually(lambda: "searching … row 100 (Esc stops)" in grid.note)
        await pilot.press("escape")
        await eventually(lambda: "search stopped at row 100" in grid.note)
        assert grid.needle == "on 105"
        assert not grid.searching
        source.add([person(i) for i in range(100, 110)], complete=True)
        await pilot.press("n")
        await eventually(lambda: grid.cursor_row == 105)
        await pilot.press("escape")
        assert grid.needle == ""


async def test_escape_in_the_prompt_ends_a_search_that_waits() -> None:
    source = people(100, complete=False)
    async with shown(source) as (pilot, app, grid):
        await pilot.press("slash", *"zzz")
        await eventually(lambda: "searching" in grid.note)
        await pilot.press("escape")
        await eventually(lambda: len(app.screen_stack) == 1 and not grid.searching)
        assert grid.needle == ""
        assert not app.workers


async def test_the_search_waits_for_the_first_row() -> None:
    source = people(0, complete=False)
    async with shown(source) as (pilot, _app, grid):
        await pilot.press("slash", *"on 3")
        await eventually(lambda: "searching" in grid.note)
        source.add([person(i) for i in range(10)], complete=True)
        await eventually(lambda: grid.cursor_row == 3)


async def test_going_back_asks_for_no_more_rows() -> None:
    source = people(100, complete=False)
    async with shown(source, (120, 20)) as (pilot, _app, grid):
        grid.mark("zzz")
        await pilot.press("N")
        await eventually(lambda: "not in the 100 rows here" in grid.note)


async def test_the_end_of_the_stream_ends_a_search() -> None:
    source = people(100, complete=False)
    async with shown(source, (120, 20)) as (pilot, _app, grid):
        await pilot.press("slash", *"zzz")
        await eventually(lambda: "searching" in grid.note)
        source.add([], complete=True)
        await eventually(lambda: grid.note.endswith("not found"))


async def test_more_is_asked_only_forwards_and_at_the_end() -> None:
    class Growing:
        row_count = 3

        def row(self, row: int) -> tuple[str]:
            return ("b" if row == 4 else "a",)

    rows, asked = Growing(), []

    async def more(row: int) -> More:
        asked.append(row)
        rows.row_count = 5
        return More.ROWS

    async def there(_row: int) -> bool:
        return True

    found = await find(rows, (0,), Needle.of("b"), (1, 0), 1, there, more)
    assert (found.row, asked) == (4, [3])
    asked.clear()
    found = await find(rows, (0,), Needle.of("b"), (1, 0), -1, there, more)
    assert (found.row, found.wrapped, asked) == (4, True, [])


async def test_a_filter_fetches_until_its_page_is_full(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(grid_rows, "_FILTERED_AT_ONCE", 1_000)
    source = Arriving(1_000_000)
    async with shown(source, (120, 20)) as (pilot, _app, grid):
        await pilot.press("ampersand", *"000", "enter")
        await eventually(lambda: grid.row_count >= 30)
        await pilot.pause(0.1)
        fetched = source.count
        assert fetched <= 70_000
        await pilot.press(*["pagedown"] * 4)
        await eventually(lambda: source.count > fetched)


async def test_a_filter_rests_at_its_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grid_rows, "FETCHED_ROWS", 30_000)
    source = Arriving(200_000)
    async with shown(source, (160, 20)) as (pilot, _app, grid):
        await pilot.press("ampersand", *"zzz", "enter")
        await eventually(lambda: "filter rests (ctrl+End goes on)" in grid.note)
        assert source.count < 60_000


async def test_finding_by_keys_in_rows_at_the_server(
    pg: PgServer, database: str
) -> None:
    async with console([spec_of(pg, database)]) as c:
        await c.run(NUMBERS.format(60_000))
        await c.sees("+ rows")
        await c.pilot.press("f4", "slash", *"row 50000", "enter")
        await c.sees("50000▸", "found")
        grid = c.pane.results.grid
        assert grid is not None
        assert grid.cursor_row == 49_999
        await c.pilot.press("slash", *"row 60001", "enter")
        await c.sees("all 60,000 rows · not found")


async def test_a_search_at_a_slow_server_is_stopped_by_escape(
    pg: PgServer, database: str
) -> None:
    sql = "select g from (select 1 g union all select 2 from pg_sleep(60)) s"
    async with console([spec_of(pg, database)]) as c:
        await c.run("select g, repeat('x', 20000) from generate_series(1, 3000) g")
        await c.run(sql.replace("select 1 g", "select generate_series(1, 5000) g"))
        await c.pilot.press("f4", "slash", *"zzz", "enter")
        await c.sees("searching …", "Esc stops")
        await c.pilot.press("escape")
        await c.sees("search stopped at row")
        assert not c.main.panes.active.talk.running
