"""All pools at a glance: what is said of each, and what keys do to them."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from textual.app import App

from mdbtui.config import AppConfig, ConnectionSpec, Environment
from mdbtui.pool import BreakerState, DBConfig, FleetStats, PoolStats
from mdbtui.ui.screens.fleet import FleetScreen
from mdbtui.ui.themes import Themes, ThemesMixin
from mdbtui.ui.widgets.fleet_model import (
    COLUMNS,
    WORST,
    Filter,
    Rows,
    arrange,
    signal_of,
)
from mdbtui.ui.widgets.fleet_view import cell_of
from mdbtui.ui.widgets.line_text import fit, squeeze
from tests.support.console import Console, console, dead_spec, spec_of
from tests.support.server import PgServer
from tests.support.vt import check


def pool(db_id: str = "a", **numbers: Any) -> PoolStats:
    usual = {"is_open": True, "size": 3, "in_use": 1, "free": 2, "max_size": 4}
    return PoolStats(db_id=db_id, **{**usual, **numbers})


@pytest.mark.parametrize(
    ("numbers", "state", "words"),
    [
        ({"breaker": BreakerState.PARKED, "waiting": 3}, "refused", "! refused"),
        ({"breaker": BreakerState.OPEN, "retry_in": 6.2}, "down", "× down 7s"),
        ({"breaker": BreakerState.HALF_OPEN}, "trying", "◐ trying"),
        ({"last_error": "x"}, "trying", "◐ trying"),
        ({"untried": True}, "untried", "◐ untried"),
        ({"untried": True, "is_open": False}, "closed", "○ "),
        ({"flaps": 3, "waiting": 3}, "flapping", "≈ 3 outages"),
        ({"breaker": BreakerState.PARKED, "aside": True}, "parked", "‖ parked"),
        ({"waiting": 3, "longest_held_s": 99}, "waiting", "▲ 3 wait"),
        ({"longest_held_s": 99, "errors_per_s": 1}, "leak", "◆ 99 s held"),
        ({"errors_per_s": 1.5, "acquire_p95_ms": 200}, "errors", "△ 1.5 err/s"),
        ({"acquire_p95_ms": 200, "draining": True}, "slow", "◇ p95 200"),
        ({"draining": True}, "draining", "◌ draining"),
        ({"in_use": 4}, "full", "■ 4/4"),
        ({}, "up", "● 1/4"),
        ({"is_open": False}, "closed", "○ "),
    ],
)
def test_the_worst_signal_is_the_one_shown(
    numbers: dict[str, Any], state: str, words: str
) -> None:
    signal = signal_of(pool(**numbers), leak_after=60)
    assert (signal.state, f"{signal.glyph} {signal.word}") == (state, words)


SPECS = {
    name: ConnectionSpec(
        name,
        DBConfig(name=name, host=f"{name}.example"),
        tags=tags,
        environment=Environment(environment),
    )
    for name, tags, environment in (
        ("shop", ("eu", "web"), "production"),
        ("crm", ("us",), "staging"),
        ("logs", ("eu",), "development"),
    )
}
STATS = (
    pool("shop", utilization=0.25, queries_per_s=50),
    pool("crm", waiting=2, in_use=4, utilization=1.0),
    pool("logs", is_open=False),
    pool("other", breaker=BreakerState.OPEN, retry_in=3),
)
ROWS = Rows(60).of(STATS, SPECS)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "other crm shop logs"),
        ("tag:eu", "shop logs"),
        ("TAG:EU env:prod", "shop"),
        ("state:trouble", "other crm"),
        ("state:wait", "crm"),
        ("shop.example", "shop"),
        ("example s", "crm shop logs"),
        ("eu web", "shop"),
        ("nothing", ""),
    ],
)
def test_a_filter_shows_what_it_says(text: str, expected: str) -> None:
    wanted = Filter.parse(text)
    assert Filter.parse(wanted.text()) == wanted
    shown = arrange(ROWS, wanted, WORST, down=False)
    assert " ".join(row.db_id for row in shown) == expected


@pytest.mark.parametrize(
    ("key", "down", "first"),
    [
        (WORST, False, "other"),
        (WORST, True, "logs"),
        ("name", False, "crm"),
        ("utilization", True, "crm"),
        ("queries_per_s", True, "shop"),
        ("environment", True, "crm"),
        ("tags", False, "other"),
    ],
)
def test_every_order(key: str, down: bool, first: str) -> None:
    assert arrange(ROWS, Filter(), key, down=down)[0].db_id == first


def test_every_column_shows_and_sorts_every_row() -> None:
    for column in COLUMNS:
        for row in ROWS:
            assert isinstance(column.show(row), str)
        arrange(ROWS, Filter(), column.key, down=True)


def test_rows_that_did_not_change_are_not_made_again() -> None:
    rows = Rows(60)
    before = rows.of(STATS, SPECS)
    changed = (*STATS[:3], replace(STATS[3], retry_in=2.0))
    after = rows.of(changed, SPECS)
    assert [new is old for new, old in zip(after, before, strict=True)] == [
        *[True] * 3,
        False,
    ]


@settings(max_examples=200, derandomize=True)
@given(
    st.text(max_size=40),
    st.integers(13, 32),
    st.booleans(),
    st.sampled_from([{}, {"waiting": 99999}, {"last_error": "x"}, {"is_open": False}]),
)
def test_a_cell_has_exactly_its_width(
    name: str, width: int, cursor: bool, numbers: dict[str, Any]
) -> None:
    [row] = Rows(60).of([pool(name, **numbers)], {})
    text = "".join(part for part, _ in cell_of(row, width, cursor=cursor))
    assert cell_len(text) == width
    assert check(text.encode(), bell=False) == []


@settings(max_examples=200, derandomize=True)
@given(st.text(max_size=60), st.integers(1, 40))
def test_squeezed_and_fitted_text_has_the_width(text: str, width: int) -> None:
    assert cell_len(squeeze(text, width)) == width
    assert squeeze("orders-eu-west-117", 10) == "order…-117"
    line = fit([(squeeze(text, width), "text")], 25)
    assert sum(cell_len(part) for part, _ in line) == 25


class Fleet(ThemesMixin, App[None]):
    """The fleet screen alone, on numbers that a test makes up."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self.open_themes(Themes())
        stats = [pool(f"database-{i:03}", in_use=i % 4) for i in range(count)]
        stats[7] = pool("database-007", breaker=BreakerState.PARKED, last_error="no")
        specs = [ConnectionSpec(s.db_id, DBConfig(name=s.db_id)) for s in stats]
        self.fleet = SimpleNamespace(
            pools=SimpleNamespace(
                snapshot=lambda: FleetStats(tuple(stats)),
                config=lambda db_id: DBConfig(name=db_id, host="moved"),
            ),
            config=AppConfig(),
            connections=specs,
        )
        self.state: dict[str, Any] = {}
        self.opened: list[str] = []

    def on_mount(self) -> None:
        services: Any = self.fleet
        self.push_screen(FleetScreen(services, self.state, 1.0, self.opened.append))

    @property
    def lines(self) -> list[str]:
        strips = self.screen._compositor.render_strips(self.size)
        return [strip.text.rstrip() for strip in strips]


