"""The console as a user meets it: keys in, screen out, real databases behind."""

from __future__ import annotations

import pytest

from mdbtui.pool import BreakerState
from mdbtui.ui.stall import StallMonitor
from tests.support.console import Console, console, dead_spec, spec_of
from tests.support.server import PgServer


async def test_a_statement_shows_its_rows(pg: PgServer, database: str) -> None:
    async with console([spec_of(pg, database)]) as c:
        await c.run("select 1 as one, 'Grüße' as hello, null as nothing")
        await c.sees("one", "hello", "Grüße", "NULL", "1 row")


async def test_ctrl_j_and_ctrl_enter_run_without_touching_the_text(
    pg: PgServer, database: str
) -> None:
    async with console([spec_of(pg, database)]) as c:
        for key, value in (("ctrl+j", "via-j"), ("ctrl+enter", "via-enter")):
            text = f"select '{value}' as it"
            await c.run(text, key)
            assert c.pane.editor.text == text
            await c.until(lambda: c.pane.results.rows is not None)
            assert c.pane.results.rows.row(0) == (value,)


async def test_the_statement_at_the_cursor_runs_and_no_other(
    pg: PgServer, database: str
) -> None:
    async with console([spec_of(pg, database)]) as c:
        c.pane.editor.text = "create table t(a int);\nselect 'second' as b;\nselect 3"
        c.pane.editor.move_cursor((1, 4))
        await c.pilot.press("f5")
        await c.sees("second")
        assert "0" in pg.psql(
            database, "-Atc", "select count(*) from pg_class where relname = 't'"
        )


async def test_several_statements_give_several_tabs(
    pg: PgServer, database: str
) -> None:
    async with console([spec_of(pg, database)]) as c:
        await c.run(
            "select 'one' as a; create table t(a int); select 'two' as b", "shift+f5"
        )
        await c.sees(
            "1 select 'one' as a", "2 select 'two' as b", "Messages (3)", "one"
        )
        await c.pilot.press("f4", "right_square_bracket")
        await c.until(lambda: c.pane.results.rows.row(0) == ("two",))
        await c.pilot.press("right_square_bracket")
        await c.sees("CREATE TABLE")


async def test_an_error_says_what_where_and_why(pg: PgServer, database: str) -> None:
    text = "select 1;\n\nselect *\nfrom no_such_table"
    async with console([spec_of(pg, database)]) as c:
        c.pane.editor.text = text
        c.pane.editor.move_cursor((3, 0))
        await c.pilot.press("f5")
        await c.sees("42P01", 'relation "no_such_table" does not exist', "LINE 4: from")
        assert c.pane.editor.text == text
        assert c.pane.editor.cursor_location == (3, 5)


async def test_a_failing_statement_ends_the_run_and_keeps_earlier_results(
    pg: PgServer, database: str
) -> None:
    async with console([spec_of(pg, database)]) as c:
        await c.run("select 'kept' as a; select 1/0; select 'never' as b", "shift+f5")
        await c.sees("22012", "division by zero")
        assert c.pane.results._strip.tabs[0].label.startswith("1 ")
        await c.pilot.press("f4", "left_square_bracket")
        await c.sees("kept")
        assert "never" not in c.pane.results.messages_text


async def test_notices_are_shown(pg: PgServer, database: str) -> None:
    async with console([spec_of(pg, database)]) as c:
        await c.run("do $$ begin raise warning 'mind the [/x] gap'; end $$")
        await c.sees("WARNING: mind the [/x] gap", "DO")


@pytest.mark.parametrize("key", ["f9", "escape"])
async def test_cancel_stops_what_runs_and_the_tab_goes_on(
    pg: PgServer, database: str, key: str
) -> None:
    async with console([spec_of(pg, database)]) as c:
        c.pane.editor.text = "select pg_sleep(60)"
        await c.pilot.press("f5")
        await c.until(lambda: c.main.panes.active.talk.running)
        await c.sees("running")
        await c.pilot.press(key)
        await c.until(lambda: not c.main.panes.active.talk.running)
        await c.run("select 'alive' as x")
        await c.sees("alive")
        sleeping = pg.psql(
            database,
            "-Atc",
            "select count(*) from pg_stat_activity where query like '%pg_sleep(60)%'"
            " and state = 'active' and pid <> pg_backend_pid()",
        )
        assert sleeping.strip() == "0"


