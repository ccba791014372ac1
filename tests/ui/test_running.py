"""What runs, and what ends a run."""

from __future__ import annotations

from mdbtui.config import load_state
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
