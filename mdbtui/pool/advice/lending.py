"""Advice on who gets a connection, who does not, and who keeps one."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from mdbtui.pool.advice.case import Advice, Level, times
from mdbtui.pool.durations import duration
from mdbtui.pool.events import AcquireTimedOut, SlowAcquire

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mdbtui.pool.advice.case import Case
    from mdbtui.pool.detail import Holder

BURSTS = 1.3
"""What a pool should have beyond its average load: arrivals are not even."""
OVERLOADED = 1.15
"""So much more than fits is asked for: the queue would grow without end."""
PRESSED_S = 3.0
_MOST_NAMES = 3


def locked(case: Case) -> Iterator[Advice]:
    """The callers wait at the server, not for the pool."""
    if case.locked:
        yield Advice(
            Level.BAD,
            "the callers wait for a lock at the server",
            case.locked,
            (
                "see who waits for whom (F8, the server's activity), and end the"
                " session that holds the lock, if it is forgotten",
                "a larger pool does not help: more would wait",
            ),
        )


def leaks(case: Case) -> Iterator[Advice]:
    """Connections that are not given back."""
    stuck = case.stuck
    if not stuck:
        return
    stats = case.stats
    late = min(holder.held_s for holder in stuck) > case.leak_after
    count = times(len(stuck), "connection is", "connections are")
    because = f"longer than {duration(case.leak_after)}: " if late else ""
    because += _who(stuck)
    if not late:
        because += f", others hold one for {duration(case.load.held_ms / 1000)}"
    because += f"; {len(stuck)} of {stats.max_size} cannot be lent"
    if case.pressed.seconds:
        because += f", {case.pressed.waiting:.1f} callers wait on average"
    yield Advice(
        Level.WARN,
        f"{count} not given back" if late else f"{count} held for long",
        because,
        (
            "take it back (key e on the pool's page): what runs there fails, an open"
            " transaction is rolled back",
            "end the transaction, or close the tab, that holds it",
            "in a program: give it back in every case (async with pools.acquire)",
        ),
    )


def _who(holders: list[Holder]) -> str:
    """Say who holds how many, for how long, and where they were taken."""
    groups: dict[str, list[Holder]] = {}
    for holder in holders:
        groups.setdefault(holder.name or "somebody unnamed", []).append(holder)
    parts = []
    for name, group in list(groups.items())[:_MOST_NAMES]:
        longest = max(group, key=lambda holder: holder.held_s)
        up_to = "up to " * (len(group) > 1)
        text = f"{name} holds {len(group)} for {up_to}{duration(longest.held_s)}"
        parts.append(text + (f", taken at {longest.where[0]}" if longest.where else ""))
    more = len(groups) - _MOST_NAMES
    return "; ".join(parts) + (f"; and {more} others" if more > 0 else "")


def too_small(case: Case) -> Iterator[Advice]:
    """Little's law: busy connections = callers per second x seconds held."""
    stats, load = case.stats, case.pressed
    busy = load.asked_per_s * load.held_ms / 1000
    # What is not given back serves nobody.
    lost = len(case.stuck)
    room = max(stats.max_size - lost, 0)
    # With more connections, more would wait for the same lock.
    if case.locked or load.seconds < PRESSED_S or not busy:
        return
    if busy < 0.7 * room and load.in_use < 0.9 * stats.max_size:
        return
    sum_of = (
        f"{load.asked_per_s:.1f} callers/s × {duration(load.held_ms / 1000)} held ="
        f" {busy:.1f} connections busy"
    )
    if busy > OVERLOADED * room:
        least = math.ceil(busy * BURSTS)
        sum_of += f"; × {BURSTS:g} for bursts = {least} wanted"
        waiting = f"; {load.waiting:.1f} callers wait on average"
    else:
        # Callers that wait ask for nothing else meanwhile: who is served sooner
        # comes back sooner, so the queue is part of what is wanted at once.
        least = math.ceil(busy + load.waiting)
        sum_of += f" + {load.waiting:.1f} callers waiting = {least} wanted at once"
        waiting = ""
    if least <= stats.max_size:
        return  # it is large enough, once all are given back
    wanted = least + lost
    without = f" ({lost} not given back)" if lost else ""
    yield Advice(
        Level.WARN,
        "the pool is too small for this load",
        f"{sum_of}, {stats.max_size} allowed{without}{waiting}",
        (
            f"pool_max_size: {wanted} (key m tries it now){_server_room(case, wanted)}",
            f"or hold connections for less than"
            f" {duration(max(room, 1) / BURSTS / load.asked_per_s)} each",
        ),
        (stats.min_size, wanted),
    )


