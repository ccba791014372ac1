from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from textual.app import App, ComposeResult
from textual.containers import Horizontal

from mdbtui.pool import (
    BreakerState,
    FleetStats,
    History,
    Holder,
    PoolStats,
    Sample,
)
from mdbtui.ui.themes import Themes, ThemesMixin
from mdbtui.ui.widgets import pool_lines, pool_rows
from mdbtui.ui.widgets.pool_panel import PoolPanel
from tests.support.vt import check


def pool(db_id: str, **numbers: object) -> PoolStats:
    values: dict[str, object] = {
        "is_open": True,
        "size": 5,
        "max_size": 10,
        "in_use": 3,
        "free": 2,
        "utilization": 0.3,
        "acquires": 9,
        "acquire_p50_ms": 0.2,
        "acquire_p95_ms": 1.7,
        "acquire_p99_ms": 12.4,
        "queries_per_s": 26.0,
    }
    return PoolStats(db_id=db_id, **(values | numbers))  # type: ignore[arg-type]


DOWN = pool(
    "down",
    is_open=True,
    size=0,
    in_use=0,
    free=0,
    breaker=BreakerState.OPEN,
    retry_in=6.2,
    last_error="connection refused: nothing listens at db:5432 \x1b[2J [red]x[/red]",
    connections_failed=31,
)
REFUSED = pool(
    "refused",
    size=0,
    in_use=0,
    free=0,
    breaker=BreakerState.PARKED,
    last_error="login refused",
)
FULL = pool("full", size=10, in_use=10, free=0, waiting=7, utilization=1.0)
FLEET = FleetStats((pool("one"), pool("two"), FULL, DOWN, REFUSED))


HISTORY = History.of(
    Sample(1000.0 + i, 5, 3 + i % 4, i % 3, 20 + 10 * math.sin(i / 9), 0.0, 1.5)
    for i in range(120)
)


