"""What is said of results: cut short, how long they took, how many there are."""

from __future__ import annotations

from mdbtui.config import AppConfig
from tests.support.console import console, spec_of
from tests.support.grid import people, shown
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
        await c.run(MANY)
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
