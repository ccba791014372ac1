"""A tab that writes on many databases: the question before, the canary, the report."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest

from mdbtui.config import ConnectionSpec, Environment, state_dir
from mdbtui.config.targets import TargetChoice
from mdbtui.query.history_entries import Wanted
from mdbtui.query.writes import fan as fan_module
from mdbtui.query.writes.fan import How
from mdbtui.query.writes.forecast import Forecast, planned_rows
from mdbtui.query.writes.journal import Journal
from mdbtui.query.writes.prepared import new_run
from mdbtui.ui import stopping as stopping_module
from mdbtui.ui.screens.write_confirm import WriteScreen
from mdbtui.ui.stopping import last_words, stop_at_the_end, stop_writes
from mdbtui.ui.widgets.fanout_view import FanOutView
from mdbtui.ui.writing_words import (
    beside,
    estimate,
    few,
    stopping,
    total,
    typed_word,
    without_comments,
)
from tests.support.console import Console, console, dead_spec, spec_of
from tests.support.server import PgServer, ServerFarm

NAMES = [f"write_{name}" for name in "abc"]


@pytest.fixture(scope="module")
def shops(pg: PgServer) -> Iterator[list[str]]:
    """Three databases; the last one lacks a row."""
    for name in NAMES:
        pg.psql("postgres", "-c", f"create database {name} template template1")
        pg.psql(
            name,
            "-c",
            "create table s (id int primary key, n int)",
            "-c",
            "insert into s select i, 0 from generate_series(1, 50) i",
            "-c",
            "analyze s",
        )
    yield NAMES
    for name in NAMES:
        pg.psql("postgres", "-c", f"drop database {name} with (force)")


def specs(pg: PgServer, shops: list[str]) -> list[ConnectionSpec]:
    """A staging one, two in production, and one that is down."""
    environments = ("staging", "production", "production")
    return [
        *(
            spec_of(pg, name, group="S", environment=Environment(environment))
            for name, environment in zip(shops, environments, strict=True)
        ),
        dead_spec("legacy"),
    ]


def chosen(c: Console, *names: str) -> None:
    """Give the tab in front its targets, as alt+t does."""
    c.main.panes.active.tab.targets = TargetChoice(names)
    c.main.pane_changed()


async def ask(c: Console, sql: str, key: str = "f5") -> WriteScreen:
    """Run a statement, and wait for the question."""
    await c.run(sql, key)
    await c.until(lambda: isinstance(c.app.screen, WriteScreen), "no question")
    screen = c.app.screen
    assert isinstance(screen, WriteScreen)
    await c.until(lambda: screen._forecasts.over)
    return screen


def view(c: Console) -> FanOutView:
    found = c.pane.results.fan_out
    assert found is not None
    return found


def sums(pg: PgServer) -> list[str]:
    return [pg.psql(name, "-c", "select sum(n) from s").strip() for name in NAMES]


async def test_all_is_shown_and_asked_before_anything_is_written(
    pg: PgServer, shops: list[str]
) -> None:
    before = sums(pg)
    async with console(specs(pg, shops)) as c:
        chosen(c, *shops, "legacy")
        screen = await ask(c, "update s set n = n + 1")
        await c.sees("≈ 150 rows in 3 of 4 databases", "2 in production", "≈ 50")
        await c.sees("PRODUCTION", "staging", "1 would fail now")
        await c.sees("◉ each commits by itself; the first error stops")
        lines = c.screen_text.splitlines()
        place = {n: i for i, line in enumerate(lines) for n in shops if n in line}
        assert place["write_b"] < place["write_c"] < place["write_a"]
        # Not without the word; and not all or none, which a server does not allow.
        await c.pilot.press("ctrl+s")
        await c.until(lambda: "Type 2 production to write" in " ".join(c.notes()))
        await c.until(lambda: c.app.focused is screen.query_one("#word"))
        await c.pilot.press("2", "shift+tab", "down", "down")
        await c.sees("Not all or none: no PREPARE TRANSACTION at")
        # Who is left out counts no more.
        screen._list.focus()
        await c.pilot.press("ctrl+home", "x", "down", "x")
        await c.sees("left out", "Write on 2 databases?", "type write_c to write in")
        await c.sees(
            "≈ 50 rows in 1 of 2 databases · 1 would fail now · 1 in production"
        )
        await c.pilot.press("ctrl+s", "escape")
        await c.until(lambda: c.app.screen is c.main)
        assert sums(pg) == before
        # Each by itself.
        screen = await ask(c, "update s set n = n + 1")
        screen.query_one("#word").value = "2 production"
        screen.query_one("#word").focus()
        await c.pilot.press("shift+tab", "up", "ctrl+s")
        await c.sees("3 of 4 committed, 1 not started", "F4, o: r tries again")
        assert sums(pg) == [str(int(n) + 50) for n in before]
        await c.pilot.press("f4", "o")
        await c.sees("✓ committed", "– not started")
        await c.until(lambda: view(c)._outcomes.has_focus)
        await c.pilot.press("w")
        await c.sees("update s set n = n + 1", "write_b  committed, UPDATE 50", "y cop")
        await c.pilot.press("escape")
        assert "write_c  committed, UPDATE 50" in c.pane.results.messages_text
        # What is committed is not run again; what is not is asked about anew.
        await c.until(lambda: c.app.screen is c.main)
        await c.pilot.press("ctrl+end", "a")
        await c.until(lambda: "it is not run again" in " ".join(c.notes()))
        await c.pilot.press("r")
        await c.until(lambda: isinstance(c.app.screen, WriteScreen))
        await c.sees("Write on 1 database?")
        await c.pilot.press("escape")


async def test_a_small_screen_shows_what_is_asked_as_the_keyboard_comes_there(
    pg: PgServer, shops: list[str]
) -> None:
    before = sums(pg)
    sql = "-- why\n-- this\n\n/* is\ndone */\nupdate s\nset\nn\n=\nn\n+\n1"
    async with console(specs(pg, shops), size=(40, 12)) as c:
        chosen(c, *shops, "legacy")
        screen = await ask(c, sql)
        await c.sees("type 2 production", "Write on 4 databases", "Cancel")
        await c.pilot.press("shift+tab", "shift+tab")
        await c.until(lambda: screen._list.has_focus)
        await c.sees("write_b", "x leave out")
        await c.pilot.press("end")
        await c.until(lambda: screen._list.cursor_row == 3)
        await c.pilot.press("shift+tab")
        await c.sees("update s", "5 lines of comment before")
        await c.pilot.press("tab", "tab", "tab")
        await c.sees("legacy would fail now", "alt+x", "type 2 production")
        await c.pilot.press("alt+x")
        await c.sees("Write on 3 databases")
        assert "would fail now" not in c.screen_text
        await c.pilot.press("escape")
        await c.until(lambda: c.app.screen is c.main)
    assert sums(pg) == before


async def test_the_others_follow_the_canary_or_stay_as_they_are(
    pg: PgServer, shops: list[str]
) -> None:
    async with console(specs(pg, shops)) as c:
        chosen(c, *shops)
        for word in ("alt+y", "f9"):
            before = sums(pg)
            screen = await ask(c, "update s set n = n + 1 where id = 7 returning n")
            # One that is not in production is proposed; another one is chosen.
            screen.query_one("#word").value = "2 production"
            screen._list.focus()
            await c.pilot.press("ctrl+home", "down", "space")
            await c.sees("write_c goes first and commits", "canary")
            await c.pilot.press("ctrl+s")
            await c.sees("write_c committed, 2 others wait: alt+y lets them follow")
            after = [*before[:2], str(int(before[2]) + 1)]
            assert sums(pg) == after
            assert c.main.panes.active.talk.running
            await c.sees("waits for you: alt+y the others follow", "M-y Follow")
            assert "running " not in c.screen_text.splitlines()[-2]
            c.pane.editor.focus()
            await c.pilot.press("f5")
            await c.until(lambda: "ctrl+n opens a tab" in " ".join(c.notes()))
            await c.pilot.press(word)
            await c.until(lambda: not c.main.panes.active.talk.running)
            if word == "alt+y":
                await c.sees("3 of 3 committed", "3 rows of 3 databases")
                assert sums(pg) == [str(int(n) + 1) for n in before]
            else:
                await c.sees("1 of 3 committed, 2 not started")
                assert sums(pg) == after
            await c.until(lambda: c.pools.snapshot().in_use == 0)
        await c.pilot.press("alt+y")
        await c.until(lambda: "No databases wait" in " ".join(c.notes()))


async def test_from_the_history_it_comes_back_with_its_databases(
    pg: PgServer, shops: list[str]
) -> None:
    async with console(specs(pg, shops)) as c:
        chosen(c, *shops[1:])
        await c.run("select 'all' as of_them")
        await c.sees("2 of 2 answered")
        screen = await ask(c, "update s set n = n / (id - 1)")
        screen.query_one("#word").value = "2 production"
        await c.pilot.press("ctrl+s")
        await c.sees("0 of 2 committed")
        await c.until(lambda: not c.main.panes.active.talk.running)
        chosen(c)
        await c.pilot.press("ctrl+r", "f3")
        await c.sees("⇉ 2 databases", "⇉ write_b, write_c", "failed 22012", "0 of 2 co")
        await c.sees("error 22012")
        await c.pilot.press("f3", *"of_them")
        await c.until(lambda: len(getattr(c.app.screen, "_found", ())) == 1)
        await c.sees("2 of 2 answered", "done, SELECT 1")
        await c.pilot.press("f5")
        await c.until(lambda: len(list(c.main.panes)) == 2)
        await c.sees("2 rows of 2 databases")
        targets = c.main.panes.active.tab.targets
        assert targets == TargetChoice(("write_b", "write_c"))
        # What writes asks again.
        await c.pilot.press("ctrl+r", *"update")
        await c.until(lambda: len(getattr(c.app.screen, "_found", ())) == 1)
        await c.pilot.press("f5")
        await c.sees("Write on 2 databases?")
        await c.pilot.press("escape")


@pytest.fixture
def two_phase(server_farm: ServerFarm) -> Iterator[PgServer]:
    """A server that allows prepared transactions, with two databases."""
    server = server_farm.new(max_prepared_transactions="5")
    server.start()
    for name in ("two_a", "two_b"):
        server.psql("postgres", "-c", f"create database {name} template template1")
        server.psql(name, "-c", "create table s (id int primary key)")
    yield server
    server.stop()


async def test_all_or_none_and_what_an_earlier_run_left(two_phase: PgServer) -> None:
    names = ["two_a", "two_b"]
    journal = Journal(state_dir() / "prepared")
    run = new_run()
    gids = {name: f"{run}_{i}" for i, name in enumerate(names)}
    await journal.begin(run, gids)
    await journal.decide(run, commit=True)
    prepare = "begin; insert into s values (1); prepare transaction"
    two_phase.psql("two_a", "-c", f"{prepare} '{gids['two_a']}'")
    for other in ("somebody else", "mdbtui_; drop table s"):
        two_phase.psql(
            "two_b", "-c", prepare.replace("(1)", f"({len(other)})") + f" '{other}'"
        )
    known = [spec_of(two_phase, n) for n in names]
    async with console([*known, dead_spec("legacy")]) as c:
        # It is said at the start, and listed without what others prepared.
        await c.until(lambda: "shift+y shows them" in " ".join(c.notes()))
        await c.pilot.press("alt+shift+y")
        await c.sees("1 left · could not be asked: legacy", "committed", gids["two_a"])
        assert "somebody else" not in c.screen_text
        assert "drop table" not in c.screen_text
        await c.pilot.press("X")
        await c.sees("ROLLBACK PREPARED", "Its others were to be committed.")
        await c.pilot.press("escape", "C")
        await c.sees("Commit it?", f"COMMIT PREPARED '{gids['two_a']}'")
        await c.pilot.press("right", "enter")
        await c.sees("0 left", "none is left")
        await c.pilot.press("escape")
        assert two_phase.psql("two_a", "-c", "select id from s") == "1\n"
        assert await journal.read() == []
        # And a run of our own, to its end.
        for other in ("somebody else", "mdbtui_; drop table s"):
            two_phase.psql("two_b", "-c", f"rollback prepared '{other}'")
        chosen(c, *names)
        screen = await ask(c, "insert into s values (2)")
        screen._how.chosen = How.TOGETHER
        await c.pilot.press("ctrl+s")
        await c.sees("2 of 2 committed")
        assert two_phase.psql("two_b", "-c", "select id from s") == "2\n"
        left = two_phase.psql("postgres", "-c", "select gid from pg_prepared_xacts")
        assert left == ""


SLOW = (
    "insert into s select {} + length(pg_sleep(case current_database()"
    " when 'two_b' then 60 else 0 end)::text)"
)


async def write_slowly(c: Console, n: int) -> None:
    """All or none: one database has it prepared, the other one takes its time."""
    screen = await ask(c, SLOW.format(n))
    screen._how.chosen = How.TOGETHER
    await c.pilot.press("ctrl+s")
    await c.until(
        lambda: {str(o.end) for o in view(c).fan.outcomes} == {"prepared", "open"}
    )


async def test_what_is_under_way_is_asked_about_and_seen_over_before_the_end(
    two_phase: PgServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []

    async def tell(lines: Sequence[str]) -> None:
        told.extend(lines)

    monkeypatch.setattr(stopping_module, "tell", tell)  # Textual has the terminal here
    names = ["two_a", "two_b"]
    left = "select count(*) from pg_prepared_xacts"
    async with console([spec_of(two_phase, n) for n in names]) as c:
        chosen(c, *names)
        # A tab with a canary that others wait to follow.
        screen = await ask(c, "insert into s values (1)")
        screen._how.chosen = How.CANARY
        await c.pilot.press("ctrl+s")
        await c.sees("committed, 1 other waits")
        await c.pilot.press("ctrl+f4")
        await c.sees("1 committed, 1 not started", "1 other waits", "Stop it and leave")
        await c.pilot.press("right", "enter")
        await c.until(lambda: "1 of 2 committed, 1 not" in " ".join(c.notes()))
        await c.until(lambda: c.pane.results.fan_out is None)
        # The whole program, as a signal ends it.
        chosen(c, *names)
        await write_slowly(c, 2)
        await stop_at_the_end(list(c.main.panes), [])
        assert "stopping, a few seconds" in told[0]
        assert "0 of 2 committed, 2 rolled back" in told[1]
        assert two_phase.psql("postgres", "-c", left) == "0\n"
        # And as the user does.
        await c.until(lambda: not c.main.panes.active.talk.running)
        await write_slowly(c, 3)
        await c.pilot.press("ctrl+q")
        await c.sees("1 prepared, 1 open", "Stop it and leave")
        await c.pilot.press("enter")
        await c.until(lambda: c.app.screen is c.main)
        assert two_phase.psql("postgres", "-c", left) == "1\n"
        assert c.app.return_code is None
        await c.pilot.press("ctrl+q", "right", "enter")
        await c.until(lambda: c.app.return_code == 0)
        assert two_phase.psql("postgres", "-c", left) == "0\n"
        assert "2 rolled back" in last_words(c.main.stopped)[0]
        assert await Journal(state_dir() / "prepared").read() == []
        found = await c.main._services.history.search(Wanted())
        assert {entry.outcome for entry in found} == {"cancelled"}
        assert len(found) == 3


async def test_what_can_be_asked_no_more_is_told_with_the_way_to_end_it(
    two_phase: PgServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fan_module, "STOP_LIMIT", 0.3)
    monkeypatch.setattr(fan_module, "HURRY_LIMIT", 0.1)
    names = ["two_a", "two_b"]
    async with console([spec_of(two_phase, n) for n in names]) as c:
        chosen(c, *names)
        await write_slowly(c, 4)
        two_phase.stop()
        (fan,) = await stop_writes(list(c.main.panes))
        text = "\n".join(last_words([fan]))
        gid = next(o.gid for o in fan.outcomes if o.gid)
        assert f"ROLLBACK PREPARED '{gid}'" in text
        assert "1 may be left prepared" in text
        assert "shift+y at the next start" in text
        assert await Journal(state_dir() / "prepared").read() != []
        await c.sees("! left prepared: ")
        await c.pilot.press("alt+shift+y")
        await c.sees("0 left · could not be asked")
        await c.pilot.press("escape")
        await c.until(lambda: "! left prepared" not in c.screen_text)


async def test_what_only_looks_like_reading_may_be_let_write(
    pg: PgServer, shops: list[str]
) -> None:
    async with console(specs(pg, shops)[:1]) as c:
        chosen(c, shops[0])
        pg.psql(
            shops[0],
            "-c",
            "create function add() returns int language sql as"
            " $$ update s set n = n + 1 where id = 1 returning n $$",
        )
        before = sums(pg)
        await c.run("select add()")
        await c.sees("0 of 1 answered, 1 failed (1 would write)")
        assert sums(pg) == before
        screen = await ask(c, "select add()", "alt+shift+w")
        await c.sees("rows unknown: such a statement has no plan")
        screen.query_one("#yes").press()
        await c.sees("1 of 1 committed")
        assert int(sums(pg)[0]) == int(before[0]) + 1
        chosen(c)
        await c.pilot.press("alt+shift+w")
        await c.until(lambda: "no targets: alt+t" in " ".join(c.notes()))


@pytest.mark.parametrize(
    ("plan", "made", "rows"),
    [
        ('[{"Plan": {"Node Type": "Seq Scan", "Plan Rows": 7}}]', False, None),
        ('[{"Plan": {"Node Type": "Seq Scan", "Plan Rows": 7}}]', True, 7),
        (
            """[{"Plan": {"Node Type": "ModifyTable", "Plan Rows": 0, "Plans": [
            {"Node Type": "Append", "Parent Relationship": "Outer", "Plan Rows": 12},
            {"Node Type": "Result", "Parent Relationship": "InitPlan", "Plan Rows": 1}
            ]}}]""",
            False,
            12,
        ),
        (
            """[{"Plan": {"Node Type": "CTE Scan", "Plan Rows": 3, "Plans": [
            {"Node Type": "ModifyTable", "Plan Rows": 3, "Plans": [
            {"Node Type": "Seq Scan", "Parent Relationship": "Member", "Plan Rows": 1},
            {"Node Type": "Seq Scan", "Parent Relationship": "Member", "Plan Rows": 2}
            ]}]}}]""",
            False,
            3,
        ),
        ("[]", True, None),
        ("no json", False, None),
        ('[{"Plan": 1}]', False, None),
        ("[" * 100_000, False, None),
    ],
)
def test_rows_are_read_from_a_plan(plan: str, made: bool, rows: int | None) -> None:
    assert planned_rows(plan, made=made) == rows


def test_the_words_before() -> None:
    assert without_comments("-- a\n/* b */ select 1 -- c") == ("select 1 -- c", 1)
    assert without_comments("-- only") == ("-- only", 0)
    assert beside(5, 0, 5) == ""
    assert beside(9, 1, 5).startswith("1 line of comment before it · 9 lines")
    assert stopping(How.OWN, ["a"]) == stopping(How.STOP, []) == ""
    assert "stops all" in stopping(How.STOP, ["a"])
    assert stopping(How.TOGETHER, ["a", "b"]).startswith("a, b would fail now. Then no")
    assert typed_word([]) == ""
    assert typed_word(["shop"]) == "shop"
    assert typed_word(["a", "b", "c"]) == "3 production"
    assert few(list("abcdef")) == "a, b, c, d and 2 more"
    known, asked, failed = Forecast(True, 1200), Forecast(), Forecast(True)
    assert [estimate(f, explains=True) for f in (known, asked, failed)] == [
        "≈ 1,200",
        "…",
        "unknown",
    ]
    assert estimate(asked, explains=False) == "unknown"
    assert total([known, known], explains=True, over=True) == (
        "≈ 2,400 rows in 2 databases"
    )
    assert total([known, asked], explains=True, over=False) == (
        "≈ 1,200 rows in 1 of 2 databases · asking …"
    )
    assert total([failed], explains=True, over=True) == "rows unknown"
