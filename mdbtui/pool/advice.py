"""What a pool's numbers mean and what to try: pure functions, with the arithmetic."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import TypeVar

from mdbtui.pool.detail import Holder
from mdbtui.pool.errors import ConnectionRefused, ConnectTimeout, PoolError
from mdbtui.pool.eventlog import Logged
from mdbtui.pool.events import (
    AcquireTimedOut,
    BreakerOpened,
    ConnectFailed,
    ConnectionLost,
    PoolEvent,
    SlowAcquire,
)
from mdbtui.pool.history import Load
from mdbtui.pool.stats import BreakerState, PoolStats

RECENT = timedelta(minutes=5)
LEAK_SECONDS = 60.0
BURSTS = 1.3
"""What a pool should have beyond its average load: arrivals are not even."""
SLOTS_SHARE = 0.85
FAR_MS = 20.0
SLOW_MS = 500.0

E = TypeVar("E", bound=PoolEvent)


class Level(Enum):
    """How bad it is; the value is its mark."""

    BAD = "×"
    WARN = "▲"
    HINT = "·"


@dataclass(frozen=True)
class Advice:
    """One finding.

    Attributes:
        level: How bad it is.
        title: What is found, in a few words.
        because: The numbers that it follows from.
        attempts: What to try, the likeliest first.
    """

    level: Level
    title: str
    because: str
    attempts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Case:
    """All that is known of a pool.

    Attributes:
        stats: Its numbers.
        load: What was asked of it lately.
        holders: Who has its connections.
        events: What happened lately.
        address: Where its server is.
        slots_used: Connections of all clients at the server; None if not known.
        slots: How many it takes.
        leak_after: Seconds after which a connection is taken for forgotten.
        locked: Who holds up its callers at the server, in words; empty for nobody, or
            where that is not known.
        now: Wall-clock time.
    """

    stats: PoolStats
    load: Load = field(default_factory=Load)
    holders: tuple[Holder, ...] = ()
    events: tuple[Logged, ...] = ()
    address: str = "the server"
    slots_used: int | None = None
    slots: int | None = None
    leak_after: float = LEAK_SECONDS
    locked: str = ""
    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    def recent(self, kind: type[E]) -> list[tuple[E, int]]:
        """Return the events of a kind in the last minutes, and how often each was."""
        return [
            (logged.event, logged.times)
            for logged in self.events
            if isinstance(logged.event, kind) and self.now - logged.event.at <= RECENT
        ]


def advise(case: Case) -> tuple[Advice, ...]:
    """Return what is wrong with a pool and what to try, the worst first."""
    found = [advice for rule in _RULES for advice in rule(case)]
    order = tuple(Level)
    return tuple(sorted(found, key=lambda advice: order.index(advice.level)))


def _unreachable(case: Case) -> Iterator[Advice]:
    stats = case.stats
    if not stats.last_error:
        return
    errors = [e.error for e, _ in case.recent(ConnectFailed)]
    errors += [e.error for e, _ in case.recent(BreakerOpened)]
    error: PoolError | None = errors[-1] if errors else None
    because = f"{_times(stats.connections_failed, 'attempt')} failed; the last: " + (
        error.message if error else stats.last_error
    )
    title = "connecting fails"
    hint = error.hint if error is not None else ""
    attempts: tuple[str, ...] = ()
    if hint:
        attempts = (hint,)
    if isinstance(error, ConnectionRefused):
        title = "connections are refused"
        attempts = (
            f"is the server running? pg_isready on its machine, or for {case.address}",
            "is it the right address and port, and does the server listen there"
            " (listen_addresses)?",
            "does a firewall refuse it?",
        )
    elif isinstance(error, ConnectTimeout):
        title = "the server does not answer"
        attempts = (
            f"a firewall that drops packets, or a wrong address: {case.address}",
            "a server that hangs, or is too busy to take a connection",
        )
    if stats.breaker is BreakerState.PARKED:
        title = "the login waits for you"
        ask = "mend it, then probe now: it is not tried again by itself"
        attempts = (*attempts, ask)
    yield Advice(Level.BAD, title, because, attempts)


def _locked(case: Case) -> Iterator[Advice]:
    if case.locked:
        yield Advice(
            Level.BAD,
            "the callers wait for a lock at the server",
            case.locked,
            (
                "see who waits for whom (the server's activity), and end the session"
                " that holds the lock, if it is forgotten",
                "a larger pool does not help: more would wait",
            ),
        )


def _leaks(case: Case) -> Iterator[Advice]:
    late = [holder for holder in case.holders if holder.held_s > case.leak_after]
    if not late:
        return
    shown = ", ".join(
        f"{holder.name or 'unnamed'} for {_span(holder.held_s)}"
        + (f" ({holder.where[0]})" if holder.where else "")
        for holder in late[:3]
    )
    count = _times(len(late), "connection is", "connections are")
    yield Advice(
        Level.WARN,
        f"{count} not given back",
        f"held longer than {_span(case.leak_after)}: {shown};"
        f" {len(late)} of {case.stats.max_size} cannot be lent",
        (
            "end the transaction, or close the tab, that holds it",
            "in a program: give it back in every case (async with pools.acquire)",
        ),
    )


def _too_small(case: Case) -> Iterator[Advice]:
    """Little's law: busy connections = callers per second x seconds held."""
    stats, load = case.stats, case.load
    busy = load.asked_per_s * load.held_ms / 1000
    given_up = sum(times for _, times in case.recent(AcquireTimedOut))
    pressed = load.waiting >= 0.1 or given_up
    # What is not given back serves nobody.
    lost = sum(holder.held_s > case.leak_after for holder in case.holders)
    room = stats.max_size - lost
    # With more connections, more would wait for the same lock.
    if case.locked or not pressed or not busy or busy < 0.7 * room:
        return
    wanted = max(math.ceil(busy * BURSTS) + lost, stats.max_size + 1)
    without = f" ({lost} not given back)" if lost else ""
    yield Advice(
        Level.WARN,
        "the pool is too small for this load",
        f"{load.asked_per_s:.1f} callers/s × {load.held_ms:.0f} ms held ="
        f" {busy:.1f} connections busy; × {BURSTS:g} for bursts ="
        f" {wanted - lost} wanted, {stats.max_size} allowed{without};"
        f" {load.waiting:.1f} callers wait on average",
        (
            f"pool_max_size: {wanted} (resize tries it now), if the server has room",
            f"or hold connections for less than"
            f" {1000 * max(room, 1) / BURSTS / load.asked_per_s:.0f} ms each",
        ),
    )


