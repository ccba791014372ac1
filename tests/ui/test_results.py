"""What is said of results: cut short, how long they took, how many there are."""

from __future__ import annotations

import asyncio

import pytest
from textual.events import Key

from mdbtui.config import AppConfig
from mdbtui.sql import Statement
from mdbtui.ui.report import statement_label
from mdbtui.ui.stall import StallMonitor
from tests.support.console import console, spec_of
from tests.support.grid import people, shown
from tests.support.rows import ListSource, column
from tests.support.server import PgServer
from tests.support.waiting import eventually

MANY = "select g as n, repeat('x', 50) as x from generate_series(1, 100000) g"


async def test_rows_that_were_cut_short_say_so_below_the_last_one() -> None:
    source = people(30, complete=False)
    async with shown(source, (80, 20)) as (pilot, app, _grid):
        await pilot.press("pagedown")
        assert not any("R runs it again" in line for line in app.screen_lines())
        source.truncated = True
        source.add([], complete=True)
        await pilot.press("ctrl+end")
        await eventually(lambda: "▪ all 30 rows · R runs it" in app.screen_lines()[-1])
        assert " 30▸" in app.screen_lines()[-2]
        await pilot.press("up")
        await eventually(lambda: " 29▸" in app.screen_lines()[-3])
        await pilot.press("ctrl+home", *["down"] * 29)
        await eventually(lambda: " 30▸" in app.screen_lines()[-2])


async def test_the_line_below_comes_into_view_under_the_cursor() -> None:
    source = people(30, complete=False)
    async with shown(source, (80, 20)) as (pilot, app, _grid):
        await pilot.press("ctrl+end")
        await eventually(lambda: " 30▸" in app.screen_lines()[-1])
        source.truncated = True
        source.add([], complete=True)
        await eventually(lambda: "R runs it again" in app.screen_lines()[-1])


async def test_nothing_stands_below_when_all_rows_are_there() -> None:
    async with shown(people(3), (80, 20)) as (_, app, _grid):
        await eventually(lambda: "  3 " in app.screen_lines()[3])
        assert not any("▪" in line for line in app.screen_lines())


@pytest.mark.parametrize(
    ("sql", "label"),
    [
        ("select  1\n+ 1", "select 1 + 1"),
        ("-- a\n  -- b\nselect 2", "select 2"),
        ("-- only this", "-- only this"),
        ("select 3 -- c", "select 3 -- c"),
    ],
)
def test_a_tab_is_called_by_its_statement_not_its_comment(sql: str, label: str) -> None:
    assert statement_label(Statement(sql, 0, len(sql), 0)) == label


async def test_an_idle_stream_says_how_its_rows_come_back(
    pg: PgServer, database: str
) -> None:
    config = AppConfig(stream_idle_seconds=1)
    async with console([spec_of(pg, database)], config=config, size=(160, 44)) as c:
        await c.run(MANY)
        await c.sees("+ rows")
        await c.sees("rows: idle for 1 s · R runs it again")
        await c.until(lambda: c.pools.snapshot().in_use == 0)
        await c.pilot.press("f4", "ctrl+end")
        await c.sees("▪ stopped at")
        assert c.screen_text.count("R runs it again") == 2
        await c.pilot.press("R", "ctrl+end")
        await c.sees("all 100,000 rows")
        assert "R runs it again" not in c.screen_text


async def test_rows_of_a_lost_connection_are_told_from_all_rows(
    pg: PgServer, database: str
) -> None:
    async with console([spec_of(pg, database)], size=(160, 44)) as c:
        # More than what may be on its way already.
        await c.run(MANY.replace("100000", "10000000"))
        await c.sees("+ rows")
        kill = "select pg_terminate_backend(pid) from pg_stat_activity where "
        pg.psql("postgres", "-c", kill + f"datname = '{database}'")
        await c.pilot.press("f4", "ctrl+end")
        await c.sees("incomplete: connection lost after", "R runs it again")


