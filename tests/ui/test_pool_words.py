"""What is said of what was done to a pool, for each state that it can be in."""

from __future__ import annotations

from typing import Any

import pytest

from mdbtui.pool import BreakerState, Holder, PoolStats
from mdbtui.ui.screens import pool_words


def stats(**numbers: Any) -> PoolStats:
    return PoolStats(db_id="a", **{"is_open": True, "max_size": 4, **numbers})


UP = stats(size=3, in_use=1, free=2)
UNUSED = stats(is_open=False)
EMPTY = stats()
DOWN = stats(breaker=BreakerState.OPEN, retry_in=3.2, last_error="x")
HALF = stats(breaker=BreakerState.HALF_OPEN, last_error="x")
FULL = stats(size=4, in_use=4, waiting=2)
DYING = stats(size=2, in_use=2, breaker=BreakerState.OPEN, retry_in=3, last_error="x")
REFUSED = stats(breaker=BreakerState.PARKED, last_error="x")
ASIDE = stats(breaker=BreakerState.PARKED, last_error="x", aside=True)
DOWN_CLOSED = stats(
    is_open=False, breaker=BreakerState.OPEN, retry_in=0, last_error="x"
)


@pytest.mark.parametrize(
    ("before", "left", "text"),
    [
        (UP, 0, "every connection was replaced; new ones are made when"),
        (FULL, 3, "reopened; 3 still in use end when they come back"),
        (UNUSED, 0, "there is no connection to replace: it was not opened"),
        (EMPTY, 0, "there is no connection to replace: none is open"),
        (DOWN, 0, "replace: its server is down; the next probe is in 4 s"),
        (DOWN_CLOSED, 0, "replace: its server is down."),
        (HALF, 0, "replace: its server is down; a probe is under way"),
        (DYING, 0, "its 2 connections ended, but there is no new one: its server is"),
        (REFUSED, 0, "replace: its login was refused; p tries again"),
        (ASIDE, 0, "replace: it is parked; p probes"),
    ],
)
def test_drained(before: PoolStats, left: int, text: str) -> None:
    assert text in pool_words.drained(before, left)


@pytest.mark.parametrize(
    ("before", "text"),
    [
        (UP, "is closed; it opens again at its next use."),
        (stats(held=True), "is closed, no longer held open; it opens again"),
        (UNUSED, "was not open"),
        (DOWN, "is closed, and no longer probed; the next caller tries"),
        (HALF, "no longer probed"),
        (REFUSED, "its login was refused, so nothing is tried until p probes"),
        (ASIDE, "stays parked"),
    ],
)
def test_closed(before: PoolStats, text: str) -> None:
    assert text in pool_words.closed(before)


@pytest.mark.parametrize(
    ("before", "on", "text"),
    [
        (UP, True, "stays open"),
        (UP, False, "may close"),
        (DOWN, True, "as soon as its server is back"),
        (REFUSED, True, "not yet: its login was refused"),
        (ASIDE, True, "not yet: it is parked"),
    ],
)
def test_held(before: PoolStats, on: bool, text: str) -> None:
    assert text in pool_words.held(before, on=on)


@pytest.mark.parametrize(
    ("now", "limits", "text"),
    [
        (UP, (0, 6), "0 to 6 connections."),
        (FULL, (0, 2), "0 to 2 connections; 2 in use end when they come back."),
        (DOWN, (1, 2), "1 to 2 connections, once there are any: its server is down"),
    ],
)
def test_resized(now: PoolStats, limits: tuple[int, int], text: str) -> None:
    assert text in pool_words.resized(now, *limits)


def test_the_rest() -> None:
    assert "nothing to reset" in pool_words.reset(UP)
    for before in (DOWN, REFUSED, ASIDE, HALF):
        assert "a probe shows" in pool_words.reset(before)
    assert "1 in use go on" in pool_words.parked(UP)
    assert "go on" not in pool_words.parked(UNUSED)
    assert pool_words.draining(UNUSED, 30) == ""
    assert pool_words.draining(FULL, 30) == "waiting for 4 in use, 30 s at most"
    assert "given back meanwhile" in pool_words.taken_back(0)


@pytest.mark.parametrize(
    ("typed", "limits"),
    [
        ("2 8", (2, 8)),
        (" 2-8 ", (2, 8)),
        ("2, 8", (2, 8)),
        ("8", (None, 8)),
        ("", None),
        ("a", None),
        ("1 2 3", None),
        ("²", None),
    ],
)
def test_limits_are_read_as_they_are_typed(typed: str, limits: Any) -> None:
    assert pool_words.limits(typed) == limits


def test_what_can_be_taken_back_is_all_of_one_and_each() -> None:
    holders = [
        Holder("job", 95, 0, pinned=False, pid=1, where=("jobs.py:7 run", "x")),
        Holder("tab 2", 9, 0, pinned=True, pid=2, why="open transaction"),
        Holder("job", 3, 0, pinned=False, pid=3),
    ]
    found = pool_words.holdings(holders, lambda name: (name.upper(), "update"))
    assert [(one.title, sorted(one.pids)) for one in found] == [
        ("all 2 of JOB", [1, 3]),
        ("JOB", [1]),
        ("TAB 2", [2]),
        ("JOB", [3]),
    ]
    assert found[0].about == "held for 3 s to 95 s"
    assert found[2].about == "held for 9 s, pid 2, open transaction"
    assert found[2].where == "update"
    [one] = pool_words.holdings(holders[:1], lambda name: (name, ""))
    assert one.where == "taken at jobs.py:7 run"
