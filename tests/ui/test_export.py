"""Exports from the console, by keys."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from mdbtui.query import output
from mdbtui.sql import split
from mdbtui.ui.screens.export import safe_name, suggested_table
from mdbtui.ui.screens.export_progress import ExportProgressScreen
from tests.support.console import Console, console, spec_of
from tests.support.server import PgServer

ENDLESS = "select generate_series(1, 2000000000) as i, repeat('x', 50) as x"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, where relative names begin."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """No file gets its bytes before this is set."""
    opened = threading.Event()
    delay_writes(monkeypatch, lambda: opened.wait(30))
    yield opened
    opened.set()


@pytest.fixture
def slow_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Some MB in a second: an export lasts without filling the disk."""
    never = threading.Event()
    delay_writes(monkeypatch, lambda: never.wait(0.05))


def delay_writes(monkeypatch: pytest.MonkeyPatch, wait: Callable[[], object]) -> None:
    write = os.write

    def delayed(descriptor: int, data: Any) -> int:
        if threading.current_thread().name == "output":
            wait()
        return write(descriptor, data)

    monkeypatch.setattr(output.os, "write", delayed)


async def to_the_background(c: Console) -> None:
    await c.pilot.press("ctrl+s")
    await c.until(lambda: isinstance(c.app.screen, ExportProgressScreen))
    await c.pilot.press("escape")
    await c.until(lambda: c.app.screen is c.main)


async def open_form(c: Console) -> None:
    await c.pilot.press("f4", "E")
    await c.sees("Export all rows", "Start  ctrl+s")


async def fill(c: Console, text: str) -> None:
    """Type a text in place of what is in the field with the focus."""
    await c.pilot.press("home", "ctrl+k", *text)


async def test_by_keyboard_on_a_small_screen(
    pg: PgServer, database: str, folder: Path
) -> None:
    sql = "select i, repeat('x', 100) as x from generate_series(1, 50000) as i"
    async with console([spec_of(pg, database)], size=(80, 24)) as c:
        await c.run(sql)
        await open_form(c)
        await c.sees("CSV", "result.csv", "The server runs the query again")
        await c.sees("Start  ctrl+s", "Cancel  Esc")
        await c.pilot.press("tab", *"sub/../x.csv")
        await c.sees(" " * 11 + str(folder.resolve())[:40], "x.csv")
        await fill(c, "my.csv")
        await c.pilot.press("enter")
        await c.sees("✓ 50,000 rows", "written to")
        await c.pilot.press("escape")
        await c.until(lambda: c.app.screen is c.main)
    lines = (folder / "my.csv").read_text().splitlines()
    assert lines[0] == "i,x"
    assert lines[-1] == f"50000,{'x' * 100}"
    assert len(lines) == 50_001


async def test_every_choice_of_the_form(
    pg: PgServer, database: str, folder: Path
) -> None:
    async with console([spec_of(pg, database)], size=(80, 24)) as c:
        await c.run("select '=1' as a from (values (1)) \"My Table\"")
        await open_form(c)
        await c.sees("Writes the rows that are here", "result.csv")
        assert "Table" not in c.screen_text.partition("Export all rows")[2]
        # format, file, rows, header, safe for spreadsheets
        await c.pilot.press("tab", "tab", "tab", "space", "tab", "space", "ctrl+s")
        await c.sees("✓ 1 row")
        assert (folder / "result.csv").read_text() == "'=1\n"
        await c.pilot.press("enter", "E")
        await c.sees("Export all rows")
        await c.pilot.press("enter", "end", "up", "enter")
        await c.sees("INSERT statements", "result.sql", "Table")
        await c.pilot.press(*["tab"] * 4, *"a b", "enter")
        await c.sees('▲ write it as in SQL: name, schema.name, "My Name"')
        await fill(c, "s.t")
        await c.pilot.press("enter")
        await c.sees("✓ 1 row")
        assert (folder / "result.sql").read_text() == (
            'INSERT INTO "s"."t" ("a") VALUES (\'=1\');\n'
        )


async def test_a_file_is_replaced_only_after_a_yes(
    pg: PgServer, database: str, folder: Path
) -> None:
    path = folder / "result.csv"
    path.write_text("old")
    async with console([spec_of(pg, database)]) as c:
        await c.run("select 1 as a")
        await open_form(c)
        await c.pilot.press("ctrl+s")
        await c.sees("Replace the file?", str(folder)[:20])
        await c.pilot.press("escape")
        await c.sees("Export all rows")
        assert path.read_text() == "old"
        await c.pilot.press("ctrl+s")
        await c.sees("Replace the file?")
        await c.pilot.press("tab", "enter")
        await c.sees("✓ 1 row")
        assert path.read_text() == "a\n1\n"


async def test_places_that_cannot_be(pg: PgServer, database: str, folder: Path) -> None:
    (folder / "link").symlink_to("elsewhere")
    async with console([spec_of(pg, database)]) as c:
        await c.run("select 1 as a")
        await open_form(c)
        await c.pilot.press("tab")
        for name, words in (("no/x", "there is no folder"), ("link", "symbolic link")):
            await fill(c, name)
            await c.pilot.press("enter")
            await c.sees(words)
        assert not (folder / "elsewhere").exists()


