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
    History,
    Holder,
    HostNotFound,
    Load,
    Logged,
    LoginRefused,
    Outage,
    PoolDetail,
    PoolEvent,
    PoolResized,
    PoolStats,
    SlowAcquire,
    TooManyConnections,
)
from mdbtui.pool.advice import Case, Level, advise
from mdbtui.pool.detail import LongHold
from mdbtui.pool.durations import duration
from mdbtui.pool.history import Sample
from mdbtui.pool.meter import Meter

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)


def stats(**numbers: Any) -> PoolStats:
    return PoolStats(db_id="a", **{"max_size": 5, "size": 5, **numbers})


def logged(kind: type[PoolEvent], times: int = 1, ago: float = 5, **more: Any) -> Any:
    event = kind(db_id="a", at=NOW - timedelta(seconds=ago), **more)
    return Logged(event, times, NOW - timedelta(seconds=ago + 60))


def away(ago: float, seconds: float | None = 7.0) -> Outage:
    """An outage that began so long ago and took so long; None: it goes on."""
    began = NOW - timedelta(seconds=ago)
    back = None if seconds is None else began + timedelta(seconds=seconds)
    return Outage(began, "nothing listens", back)


def failed(kind: Any) -> Logged:
    return logged(ConnectFailed, error=kind("it went wrong", hint="the hint"))


