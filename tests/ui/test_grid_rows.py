"""Finding, sorting and filtering rows."""

from __future__ import annotations

import asyncio
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mdbtui.query.rows import Column
from mdbtui.ui.widgets import grid_rows
from mdbtui.ui.widgets.grid import ResultGrid
from mdbtui.ui.widgets.grid_scan import Needle, find
from mdbtui.ui.widgets.grid_sort import UnsortableError, sort_rows
from tests.support.grid import people, person, shown
from tests.support.rows import INT4, ListSource, column
from tests.support.waiting import eventually


class Rows:
    """Rows for the searching functions."""

    def __init__(self, rows: list[tuple[str | None, ...] | None]) -> None:
        self.rows = rows

    @property
    def row_count(self) -> int:
        return len(self.rows)

    def row(self, row: int) -> tuple[str | None, ...] | None:
        return self.rows[row]


async def never(_row: int) -> bool:
    return False


CELLS = st.sampled_from([None, "", "a", "b", "xa", "A"])


@settings(derandomize=True, max_examples=200, deadline=None)
@given(
    rows=st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=1, max_size=6),
    start=st.tuples(st.integers(0, 5), st.integers(0, 2)),
    step=st.sampled_from([1, -1]),
    text=st.sampled_from(["a", "A", "b"]),
)
def test_find_agrees_with_looking_at_every_cell(
    rows: list[tuple[str | None, ...]],
    start: tuple[int, int],
    step: int,
    text: str,
) -> None:
    start = min(start[0], len(rows) - 1), start[1]
    order = (2, 0, 1)
    cells = [(r, c) for r in range(len(rows)) for c in range(3)][::step]
    at = cells.index(start)
    needle = Needle.of(text)
    expected = next(
        (
            (r, c)
            for r, c in cells[at:] + cells[:at]
            if needle.within(rows[r][order[c]])
        ),
        None,
    )
    found = asyncio.run(find(Rows(list(rows)), order, needle, start, step, never))
    assert (None if found.row is None else (found.row, found.col)) == expected


def test_small_letters_match_any_case() -> None:
    assert Needle.of("user").within("USER 1")
    assert not Needle.of("User").within("USER 1")
    assert not Needle.of("x").within(None)


async def test_find_gives_the_loop_its_turn() -> None:
    rows = Rows([("x" * 50, "y" * 50)] * 200_000)
    longest, done = 0.0, False

    async def watch() -> None:
        nonlocal longest
        while not done:
            start = time.thread_time()
            await asyncio.sleep(0)
            longest = max(longest, time.thread_time() - start)

    watcher = asyncio.create_task(watch())
    found = await find(rows, (0, 1), Needle.of("nowhere"), (0, 0), 1, never)
    done = True
    await watcher
    assert found.row is None
    assert found.searched == 200_000
    assert longest < 0.1  # 5 ms slices, and what else runs on the machine


async def test_typing_finds_at_once_and_keys_go_on() -> None:
    async with shown(people(100)) as (pilot, app, grid):
        await pilot.press("slash", *"user 3")
        await eventually(lambda: grid.cursor_row == 3)
        assert grid.cursor_col == 1
        await pilot.press("down")
        await eventually(lambda: grid.cursor_row == 10)
        await pilot.press("enter")
        await eventually(lambda: len(app.screen_stack) == 1)
        await pilot.press("n")
        await eventually(lambda: grid.cursor_row == 17)
        await pilot.press("N", "N")
        await eventually(lambda: grid.cursor_row == 3)
        await pilot.press("N")
        await eventually(lambda: grid.cursor_row == 94)
        assert "other end" in grid.note
        await pilot.press("escape")
        assert grid.needle == ""


async def test_escape_in_the_prompt_goes_back() -> None:
    async with shown(people(100)) as (pilot, app, grid):
        await pilot.press("down", "ctrl+f", *"remark on 77")
        await eventually(lambda: grid.cursor_row == 77)
        await pilot.press("escape")
        await eventually(lambda: len(app.screen_stack) == 1)
        assert (grid.cursor_row, grid.cursor_col, grid.needle) == (1, 0, "")


async def test_what_is_not_found_is_said() -> None:
    async with shown(people(100), (120, 20)) as (pilot, app, grid):
        await pilot.press("slash", *"zzz")
        await eventually(lambda: grid.note.endswith("not found"))
        await eventually(lambda: "not found" in app.screen_lines()[-1])


async def test_find_waits_for_rows_that_are_not_at_hand() -> None:
    source = people(5)
    source.add([None] * 3, complete=True)
    async with shown(source) as (pilot, _app, grid):
        await pilot.press("slash", *"on 7")
        await pilot.pause()
        assert grid.cursor_row == 0
        source.rows[5:] = [person(i) for i in range(5, 8)]
        source.tell()
        await eventually(lambda: grid.cursor_row == 7)


