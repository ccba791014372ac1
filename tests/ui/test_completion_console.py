"""Completion in the whole console, on what the server has."""

from __future__ import annotations

import pytest

from mdbtui.config import AppConfig
from mdbtui.ui.screens import main_escape
from tests.support.console import Console, console, spec_of
from tests.support.server import PgServer

SCHEMA = """
create type mood as enum ('sad', 'ok');
create table customers (id int primary key, "Full Name" text, mood mood);
comment on column customers."Full Name" is 'as they [b]say[/b] it';
create table orders (id int primary key, customer_id int references customers);
create table "e\x1b[2Jvil" (a int);
create function total_of(order_id int) returns numeric language sql as 'select 1.0';
"""


async def type_(c: Console, text: str) -> None:
    """Put text at the editor's cursor, the last character of it by key."""
    c.pane.editor.focus()
    c.pane.editor.insert(text[:-1])
    await c.pilot.pause()
    await c.pilot.press(text[-1])
    await c.pilot.pause()


async def proposed(c: Console, text: str, *rows: str) -> None:
    """Type a statement and wait for what is proposed."""
    c.pane.editor.text = ""
    await type_(c, text)
    await c.sees(*rows)


async def test_names_types_comments_and_joins_of_the_server(
    pg: PgServer, database: str
) -> None:
    pg.psql(database, "-c", SCHEMA)
    async with console([spec_of(pg, database)], size=(80, 24)) as c:
        await proposed(c, "select * from cust", "T customers", "table")
        await c.pilot.press("tab")
        await type_(c, " c join ")
        await c.sees("J orders on orders.customer_id = c.id", "foreign key")
        await c.pilot.press("tab")
        assert c.pane.editor.text == (
            "select * from customers c join orders on orders.customer_id = c.id"
        )
        await proposed(c, "select tot", "f total_of", "(order_id integer) → numeric")
        await proposed(c, "select 1 from customers where mood = ", "v 'sad'", "v 'ok'")
        await proposed(
            c, "select * from customers c where c.F", 'c "Full Name"', "as they [b]say"
        )
        await proposed(c, "select * from e", 'T "e␛[2Jvil"')
        await c.pilot.press("tab")
        assert c.pane.editor.text == 'select * from "e\x1b[2Jvil"'
        await proposed(c, "set enable_seqs", "= enable_seqscan", "bool")


async def test_escape_closes_the_list_and_cancels_only_the_next_time(
    pg: PgServer, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(main_escape, "QUIET_SECONDS", 0)
    async with console([spec_of(pg, database)]) as c:
        c.pane.editor.text = "select pg_sleep(60);\n"
        await c.pilot.press("f5")
        await c.until(lambda: c.main.panes.active.talk.running)
        c.pane.editor.focus()
        c.pane.editor.move_cursor((1, 0))
        await c.pilot.press(*"sel")
        await c.sees("k select")
        await c.pilot.press("escape")
        await c.until(lambda: "k select" not in c.screen_text)
        assert c.main.panes.active.talk.running
        await c.pilot.press("escape")
        await c.until(lambda: not c.main.panes.active.talk.running)


async def test_names_are_read_anew_after_ddl_and_when_asked(
    pg: PgServer, database: str
) -> None:
    async with console([spec_of(pg, database)]) as c:
        await c.run("create table first_one (a int)")
        await proposed(c, "select * from first", "T first_one")
        await c.run("begin; create table second_one (a int)", "shift+f5")
        await proposed(c, "select * from first", "T first_one")
        await c.run("commit")
        await proposed(c, "select * from second", "T second_one")
        pg.psql(database, "-c", "create table third_one (a int)")
        await c.run("drop table first_one")
        await c.until(lambda: not c.app.services.names.loading(database))
        await proposed(c, "select * from third", "T third_one")
        pg.psql(database, "-c", "create table fourth_one (a int)")
        c.pane.editor.text = "select * from "
        c.pane.editor.move_cursor((0, 14))
        await c.pilot.press("ctrl+@", "ctrl+@")
        await c.sees("T fourth_one", "are read anew")
        assert "T first_one" not in c.screen_text


async def test_snippets_and_what_was_used_before(pg: PgServer, database: str) -> None:
    pg.psql(database, "-c", "create table aa1 (a int); create table aa2 (a int)")
    config = AppConfig(snippets=(("top", "select * from $0 limit 10"),))
    async with console([spec_of(pg, database)], config=config) as c:
        await proposed(c, "to", "¶ top")
        await c.pilot.press("tab")
        await c.pilot.press("a")
        assert c.pane.editor.text == "select * from a limit 10"
        await c.sees("T aa1", "T aa2")
        await c.pilot.press("down", "enter")
        assert c.pane.editor.text == "select * from aa2 limit 10"
        await proposed(c, "select * from a", "T aa2")
        shown = c.screen_text
        assert shown.index("T aa2") < shown.index("T aa1")
        kept = c.app.services.completing.state()
        assert kept[database]["table aa2"] == 1


async def test_a_session_s_own_search_path_counts(pg: PgServer, database: str) -> None:
    pg.psql(
        database,
        "-c",
        "create schema depot; create table depot.stock (a int);"
        " create table public.stocks_here (a int)",
    )
    async with console([spec_of(pg, database)]) as c:
        await proposed(c, "select * from stock", "T depot.stock", "T stocks_here")
        await c.pilot.press("escape")
        await c.run("set search_path to depot")
        await proposed(c, "select * from stock", "T stock ", "T public.stocks_here")
        await c.pilot.press("escape")
        await c.run("reset search_path")
        await proposed(c, "select * from stock", "T depot.stock", "T stocks_here")


async def test_a_new_tab_and_another_database_have_their_own_names(
    pg: PgServer, database: str
) -> None:
    pg.psql(database, "-c", "create table only_here (a int)")
    async with console([spec_of(pg, database), spec_of(pg, "postgres")]) as c:
        await proposed(c, "select * from only", "T only_here")
        await c.pilot.press("escape", "ctrl+n")
        await proposed(c, "select * from only", "T only_here")
        await c.main.panes.active.talk.switch("postgres")
        c.pane.editor.text = ""
        await type_(c, "select * from only")
        await c.until(lambda: not c.app.services.names.loading("postgres"))
        await c.until(lambda: "T only_here" not in c.screen_text)