class Numbers:
    """What the panel reads of few pools."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.past = HISTORY

    def history(self, db_id: str) -> History:
        self.asked.append(db_id)
        return self.past

    def kept(self, db_id: str) -> list[Holder]:
        one = Holder("tab 3 orders", 95, 0, pinned=True, pid=1, why="open transaction")
        return [one]

    def total(self) -> PoolStats:
        return pool("", size=30, in_use=20, free=10, max_size=50, queries_per_s=77)

    def total_history(self) -> History:
        return self.past


history = Numbers()


class Console(ThemesMixin, App[None]):
    CSS = "PoolPanel { width: 1fr; height: 1fr; }"

    def __init__(self) -> None:
        super().__init__()
        self.open_themes(Themes())
        self.posted: list[tuple[str, object]] = []

    def compose(self) -> ComposeResult:
        with Horizontal():
            yield PoolPanel()

    @property
    def panel(self) -> PoolPanel:
        return self.query_one(PoolPanel)

    def lines(self) -> list[str]:
        strips = self.screen._compositor.render_strips(self.size)
        return [strip.text.rstrip() for strip in strips]

    def on_pool_panel_database_selected(
        self, event: PoolPanel.DatabaseSelected
    ) -> None:
        self.posted.append(("selected", event.db_id))

    def on_pool_panel_probe_requested(self, event: PoolPanel.ProbeRequested) -> None:
        self.posted.append(("probe", event.db_id))

    def on_pool_panel_page_requested(self, event: PoolPanel.PageRequested) -> None:
        self.posted.append(("page", event.db_id))

    def on_pool_panel_refresh_rate_changed(
        self, event: PoolPanel.RefreshRateChanged
    ) -> None:
        self.posted.append(("faster", event.faster))


async def test_selected_database_is_shown_in_full() -> None:
    app = Console()
    async with app.run_test(size=(50, 40)) as pilot:
        app.panel.update(FLEET, history, "one")
        await pilot.pause()
        lines = app.lines()
    text = "\n".join(lines)
    assert lines[0].startswith("● one")
    assert lines[0].endswith("up")
    for word in (
        "3/10  30%",
        "waiting 0",
        "free 2",
        "acquire p95 1.7",
        "p50 0.2",
        "p99 12ms",
        "q/s 2",
        "err/s 0",
        "time-outs 0",
        "opened 0",
        "lost 0",
        "failed 0",
        "max 30",
    ):
        assert word in text
    assert "▅" in text  # a sparkline
    assert any("⠀" < char <= "⣿" for char in text)  # and a braille chart


async def test_open_breaker_shows_the_countdown_and_the_error_in_words() -> None:
    app = Console()
    async with app.run_test(size=(40, 30)) as pilot:
        app.panel.update(FLEET, history, "down")
        await pilot.pause()
        lines = app.lines()
        assert lines[0].split() == ["×", "down", "down,", "probe", "in", "7", "s"]
        text = " ".join(line.strip() for line in lines)
        assert "connection refused: nothing listens at db:5432 ␛[2J" in text
        assert "[red]x[/red]" in text
        app.panel.update(FLEET, history, "refused")
        await pilot.pause()
        assert "refused, r tries again" in app.lines()[0]


async def test_list_has_trouble_first_and_totals() -> None:
    app = Console()
    async with app.run_test(size=(60, 40)) as pilot:
        app.set_focus(None)
        app.panel.update(FLEET, history, "one")
        await pilot.pause()
        assert app.panel.databases == ("down", "refused", "full", "one", "two")
        lines = app.lines()
    assert "5 databases · 16/50 used · × 2 in trouble · ▲ 7 waiting" in lines
    [line] = [line for line in lines if line.startswith("▲ full")]
    assert line.split()[-3:] == ["7", "1.7", "26"]


async def test_order_stays_while_the_panel_is_in_use() -> None:
    app = Console()
    async with app.run_test(size=(60, 40)) as pilot:
        app.panel.update(FleetStats((pool("a"), pool("b"))), history, "a")
        app.panel.focus()
        await pilot.pause()
        worse = FleetStats((pool("a"), pool("b", waiting=2)))
        app.panel.update(worse, history, "a")
        assert app.panel.databases == ("a", "b")
        app.set_focus(None)
        await pilot.pause()
        app.panel.update(worse, history, "a")
        assert app.panel.databases == ("b", "a")


@pytest.mark.parametrize("size", [(24, 8), (24, 60), (33, 12), (60, 60), (45, 9)])
async def test_all_sizes_show_state_bar_totals_and_list(size: tuple[int, int]) -> None:
    app = Console()
    many = FleetStats((*FLEET.pools, *(pool(f"extra {i}") for i in range(50))))
    async with app.run_test(size=size) as pilot:
        app.panel.update(many, history, "one")
        await pilot.pause()
        lines = app.lines()
        assert lines[0].startswith("● one")
        assert "3/10" in lines[1]
        assert any(line.startswith("55 d") for line in lines)
        assert any(line.startswith("× down") for line in lines)
        await pilot.press("tab", "end")
        await pilot.pause()
        assert any(line.startswith("● extra 49") for line in app.lines())
        assert app.lines()[0].startswith("● extra 49")  # the head goes with the hand


async def test_keys_and_mouse_post_what_is_wanted() -> None:
    app = Console()
    async with app.run_test(size=(60, 40)) as pilot:
        app.panel.update(FLEET, history, "one")
        app.panel.focus()
        await pilot.pause()
        await pilot.press("r", "home", "enter", "down", "r", "plus", "minus")
        assert app.posted == [
            ("probe", "one"),
            ("selected", "down"),
            ("probe", "refused"),
            ("faster", True),
            ("faster", False),
        ]
        y = next(i for i, line in enumerate(app.lines()) if line.startswith("● two"))
        await pilot.click(PoolPanel, offset=(5, y))
        assert app.posted[-1] == ("selected", "two")
        await pilot.click(PoolPanel, offset=(5, 0))
        assert app.posted[-1] == ("selected", "two")


async def test_only_changed_lines_are_painted_again() -> None:
    app = Console()
    async with app.run_test(size=(60, 40)) as pilot:
        app.set_focus(None)
        app.panel.update(FLEET, history, "one")
        await pilot.pause()
        painted: list[int] = []
        original = PoolPanel.render_line
        app.panel.render_line = (  # type: ignore[method-assign]
            lambda y: painted.append(y) or original(app.panel, y)
        )
        app.panel.update(FleetStats(FLEET.pools), history, "one")
        await pilot.pause()
        assert painted == []
        changed = (pool("one"), pool("two", in_use=9, free=0), *FLEET.pools[2:])
        app.panel.update(FleetStats(changed), history, "one")
        await pilot.pause()
        assert 1 <= len(painted) <= 3  # "two", and the totals


async def test_hidden_panel_computes_nothing_and_is_right_when_shown() -> None:
    app = Console()
    counted = Numbers()
    async with app.run_test(size=(60, 40)) as pilot:
        app.query_one(Horizontal).display = False
        await pilot.pause()
        app.panel.update(FLEET, counted, "one")
        await pilot.pause()
        assert counted.asked == []
        app.query_one(Horizontal).display = True
        await pilot.pause()
        assert app.lines()[0].startswith("● one")


async def test_keys_show_all_together_another_time_and_a_pause() -> None:
    app = Console()
    source = Numbers()
    async with app.run_test(size=(60, 40)) as pilot:
        app.panel.update(FLEET, source, "one")
        app.panel.focus()
        await pilot.press("t")
        lines = app.lines()
        assert lines[0].startswith("● all databases")
        text = "\n".join(lines)
        assert "20/50" in text
        assert "q/s 77" in text
        await pilot.press("t", "w")
        assert any("15 min (w)" in line for line in app.lines())
        await pilot.press("space")
        assert any("‖ paused" in line for line in app.lines())
        before = app.lines()
        source.past = History(())
        app.panel.update(FleetStats((pool("one", in_use=5, free=0),)), source, "one")
        await pilot.pause()
        assert app.lines() == before
        await pilot.press("space")
        app.panel.update(FleetStats((pool("one", in_use=5, free=0),)), source, "one")
        await pilot.pause()
        assert "5/10" in app.lines()[1]
        await pilot.press("i")
        assert app.posted[-1] == ("page", "one")


async def test_pinned_leases_name_their_tabs() -> None:
    app = Console()
    async with app.run_test(size=(60, 40)) as pilot:
        app.panel.update(FleetStats((pool("one", pinned=1),)), Numbers(), "one")
        await pilot.pause()
        assert "◇ tab 3 orders 1m: open transaction" in app.lines()


async def test_no_connections_and_unknown_selection_are_harmless() -> None:
    app = Console()
    async with app.run_test(size=(30, 10)) as pilot:
        await pilot.pause()
        await pilot.press("enter", "r", "down", "end")
        app.panel.update(FleetStats.EMPTY, history, None)
        await pilot.pause()
        assert app.lines()[0] == "No connections."
        app.panel.update(FLEET, history, "gone")
        await pilot.pause()
        assert app.posted == []


NUMBERS = st.integers(0, 10**7)


@settings(max_examples=100, derandomize=True)
@given(
    name=st.text(max_size=40),
    error=st.none() | st.text(max_size=200),
    breaker=st.sampled_from(BreakerState),
    used=st.integers(0, 200),
    free=st.integers(0, 200),
    waiting=NUMBERS,
    counts=st.lists(NUMBERS, min_size=4, max_size=4),
    times=st.floats(0, 1e7),
    retry=st.none() | st.floats(0, 1e5),
    width=st.integers(24, 60),
    height=st.integers(1, 40),
)
def test_every_line_has_exactly_the_width(
    name: str,
    error: str | None,
    breaker: BreakerState,
    used: int,
    free: int,
    waiting: int,
    counts: list[int],
    times: float,
    retry: float | None,
    width: int,
    height: int,
) -> None:
    stats = pool(
        name,
        size=used + free,
        max_size=used + free,
        in_use=used,
        free=free,
        waiting=waiting,
        breaker=breaker,
        retry_in=retry,
        last_error=error,
        acquire_p95_ms=times,
        timeouts=counts[0],
        connections_opened=counts[1],
        connections_lost=counts[2],
        connections_failed=counts[3],
    )
    lines = pool_lines.head_lines(stats, HISTORY, width, height, window=3600.0)
    assert len(lines) <= height
    lines += [
        pool_rows.database_line(stats, width),
        pool_rows.total_line(FleetStats((stats,)), width),
        pool_rows.column_line(width),
    ]
    for line in lines:
        text = "".join(part for part, _ in line)
        assert cell_len(text) == width
        assert check(text.encode(), bell=False) == []