async def test_find_gives_up_rows_that_never_come(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(grid_rows, "_ARRIVAL_S", 0.05)
    source = people(5)
    source.add([None] * 3, complete=True)
    async with shown(source) as (_, _app, grid):
        found = await grid.find("zzz", row=0, col=0)
        assert found is not None
        assert found.missing
        assert found.searched == 5


async def test_the_prompt_lies_on_the_grids_last_line() -> None:
    async with shown(people(100)) as (pilot, app, _grid):
        await pilot.press("slash")
        await eventually(lambda: "Find" in app.screen_lines()[-1])
        assert "user 3" in app.screen_lines()[4]
        await pilot.resize_terminal(100, 30)
        await eventually(lambda: "Find" in app.screen_lines()[-1])
        await pilot.click(offset=(10, 5))
        await eventually(lambda: len(app.screen_stack) == 1)


async def test_filtering() -> None:
    async with shown(people(100)) as (pilot, app, grid):
        await pilot.press("ampersand", *"user 3", "enter")
        await eventually(lambda: grid.row_count == 14)
        assert grid.note == "14 matching of all 100 rows"
        await eventually(lambda: "  11 " in app.screen_lines()[2])
        await pilot.press("down", "y")
        await eventually(lambda: app.last(ResultGrid.CopyRequested) is not None)
        await pilot.press("escape")
        assert app.last(ResultGrid.CopyRequested).text == "10"
        assert grid.row_count == 100
        assert grid.cursor_row == 10


async def test_a_filter_takes_in_rows_that_arrive() -> None:
    source = people(10, complete=False)
    async with shown(source) as (_, app, grid):
        grid.filter_rows("user 3")
        await eventually(lambda: grid.row_count == 1)
        source.add([person(i) for i in range(10, 20)], complete=True)
        await eventually(lambda: grid.row_count == 3)
        await eventually(lambda: "user 3" in app.screen_lines()[3])
        grid.filter_rows("no such row")
        await eventually(
            lambda: any("no matching rows" in line for line in app.screen_lines())
        )


NUMBERS = st.one_of(
    st.none(),
    st.sampled_from(["NaN", "Infinity", "-Infinity", "1e300", "-0.0"]),
    st.integers().map(str),
    st.decimals(allow_nan=False, allow_infinity=False, places=3).map(str),
)


def order_of(
    values: list[str | None], kind: Column, descending: bool = False
) -> list[int]:
    rows = Rows([(value,) for value in values])
    return list(asyncio.run(sort_rows(rows, 0, kind, descending, never)))


@settings(derandomize=True, max_examples=200, deadline=None)
@given(st.lists(NUMBERS, max_size=20), st.booleans())
def test_numbers_are_sorted_by_value_with_nan_and_null_at_the_end(
    values: list[str | None], descending: bool
) -> None:
    from decimal import Decimal

    def rank(i: int) -> tuple[int, Decimal]:
        value = values[i]
        if value is None:
            return 2, Decimal(0)
        return (1, Decimal(0)) if value == "NaN" else (0, Decimal(value))

    expected = sorted(range(len(values)), key=rank, reverse=descending)
    assert order_of(values, column("n", 1700), descending) == expected


def test_order_agrees_with_the_server(pg, database) -> None:
    import asyncpg

    numbers = ["10", "9", "-1", "NaN", "1.50", "1.5", "Infinity", "-Infinity", None]
    dates = ["2024-01-10", "2023-12-31", None, "0999-01-01"]

    async def ask(kind: str, values: list[str | None], way: str) -> list[str | None]:
        connection = await asyncpg.connect(pg.url(database))
        try:
            rows = await connection.fetch(
                "select v from unnest($1::text[]) with ordinality u(v, n) "
                f"order by v::{kind} {way}, n {way}",
                values,
            )
            return [row["v"] for row in rows]
        finally:
            await connection.close()

    for kind, oid, values in [("numeric", 1700, numbers), ("date", 1082, dates)]:
        for way in ("asc", "desc"):
            expected = asyncio.run(ask(kind, values, way))
            order = order_of(values, column("x", oid), way == "desc")
            got = [values[i] for i in order]
            if way == "desc":  # ours keeps equal values in their first order
                got = [v for v in got if v not in ("1.50", "1.5")]
                expected = [v for v in expected if v not in ("1.50", "1.5")]
            assert got == expected


@pytest.mark.parametrize(
    ("oid", "values"),
    [
        (1114, ["2024-01-01 00:00:00", "infinity"]),
        (1082, ["0044-03-15 BC", "2024-01-01"]),
        (1082, ["10000-01-01", "2024-01-01"]),
        (1184, ["2024-01-01 00:00:00+01", "2024-07-01 00:00:00+02"]),
        (1186, ["1 day", "2 days"]),
        (869, ["10.0.0.1"]),
    ],
)
def test_what_only_the_server_can_order_is_refused(
    oid: int, values: list[str | None]
) -> None:
    with pytest.raises(UnsortableError):
        order_of(values, column("x", oid))


async def test_sorting_in_memory() -> None:
    async with shown(people(30)) as (pilot, app, grid):
        await pilot.press("right", "right", "s")
        await eventually(lambda: grid.sorted_by == (2, False))
        assert "▲amount" in app.screen_lines()[0].replace(" ", "")
        assert "sorted here by amount ascending" in grid.note
        amounts = [grid.row(i)[2] for i in range(24)]  # type: ignore[index]
        assert amounts == sorted(amounts, key=lambda v: float(v or 0))
        assert all(grid.row(i)[2] is None for i in range(24, 30))  # type: ignore[index]
        await pilot.press("s")
        await eventually(lambda: grid.sorted_by == (2, True))
        assert grid.row(0)[2] is None  # type: ignore[index]
        await pilot.press("s")
        assert grid.sorted_by is None
        assert grid.row(3) == person(3)


async def test_columns_fit_the_rows_that_sorting_brings_into_view() -> None:
    rows = [(str(i), "x" * (1 + i // 2)) for i in range(60)]
    source = ListSource([column("n", INT4), column("text")], rows)
    async with shown(source) as (_, app, grid):
        grid.sort(0, descending=True)
        await eventually(lambda: "x" * 30 in app.screen_lines()[1])


async def test_a_click_on_a_name_sorts() -> None:
    async with shown(people(30)) as (pilot, app, grid):
        x = app.screen_lines()[0].index("amount")
        await pilot.click(offset=(x, 0))
        await eventually(lambda: grid.sorted_by == (2, False))


async def test_sorting_of_filtered_rows() -> None:
    async with shown(people(100)) as (_, _app, grid):
        grid.filter_rows("user 3")
        await eventually(lambda: grid.row_count == 14 and not grid._filtering)
        grid.sort(0, descending=True)
        await eventually(lambda: grid.sorted_by == (0, True))
        assert [grid.source_row(i) for i in range(3)] == [94, 87, 80]
        grid.unsort()
        assert [grid.source_row(i) for i in range(3)] == [3, 10, 17]


@pytest.mark.parametrize("complete", [False, True])
async def test_the_server_is_asked_when_sorting_here_is_not_right(
    complete: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(grid_rows, "SORTED_ROWS", 50)
    async with shown(people(100, complete=complete)) as (pilot, app, grid):
        await pilot.press("right", "s")
        await eventually(lambda: app.last(ResultGrid.SortRequested) is not None)
        asked = app.last(ResultGrid.SortRequested)
        assert (asked.index, asked.column.name, asked.descending) == (1, "name", False)
        assert asked.reason
        assert grid.sorted_by is None


async def test_sorting_many_rows_holds_nothing_up() -> None:
    rows = Rows([(str((i * 7919) % 100_003), "x") for i in range(50_000)])
    longest, done = 0.0, False

    async def watch() -> None:
        nonlocal longest
        while not done:
            start = time.thread_time()
            await asyncio.sleep(0)
            longest = max(longest, time.thread_time() - start)

    watcher = asyncio.create_task(watch())
    order = await sort_rows(rows, 0, column("n", INT4), False, never)
    done = True
    await watcher
    values = [int(rows.rows[i][0] or 0) for i in order]  # type: ignore[index]
    assert values == sorted(values)
    assert longest < 0.25


async def test_errors_of_the_work_are_reported() -> None:
    class Broken(ListSource):
        def row(self, i: int):  # type: ignore[no-untyped-def]
            if i > 50:
                raise RuntimeError("broken")
            return super().row(i)

    columns = [column("id", INT4)]
    source = Broken(columns, [(str(i),) for i in range(100)])
    async with shown(source) as (pilot, app, _grid):
        await pilot.press("slash", *"zzz")
        await eventually(lambda: app.last(ResultGrid.WorkFailed) is not None)
        await pilot.press("escape")


async def test_a_new_result_ends_the_old_ones_work() -> None:
    async with shown(people(10, complete=False)) as (pilot, app, grid):
        grid.filter_rows("user 3")
        await eventually(lambda: grid.row_count == 1)
        grid.set_source(people(5))
        await pilot.pause()
        assert grid.row_count == 5
        assert not app.workers