async def test_five_hundred_databases_are_in_view_at_once() -> None:
    app = Fleet(500)
    async with app.run_test(size=(200, 50)) as pilot:
        await pilot.pause()
        text = "\n".join(app.lines)
        # The end of a name tells it from its neighbours, so it is never cut off.
        assert sum(f"-{i:03}" in text for i in range(500)) == 500
        assert "500 databases  ! 1 refused" in text
        assert "moved:5432" in text  # where its pool connects to now
        assert app.lines[2].startswith("! d")
        across = app.lines[2].count("-0")
        await pilot.press("down", "right", "enter")
        assert app.opened == [f"database-{across + 1:03}"]


async def test_a_small_terminal_scrolls_and_the_table_has_every_column() -> None:
    app = Fleet(200)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert not any("-199" in line for line in app.lines)
        await pilot.press("end")
        await pilot.pause()
        assert any("-199" in line for line in app.lines)
        await pilot.press("v", "home")
        await pilot.pause()
        assert app.lines[2].split()[:3] == ["database", "env", "state"]
        assert app.lines[3].split()[2] == "refused"
        assert app.lines[4].split()[2] == "up"
        seen = set()
        for _ in range(20):
            seen |= set(app.lines[2].replace("▲", "").replace("▼", "").split())
            await pilot.press("right")
            await pilot.pause()
        assert {"timeouts", "held", "error", "p99"} <= seen
        await pilot.press("home", *["left"] * 20, *["right"] * 3, "s")
        await pilot.pause()
        assert "in use▼" in app.lines[2]
        assert app.state["sort"] == "in_use"
        # Without the second column, and the third before the first.
        await pilot.press("c", "down", "space", "down", "shift+up", "enter")
        await pilot.pause()
        assert app.lines[2].split()[:2] == ["database", "state"]
        assert app.state["columns"][:3] == ["name", "state", "in_use"]
        await pilot.press("slash", *"00 state:ref", "enter")
        await pilot.pause()
        assert "database-007" in app.lines[3]
        assert app.lines[4].strip() == ""
        await pilot.press("escape")
        await pilot.pause()
        assert "database-" in app.lines[4]


