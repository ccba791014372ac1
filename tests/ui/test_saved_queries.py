"""Saved queries: files with a header, found by typing, run with what they propose."""

from __future__ import annotations

import stat

import pytest
from textual.widgets import Input

from mdbtui.config.queries import (
    SavedParameter,
    file_of,
    load_queries,
    queries_dir,
    read_header,
    write_query,
)
from mdbtui.ui.screens.parameters import ParameterScreen
from mdbtui.ui.screens.queries import QueriesScreen, SaveQueryScreen
from tests.support.console import console, spec_of
from tests.support.server import PgServer

ORDERS = """-- name: Orders of a day
-- description: What came in
-- tags: orders, daily
-- parameter: day date = 2026-01-01
-- parameter: status text = NULL
-- parameter: word = 'it''s = so'

-- a comment of the query
select :day::date as day, :status::text as status, :word::text as word
"""


def test_headers() -> None:
    header = read_header(ORDERS)
    assert (header.name, header.description) == ("Orders of a day", "What came in")
    assert header.tags == ("orders", "daily")
    assert header.parameters == (
        SavedParameter(":day", "date", "2026-01-01", True),
        SavedParameter(":status", "text", None, True),
        SavedParameter(":word", "", "it's = so", True),
    )
    assert (header.lines, header.problems) == (6, ())
    assert read_header("select 1").lines == 0
    assert read_header("-- only a comment").lines == 0
    assert read_header("-- name: x").lines == 1


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("-- nme: x\nselect 1", 1, "nme is not known"),
        ("-- name: x\n-- name: y\nselect 1", 2, "there twice"),
        ("-- tags:\nselect 1", 1, "says nothing"),
        ("-- parameter: 1 int\nselect 1", 1, "name type = default"),
        ("-- parameter: a\n-- parameter: :a int\nselect 1", 2, ":a is there twice"),
        ("-- name: x\n", 2, "there is no query"),
    ],
)
def test_mistakes_are_told_by_file_and_line(text: str, line: int, words: str) -> None:
    queries_dir().mkdir(parents=True)
    (queries_dir() / "bad.sql").write_text(text)
    (queries_dir() / "good.sql").write_text("select 1")
    saved = load_queries()
    (problem,) = saved.problems
    assert problem.startswith(f"{queries_dir() / 'bad.sql'}:{line}: ")
    assert words in problem
    assert "good" in [query.name for query in saved.queries]


def test_what_is_saved_is_read_back() -> None:
    path = file_of("../Büro / x")
    assert path.parent == queries_dir()
    parameters = [SavedParameter(":day", "date"), SavedParameter(":status", "text")]
    write_query(path, ORDERS, name="New\n-- x", tags="a", parameters=parameters)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    (query,) = load_queries().queries
    assert (query.name, query.header.tags) == ("New -- x", ("a",))
    assert query.header.parameters == (
        SavedParameter(":day", "date", "2026-01-01", True),
        SavedParameter(":status", "text", None, True),
    )
    assert query.sql.startswith("-- a comment of the query\nselect")
    assert query.sql.endswith("as word;")


async def test_a_query_is_saved_found_and_run(pg: PgServer, database: str) -> None:
    queries_dir().mkdir(parents=True)
    (queries_dir() / "orders.sql").write_text(ORDERS)
    (queries_dir() / "broken.sql").write_text("-- nme: x\nselect 1")
    async with console([spec_of(pg, database)]) as c:
        c.pane.editor.text = "select :n::int as saved_one"
        c.pane.editor.focus()
        await c.pilot.press("alt+shift+q")
        await c.until(lambda: isinstance(c.app.screen, SaveQueryScreen))
        c.app.screen.query(Input).first().value = "Mine"
        await c.pilot.press("enter")
        await c.until(lambda: (queries_dir() / "Mine.sql").exists())
        assert (queries_dir() / "Mine.sql").read_text() == (
            "-- name: Mine\n-- parameter: n int4\nselect :n::int as saved_one;\n"
        )
        c.pane.editor.text = ""
        await c.pilot.press("alt+q")
        await c.until(lambda: isinstance(c.app.screen, QueriesScreen))
        await c.sees("Mine", "Orders of a day", "broken.sql:1: nme is not known")
        await c.pilot.press(*"daily came")
        await c.until(lambda: "Mine" not in c.screen_text)
        await c.sees(":day date = 2026-01-01", "#daily")
        await c.pilot.press("enter")
        await c.until(lambda: "select :day" in c.pane.editor.text)
        await c.pilot.press("f5")
        await c.until(lambda: isinstance(c.app.screen, ParameterScreen))
        await c.sees("2026-01-01", "it's = so")
        await c.pilot.press("enter")
        await c.until(lambda: c.pane.results.rows is not None)
        rows = c.pane.results.rows
        assert rows is not None
        assert rows.row(0) == ("2026-01-01", None, "it's = so")
        await c.pilot.press("alt+q")
        await c.until(lambda: isinstance(c.app.screen, QueriesScreen))
        await c.pilot.press(*"broken")
        await c.pilot.press("f5")
        await c.until(lambda: "SELECT 1  " in c.pane.results.messages_text)