def _server_room(case: Case, wanted: int) -> str:
    if case.slots is None or case.slots_used is None:
        return ", if the server has room"
    left = case.slots - case.slots_used
    enough = "" if wanted - case.stats.size <= left else "only "
    return f"; the server has room for {enough}{left} more"


def timeouts(case: Case) -> Iterator[Advice]:
    """Callers that got no connection at all."""
    found = case.recent(AcquireTimedOut)
    if not found:
        return
    count = sum(number for _, number in found)
    full = case.load.in_use_peak >= case.stats.max_size
    because = (
        f"{times(count, 'caller')} {case.lately(AcquireTimedOut)} got no connection,"
        f" the last after {duration(found[-1][0].wait_ms / 1000)};"
        f" {case.load.in_use_peak} of {case.stats.max_size} were in use at most"
    )
    attempts: tuple[str, ...]
    jam = case.jam_at(found[-1][0].at)
    if case.locked:
        attempts = ("who has a connection waits for the lock: end who holds it",)
    elif case.was_locked:
        attempts = (
            f"who had a connection waited for a lock: {case.was_locked}",
            "a larger pool would not have helped: more would have waited",
        )
    elif jam is not None:
        attempts = (
            f"connections were in use for up to {duration(jam.held_s)} then: by a lock"
            " at the server, or because they were not given back",
            "a larger pool would have helped for a moment only",
        )
    elif full:
        small = "the pool is too small: raise pool_max_size (key m)"
        leak = "a connection is not given back: see who holds them, and for how long"
        slow = "statements take long: run fewer at once, or make them faster"
        attempts = (leak, small, slow) if case.stuck else (small, leak, slow)
    else:
        attempts = (
            "the pool was not full, so connecting took too long: look at the network"
            " and at the server's load",
            "pool_min_size keeps connections ready",
        )
    yield Advice(Level.BAD, "callers give up waiting", because, attempts)


def slow_acquires(case: Case) -> Iterator[Advice]:
    """Callers that waited for more than 100 ms."""
    found = case.recent(SlowAcquire)
    count = sum(number for _, number in found)
    if not count:
        return
    connecting = [
        (event.connect_ms, number)
        for event, number in found
        if event.connect_ms is not None and event.connect_ms > event.wait_ms / 2
    ]
    dialled = sum(number for _, number in connecting)
    slowest = max(event.wait_ms for event, _ in found)
    lately = case.lately(SlowAcquire)
    if dialled >= count / 2:
        ms = sum(ms * number for ms, number in connecting) / dialled
        wanted = min(max(case.load.in_use_peak, 1), case.stats.max_size)
        if wanted > case.stats.min_size:
            yield Advice(
                Level.WARN,
                "pool_min_size is too low for the bursts",
                f"{dialled} of {count} slow acquires {lately} were spent connecting"
                f" ({duration(ms / 1000)} each); up to {wanted} are used at once and"
                f" {case.stats.min_size} are kept ready",
                (
                    f"pool_min_size: {wanted} (key m)",
                    "or hold the pool open (key o)",
                ),
                (wanted, case.stats.max_size),
            )
            return
    elif case.locked or case.stuck or any(too_small(case)):
        return  # it is said why
    elif case.was_locked or case.jam_at(found[-1][0].at):
        return  # who waited then did so for what held the connections
    yield Advice(
        Level.WARN,
        "connections come slowly",
        f"{times(count, 'acquire')} {lately} took more than 100 ms, such as"
        f" {duration(slowest / 1000)}; {dialled} of them because of connecting",
        (
            "contention: more callers than connections; see who holds them",
            f"the network: a round trip takes"
            f" {duration(case.stats.round_trip_ms / 1000)}",
            "an overloaded machine, here or at the server",
        ),
    )
