"""The results grid as a user drives it."""

from __future__ import annotations

import contextvars

import pytest
from textual import events

from mdbtui.ui.widgets.grid import ResultGrid
from mdbtui.ui.widgets.grid_cursor import ALL_ROWS
from tests.support.grid import GridApp, people, person, shown
from tests.support.rows import INT4, ListSource, column
from tests.support.waiting import eventually


def cursor(grid: ResultGrid) -> tuple[int, int]:
    return grid.cursor_row, grid.cursor_col


async def test_before_the_first_result_a_hint_says_what_to_do() -> None:
    async with shown(None) as (pilot, app, grid):
        assert any("F5" in line for line in app.screen_lines())
        # No key may hurt while there is nothing to act on.
        for key in {k for b in grid.BINDINGS for k in b.key.split(",")}:
            await pilot.press(key)
        assert cursor(grid) == (0, 0)
        assert app.screen is app.screen_stack[0]


async def test_columns_without_rows() -> None:
    async with shown(people(0)) as (pilot, app, _grid):
        assert "name" in app.screen_lines()[0]
        assert any("no rows" in line for line in app.screen_lines())
        await pilot.press("down", "right", "ctrl+end", "y", "enter", "v", "n", "s")
        assert app.last(ResultGrid.CopyRequested) is None
        assert app.last(ResultGrid.CellOpened) is None


async def test_rows_that_are_still_to_come_are_announced() -> None:
    source = people(0, complete=False)
    async with shown(source) as (_, app, _grid):
        assert any("waiting" in line for line in app.screen_lines())
        source.add([person(0)], complete=True)
        await eventually(lambda: "user 0" in app.screen_lines()[1])


async def test_numbers_to_the_right_and_null_visible() -> None:
    columns = [column("n", INT4), column("text"), column("maybe")]
    rows = [("1", "a", None), ("1000", "long text", "x")]
    async with shown(ListSource(columns, rows)) as (_, app, _grid):
        lines = app.screen_lines()
        assert lines[1].startswith("   1▸    1  a          NULL ")
        assert lines[2].startswith("   2  1000  long text  x ")


async def test_null_text_can_be_chosen() -> None:
    async with shown(None) as (pilot, app, grid):
        grid.null_text = "∅"
        grid.set_source(ListSource([column("x")], [(None,)]))
        await pilot.pause()
        assert "∅" in app.screen_lines()[1]
        assert "NULL" not in app.screen_lines()[1]


async def test_keys_move_the_cursor() -> None:
    async with shown(people(100)) as (pilot, app, grid):
        page = grid.page_rows
        for keys, expected in [
            ("down down right", (2, 1)),
            ("j l k h", (2, 1)),
            ("up left", (1, 0)),
            ("left left up up", (0, 0)),
            ("pagedown", (page, 0)),
            ("end", (page, 3)),
            ("ctrl+end", (99, 3)),
            ("down right", (99, 3)),
            ("pageup", (99 - page, 3)),
            ("home", (99 - page, 0)),
            ("ctrl+home", (0, 0)),
            ("G", (99, 0)),
        ]:
            await pilot.press(*keys.split())
            assert cursor(grid) == expected, keys
        moved = app.last(ResultGrid.CursorMoved)
        assert (moved.row, moved.column.name) == (99, "id")
        assert "99▸" in app.screen_lines()[-2] or "100▸" in app.screen_lines()[-1]


async def test_the_header_stays_while_rows_scroll() -> None:
    async with shown(people(1000)) as (pilot, app, _grid):
        await pilot.press("pagedown", "pagedown")
        lines = app.screen_lines()
        assert "name" in lines[0]
        assert lines[1].startswith("  39▸")


async def test_going_to_a_row_number() -> None:
    async with shown(people(1000)) as (pilot, app, grid):
        await pilot.press("g", "7", "5", "0", "enter")
        await eventually(lambda: grid.cursor_row == 749)
        assert any(line.startswith(" 750▸") for line in app.screen_lines())
        grid.action_goto(5_000_000)
        assert grid.cursor_row == 999


async def test_going_beyond_what_is_known_asks_for_it() -> None:
    source = people(10, complete=False)
    async with shown(source) as (_, _app, grid):
        grid.action_goto(5_000)
        assert grid.cursor_row == 9
        assert any(last >= 4_999 for _, last in source.wanted)


async def test_growing_leaves_cursor_and_view_alone() -> None:
    source = people(50, complete=False)
    async with shown(source) as (pilot, app, grid):
        await pilot.press("down", "down", "right")
        before = app.screen_lines()
        source.add((person(i * 100_000) for i in range(50, 500)), complete=True)
        await eventually(lambda: grid.virtual_size.height == 501)
        await pilot.pause()
        assert cursor(grid) == (2, 1)
        # All but the scrollbar's thumb.
        assert [line[:-1] for line in app.screen_lines()] == [
            line[:-1] for line in before
        ]
        await pilot.press("ctrl+end")
        assert grid.cursor_row == 499