async def test_a_dead_database_delays_no_other(pg: PgServer, database: str) -> None:
    async with console([dead_spec(), spec_of(pg, database)], start=database) as c:
        await c.run("select 'fine' as x")
        await c.sees("fine")
        await c.until(lambda: c.pools.snapshot().by_id("dead").connections_failed > 0)
        await c.sees("dead")


async def test_running_on_a_dead_database_says_what_to_try(pg: PgServer) -> None:
    async with console([dead_spec()]) as c:
        await c.run("select 1")
        await c.sees("What to try")
        assert c.pane.editor.text == "select 1"


async def test_a_refused_login_is_parked_and_a_password_helps(
    pg: PgServer, database: str
) -> None:
    import dataclasses

    right = spec_of(pg, database)
    wrong = dataclasses.replace(
        right, db=dataclasses.replace(right.db, password="nonsense")
    )
    async with console([wrong]) as c:
        await c.until(
            lambda: c.pools.snapshot().by_id(database).breaker is BreakerState.PARKED
        )
        await c.pilot.press("f2", "down", "up", "c")
        await c.sees(f"Password for {database}")
        await c.pilot.press(*pg.password, "enter")
        await c.until(
            lambda: c.pools.snapshot().by_id(database).breaker is BreakerState.CLOSED
        )
        await c.run("select 'in' as x")
        await c.sees("in")
        assert pg.password not in c.screen_text


async def test_switching_the_database_of_a_tab(pg: PgServer, database: str) -> None:
    async with console([spec_of(pg, database), spec_of(pg, "postgres")]) as c:
        await c.pilot.press("ctrl+o")
        await c.sees("Switch database")
        await c.pilot.press(*"postgr", "enter")
        await c.until(lambda: c.main.panes.active.talk.db_id == "postgres")
        await c.run("select current_database() as x")
        await c.until(lambda: c.pane.results.rows is not None)
        assert c.pane.results.rows.row(0) == ("postgres",)


async def test_tabs_keep_their_text_database_and_results(
    pg: PgServer, database: str
) -> None:
    async with console([spec_of(pg, database)]) as c:
        await c.run("select 'first' as x")
        first = c.pane
        await c.pilot.press("ctrl+n")
        await c.until(lambda: c.pane is not first)
        await c.run("select 'second' as x")
        await c.sees("second")
        await c.pilot.press("alt+left")
        await c.sees("first")
        assert c.pane is first
        await c.pilot.press("alt+right", "ctrl+f4")
        await c.until(lambda: c.pane is first)
        await c.until(lambda: c.pools.snapshot().in_use == 0)


async def test_an_open_transaction_is_shown_and_asked_about(
    pg: PgServer, database: str
) -> None:
    async with console([spec_of(pg, database)]) as c:
        await c.run("begin")
        await c.run("create table half(a int)")
        await c.sees("pinned 1")
        await c.pilot.press("ctrl+q")
        await c.sees("Commit or roll back?")
        await c.pilot.press("escape")
        await c.run("rollback")
        await c.until(lambda: c.pools.snapshot().in_use == 0)


async def test_panes_are_hidden_sized_and_maximised(
    pg: PgServer, database: str
) -> None:
    async with console([spec_of(pg, database)]) as c:
        sidebar = c.main.sidebar
        width = sidebar.size.width
        await c.pilot.press("alt+shift+right")
        await c.until(lambda: sidebar.size.width == width + 2)
        await c.pilot.press("ctrl+b")
        await c.until(lambda: not sidebar.display)
        await c.pilot.press("ctrl+b")
        await c.until(lambda: sidebar.display)
        lines = c.pane.editor.size.height
        await c.pilot.press("alt+shift+down")
        await c.until(lambda: c.pane.editor.size.height == lines + 1)
        await c.pilot.press("f3", "ctrl+g")
        await c.until(lambda: c.pane.editor.size.width >= 138)
        assert not c.pane.results.display
        await c.pilot.press("ctrl+g")
        await c.until(lambda: c.pane.results.display and sidebar.display)
        await c.pilot.press("f6")
        await c.until(lambda: c.main.panel.has_focus)
        await c.pilot.press("f6")
        await c.until(lambda: not c.main.panel.display)