async def test_cancelled_rows_say_so_on_the_screen(pg: PgServer, database: str) -> None:
    async with console([spec_of(pg, database)], size=(160, 44)) as c:
        await c.run(MANY)
        await c.sees("+ rows")
        await c.pilot.press("f9", "f4", "ctrl+end")
        await c.sees("▪ cancelled after", "R runs it again")


async def test_the_time_of_painting_is_shown(pg: PgServer, database: str) -> None:
    async with console([spec_of(pg, database)], size=(160, 44)) as c:
        await c.run("select 1 as a; select 2 as b", "shift+f5")
        await c.sees("transfer", "painting")
        painting = c.pane.results.paint_ms
        assert painting is not None
        assert 0 < painting < 2_000
        await c.pilot.press("f4", "right_square_bracket")
        await c.until(lambda: "painting" not in c.screen_text)
        await c.sees("server")


async def test_the_configured_words_stand_for_null(pg: PgServer, database: str) -> None:
    config = AppConfig(null_text="∅")
    async with console([spec_of(pg, database)], config=config) as c:
        await c.run("select null as a; select null as b", "shift+f5")
        await c.sees("∅")
        await c.pilot.press("f4", "right_square_bracket")
        await c.sees("∅", "#  b")


async def test_results_share_the_configured_memory(pg: PgServer, database: str) -> None:
    config = AppConfig(result_memory_mb=8, results_memory_mb=8)
    async with console([spec_of(pg, database)], config=config) as c:
        await c.run(MANY.replace("50", "500"))
        await c.sees("+ rows")
        await c.pilot.press("f4", "ctrl+end")
        await c.sees("all 100,000 rows")
        rows = c.pane.results.rows
        assert rows is not None
        assert rows.memory < 9 << 20
        await c.pilot.press("ctrl+home")
        await c.sees("  1▸")
        await c.pilot.press("g", *"50000", "enter")
        await c.sees("50000▸ ")
        await c.until(lambda: " …" not in c.screen_text.split("50000▸")[1][:20])


async def test_what_is_searched_is_said_in_the_status_bar(
    pg: PgServer, database: str
) -> None:
    async with console([spec_of(pg, database)], size=(160, 44)) as c:
        await c.run("select g as n from generate_series(1, 100) g")
        await c.pilot.press("f4", "ampersand", "7", "enter")
        await c.sees("19 matching of all 100 rows")
        await c.pilot.press("escape", "s", "s")
        await c.sees("all 100 rows · sorted here by n descending")


async def test_of_a_hundred_results_the_last_ones_are_kept_and_that_is_said(
    pg: PgServer, database: str
) -> None:
    sql = "; ".join(f"select {i} as r{i}" for i in range(100))
    async with console([spec_of(pg, database)], size=(160, 44)) as c:
        c.app.NOTIFICATION_TIMEOUT = 60  # it comes long before the last result
        await c.run(sql, "shift+f5")
        results = c.pane.results
        # The first one stays in front, where somebody may be reading it.
        await c.sees("1 select 0 as r0", "  r0", "20 results are kept")
        assert len(results._shown) == 20
        assert "the oldest make room, P keeps one" in results.messages_text
        assert results.messages_text.count("the oldest make room") == 1
        await c.pilot.press("f4", "left_square_bracket", "left_square_bracket")
        await c.sees("  r99")
        await c.run("select 'new' as x")
        await c.sees("new")
        assert len(results._shown) == 1


async def test_results_without_columns_or_rows_can_be_used_like_others(
    pg: PgServer, database: str
) -> None:
    keys = (
        *("right", "ctrl+end", "pagedown", "v", "t", "enter", "y", "s", "plus", "f"),
        *("equals_sign", "H", "U", "less_than_sign", "V", "y", "C", "y", "escape"),
        *("n", *"x", "enter", "escape", "ampersand", "x", "enter", "escape"),
        *("g", "5", "enter", "shift+down"),
    )
    async with console([spec_of(pg, database)]) as c:
        for sql, note in (
            ("select", "1 row"),
            ("select 1 as a where false", "no rows"),
        ):
            await c.run(sql)
            await c.sees(note)
            await c.pilot.press("f4")
            for key in keys:
                await c.pilot.press(key)
                if len(c.app.screen_stack) > 1 and key in ("v", "t", "enter"):
                    await c.pilot.press("escape")
            await c.pilot.press("escape", "escape")
            await c.until(lambda: len(c.app.screen_stack) == 1)
            await c.sees(note)


