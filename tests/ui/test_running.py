"""What runs, and what ends a run."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from mdbtui.config import AppConfig, load_state
from mdbtui.ui import reading_ahead
from mdbtui.ui.screens import main_escape, main_running
from mdbtui.ui.screens.main_escape import EscapeGuard
from tests.support.console import console, spec_of
from tests.support.server import PgServer

TEXT = "select 'one' as a;\nselect 'two' as a;\n\nselect 'three' as a;"


async def test_all_from_the_cursors_statement_on(pg: PgServer, database: str) -> None:
    async with console([spec_of(pg, database)]) as c:
        c.pane.editor.text = TEXT
        c.pane.editor.move_cursor((1, 3))
        await c.pilot.press("ctrl+f5")
        await c.sees("1 select 'two' as a", "2 select 'three' as a")
        assert "'one'" not in c.pane.results.messages_text


async def test_from_here_includes_all_of_a_statement_that_a_selection_is_within(
    pg: PgServer, database: str
) -> None:
    async with console([spec_of(pg, database)]) as c:
        c.pane.editor.text = TEXT
        c.pane.editor.move_cursor((1, 0))
        c.pane.editor.move_cursor((1, 8), select=True)
        await c.pilot.press("ctrl+f5")
        await c.sees("1 select 'two' as a", "2 select 'three' as a")


async def test_a_run_stops_at_an_error_unless_it_is_to_go_on(
    pg: PgServer, database: str
) -> None:
    text = "select 'x' as a; select 1/0; select 'last' as b; select nope"
    async with console([spec_of(pg, database)]) as c:
        await c.run(text, "shift+f5")
        await c.sees("22012")
        assert "last" not in c.pane.results.messages_text
        titles = {command.title for command in c.main.commands()}
        assert {"Stop or go on at an error", "Run all from here"} <= titles
        await c.pilot.press("alt+g")
        await c.until(lambda: any("goes on" in note for note in c.notes()))
        await c.run(text, "shift+f5")
        await c.until(
            lambda: "2 of 4 statements failed" in c.pane.results.messages_text
        )
        said = c.pane.results.messages_text
        assert said.index("22012") < said.index("select 'last'") < said.index("42703")


async def test_a_cancel_ends_a_run_that_goes_on(pg: PgServer, database: str) -> None:
    async with console([spec_of(pg, database)]) as c:
        c.main.goes_on = True
        c.pane.editor.text = "select pg_sleep(60); select 'never' as x"
        await c.pilot.press("shift+f5")
        await c.until(lambda: c.pools.snapshot().in_use == 1)
        await c.pilot.press("f9")
        await c.until(lambda: not c.main.panes.active.talk.running)
        assert "never" not in c.pane.results.messages_text


async def test_going_on_is_remembered(pg: PgServer, database: str) -> None:
    from mdbtui.config import save_state

    async with console([spec_of(pg, database)]) as c:
        assert not c.main.goes_on
        await c.pilot.press("alt+g")
        assert c.main.goes_on
        save_state(c.app._remembered())
    assert load_state()["go_on_after_errors"] is True
    async with console([spec_of(pg, database)]) as c:
        assert c.main.goes_on


@pytest.mark.parametrize(
    ("events", "cancels"),
    [
        ("7", [True]),
        ("x10 10.1 10.49 10.9 11.3", [False] * 4),  # in a row, for whatever
        ("x10 10.2 10.8", [False, True]),
        ("x10 10.6 x11 11.1", [True, False]),
        ("x10 9.9", [False]),  # handled when a screen had closed since
        ("x10 10.5", [True]),
    ],
)
def test_an_escape_in_a_row_that_leaves_dialogs_does_not_cancel(
    events: str, cancels: list[bool]
) -> None:
    guard = EscapeGuard()
    told = []
    for event in events.split():
        if event.startswith("x"):
            guard.closed(float(event[1:]))
        else:
            told.append(guard.lets(float(event)))
    assert told == cancels


async def test_escapes_that_leave_dialogs_leave_what_runs(
    pg: PgServer, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # No machine is so slow that these keys are not in a row.
    monkeypatch.setattr(main_escape, "QUIET_SECONDS", 3600)
    specs, config = [spec_of(pg, database)], AppConfig(keymap="vim")
    async with console(specs, config=config) as c:
        c.pane.editor.text = "select pg_sleep(60)"
        await c.pilot.press("f3", "f5")
        talk = c.main.panes.active.talk
        await c.until(lambda: talk.running)
        await c.pilot.press("f1")
        await c.sees("type to narrow")
        await c.pilot.press("escape", "escape", "escape")
        await c.sees("running")
        await c.pilot.press("A", "x", "escape")  # ends vim's insert mode
        await c.sees("NORMAL")
        await c.pilot.press("alt+h")
        await c.sees("Esc closes")
        await c.pilot.press("escape")
        await c.until(lambda: "Esc closes" not in c.screen_text)
        assert talk.running
        monkeypatch.setattr(main_escape, "QUIET_SECONDS", 0)
        await c.pilot.press("escape")
        await c.until(lambda: not talk.running)


async def test_a_large_statement_is_read_while_the_screen_goes_on(
    pg: PgServer, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on = asyncio.Event()

    async def later(work: Callable[[], object]) -> object:
        await go_on.wait()
        return await asyncio.to_thread(work)

    values = ",\n".join(f"({n}, '12:30')" for n in range(20_000))
    async with console([spec_of(pg, database)]) as c:
        await c.run("create table t (n int, at text)")
        talk, editor = c.main.panes.active.talk, c.pane.editor
        editor.load_text(f"insert into t values\n{values}")
        monkeypatch.setattr(main_running, "in_time", later)
        await c.pilot.press("f3", "space", "f5")
        await c.sees("reading the text …")
        await c.pilot.press("space")
        go_on.set()
        await c.until(lambda: any("text changed while" in n for n in c.notes()))
        monkeypatch.undo()
        go_on.clear()
        monkeypatch.setattr(reading_ahead, "in_daemon_thread", later)
        monkeypatch.setattr(main_running, "in_time", asyncio.to_thread)
        await c.pilot.press("f5")
        await c.sees("reading the statement …")
        await c.pilot.press("f9")
        await c.until(lambda: "Cancelled before" in c.pane.results.messages_text)
        assert not talk.running
        monkeypatch.undo()
        await c.pilot.press("space", "f5")
        await c.until(lambda: "INSERT 0 20000" in c.pane.results.messages_text)
    assert pg.psql(database, "-c", "select count(*) from t") == "20000\n"