def _timeouts(case: Case) -> Iterator[Advice]:
    found = case.recent(AcquireTimedOut)
    if not found:
        return
    count = sum(times for _, times in found)
    full = case.load.in_use_peak >= case.stats.max_size
    because = (
        f"{_times(count, 'caller')} in {_span(RECENT.total_seconds())} got no"
        f" connection, the last after {_time(found[-1][0].wait_ms)};"
        f" {case.load.in_use_peak} of {case.stats.max_size} were in use at most"
    )
    attempts: tuple[str, ...]
    if full:
        attempts = (
            "the pool is too small: raise pool_max_size",
            "a connection is not given back: see who holds them, and for how long",
            "statements take long: run fewer at once, or make them faster",
        )
    else:
        attempts = (
            "the pool was not full, so connecting took too long: look at the network"
            " and at the server's load",
            "pool_min_size keeps connections ready",
        )
    yield Advice(Level.BAD, "callers give up waiting", because, attempts)


def _slow_acquires(case: Case) -> Iterator[Advice]:
    found = case.recent(SlowAcquire)
    count = sum(times for _, times in found)
    if not count:
        return
    connecting = [
        (event.connect_ms, times)
        for event, times in found
        if event.connect_ms is not None and event.connect_ms > event.wait_ms / 2
    ]
    dialled = sum(times for _, times in connecting)
    slowest = max(event.wait_ms for event, _ in found)
    span = _span(RECENT.total_seconds())
    if dialled >= count / 2:
        ms = sum(ms * times for ms, times in connecting) / dialled
        wanted = min(max(case.load.in_use_peak, 1), case.stats.max_size)
        if wanted > case.stats.min_size:
            yield Advice(
                Level.WARN,
                "pool_min_size is too low for the bursts",
                f"{dialled} of {count} slow acquires in {span} were spent connecting"
                f" ({ms:.0f} ms each); up to {wanted} are used at once and"
                f" {case.stats.min_size} are kept ready",
                (f"pool_min_size: {wanted}", "or hold the pool open (key o)"),
            )
            return
    yield Advice(
        Level.WARN,
        "connections come slowly",
        f"{_times(count, 'acquire')} in {span} took more than 100 ms, the slowest"
        f" {_time(slowest)}; {dialled} of them because of connecting",
        (
            "contention: more callers than connections; see who holds them",
            f"the network: a round trip takes {case.stats.round_trip_ms:.1f} ms",
            "an overloaded machine, here or at the server",
        ),
    )