async def test_a_result_behind_another_one_goes_on_when_it_is_looked_at(
    pg: PgServer, database: str
) -> None:
    async with console([spec_of(pg, database)]) as c:
        await c.run(f"select 'first' as f; {MANY}", "shift+f5")
        await c.sees("first")
        await c.pilot.press("f4", "right_square_bracket")
        await c.sees("xxxxx", "+ rows")
        await c.pilot.press("ctrl+end")
        await c.pilot.press("left_square_bracket")
        await c.sees("first", "1 row")
        hidden = c.pane.results._shown[1].rows
        await c.until(lambda: hidden.complete)
        await c.pilot.press("right_square_bracket")
        await c.sees("all 100,000 rows", "100000▸")
        await c.pilot.press("up", "pageup")
        await c.until(lambda: "100000▸" not in c.screen_text)


async def test_spilled_rows_are_found_filtered_and_sorted(
    pg: PgServer, database: str
) -> None:
    config = AppConfig(result_memory_mb=8, results_memory_mb=8)
    sql = "select g as n, repeat('y', 700) || g as y from generate_series(1, 40000) g"
    async with console([spec_of(pg, database)], config=config) as c:
        await c.run(sql)
        await c.pilot.press("f4", "ctrl+end")
        await c.sees("all 40,000 rows", "40000▸")
        grid, rows = c.pane.results.grid, c.pane.results.rows
        assert grid is not None
        assert rows is not None
        assert rows.memory < 9 << 20
        await c.pilot.press("slash", *"y20000", "enter")
        await c.until(lambda: grid.cursor_row == 19_999 and not grid.searching)
        await c.sees("20000▸", "· found")
        await c.pilot.press("ampersand", *"999", "enter")
        await c.sees("76 matching of all 40,000 rows")
        await c.pilot.press("escape", "home", "s", "s")
        await c.sees("sorted here by n descending")
        await c.until(lambda: " 40000  yyy" in c.screen_text)
        await c.pilot.press("s", "C", "y")
        await c.until(lambda: any("40,000 rows as tsv" in note for note in c.notes()))
        assert not any("Not all" in note for note in c.notes())


@pytest.mark.usefixtures("tuned")
async def test_keys_work_while_a_million_rows_load(pg: PgServer, database: str) -> None:
    sql = "select g as n, repeat('x', 200) || g as t from generate_series(1, 1000000) g"
    keys = ("ctrl+end", "up", "pageup", "ctrl+home", "pagedown", "right", "down")
    async with console([spec_of(pg, database)], size=(120, 40)) as c:
        await c.run(sql)
        await c.sees("+ rows")
        await c.pilot.press("f4")
        rows = c.pane.results.rows
        assert rows is not None
        pressed = 0
        async with StallMonitor() as stalls:
            while not rows.complete:
                # Not `press`, which waits until nothing happens any more.
                c.app.post_message(Key(keys[pressed % len(keys)], None))
                await asyncio.sleep(0.02)
                pressed += 1
        assert pressed >= len(keys)
        assert rows.count == 1_000_000
        # Between two beats of 20 ms lies their own work, and now and then a collection.
        assert stalls.max_cpu_ms < 300
        await c.pilot.press("ctrl+end", "up")
        await c.sees("all 1,000,000 rows", "999999▸")


async def test_the_last_row_is_not_hidden_by_a_scrollbar_that_comes_with_it() -> None:
    columns = [column("n"), column("text")]
    rows = [("x" * 10, "y" * (8 if i < 90 else 60)) for i in range(100)]
    async with shown(ListSource(columns, rows), (50, 20)) as (pilot, app, grid):
        await eventually(lambda: "yyy" in app.screen_lines()[1])
        assert not grid.show_horizontal_scrollbar
        await pilot.press("ctrl+end")
        await eventually(lambda: grid.show_horizontal_scrollbar)
        await eventually(lambda: "100▸" in app.screen_lines()[-2])