async def test_the_end_is_asked_for_and_followed_until_the_cursor_moves() -> None:
    source = people(50, complete=False)
    async with shown(source) as (pilot, _app, grid):
        await pilot.press("ctrl+end")
        assert grid.cursor_row == 49
        assert source.wanted[-1][1] == ALL_ROWS or (50, ALL_ROWS) in source.wanted
        source.add(map(person, range(50, 300)))
        await eventually(lambda: grid.cursor_row == 299)
        await pilot.press("up")
        source.add(map(person, range(300, 400)), complete=True)
        await eventually(lambda: grid.virtual_size.height == 401)
        assert grid.cursor_row == 298


async def test_rows_not_at_hand_are_filled_in_when_they_arrive() -> None:
    source = people(5, complete=False)
    source.add([None] * 5, complete=True)
    async with shown(source) as (pilot, app, _grid):
        assert app.screen_lines()[6].startswith("   6  …")
        source.rows[5] = person(5)
        source.tell()
        await eventually(lambda: "remark on 5" in app.screen_lines()[6])
        await pilot.press(*["down"] * 7, "enter", "v")
        assert app.last(ResultGrid.CellOpened) is None


async def test_visible_rows_and_some_more_are_wanted() -> None:
    source = people(5_000, complete=False)
    async with shown(source) as (pilot, _app, grid):
        await pilot.press(*["pagedown"] * 3)
        first, last = source.wanted[-1]
        top = int(grid.scroll_y)
        assert first <= top
        assert last >= top + grid.page_rows


async def test_only_visible_rows_are_read() -> None:
    source = people(100_000)
    async with shown(source) as (pilot, _app, _grid):
        await pilot.press("ctrl+end", "pageup")
        assert source.read < 1_000


async def test_news_from_a_task_that_knows_no_app() -> None:
    """Pool and driver tasks are older than the app; their calls must do no harm."""
    source = people(0, complete=False)
    async with shown(source) as (_, app, _grid):
        contextvars.Context().run(source.add, [person(0)], complete=True)
        await eventually(lambda: "user 0" in app.screen_lines()[1])


async def test_a_result_can_be_set_before_the_grid_is_mounted() -> None:
    async with shown(None) as (pilot, app, old):
        grid = ResultGrid()
        app.mount(grid)
        old.remove()
        grid.set_source(people(3))
        await pilot.pause()
        assert "user 2" in app.screen_lines()[3]


async def test_another_result_starts_at_its_first_cell() -> None:
    first = people(1_000)
    async with shown(first) as (pilot, app, grid):
        await pilot.press("ctrl+end", "end", "ctrl+a")
        grid.set_source(ListSource([column("only")], [("value",)]))
        await pilot.pause()
        assert cursor(grid) == (0, 0)
        assert grid.selection is None
        assert app.screen_lines()[1].startswith("   1▸ value")
        assert not first.callbacks


async def test_leaving_ends_the_subscription() -> None:
    source = people(3)
    async with shown(source) as (pilot, _app, grid):
        await grid.remove()
        await pilot.pause()
        assert not source.callbacks


@pytest.mark.parametrize(
    ("keys", "size"),
    [
        ("shift+down shift+down shift+right", (3, 2)),
        ("down shift+up", (2, 1)),
        ("shift+end", (1, 4)),
        ("V", (1, 4)),
        ("V shift+down", (2, 4)),
        ("C", (100, 1)),
        ("C shift+right", (100, 2)),
        ("ctrl+a", (100, 4)),
        ("shift+pagedown", (20, 1)),
        ("down ctrl+shift+end", (99, 1)),
        ("shift+down down", (0, 0)),
        ("ctrl+a escape", (0, 0)),
    ],
)
async def test_selecting_with_keys(keys: str, size: tuple[int, int]) -> None:
    async with shown(people(100)) as (pilot, app, grid):
        await pilot.press(*keys.split())
        changed = app.last(ResultGrid.SelectionChanged)
        assert (changed.rows, changed.cols) == size
        if size == (0, 0):
            assert grid.selection is None


async def test_clicks_put_the_cursor_there() -> None:
    async with shown(people(100)) as (pilot, app, grid):
        x = app.screen_lines()[0].index("amount")
        await pilot.click(offset=(x, 5))
        assert cursor(grid) == (4, 2)
        await pilot.press("pagedown")
        top = int(grid.scroll_y)
        await pilot.click(offset=(x, 1))
        assert cursor(grid) == (top, 2)
        await pilot.click(offset=(x, 3), times=2)
        opened = app.last(ResultGrid.CellOpened)
        assert (opened.row, opened.column.name) == (top + 2, "amount")


