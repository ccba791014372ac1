"""What is said of what was done to a pool: true for the state that it was in."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from mdbtui.pool import BreakerState, ConfigError
from mdbtui.pool.durations import duration

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mdbtui.pool import DBConfig, Holder, PoolStats


def _why_none(stats: PoolStats) -> str:
    """Say why a pool has no connection."""
    if stats.aside:
        return "it is parked; p probes"
    match stats.breaker:
        case BreakerState.PARKED:
            return "its login was refused; p tries again"
        case BreakerState.OPEN:
            if stats.retry_in is None or not stats.is_open:
                return "its server is down"
            wait = duration(math.ceil(stats.retry_in))
            return f"its server is down; the next probe is in {wait}"
        case BreakerState.HALF_OPEN:
            return "its server is down; a probe is under way"
    return "none is open" if stats.is_open else "it was not opened"


def drained(before: PoolStats, left: int) -> str:
    """Say what became of a pool that was drained.

    Args:
        before: Its numbers before that.
        left: Connections that are still lent.
    """
    if not before.size:
        return f"there is no connection to replace: {_why_none(before)}."
    if left:
        return f"reopened; {left} still in use end when they come back."
    if before.breaker is not BreakerState.CLOSED or before.last_error:
        ended = (
            "its connection" if before.size == 1 else f"its {before.size} connections"
        )
        return f"{ended} ended, but there is no new one: {_why_none(before)}."
    return "every connection was replaced; new ones are made when they are needed."


def draining(stats: PoolStats, seconds: float) -> str:
    """Say what is waited for; empty where nothing is."""
    if not stats.in_use or stats.draining:
        return ""
    return f"waiting for {stats.in_use} in use, {duration(seconds)} at most"


def closed(before: PoolStats) -> str:
    """Say what it means that a pool was closed."""
    if before.aside:
        return "is closed, and stays parked: nothing is tried until p probes."
    if before.breaker is BreakerState.PARKED:
        return "is closed; its login was refused, so nothing is tried until p probes."
    if before.breaker is not BreakerState.CLOSED:
        return (
            "is closed, and no longer probed; the next caller tries whether it is up."
        )
    if not before.is_open:
        return "was not open; it opens at its next use."
    held = ", no longer held open" if before.held else ""
    return f"is closed{held}; it opens again at its next use."


def held(stats: PoolStats, *, on: bool) -> str:
    """Say what holding a pool open does.

    Args:
        stats: Its numbers.
        on: It is held, or no longer.
    """
    if not on:
        return "may close when it is idle."
    if stats.aside or stats.breaker is BreakerState.PARKED:
        return f"will be held open, but not yet: {_why_none(stats)}."
    if stats.breaker is not BreakerState.CLOSED:
        return "will be held open as soon as its server is back."
    return "stays open, with a connection at least."


def reset(before: PoolStats) -> str:
    """Say what it means that a breaker was reset."""
    if before.breaker is BreakerState.CLOSED and not before.last_error:
        return "the breaker is closed already; there is nothing to reset."
    return "its failures are forgotten; a probe shows what is true now."


def parked(stats: PoolStats) -> str:
    """Say what it means that a pool was parked."""
    lent = f" {stats.in_use} in use go on until they come back." if stats.in_use else ""
    return (
        "is parked: who asks is refused at once, and nothing is tried until p probes"
        f" (or P again).{lent}"
    )


def resized(stats: PoolStats, least: int, most: int) -> str:
    """Say what a pool's new limits are, and when they matter."""
    text = f"{least} to {most} connections"
    if stats.aside or stats.breaker is not BreakerState.CLOSED:
        return f"{text}, once there are any: {_why_none(stats)}."
    if stats.in_use > most:
        return f"{text}; {stats.in_use - most} in use end when they come back."
    return f"{text}."


def limits(text: str) -> tuple[int | None, int] | None:
    """Read limits as they are typed: ``2 8``, ``2-8``, or ``8`` for the most alone.

    Returns:
        The least (None where it stays) and the most; None if that can't be read.
    """
    parts = text.replace("-", " ").replace(",", " ").split()
    if not 1 <= len(parts) <= 2 or not all(part.isdecimal() for part in parts):
        return None
    numbers = [int(part) for part in parts]
    return (numbers[0] if len(numbers) == 2 else None), numbers[-1]


def wrong_limits(config: DBConfig, text: str) -> str:
    """Say what is wrong with limits as they are typed; nothing if they can be used.

    Args:
        config: The pool's, as it is.
        text: What was typed.
    """
    numbers = limits(text)
    if numbers is None:
        return f"one or two whole numbers are needed, not {text!r}"
    least = config.pool_min_size if numbers[0] is None else numbers[0]
    try:
        replace(config, pool_min_size=least, pool_max_size=numbers[1])
    except ConfigError as error:
        return str(error)
    return ""


class Holding(NamedTuple):
    """What can be taken back at once.

    Attributes:
        key: What tells it from others.
        title: Who has it.
        about: For how long.
        where: Where it was taken, and what it ran, as far as that is known.
        pids: The server's processes.
    """

    key: str
    title: str
    about: str
    where: str
    pids: frozenset[int]

    @property
    def details(self) -> str:
        """All that is known of it, in one line."""
        return "; ".join(text for text in (self.about, self.where) if text)


def holdings(
    holders: Sequence[Holder], who: Callable[[str], tuple[str, str]]
) -> list[Holding]:
    """Return what can be taken back: all that one has, then each, longest first.

    Args:
        holders: Who has a connection, longest first.
        who: Makes more of a holder's name: a title, and what it ran.
    """
    groups: dict[str, list[Holder]] = {}
    for holder in holders:
        groups.setdefault(holder.name, []).append(holder)
    found = []
    for name, group in groups.items():
        title = who(name)[0] or "unnamed"
        if len(group) > 1:
            least, most = duration(group[-1].held_s), duration(group[0].held_s)
            found.append(
                Holding(
                    f"all {name}",
                    f"all {len(group)} of {title}",
                    f"held for {least} to {most}",
                    _taken(group[0]),
                    frozenset(holder.pid for holder in group),
                )
            )
    for holder in holders:
        title, ran = who(holder.name)
        parts = [f"held for {duration(holder.held_s)}", f"pid {holder.pid}", holder.why]
        found.append(
            Holding(
                f"{holder.pid} {holder.name}",
                title or "unnamed",
                ", ".join(part for part in parts if part),
                ran or _taken(holder),
                frozenset((holder.pid,)),
            )
        )
    return found


def _taken(holder: Holder) -> str:
    return f"taken at {holder.where[0]}" if holder.where else ""


def taken_back(count: int) -> str:
    """Say how many connections were taken from their holders."""
    if not count:
        return "it had been given back meanwhile."
    return (
        "the connection was taken back; its place is free."
        if count == 1
        else f"{count} connections were taken back; their places are free."
    )