async def test_borders_can_be_dragged(pg: PgServer, database: str) -> None:
    async with console([spec_of(pg, database)]) as c:
        width = c.main.sidebar.size.width
        await c.pilot.mouse_down("#left-border", offset=(0, 5))
        await c.pilot.hover("#left-border", offset=(6, 5))
        await c.pilot.mouse_up("#left-border", offset=(0, 5))
        await c.until(lambda: c.main.sidebar.size.width == width + 6)


async def test_a_narrow_screen_shows_everything(pg: PgServer, database: str) -> None:
    async with console([spec_of(pg, database)], size=(80, 24)) as c:
        await c.run("select 'narrow' as x")
        await c.sees("narrow", database, "F5 Run", "waiting")
        assert c.main.panel.region.y > c.main.sidebar.region.y
        await c.pilot.press("ctrl+b")
        await c.until(lambda: c.main.panel.size.width > 60)


async def test_the_key_bar_can_be_pressed(pg: PgServer, database: str) -> None:
    async with console([spec_of(pg, database)]) as c:
        c.pane.editor.text = "select 'pressed' as x"
        await c.pilot.click("#keys", offset=(2, 0))
        await c.sees("pressed")


async def test_the_first_frame_waits_for_no_server(pg: PgServer) -> None:
    async with console([dead_spec("a"), dead_spec("b")]) as c:
        c.pane.editor.focus()
        await c.pilot.press(*"selec")
        assert c.pane.editor.text == "selec"


async def test_no_connection_at_all_shows_the_welcome() -> None:
    async with console([]) as c:
        await c.sees("Start the demo", "Add a connection")


async def test_a_cell_and_a_record_open_and_are_copied(
    pg: PgServer, database: str
) -> None:
    async with console([spec_of(pg, database)]) as c:
        await c.run("""select '{"deep": [1, 2]}'::jsonb as doc, 'b' as other""")
        await c.sees("deep")
        await c.pilot.press("f4", "enter")
        await c.sees("row 1", "jsonb")
        await c.pilot.press("y")
        await c.until(lambda: any("clipboard" in note for note in c.notes()))
        assert "deep" in c.app.clipboard
        await c.pilot.press("escape", "v")
        await c.sees("other")
        await c.pilot.press("escape", "Y")
        await c.sees("Markdown")
        await c.pilot.press(*"markd", "enter")
        await c.until(lambda: c.app.clipboard.startswith("| doc |"))


async def test_many_rows_are_sorted_by_the_server(pg: PgServer, database: str) -> None:
    async with console([spec_of(pg, database)]) as c:
        await c.run("select g as n from generate_series(1, 100000) g")
        await c.sees("+ rows")
        await c.pilot.press("f4", "s", "s")
        await c.until(
            lambda: (
                c.pane.results.rows is not None
                and c.pane.results.rows.row(0) == ("100000",)
            )
        )


async def test_a_pinned_result_outlives_the_next_run(
    pg: PgServer, database: str
) -> None:
    async with console([spec_of(pg, database)]) as c:
        await c.run("select 'kept' as a")
        await c.sees("kept")
        await c.pilot.press("f4", "P")
        await c.run("select 'new' as b")
        await c.sees("1 ■ select 'kept' as a", "2 select 'new' as b", "new")
        await c.pilot.press("f4", "left_square_bracket")
        await c.sees("kept")


async def test_rows_that_went_home_are_fetched_again_by_a_key(
    pg: PgServer, database: str
) -> None:
    async with console([spec_of(pg, database)]) as c:
        await c.run("select g from generate_series(1, 100000) g")
        await c.sees("+ rows")
        await c.pilot.press("f9")
        await c.sees("cancelled after")
        await c.until(lambda: c.pools.snapshot().in_use == 0)
        await c.pilot.press("f4", "R")
        await c.sees("+ rows")
        await c.pilot.press("ctrl+end")
        await c.sees("all 100,000 rows")


