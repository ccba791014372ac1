"""A pool's own page: what is drawn, and what a user finds on it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from mdbtui.config import AppConfig
from mdbtui.pool import (
    AcquireTimedOut,
    BreakerOpened,
    Connection,
    ConnectionRefused,
    History,
    Holder,
    Logged,
    PoolDetail,
    PoolStats,
    Sample,
)
from mdbtui.pool.advice import Advice, Level
from mdbtui.pool.history import BANDS, Ring, band_of, pack_bands
from mdbtui.ui.screens.pool import PoolScreen
from mdbtui.ui.widgets.pool_ages import Limits, age_lines
from mdbtui.ui.widgets.pool_page_lines import Page, page_lines
from tests.support.console import console, dead_spec, spec_of
from tests.support.server import PgServer
from tests.support.vt import check

NOW = datetime(2026, 3, 4, 12, 30, 15, tzinfo=UTC)


def history_of(*waits: float) -> History:
    """A second for each wait, with that one acquire in it."""
    ring = Ring()
    for at, wait in enumerate(waits):
        bands = [0] * BANDS
        bands[band_of(wait)] += 1
        ring.append(
            (float(at), 4, at % 5, at % 3, 2.0, 0, 1, 1, 1, 0.1), pack_bands(bands)
        )
    return ring.history()


def page(**more: Any) -> Page:
    stats = PoolStats(db_id="shop", is_open=True, size=2, in_use=1, free=1, max_size=4)
    detail = PoolDetail(
        stats,
        holders=(
            Holder(
                "tab 2",
                95,
                0.2,
                pinned=True,
                pid=4711,
                why="open transaction",
                where=("shop.py:3 pay",),
            ),
            Holder("job", 3, 0.2, pinned=False, pid=4712, where=("jobs.py:7 run",)),
        ),
        connections=(
            Connection(4711, 700, None, 12.0, 12_345),
            Connection(4713, 65, 61.0, 9.0, outdated=True),
        ),
        events=(
            Logged(
                BreakerOpened(
                    db_id="shop",
                    at=NOW,
                    error=ConnectionRefused("nothing listens"),
                    retry_in=4.0,
                )
            ),
            Logged(
                AcquireTimedOut(db_id="shop", at=NOW, wait_ms=9000, holder="x"), 7, NOW
            ),
        ),
    )
    usual: dict[str, Any] = {
        "detail": detail,
        "history": history_of(*[0.0001] * 30, 0.3, 3.0),
        "advice": (
            Advice(Level.WARN, "too small", "6 of 5 are busy", ("make it larger",)),
        ),
        "window": 60.0,
        "who": lambda name: (name, "update x" if name == "tab 2" else ""),
    }
    return Page(**{**usual, **more})


def text_of(one: Page, width: int) -> list[str]:
    return [
        "".join(text for text, _ in line).rstrip() for line in page_lines(one, width)
    ]


@pytest.mark.parametrize("width", [78, 198])
def test_all_is_on_the_page(width: int) -> None:
    text = "\n".join(text_of(page(), width))
    for words in (
        "● shop",
        "1/4",
        "▲ too small",
        "6 of 5 are busy",
        "→ make it larger",
        "◆ tab 2  ",
        "    open transaction · update x",
        "95 s  pid 4711  not given back?",
        "taken at shop.py:3 pay",
        "4711   12 min  in use         12,345  12 ms",
        "4713     65 s  idle 61 s, ends        0  9.0 ms",
        "Connection ages  ended after 50,000 queries, or when idle for 5 min",
        "12,345 of 50,000 at most",
        "61 s of 5 min at most",
        "breaker opened, next probe in 4 s: nothing listens",
        "x gave up after waiting 9 s (×7 since ",
        "In use  at most 4",
        "Waiting  at most 2",
        "−1 min",
    ):
        assert words in text


def test_where_a_connection_was_taken_is_said_of_a_leak_only() -> None:
    assert "jobs.py" not in "\n".join(text_of(page(), 198))


def test_ages_are_drawn_within_few_lines_however_many_there_are() -> None:
    ages = [2, 9, 30, 200, 4000, 4000, 90_000]
    live = [Connection(i, age, 5.0 if i % 2 else None, 1) for i, age in enumerate(ages)]
    lines = [
        "".join(text for text, _ in line).rstrip()
        for line in age_lines(live * 200, Limits(0, 100), 60)
    ]
    assert len(lines) <= 10
    rows = [line.split("┤") for line in lines[1:]]
    labels = [row[0].strip() for row in rows]
    assert labels == [
        "<10 s",
        "<60 s",
        "<5 min",
        "<15 min",
        "<60 min",
        "<6 h",
        "older",
        "queries",
    ]
    bars = [row[1].count("█") + row[1].count("▒") for row in rows[:-1]]
    assert bars[0] == bars[5] > bars[1] > 0
    assert bars[4] == 0
    assert "200 in use · 200 idle" in rows[0][1]
    assert "idle for" not in lines[0]


def test_the_newest_event_comes_first() -> None:
    lines = text_of(page(), 78)
    [first] = [i for i, line in enumerate(lines) if line.startswith("What happened")]
    assert "gave up" in lines[first + 1]
    assert "breaker opened" in lines[first + 2]


def test_the_heat_map_has_slow_acquires_high_and_fast_ones_low() -> None:
    lines = text_of(page(), 78)
    [top] = [i for i, line in enumerate(lines) if line.startswith("Time to get")]
    rows = lines[top + 1 : top + 9]
    marked = [i for i, row in enumerate(rows) if set(row[7:]) & set("░▒▓█")]
    # 3 s, 300 ms and under 0.5 ms.
    assert [rows[i].split()[0] for i in marked] == ["more┤", "<512ms┤", "<0.5ms┤"]
    assert len(rows[marked[-1]]) < len(rows[marked[0]])  # the slow ones came last


def test_a_pool_without_a_past_says_so() -> None:
    empty = Page(PoolDetail(PoolStats(db_id="new", max_size=4)))
    text = "\n".join(text_of(empty, 78))
    for words in ("none yet", "nobody", "0 live", "nothing is wrong"):
        assert words in text


@settings(max_examples=60, derandomize=True, deadline=None)
@given(st.text(max_size=60), st.integers(24, 220), st.floats(0, 1e7))
def test_every_line_has_exactly_the_width(text: str, width: int, held: float) -> None:
    holder = Holder(text, held, held, pinned=True, pid=1, where=(text,))
    detail = PoolDetail(
        PoolStats(db_id=text, max_size=3, last_error=text),
        holders=(holder,) * 40,
        connections=(Connection(1, held, held, held),) * 40,
    )
    advice = (Advice(Level.BAD, text, text, (text,)),)
    for line in page_lines(page(detail=detail, advice=advice), width):
        shown = "".join(part for part, _ in line)
        assert cell_len(shown) == width
        assert check(shown.encode(), bell=False) == []


def test_an_hour_is_drawn_within_a_frame_s_worth_of_work() -> None:
    """The whole hour is reduced without unpacking it: counted, not timed."""
    made = 0
    original = Sample.__init__

    def counted(*args: Any, **kwargs: Any) -> None:
        nonlocal made
        made += 1
        original(*args, **kwargs)

    history = history_of(*[0.001] * 3600)
    Sample.__init__ = counted  # type: ignore[method-assign]
    try:
        page_lines(page(history=history, window=3600.0), 198)
    finally:
        Sample.__init__ = original  # type: ignore[method-assign]
    assert made == 0


async def test_a_leak_and_a_full_pool_are_found_on_the_page(
    pg: PgServer, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mdbtui.ui.screens.pool.SLOTS_SECONDS", 0.5)
    config = AppConfig(leak_seconds=1.0)
    async with console([spec_of(pg, database)], config=config) as c:
        await c.run("begin; select 42 as answer", "shift+f5")
        await c.pilot.press("f7", "enter")
        await c.sees("Who holds a connection", "tab 1", "select 42", "not given back?")
        await c.sees("1 connection is not given back", "1 of 4 cannot be lent")
        await c.sees("connected", "1/4")
        held = [await c.pools.lease(database, holder="app") for _ in range(3)]
        waiting = asyncio.create_task(c.pools.lease(database, timeout=0.2))
        with pytest.raises(Exception, match="no connection"):
            await waiting
        await c.sees("callers give up waiting", "gave up after", "4/4")
        # How full the server is does not go by the pool, which has nothing to lend.
        page = c.app.screen
        assert isinstance(page, PoolScreen)
        await c.until(lambda: page.slots is not None and page.slots[0] >= 5)
        for lease in held:
            await lease.release()
        await c.pilot.press("w")
        await c.sees("−15 min")
        await c.pilot.press("f1")
        await c.sees("Show 1, 5, 15 or 60 minutes")
        await c.pilot.press("escape", "space")
        await c.sees("paused")
        await c.pilot.press("escape")
        await c.sees("1 database")


async def test_a_dead_database_s_page_says_what_to_try(pg: PgServer) -> None:
    async with console([dead_spec()], size=(80, 24)) as c:
        await c.until(lambda: c.pools.snapshot().pools[0].connections_failed > 0)
        await c.pilot.press("f6", "i")
        await c.sees("connections are refused", "pg_isready", "127.0.0.1:1")
        before = c.screen_text
        await c.pilot.press("pagedown")
        await c.until(lambda: c.screen_text.splitlines()[3] != before.splitlines()[3])


async def test_a_connection_is_taken_back_and_a_pool_is_parked_by_keys(
    pg: PgServer, database: str
) -> None:
    config = AppConfig(leak_seconds=1.0)
    async with console([spec_of(pg, database)], config=config) as c:
        await c.run("begin; create temp table t (i int)", "shift+f5")
        jobs = [await c.pools.lease(database, holder="job") for _ in range(3)]
        await c.pilot.press("f7", "enter")
        await c.sees(
            "4 connections are not given back", "job holds 3", "taken at test_"
        )
        await c.pilot.press("e")
        await c.sees("all 3 of job", "tab 1", "open transaction")
        await c.pilot.press(*"all", "enter")
        await c.sees("Take back all 3 of job?", "rolled back")
        await c.pilot.press("tab", "enter")
        await c.sees("3 connections were taken back", "1 connection is not given back")
        assert c.pools.snapshot().in_use == 1
        for job in jobs:
            await job.release()
        # What a tab holds can be taken, too; the tab says so.
        await c.pilot.press("e", *"tab", "enter", "tab", "enter")
        await c.sees("the connection was taken back", "job lost its connection after")
        await c.pilot.press("P")
        await c.sees("is parked: who asks is refused at once", "parked, p probes")
        await c.pilot.press("escape", "escape")
        await c.run("select 6 * 7")
        await c.sees("the pool is parked")
        await c.pilot.press("f7", "enter", "p")
        await c.sees("it connects. It is no longer parked")
        await c.pilot.press("escape", "escape")
        await c.run("select 6 * 7")
        await c.sees("42")
