"""What a pool's numbers are said to mean."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mdbtui.pool import (
    AcquireTimedOut,
    BreakerState,
    ConnectFailed,
    ConnectionLost,
    ConnectionRefused,
    ConnectTimeout,
    Holder,
    Load,
    Logged,
    LoginRefused,
    PoolEvent,
    PoolStats,
    SlowAcquire,
)
from mdbtui.pool.advice import Case, Level, advise

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)


def stats(**numbers: Any) -> PoolStats:
    return PoolStats(db_id="a", **{"max_size": 5, "size": 5, **numbers})


def logged(kind: type[PoolEvent], times: int = 1, ago: float = 10, **more: Any) -> Any:
    event = kind(db_id="a", at=NOW - timedelta(seconds=ago), **more)
    return Logged(event, times)


def failed(kind: Any) -> Logged:
    return logged(ConnectFailed, error=kind("it went wrong", hint="the hint"))


BUSY = Load(60, asked_per_s=40, held_ms=150, in_use=5, in_use_peak=5, waiting=3)
CASES = [
    ("quiet", Case(stats()), []),
    (
        "refused",
        Case(
            stats(last_error="x", connections_failed=31),
            events=(failed(ConnectionRefused),),
            address="db:5432",
        ),
        [
            "× connections are refused",
            "31 attempts failed; the last: it went wrong",
            "running",
            "db:5432",
            "listen_addresses",
            "firewall",
        ],
    ),
    (
        "silent",
        Case(stats(last_error="x"), events=(failed(ConnectTimeout),)),
        ["× the server does not answer", "drops packets"],
    ),
    (
        "parked",
        Case(
            stats(last_error="x", breaker=BreakerState.PARKED),
            events=(failed(LoginRefused),),
        ),
        ["× the login waits for you", "the hint", "probe now"],
    ),
    (
        "too small",
        Case(stats(), load=BUSY),
        [
            "▲ the pool is too small for this load",
            "40.0 callers/s × 150 ms held = 6.0 connections busy",
            "× 1.3 for bursts = 8 wanted, 5 allowed; 3.0 callers wait",
            "pool_max_size: 8",
            "less than 96 ms",
        ],
    ),
    ("busy, but nobody waits", Case(stats(), load=replace(BUSY, waiting=0)), []),
    (
        "waiting, but for another reason",
        Case(stats(max_size=50), load=BUSY),
        [],
    ),
    (
        "gave up on a full pool",
        Case(
            stats(),
            load=Load(in_use_peak=5),
            events=(logged(AcquireTimedOut, 3, wait_ms=10_000),),
        ),
        [
            "× callers give up waiting",
            "3 callers in 5 min",
            "after 10.0 s",
            "5 of 5",
            "raise pool_max_size",
            "not given back",
            "statements take long",
        ],
    ),
    (
        "gave up on connecting",
        Case(
            stats(),
            load=Load(in_use_peak=2),
            events=(logged(AcquireTimedOut, wait_ms=900),),
        ),
        ["1 caller in", "after 900 ms", "connecting took too long"],
    ),
    (
        "gave up long ago",
        Case(stats(), events=(logged(AcquireTimedOut, ago=400, wait_ms=1),)),
        [],
    ),
    (
        "leak",
        Case(
            stats(),
            holders=(
                Holder("job", 61, 0, pinned=False, pid=7, where=("jobs.py:12 run",)),
                Holder("other", 59, 0, pinned=False, pid=8),
            ),
        ),
        [
            "▲ 1 connection is not given back",
            "job for 61 s (jobs.py:12 run)",
            "1 of 5 cannot be lent",
            "async with",
        ],
    ),
    (
        "minimum too low",
        Case(
            stats(min_size=1),
            load=Load(in_use_peak=4),
            events=(logged(SlowAcquire, 6, wait_ms=200, connect_ms=180.0),),
        ),
        [
            "▲ pool_min_size is too low for the bursts",
            "6 of 6 slow acquires",
            "180 ms each",
            "up to 4 are used at once and 1 are kept",
            "pool_min_size: 4",
        ],
    ),
    (
        "contention",
        Case(stats(), events=(logged(SlowAcquire, 9, wait_ms=2400),)),
        [
            "▲ connections come slowly",
            "9 acquires",
            "slowest 2.4 s",
            "contention",
            "network",
            "overloaded",
        ],
    ),
    (
        "slow network",
        Case(stats(round_trip_ms=43), load=Load(held_ms=130)),
        ["· the network is slow", "takes 43 ms at best", "130 ms = 3.0 round trips"],
    ),
    (
        "slow server",
        Case(stats(round_trip_ms=0.5), load=Load(held_ms=2000)),
        ["· the time goes by at the server", "0.5 ms", "2.0 s: 4000 times as long"],
    ),
    (
        "slow login",
        Case(stats(round_trip_ms=1, connect_ms=800)),
        ["· the server is slow to let us in", "800 ms, 800 round trips of 1.0 ms"],
    ),
    (
        "server full",
        Case(stats(size=3), slots_used=88, slots=100),
        [
            "▲ the server's connections are nearly used up",
            "88 of 100",
            "= 88%, 3 of them this pool's; it may open 2 more",
            "PgBouncer",
        ],
    ),
    ("server with room", Case(stats(), slots_used=84, slots=100), []),
    (
        "cut",
        Case(stats(), events=(logged(ConnectionLost, 4),)),
        ["▲ connections were cut", "4 connections ended in 5 min", "firewall"],
    ),
]


@pytest.mark.parametrize(
    ("case", "words"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_what_is_said(case: Case, words: list[str]) -> None:
    found = advise(replace(case, now=NOW))
    assert len(found) == bool(words)
    if found:
        [advice] = found
        text = f"{advice.level.value} {advice.title}\n{advice.because}\n"
        text += "\n".join(advice.attempts)
        for word in words:
            assert word in text
        assert advice.attempts


def test_the_worst_comes_first() -> None:
    case = Case(
        stats(round_trip_ms=30),
        load=BUSY,
        events=(logged(AcquireTimedOut, wait_ms=1), logged(ConnectionLost)),
        now=NOW,
    )
    levels = [advice.level for advice in advise(case)]
    assert levels == [Level.BAD, Level.WARN, Level.WARN, Level.HINT]


def test_what_is_not_given_back_makes_a_pool_smaller() -> None:
    case = Case(
        stats(max_size=8),
        load=replace(BUSY, held_ms=125),
        holders=(Holder("x", 50, 0, pinned=False, pid=1),) * 2,
        leak_after=10,
        now=NOW,
    )
    leak, small = advise(case)
    assert leak.title == "2 connections are not given back"
    assert "5.0 connections busy" in small.because
    assert "= 7 wanted, 8 allowed (2 not given back)" in small.because
    assert "pool_max_size: 9 " in small.attempts[0]
    assert len(advise(replace(case, holders=()))) == 0


def test_a_lock_is_not_mended_by_a_larger_pool() -> None:
    busy = Load(asked_per_s=10, held_ms=1000, waiting=3, in_use_peak=4)
    stats = PoolStats(db_id="a", is_open=True, size=4, max_size=4, in_use=4)
    small = "the pool is too small for this load"
    assert small in [a.title for a in advise(Case(stats, busy))]
    found = advise(Case(stats, busy, locked="held by billing"))
    assert small not in [a.title for a in found]
    assert found[0].title == "the callers wait for a lock at the server"
    assert found[0].because == "held by billing"