def _where_time_goes(case: Case) -> Iterator[Advice]:
    stats, held = case.stats, case.load.held_ms
    trip = stats.round_trip_ms
    if trip >= FAR_MS:
        share = f" = {held / trip:.1f} round trips" if held else ""
        yield Advice(
            Level.HINT,
            "the network is slow",
            f"a round trip takes {trip:.0f} ms at best; a connection is held for"
            f" {held:.0f} ms{share}",
            (
                "run the program nearer to the server",
                "send fewer, larger statements; each costs a round trip",
            ),
        )
    elif held >= SLOW_MS and trip and trip < held / 20:
        yield Advice(
            Level.HINT,
            "the time goes by at the server, not in the network",
            f"a round trip takes {trip:.1f} ms, a connection is held for"
            f" {_time(held)}: {held / trip:.0f} times as long",
            (
                "look at the slow statements and at locks (the server's activity)",
                "an open transaction that waits for its user counts too",
            ),
        )
    if trip and stats.connect_ms > max(SLOW_MS / 2, 20 * trip):
        yield Advice(
            Level.HINT,
            "the server is slow to let us in",
            f"connecting took {_time(stats.connect_ms)},"
            f" {stats.connect_ms / trip:.0f} round trips of {trip:.1f} ms",
            (
                "name look-ups, authentication (LDAP, PAM), or a busy server",
                "pool_min_size keeps connections ready",
            ),
        )


def _slots(case: Case) -> Iterator[Advice]:
    used, slots = case.slots_used, case.slots
    if used is None or not slots or used < SLOTS_SHARE * slots:
        return
    ours = case.stats.size
    yield Advice(
        Level.WARN,
        "the server's connections are nearly used up",
        f"{used} of {slots} (max_connections) = {used / slots:.0%}, {ours} of them"
        f" this pool's; it may open {max(0, case.stats.max_size - ours)} more",
        (
            "see which applications hold them (the server's activity)",
            "smaller pools, a pooler such as PgBouncer, or a larger max_connections",
        ),
    )


def _losses(case: Case) -> Iterator[Advice]:
    count = sum(times for _, times in case.recent(ConnectionLost))
    if not count:
        return
    yield Advice(
        Level.WARN,
        "connections were cut",
        f"{_times(count, 'connection')} ended in {_span(RECENT.total_seconds())}, and"
        " not by us",
        (
            "the server's log says whether it restarted, or somebody ended them",
            "a firewall or pooler that drops idle connections: set"
            " max_inactive_connection_lifetime below its limit",
        ),
    )


_RULES: tuple[Callable[[Case], Iterator[Advice]], ...] = (
    _unreachable,
    _locked,
    _timeouts,
    _leaks,
    _too_small,
    _slow_acquires,
    _slots,
    _losses,
    _where_time_goes,
)


def _times(count: int, one: str, many: str | None = None) -> str:
    return f"{count} {one if count == 1 else many or one + 's'}"


def _time(ms: float) -> str:
    return f"{ms:.0f} ms" if ms < 1000 else f"{ms / 1000:.1f} s"


def _span(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"
