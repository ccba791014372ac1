"""psql's commands as a user meets them: typed, run by key, seen in the results."""

from __future__ import annotations

import stat
from pathlib import Path

from textual.widgets import Input

from mdbtui.ui.screens.ask import ConfirmScreen
from mdbtui.ui.screens.files import FileScreen
from mdbtui.ui.screens.record import RecordScreen
from tests.support.console import Console, console, spec_of
from tests.support.server import PgServer

SCHEMA = """
create schema "We Ird";
create table "We Ird"."T.x" (id int primary key, "A b" text default 'x');
create table child (a int references "We Ird"."T.x");
create view seen as select 1 as one;
"""


def said(c: Console) -> str:
    return c.pane.results.messages_text


def labels(c: Console) -> list[str]:
    return [tab.label for tab in c.pane.results._strip.tabs]


def seen(c: Console) -> list[tuple[str | None, ...]]:
    rows = c.pane.results.rows
    assert rows is not None
    return [row for i in range(rows.count) if (row := rows.row(i)) is not None]


async def start(c: Console, sql: str, key: str = "shift+f5") -> None:
    c.pane.editor.text = sql
    c.pane.editor.focus()
    await c.pilot.press(key)


async def confirm(c: Console) -> None:
    await c.until(lambda: isinstance(c.app.screen, ConfirmScreen), "not asked")
    await c.pilot.press("tab", "enter")
    await c.until(lambda: not isinstance(c.app.screen, ConfirmScreen))


async def test_statements_and_commands_run_in_their_order(
    pg: PgServer, database: str
) -> None:
    pg.psql(database, "-c", SCHEMA)
    text = 'create temp table mine (a int);\n\\dt\n\\dv se*\n\\d "We Ird"."T.x"\n\\dx'
    async with console([spec_of(pg, database)]) as c:
        await c.run(text, "shift+f5")
        shown = labels(c)
        assert [each.partition(" ")[2][:9] for each in shown[:3]] == [
            "\\dt",
            "\\dv se*",
            "T.x",
        ]
        # The session's own temporary table is listed as well.
        assert (seen(c)[0][0][:7], seen(c)[1][1]) == ("pg_temp", "child")  # type: ignore[index]
        await c.pilot.press("f4", "right_square_bracket", "right_square_bracket")
        assert [row[0] for row in seen(c)] == ["id", "A b"]
        await c.pilot.press("right_square_bracket")
        assert seen(c)[0][:2] == ("T.x_pkey", "primary key")
        await c.pilot.press("right_square_bracket")
        assert [row[0] for row in seen(c)] == ["primary key", "referenced by"]
        assert "plpgsql" not in said(c)


async def test_what_is_not_there_or_not_known_is_an_error(
    pg: PgServer, database: str
) -> None:
    async with console([spec_of(pg, database)]) as c:
        for command, words in (
            ("\\d nothing*", "Did not find any relation named nothing*"),
            ("\\d a.b.c", "too many dotted names"),
            ("\\timng", "nearest: \\timing"),
            ("\\! ls", "shell commands are not run"),
            ("\\c nowhere", "database nowhere does not exist"),
            ("\\copy t to program 'x'", "programs are not run"),
            ("\\watch", "no query to run"),
            ("select 1 \\watch 0", "can't take 0"),
        ):
            await c.run(f"{command}\nselect 'after' as x", "shift+f5")
            await c.until(lambda words=words: words in said(c), words)  # type: ignore[misc]
            assert labels(c)[0] == "Results"


async def test_display_help_and_connection(pg: PgServer, database: str) -> None:
    async with console([spec_of(pg, database)]) as c:
        await c.run("\\timing on\nselect 1;\n\\conninfo", "shift+f5")
        assert "Time: " in said(c)
        await c.run("select 7 as seven \\gx")
        await c.until(lambda: isinstance(c.app.screen, RecordScreen))
        await c.sees("seven", "7")
        await c.pilot.press("escape")
        await c.run("\\?")
        await c.sees("\\watch", "a relation: columns")
        await c.run("\\h create tab")
        await c.sees("CREATE TABLE AS", "https://www.postgresql.org")
        await c.run("\\c postgres\nselect current_database() as here", "shift+f5")
        await c.sees("postgres")
        assert c.main.panes.active.talk.db_id == f"{database}/postgres"
        assert seen(c) == [("postgres",)]