async def test_dragging_selects_a_range() -> None:
    async with shown(people(100)) as (pilot, app, grid):
        x = app.screen_lines()[0].index("name")
        await pilot.mouse_down(offset=(x, 2))
        await pilot.hover(offset=(x + 10, 6))
        await pilot.mouse_up(offset=(x + 10, 6))
        assert len(grid.selected_rows()) == 5
        assert len(grid.selected_positions()) == 2
        await pilot.hover(offset=(x, 10))
        assert len(grid.selected_rows()) == 5


async def test_a_row_number_selects_its_row() -> None:
    async with shown(people(100)) as (pilot, app, _grid):
        await pilot.click(offset=(1, 4))
        changed = app.last(ResultGrid.SelectionChanged)
        assert (changed.rows, changed.cols) == (1, 4)


def mouse(app: GridApp, kind: type[events.MouseEvent], x: int) -> None:
    """Send what a terminal sends; the pilot's buttons make no clicks of a drag."""
    app.post_message(kind(None, x, 0, 0, 0, 1, False, False, False, x, 0))


async def test_dragging_a_border_widens_a_column_and_a_double_click_fits_it() -> None:
    async with shown(people(100)) as (pilot, app, grid):
        border = app.screen_lines()[0].index("│", 12)
        assert grid.grid_layout is not None
        width = grid.grid_layout.widths[1]
        await pilot.mouse_down(offset=(border, 0))
        await pilot.hover(offset=(border + 7, 0))
        await pilot.mouse_up(offset=(border + 7, 0))
        assert grid.grid_layout.widths[1] == width + 7
        # The button comes up over another column's name, which is no click on it.
        mouse(app, events.MouseDown, border + 7)
        mouse(app, events.MouseMove, 7)
        mouse(app, events.MouseUp, 7)
        await eventually(lambda: grid.grid_layout.widths[1] == 3)
        await eventually(lambda: app.last(events.Click) is not None)
        await pilot.pause()
        assert grid.sorted_by is None
        border = app.screen_lines()[0].index("│", 12)
        await pilot.click(offset=(border, 0), times=2)
        assert grid.grid_layout.widths[1] == len("user 0")


async def test_the_wheel_scrolls_without_the_cursor() -> None:
    source = people(100, complete=False)
    async with shown(source) as (pilot, app, grid):
        asked = source.wanted[-1]
        await pilot._post_mouse_events([events.MouseScrollDown], grid, offset=(5, 5))
        await eventually(lambda: grid.scroll_y > 0)
        assert source.wanted[-1] > asked
        await pilot.pause()
        assert cursor(grid) == (0, 0)
        assert "1▸" not in app.screen_lines()[1]


async def test_the_mouse_passing_over_paints_nothing() -> None:
    async with shown(people(100)) as (pilot, _app, grid):
        await pilot.pause()
        painted: list[int] = []
        original = grid.render_line
        grid.render_line = lambda y: painted.append(y) or original(y)  # type: ignore[assignment,func-returns-value]
        for y in range(1, 15):
            await pilot.hover(offset=(y * 2, y))
        assert not painted


async def test_opening_a_cell_and_a_record() -> None:
    async with shown(people(10)) as (pilot, app, _grid):
        await pilot.press("down", "right", "enter", "v")
        opened = app.last(ResultGrid.CellOpened)
        assert (opened.row, opened.index, opened.value) == (1, 1, "user 1")
        assert opened.column.name == "name"
        assert app.last(ResultGrid.RecordOpened).row == 1


async def test_copying_what_is_selected() -> None:
    async with shown(people(10)) as (pilot, app, grid):

        def copied_text() -> str:
            copied = app.last(ResultGrid.CopyRequested)
            return "" if copied is None else copied.text

        await pilot.press("right", "y")
        await eventually(lambda: copied_text() == "user 0")
        await pilot.press("shift+down", "shift+right", "ctrl+c")
        await eventually(lambda: "37" in copied_text())
        copied = app.last(ResultGrid.CopyRequested)
        assert copied.text == "user 0\t0.50\nuser 1\t37.50"
        assert (copied.format, copied.rows, copied.complete) == ("tsv", 2, True)
        grid.copy("csv", header=True)
        await pilot.press("Y")
        await eventually(lambda: copied_text().startswith("name,amount\n"))
        assert app.last(ResultGrid.CopyMenuRequested) is not None


async def test_a_copy_that_is_too_large_says_so() -> None:
    columns = [column("x"), column("y")]
    source = ListSource(columns, [("z" * 1_500_000, "1")] * 5)
    async with shown(source) as (pilot, app, _grid):
        await pilot.press("ctrl+a", "y")
        await eventually(lambda: app.last(ResultGrid.CopyRequested) is not None)
        copied = app.last(ResultGrid.CopyRequested)
        assert not copied.complete
        assert 1_500_000 < len(copied.text) < 4_000_000