REST: Any = {"queries_per_s": 20, "errors_per_s": 0, "acquire_p95_ms": 1}
BUSY = Load(60, asked_per_s=40, held_ms=150, in_use=5, in_use_peak=5, waiting=3)
CLOSED_LOOP = Load(20, asked_per_s=10, held_ms=205, in_use=2, waiting=4)
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
        "nameless",
        Case(stats(last_error="x"), events=(failed(HostNotFound),), address="dbx:1"),
        ["× the host's name is not found", "spelt right? dbx:1", "name server"],
    ),
    (
        "full server",
        Case(stats(last_error="x"), events=(failed(TooManyConnections),)),
        ["× the server has no connection left", "PgBouncer"],
    ),
    (
        "parked by hand",
        Case(stats(last_error="x", breaker=BreakerState.PARKED, aside=True)),
        ["· the pool is parked", "refused at once", "key p"],
    ),
    (
        "one outage",
        Case(stats(), outages=(away(20),)),
        [],
    ),
    (
        "flapping",
        Case(
            stats(last_error="x"),
            events=(failed(ConnectionRefused), logged(ConnectionLost)),
            outages=(away(400), away(53), away(38), away(23), away(8, None)),
        ),
        [
            "× the server comes and goes (flapping)",
            "it went away 4 times in 53 s, back after 7 s, and stayed for 8 s between;",
            ": nothing listens",
            "fail-over",
            "F8",
            "key P",
        ],
    ),
    (
        "just back",
        Case(stats(), outages=(away(53, 5), away(30))),
        ["× the server comes and goes", "back after 5 s to 7 s"],
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
        Case(stats(), pressed=BUSY),
        [
            "▲ the pool is too small for this load",
            "40.0 callers/s × 150 ms held = 6.0 connections busy",
            "× 1.3 for bursts = 8 wanted, 5 allowed; 3.0 callers wait",
            "pool_max_size: 8",
            "if the server has room",
            "less than 96 ms",
        ],
    ),
    (
        "too small for callers that wait for their turn",
        Case(stats(max_size=2), pressed=CLOSED_LOOP, slots_used=80, slots=100),
        [
            "10.0 callers/s × 205 ms held = 2.0 connections busy + 4.0 callers waiting"
            " = 7 wanted at once, 2 allowed",
            "pool_max_size: 7 (key m tries it now); the server has room for 20 more",
        ],
    ),
    ("busy, but nobody waits now", Case(stats(), load=BUSY), []),
    ("one blip", Case(stats(), pressed=replace(BUSY, seconds=2)), []),
    (
        "waiting, but for another reason",
        Case(stats(max_size=50), pressed=BUSY),
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
            "3 callers in the last 65 s got no connection",
            "after 10 s",
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
        [
            "1 caller in",
            "after 900 ms",
            "the network",
            "server's load",
            "connecting took too long",
        ],
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
            "job holds 1 for 61 s, taken at jobs.py:12 run",
            "1 of 5 cannot be lent",
            "async with",
            "key e",
        ],
    ),
    (
        "hoarder",
        Case(
            stats(max_size=4),
            load=Load(held_ms=300),
            pressed=Load(20, asked_per_s=4, held_ms=300, in_use=4, waiting=2.5),
            holders=(Holder("report", 14, 0, pinned=False, pid=7),) * 3
            + (Holder("web", 0.2, 0, pinned=False, pid=8),),
        ),
        [
            "▲ 3 connections are held for long",
            "report holds 3 for up to 14 s, others hold one for 300 ms; 3 of 4 cannot",
            "2.5 callers wait on average",
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
            "in the last 65 s took more than 100 ms, such as 2.4 s",
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
        ["· the time goes by at the server", "0.5 ms", "for 2 s: 4,000 times as long"],
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
        ["▲ connections were cut", "4 connections ended in the last 65 s", "firewall"],
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
        pressed=BUSY,
        events=(logged(AcquireTimedOut, wait_ms=1), logged(ConnectionLost, ago=5)),
        now=NOW,
    )
    levels = [advice.level for advice in advise(case)]
    assert levels == [Level.BAD, Level.WARN, Level.WARN, Level.HINT]


def test_what_is_not_given_back_makes_a_pool_smaller() -> None:
    load = replace(BUSY, held_ms=200)
    case = Case(
        stats(max_size=8),
        pressed=load,
        load=load,
        holders=(Holder("x", 50, 0, pinned=False, pid=1),) * 2,
        leak_after=10,
        now=NOW,
    )
    leak, small = advise(case)
    assert leak.title == "2 connections are not given back"
    assert "= 11 wanted, 8 allowed (2 not given back)" in small.because
    assert small.sizes == (0, 13)
    # A pool that is large enough with them is not called too small.
    [leak] = advise(replace(case, pressed=replace(load, held_ms=110)))
    assert leak.title == "2 connections are not given back"


def test_how_long_is_too_long_goes_by_who_waits_and_how_long_others_hold() -> None:
    case = Case(stats(), load=Load(held_ms=300), leak_after=60)
    assert case.hold_limit == 60
    waits = replace(case, pressed=BUSY)
    assert waits.hold_limit == 10
    assert replace(waits, load=Load(held_ms=2_000)).hold_limit == 40
    assert replace(waits, load=Load(held_ms=9_000)).hold_limit == 60
    assert replace(waits, leak_after=5).hold_limit == 5
    assert replace(waits, locked="held by b").hold_limit == 60


def test_what_explains_the_slow_acquires_is_all_that_is_said() -> None:
    slow = logged(SlowAcquire, 9, wait_ms=400)
    titles = [a.title for a in advise(Case(stats(), pressed=BUSY, events=(slow,)))]
    assert titles == ["the pool is too small for this load"]


def test_a_lock_is_not_mended_by_a_larger_pool() -> None:
    busy = Load(30, asked_per_s=10, held_ms=1000, waiting=3, in_use_peak=4)
    stats = PoolStats(db_id="a", is_open=True, size=4, max_size=4, in_use=4)
    small = "the pool is too small for this load"
    given_up = (logged(AcquireTimedOut, wait_ms=1),)
    assert small in [a.title for a in advise(Case(stats, pressed=busy))]
    found = advise(Case(stats, pressed=busy, locked="held by b", events=given_up))
    assert small not in [a.title for a in found]
    assert found[0].title == "the callers wait for a lock at the server"
    assert found[0].because == "held by b"
    assert "pool_max_size" not in "".join(text for a in found for text in a.attempts)


def test_seconds_behind_a_leak_or_a_lock_are_no_load() -> None:
    def sample(at: int, **more: Any) -> Sample:
        usual = {"asked_per_s": 20, "returned_per_s": 20, "held_s": 4.0, "in_use": 4}
        return Sample(float(at), 4, **{**usual, "waiting": 0} | more, **REST)

    jam = {"returned_per_s": 0, "held_s": 0, "waiting": 30}
    seconds = [sample(at) for at in range(100)]
    seconds += [sample(at, **jam) for at in range(100, 130)]
    seconds += [sample(130, returned_per_s=34, held_s=124.0, waiting=8)]
    seconds += [sample(at) for at in range(131, 135)]
    history = History.of(seconds)
    detail = PoolDetail(stats(is_open=True, max_size=4))
    assert history.usually_held(300) == pytest.approx(0.2)
    [small] = advise(Case.of(detail, history))
    assert small.title == "the pool is too small for this load"
    after = replace(detail, long_holds=(LongHold(4.0, 30.0),))
    assert advise(Case.of(after, history)) == ()
    # Where all are lent for so long, that is the load.
    slow = History.of(
        [sample(at, asked_per_s=1, returned_per_s=0.3, held_s=4.5, waiting=5)
         for at in range(120)]
    )  # fmt: skip
    [small] = advise(Case.of(after, slow))
    assert small.title == "the pool is too small for this load"


def test_no_size_is_advised_that_is_there_already() -> None:
    load = Load(20, asked_per_s=10, held_ms=300, in_use=7.5, waiting=0.9)
    assert advise(Case(stats(max_size=8), pressed=load)) == ()


def test_what_was_the_cause_stays_the_cause() -> None:
    case = Case(
        stats(),
        load=Load(in_use_peak=5),
        events=(
            logged(AcquireTimedOut, 3, ago=40, wait_ms=10_000),
            logged(SlowAcquire, 9, ago=20, wait_ms=2400),
        ),
        now=NOW,
    )
    for jammed, word in (
        (replace(case, was_locked="pid 7 holds it"), "pid 7 holds it"),
        (replace(case, jams=(LongHold(20.0, 31.0),)), "for up to 31 s then"),
    ):
        _, earlier = advise(jammed)
        assert earlier.title == "earlier: callers give up waiting"
        assert word in earlier.attempts[0]
        assert "pool_max_size" not in "".join(earlier.attempts)


def test_what_is_over_is_said_with_since_when_and_what_was_changed() -> None:
    events = (
        logged(AcquireTimedOut, 3, ago=40, wait_ms=1),
        logged(PoolResized, ago=38, min_size=0, max_size=7),
    )
    case = Case(stats(in_use=4), events=events, waited_s=25.0, now=NOW)
    old = logged(PoolResized, ago=200, min_size=0, max_size=2)
    [unchanged, _] = advise(replace(case, events=(old, events[0])))
    assert "resized" not in unchanged.because
    over, earlier = advise(case)
    assert over.level is Level.OVER
    assert over.title.endswith("for 25 s")
    assert "nobody waits and nothing fails; 4 of 5 in use" in over.because
    assert "resized: 0 to 7 connections at " in over.because
    assert (earlier.level, earlier.title) == (
        Level.HINT,
        "earlier: callers give up waiting",
    )
    # Too early to say, or not true.
    for other in (
        replace(case, waited_s=5.0),
        replace(case, stats=stats(waiting=1)),
        replace(case, stats=stats(last_error="x")),
        replace(case, holders=(Holder("x", 99, 0, pinned=False, pid=1),)),
        replace(case, events=(), waited_s=None),
    ):
        assert Level.OVER not in [advice.level for advice in advise(other)]


def test_a_server_that_flapped_is_stable_when_it_stays_for_longer_than_before() -> None:
    case = Case(stats(), outages=(away(90), away(75), away(60)), now=NOW)
    [stable] = advise(case)
    assert stable.level is Level.OVER
    assert stable.title.endswith("for 53 s")
    assert stable.title.startswith("stable since ")
    assert "it went away 3 times in 90 s, back after 7 s" in stable.because
    [flaps] = advise(replace(case, now=NOW - timedelta(seconds=30)))
    assert flaps.level is Level.BAD


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0.0 ms"),
        (0.0003, "0.3 ms"),
        (0.00997, "10 ms"),
        (0.2094, "209 ms"),
        (0.9996, "1 s"),
        (1.25, "1.2 s"),
        (9.96, "10 s"),
        (60.007, "60 s"),
        (119.4, "119 s"),
        (120, "2 min"),
        (7100, "118 min"),
        (7200, "2 h"),
        (9000, "2.5 h"),
        (90_000, "25 h"),
        (260_000, "3 d"),
    ],
)
def test_a_duration_has_the_unit_that_fits(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_long_holds_are_noted_once_a_second() -> None:
    meter = Meter(lambda: 100.0)
    for seconds in (0.1, 12.0, 31.0, 11.0):
        meter.came_back(seconds)
    assert list(meter.long_holds or ()) == [(100.0, 31.0)]