async def test_a_connection_is_renamed_in_the_form(pg: PgServer, database: str) -> None:
    async with console([spec_of(pg, database)]) as c:
        await c.run("select 'before' as x")
        c.main.action_edit_connection()
        await c.sees("Test", "Save")
        await c.pilot.press("end", "ctrl+u", *"renamed", "ctrl+s")
        await c.until(lambda: c.main.panes.active.talk.db_id == "renamed")
        await c.run("select 'after' as x")
        await c.sees("after", "renamed")
        assert c.pools.db_ids == ("renamed",)


async def test_preview_name_and_definition_from_the_sidebar(
    pg: PgServer, database: str
) -> None:
    pg.psql(database, "-c", 'create table "Odd [/x]" (id int primary key, body text)')
    pg.psql(database, "-c", """insert into "Odd [/x]" values (1, 'seen')""")
    async with console([spec_of(pg, database)]) as c:
        await open_tree(c)
        await c.sees("Odd [/x]")
        await to_line(c, "Odd [/x]")
        await c.pilot.press("i")
        await c.until(lambda: c.pane.editor.text == 'public."Odd [/x]"')
        await c.pilot.press("f2", "p")
        await c.sees("seen", "body")
        await c.pilot.press("f2", "d")
        await c.until(lambda: "CREATE TABLE" in c.pane.editor.text.upper())


async def open_tree(c: Console) -> None:
    """Open the first connection until its tables show."""
    await c.pilot.press("f2", "right")
    await c.sees("Tables")


async def to_line(c: Console, text: str) -> None:
    """Move the sidebar's cursor to the line of an object."""
    for _ in range(30):
        item = c.main.sidebar.item
        if item is not None and item.node is not None and item.node.name == text:
            return
        await c.pilot.press("down")
    raise AssertionError(f"no line {text!r}\n{c.screen_text}")


async def test_a_flood_of_notices_leaves_the_console_alive(
    pg: PgServer, database: str
) -> None:
    flood = (
        "do $$ begin for i in 1..100000 loop raise notice 'n %', i; end loop; end $$"
    )
    async with console([spec_of(pg, database)]) as c:
        await c.run(flood)
        await c.run("select 'alive' as x")
        await c.sees("alive")
        assert "99,000 more notices" in c.pane.results.messages_text
        for _ in range(4):
            await c.run(flood.replace("100000", "900"))
        async with StallMonitor() as stalls:
            await c.run(flood.replace("100000", "900"))
            await c.pilot.press(*"abc")
        assert stalls.max_cpu_ms < 600


@pytest.mark.parametrize(
    ("marked", "key", "said"),
    [
        ("select 1;\n\\dq |x", "f5", "nearest: "),
        ("|\\set a 1\nselect 1", "shift+f5", "asked for"),
        ("\\copy t\nselect 1;|", "ctrl+a f5", "needs a table"),
    ],
)
async def test_a_psql_command_is_said_not_skipped(
    pg: PgServer, database: str, marked: str, key: str, said: str
) -> None:
    async with console([spec_of(pg, database)]) as c:
        at = marked.index("|")
        c.pane.editor.text = marked.replace("|", "")
        c.pane.editor.move_cursor(c.pane.editor.sql.location_at(at))
        await c.pilot.press(*key.split())
        await c.sees("ERROR", said)
        assert "SELECT" not in c.pane.results.messages_text


@pytest.mark.parametrize(
    ("marked", "key"),
    [
        ("|select 'ran' as x;\n\\d", "f5"),
        ("|select 'ran' as x \\g\nselect '\\d', $$\n\\d$$; -- \\d", "shift+f5"),
    ],
)
async def test_what_is_no_psql_command_runs(
    pg: PgServer, database: str, marked: str, key: str
) -> None:
    async with console([spec_of(pg, database)]) as c:
        c.pane.editor.text = marked.replace("|", "")
        c.pane.editor.move_cursor((0, 0))
        await c.pilot.press(key)
        await c.until(lambda: "SELECT 1" in c.pane.results.messages_text)
