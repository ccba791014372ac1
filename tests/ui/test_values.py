"""Parameters' values: asked for, refused beside their fields, remembered."""

from __future__ import annotations

import json
import stat

import pytest

from mdbtui.config import state_dir
from mdbtui.config.values import MAX_KEPT, keep_values, load_values, may_be_secret
from mdbtui.ui.screens.parameters import ParameterScreen
from tests.support.console import Console, console, spec_of
from tests.support.server import PgServer

SQL = "select :n::int * 2 as double, :word::text is null as nothing, :word::text as w"


async def asked(c: Console) -> None:
    await c.until(lambda: isinstance(c.app.screen, ParameterScreen), "not asked")
    await c.pilot.pause()


async def answered(c: Console) -> None:
    await c.until(
        lambda: len(c.app.screen_stack) == 1 and not c.main.panes.active.talk.running
    )


async def ask(c: Console, sql: str, key: str = "f5") -> None:
    c.pane.editor.text = sql
    c.pane.editor.focus()
    await c.pilot.press(key)
    await asked(c)


async def test_values_are_asked_for_checked_and_remembered(
    pg: PgServer, database: str
) -> None:
    async with console([spec_of(pg, database)], size=(80, 24)) as c:
        await c.run("begin; select 'before' as b", "shift+f5")
        await ask(c, SQL)
        await c.sees(":n int4", ":word text", "NULL", "select :n::int * 2")
        await c.pilot.press("x", "enter")
        await c.sees("22P02: invalid input syntax for type", 'integer: "x"')
        await c.pilot.press("escape")
        await answered(c)
        # Nothing was run, nothing is lost: not the rows, not the transaction.
        await c.sees("before")
        await c.pilot.press("f5")
        await asked(c)
        await c.pilot.press("2", "1", "tab", "ctrl+n", "enter")
        await answered(c)
        await c.sees("42", "NULL")
        session = c.main.panes.active.talk.session
        assert session is not None
        assert not session.transaction_failed
        # The last values are there again, and an empty text is not NULL.
        await c.pilot.press("f5")
        await asked(c)
        await c.sees("21", "NULL")
        await c.pilot.press("tab", "ctrl+n", "enter")
        await answered(c)
        await c.until(lambda: c.pane.results.rows is not None)
        rows = c.pane.results.rows
        assert rows is not None
        assert rows.row(0) == ("42", "f", "")
    kept = state_dir() / "values.json"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert json.loads(kept.read_text()) == {
        f"{database}\n:n": "21",
        f"{database}\n:word": "",
    }


async def test_what_follows_a_run_takes_the_same_values(
    pg: PgServer, database: str
) -> None:
    async with console([spec_of(pg, database)]) as c:
        await ask(c, "select generate_series(1, :n) as k")
        await c.pilot.press(*"20000", "enter")
        await answered(c)
        await c.until(lambda: c.pane.results.rows is not None)
        await c.pilot.press("f4", "R")
        await c.until(lambda: c.pane.results.rows is not None)
        # More rows than can be sorted here: the server does, with the same value.
        await c.pilot.press("s")
        await c.sees("▲1 select generate_series")
        await c.pilot.press("s")
        await c.sees("▼1 select generate_series", "20000")
        await c.pilot.press("f12")
        await asked(c)
        await c.sees("20000")
        await c.pilot.press("enter")
        await c.sees("not run", "ProjectSet")


async def test_statements_of_a_run_are_asked_for_one_after_the_other(
    pg: PgServer, database: str
) -> None:
    text = (
        "create table t (a date); insert into t values ($1); select a from t;"
        " select nope(:x)"
    )
    async with console([spec_of(pg, database)]) as c:
        await ask(c, text, "shift+f5")
        await c.sees("$1 date")
        await c.pilot.press(*"2026-02-03", "enter")
        await c.sees("42883")
        assert "INSERT 0 1" in c.pane.results.messages_text
        # The place is that of what was written, not of what was sent.
        assert c.pane.editor.cursor_location == (0, text.index("nope"))
        await ask(c, "insert into t values ($1); select 1", "shift+f5")
        await c.pilot.press("escape")
        await answered(c)


@pytest.mark.parametrize(
    ("name", "value", "secret"),
    [
        (":password", "", True),
        (":new_pwd", "x", True),
        (":api_key", "x", True),
        (":id", "42", False),
        (":email", "a@b.example", False),
        (":u", "0b9d2f6e-1c9b-4b11-9a56-2f2e9f9a0c11", False),
        (":u", "postgresql://me:hidden@host/db", True),
        (":u", "eyJhbGciOiJIUzI1NiJ9.eyJz", True),
        (":u", "sk-Abc123", True),
        (":u", "G7hK2lmQ9zXv4TbN", True),
        (":name", "Straße 12", False),
        (":mapping", "a", False),
    ],
)
def test_secrets_are_not_kept(name: str, value: str, secret: bool) -> None:
    assert may_be_secret(name, value) is secret


def test_what_is_kept_is_bounded_and_may_be_broken() -> None:
    assert load_values() == {}
    keep_values({"a": None, "b": "x"}, frozenset())
    keep_values({"a": "y"}, frozenset({"b"}))
    assert load_values() == {"a": "y"}
    keep_values({str(i): "v" for i in range(MAX_KEPT)}, frozenset())
    assert len(load_values()) == MAX_KEPT
    assert "a" not in load_values()
    (state_dir() / "values.json").write_text("{")
    assert load_values() == {}