async def test_it_goes_on_in_the_background_until_it_is_cancelled(
    pg: PgServer, database: str, folder: Path, slow_disk: None
) -> None:
    async with console([spec_of(pg, database)]) as c:
        await c.run(ENDLESS)
        await open_form(c)
        await c.pilot.press("ctrl+s")
        await c.sees(" of about ", "/s, ", "Background  Esc", "Cancel export  F9")
        await c.pilot.press("escape")
        await c.until(lambda: c.app.screen is c.main)
        await c.run("select 'meanwhile' as x")
        await c.sees("meanwhile", "exporting: ")
        await c.main.run_action("show_exports")
        await c.until(lambda: isinstance(c.app.screen, ExportProgressScreen))
        await c.pilot.press("f9")
        await c.sees("✕ Export cancelled", "was not written", "Close  Esc")
        assert not list(folder.iterdir())
        await c.pilot.press("escape")
        await c.run("select 1")
        await c.until(lambda: "exporting" not in c.screen_text)


async def test_the_end_in_the_background_is_announced(
    pg: PgServer, database: str, folder: Path, gate: threading.Event
) -> None:
    async with console([spec_of(pg, database)]) as c:
        await c.run("select generate_series(1, 40000) as i, repeat('x', 100)")
        await open_form(c)
        await to_the_background(c)
        gate.set()
        await c.until(lambda: any("40,000 rows" in note for note in c.notes()))
        assert (folder / "result.csv").stat().st_size > 40_000


async def test_a_failure_in_the_background_is_announced(
    pg: PgServer, database: str, folder: Path, gate: threading.Event
) -> None:
    async with console([spec_of(pg, database)]) as c:
        await c.run(
            "select 1 / (30000 - i) as x, repeat('x', 100)"
            " from generate_series(1, 30001) i"
        )
        await open_form(c)
        await to_the_background(c)
        gate.set()
        await c.until(lambda: any("division by zero" in note for note in c.notes()))
        assert not list(folder.iterdir())


async def test_changes_are_not_made_again(
    pg: PgServer, database: str, folder: Path
) -> None:
    async with console([spec_of(pg, database)]) as c:
        await c.run("create table t (i serial)")
        await c.run("insert into t select generate_series(1, 5) returning i")
        await open_form(c)
        await c.sees("t.csv", "the query does not run again")
        assert "run the query again" not in c.screen_text
        await c.pilot.press("ctrl+s")
        await c.sees("✓ 5 rows")
        assert (folder / "t.csv").read_text().split() == ["i", *"12345"]
        assert pg.psql(database, "-c", "select count(*) from t") == "5\n"


async def test_rows_that_an_export_reads_outlive_their_tab(
    pg: PgServer, database: str, folder: Path, gate: threading.Event
) -> None:
    async with console([spec_of(pg, database)]) as c:
        await c.run(
            "create table t (i int, x text);"
            " insert into t select i, md5(i::text) from generate_series(1, 200000) i"
            " returning *",
            "shift+f5",
        )
        await c.sees("200,000 rows")
        await open_form(c)
        await to_the_background(c)
        store = c.pane.results.rows
        await c.run("select 'next' as x")
        assert not store.closed
        gate.set()
        await c.until(lambda: any("200,000 rows" in note for note in c.notes()))
        await c.until(lambda: store.closed)
    assert (folder / "t.csv").read_text().count("\n") == 200_001


async def test_the_database_is_the_one_that_gave_the_rows(
    pg: PgServer, database: str, folder: Path
) -> None:
    specs = [spec_of(pg, database), spec_of(pg, "postgres")]
    async with console(specs) as c:
        await c.run("select current_database() as d from generate_series(1, 20000)")
        await c.pilot.press("ctrl+o", *"postgres")
        await c.sees("Switch database")
        await c.pilot.press("enter")
        await c.until(lambda: c.main.panes.active.talk.db_id == "postgres")
        await open_form(c)
        await c.pilot.press("ctrl+s")
        await c.sees("✓ 20,000 rows")
    assert set((folder / "result.csv").read_text().split()) == {"d", database}


async def test_leaving_asks_and_leaves_no_half_file(
    pg: PgServer, database: str, folder: Path, slow_disk: None
) -> None:
    async with console([spec_of(pg, database)]) as c:
        await c.run(ENDLESS)
        await open_form(c)
        await c.pilot.press("ctrl+s")
        await c.sees(" of about ")
        await c.pilot.press("escape")
        await c.pilot.press("ctrl+q")
        await c.sees("Cancel the export?", "They will be cancelled")
        assert list(folder.iterdir())
        await c.pilot.press("tab", "enter")
        await c.until(lambda: not c.app.is_running or c.app._exit)
    assert not list(folder.iterdir())
    count = "select count(*) from pg_stat_activity where query like '%2000000000%'"
    left = await asyncio.to_thread(
        pg.psql, database, "-c", f"{count} and pid <> pg_backend_pid()"
    )
    assert left == "0\n"


async def test_without_rows_there_is_nothing_to_export(
    pg: PgServer, database: str
) -> None:
    async with console([spec_of(pg, database)]) as c:
        await c.pilot.press("f4", "E")
        await c.pilot.pause()
        assert c.app.screen is c.main


@pytest.mark.parametrize(
    ("sql", "table"),
    [
        ("select * from shop.orders where 1 = 2", "shop.orders"),
        ('table "My Table"', '"My Table"'),
        ("select 1", ""),
        ("delete from only t returning *", "t"),
        ("select * from (select 1) x", ""),
        ("select * from generate_series(1, 2) join t on true", ""),
    ],
)
def test_the_table_that_is_suggested(sql: str, table: str) -> None:
    assert suggested_table(split(sql)[0].text) == table


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("orders", "orders"),
        ('"a/b"', "a_b"),
        ("../../etc/passwd", "etc_passwd"),
        ("-rf", "rf"),
        (".hidden", "hidden"),
        ("a\x1b[31m\n\u202eb", "a_31m_b"),
        ("Größe 日本", "Größe_日本"),
        ("", "result"),
        ("日" * 200, "日" * 33),
    ],
)
def test_names_from_data_are_harmless(text: str, name: str) -> None:
    assert safe_name(text) == name