@pytest.fixture
def specs(pg: PgServer, database: str) -> list[ConnectionSpec]:
    return [
        spec_of(pg, database, environment=Environment("production"), tags=("eu",)),
        dead_spec(),
    ]


async def test_keys_act_on_the_pool_at_the_cursor(
    pg: PgServer, database: str, specs: list[ConnectionSpec]
) -> None:
    async with console(specs) as c:
        await c.run("begin")
        await c.pilot.press("f7")
        await c.sees("2 databases", "× ", "dead", database[:8], "1 down")
        assert c.app.screen.db_id == "dead"  # type: ignore[attr-defined]
        await c.pilot.press("slash", *"env:prod", "enter")
        await c.sees("1 shown")
        await c.pilot.press("m")
        await c.sees("Resize the pool")
        await c.sees("now: min 0, max")
        await c.pilot.press(*["backspace"] * 3, *"6 2", "enter")
        await c.sees("Resize the pool", "6 2", "× ", "Esc cancels")
        await c.pilot.press(*["backspace"] * 3, *"2 6", "enter")
        await c.sees("2 to 6 connections")
        await c.until(lambda: _stats(c, database).size == 2)
        await c.pilot.press("o")
        await c.sees("stays open", "held open")
        await c.pilot.press("x")
        await c.sees("Close the pool", "tab 1", "rolled back")
        await c.pilot.press("tab", "enter")
        await c.sees("is closed")
        assert not _stats(c, database).is_open
        await c.pilot.press("p")
        await c.sees("it connects")
        await c.until(lambda: _stats(c, database).size == 2)
        await c.pilot.press("d")
        await c.sees("every connection was replaced")
        await c.pilot.press("escape", "slash", *"dead", "enter", "b")
        # A reset makes no server well: what is true is found out at once.
        await c.sees("its failures are forgotten", "nothing accepts connections")
        await c.until(lambda: _stats(c, "dead").breaker is BreakerState.OPEN)
        await c.sees("× dead", "1 down")
        await c.pilot.press("ctrl+p", *"hold op", "enter")
        await c.until(lambda: _stats(c, "dead").held)
        await c.pilot.press("escape", "escape")
        await c.until(lambda: c.app.screen is c.main)


def _stats(c: Console, db_id: str) -> PoolStats:
    found = c.pools.snapshot().by_id(db_id)
    assert found is not None
    return found