async def test_files_are_copied_both_ways(
    pg: PgServer, database: str, tmp_path: Path
) -> None:
    out = tmp_path / "out it's.csv"
    quoted = str(out).replace("'", "''")
    async with console([spec_of(pg, database)]) as c:
        text = (
            "create table t (a int, b text);\n"
            "copy t from stdin;\n1\tone\n2\t\\N\n\\.\n"
            f"\\copy t to '{quoted}' with (format csv, header)\n"
            f"\\copy t (a, b) from '{quoted}' csv header\n"
            "select count(*) from t"
        )
        await c.run(text, "shift+f5")
        assert "COPY 2" in said(c)
        assert seen(c) == [("4",)]
        assert out.read_text() == "a,b\n1,one\n2,\n"
        assert stat.S_IMODE(out.stat().st_mode) == 0o600
        # It is there already; and what is no row of the table leaves nothing.
        await start(c, f"\\copy (select 'new' as x) to '{quoted}'")
        await confirm(c)
        await c.until(lambda: out.read_text() == "new\n")
        await c.until(lambda: not c.main.panes.active.talk.running)
        await c.run(f"\\copy t from '{quoted}'")
        await c.until(lambda: "22P02" in said(c))
        await c.run("\\copy t from '/nowhere/at/all'")
        await c.until(lambda: "can't be read" in said(c))
        # A typed COPY asks for its file.
        await start(c, "copy t to stdout")
        await c.until(lambda: isinstance(c.app.screen, FileScreen))
        c.app.screen.query_one(Input).value = str(tmp_path / "typed")
        await c.pilot.press("enter")
        await c.until(lambda: (tmp_path / "typed.txt").exists())
        assert (tmp_path / "typed.txt").read_text().startswith("1\tone\n2\t\\N\n")


async def test_a_cancelled_copy_leaves_nothing(
    pg: PgServer, database: str, tmp_path: Path
) -> None:
    source = tmp_path / "many"
    source.write_text("1\n" * 200_000)
    async with console([spec_of(pg, database)]) as c:
        await c.run("create table t (a int)")
        for sql in (
            f"\\copy (select pg_sleep(60)) to '{tmp_path / 'never'}'",
            "create function slow() returns trigger language plpgsql as 'begin perform"
            " pg_sleep(60); return new; end'; create trigger s before insert on t for"
            f" each row execute function slow();\n\\copy t from '{source}'",
        ):
            await start(c, sql)
            await c.sees("copying: ")
            await c.pilot.press("f9")
            await c.until(lambda: not c.main.panes.active.talk.running)
            await c.until(lambda: "cancelled" in said(c))
        assert sorted(path.name for path in tmp_path.iterdir()) == ["many"]
        await c.run(
            "alter table t disable trigger s; select count(*) from t", "shift+f5"
        )
        assert seen(c) == [("0",)]


async def test_a_file_is_run_and_its_place_is_told(
    pg: PgServer, database: str, tmp_path: Path
) -> None:
    inner, outer = tmp_path / "inner.sql", tmp_path / "outer.sql"
    inner.write_text("select 'inner' as i;\n\nselect nope;\nselect 'never' as n;")
    begin = "\\restrict x\n\\set ON_ERROR_STOP on\n\\echo 'it  begins'\n"
    outer.write_text(f"{begin}select 'outer' as o;\n\\i '{inner}'\n")
    async with console([spec_of(pg, database)]) as c:
        await start(c, f"\\i '{outer}'", "f5")
        await confirm(c)
        await c.until(lambda: f"stopped at {outer}:5" in said(c) or "42703" in said(c))
        await c.until(lambda: not c.main.panes.active.talk.running)
        assert "LINE 3: select nope" in said(c)
        assert f"stopped at {inner}:3" in said(c)
        assert [each[2:8] for each in labels(c)[:2]] == ["select", "select"]
        assert "never" not in said(c)
        assert "it  begins" in said(c)
        # What it ran was well, but it was not.
        await c.pilot.press("ctrl+r")
        await c.sees("× ", "\\i '", "failed ·")


async def test_watching_repeats_until_it_is_stopped(
    pg: PgServer, database: str
) -> None:
    async with console([spec_of(pg, database)]) as c:
        await c.run("create sequence s")
        await c.run("select clock_timestamp() as t \\watch 0.1 c=3")
        await c.until(lambda: "ended after 3 runs" in said(c))
        assert len(labels(c)) == 2
        await start(c, "select nextval('s') as n\n\\watch 0.1", "f5")
        await c.until(lambda: c.pane.results.rows is not None)
        await c.until(lambda: seen(c) != [] and int(seen(c)[0][0] or 0) > 2)
        await c.pilot.press("escape")
        await c.until(lambda: not c.main.panes.active.talk.running)
        # Closing the tab ends it as well.
        await start(c, "select 'closed' as n \\watch 0.1", "f5")
        await c.until(lambda: seen(c) == [("closed",)])
        await c.pilot.press("ctrl+f4")
        await c.until(lambda: c.pools.snapshot().in_use == 0)
        assert not c.main.panes.any_running
        # What writes is asked about; the safe answer has the focus.
        await start(c, "insert into pg_temp.x values (1) \\watch", "f5")
        await c.until(lambda: isinstance(c.app.screen, ConfirmScreen))
        await c.pilot.press("enter")
        await c.until(lambda: "not run: it may write" in said(c))
