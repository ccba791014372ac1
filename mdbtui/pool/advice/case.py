"""What advice is made of: all that is known of a pool, and what a finding is."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import TYPE_CHECKING, Self, TypeVar

from mdbtui.pool.durations import duration
from mdbtui.pool.events import (
    AcquireTimedOut,
    BreakerOpened,
    ConnectFailed,
    ConnectionLost,
    PoolEvent,
    PoolResized,
    SlowAcquire,
)
from mdbtui.pool.history import Load
from mdbtui.pool.meter import LONG_HOLD_S
from mdbtui.pool.stats import BreakerState, PoolStats

if TYPE_CHECKING:
    from mdbtui.pool.detail import Holder, LongHold, PoolDetail
    from mdbtui.pool.eventlog import Logged
    from mdbtui.pool.history import History
    from mdbtui.pool.outages import Outage

RECENT = timedelta(minutes=5)
LOAD_S = 60.0
WAITS_S = 10.0
"""Who waited within this time counts as waiting now."""
LEAK_SECONDS = 60.0
LONG_HOLDS = 20
"""While callers wait: a connection that is held for so long, and so many times as long
as others are, is in their way."""
CALM_S = 10.0
_TROUBLE = (AcquireTimedOut, SlowAcquire, ConnectFailed, ConnectionLost, BreakerOpened)

E = TypeVar("E", bound=PoolEvent)


class Level(Enum):
    """How bad it is; the value is its mark."""

    BAD = "×"
    WARN = "▲"
    OVER = "✓"
    HINT = "·"


@dataclass(frozen=True)
class Advice:
    """One finding.

    Attributes:
        level: How bad it is.
        title: What is found, in a few words.
        because: The numbers that it follows from.
        attempts: What to try, the likeliest first.
        sizes: The pool's limits that it speaks for, least and most.
    """

    level: Level
    title: str
    because: str
    attempts: tuple[str, ...] = ()
    sizes: tuple[int, int] | None = None


@dataclass(frozen=True)
class Case:
    """All that is known of a pool.

    Attributes:
        stats: Its numbers.
        load: What was asked of it in the last minute.
        pressed: The same of only those seconds in which callers waited, since its
            size was last changed; empty if nobody waits now.
        waited_s: How long ago somebody was seen waiting; None for not lately.
        holders: Who has its connections.
        events: What happened lately.
        outages: When its server was away.
        address: Where its server is.
        slots_used: Connections of all clients at the server; None if not known.
        slots: How many it takes.
        leak_after: Seconds after which a connection is taken for forgotten.
        jams: When connections were lent for so long that they were in the way: by a
            lock, or because they were not given back.
        was_locked: As `locked`, of the last minutes.
        locked: Who holds up its callers at the server, in words; empty for nobody, or
            where that is not known.
        now: Wall-clock time.
    """

    stats: PoolStats
    load: Load = field(default_factory=Load)
    pressed: Load = field(default_factory=Load)
    waited_s: float | None = None
    holders: tuple[Holder, ...] = ()
    events: tuple[Logged, ...] = ()
    outages: tuple[Outage, ...] = ()
    address: str = "the server"
    slots_used: int | None = None
    slots: int | None = None
    leak_after: float = LEAK_SECONDS
    locked: str = ""
    was_locked: str = ""
    jams: tuple[LongHold, ...] = ()
    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    @classmethod
    def of(cls, detail: PoolDetail, history: History, **more: object) -> Self:
        """Return the case of what `PoolManager.detail` and `history` gave.

        Args:
            detail: The pool in full.
            history: Its last hour.
            more: The other attributes.
        """
        now = datetime.now(UTC)
        resized = [
            e.event.at for e in detail.events if isinstance(e.event, PoolResized)
        ]
        span = LOAD_S
        if resized:
            # What was asked of a pool of another size says nothing of this one.
            span = min(span, (now - resized[-1]).total_seconds())
        is_open = detail.stats.is_open  # else the last sample may be of any time
        waits = (
            is_open and span >= 1 and history.load(min(WAITS_S, span)).waiting >= 0.1
        )
        least = LONG_HOLDS * history.usually_held(RECENT.total_seconds())
        jams = tuple(held for held in detail.long_holds if held.held_s >= least)

        def jammed(ago: float) -> bool:
            return any(jam.covers(ago) for jam in jams)

        # Who waited behind a lock, or a leak, asked for no larger pool.
        pressed = history.load(span, pressed=True, without=jammed) if waits else Load()
        return cls(
            stats=detail.stats,
            load=history.load(LOAD_S),
            pressed=pressed,
            jams=jams,
            waited_s=history.waited_ago(RECENT.total_seconds()) if is_open else None,
            holders=detail.holders,
            events=detail.events,
            outages=detail.outages,
            now=now,
            **more,  # type: ignore[arg-type]
        )

    def recent(self, kind: type[E]) -> list[tuple[E, int]]:
        """Return the events of a kind in the last minutes, and how often each was."""
        return [
            (logged.event, logged.times)
            for logged in self.events
            if isinstance(logged.event, kind) and self.now - logged.event.at <= RECENT
        ]

    def lately(self, kind: type[PoolEvent]) -> str:
        """Return in how long the events of a kind happened, in words."""
        begun = [
            logged.since
            for logged in self.events
            if isinstance(logged.event, kind) and self.now - logged.event.at <= RECENT
        ]
        if begun and self.now - min(begun) > RECENT:
            return f"since {clock(min(begun))}"
        span = self.now - min(begun, default=self.now - RECENT)
        return f"in the last {duration(max(1.0, span.total_seconds()))}"

    def jam_at(self, at: datetime) -> LongHold | None:
        """Return what was in the way of the callers then, if anything was."""
        ago = (self.now - at).total_seconds()
        return next((jam for jam in reversed(self.jams) if jam.covers(ago)), None)

    @property
    def hold_limit(self) -> float:
        """Seconds after which who holds a connection is in the way, or a leak."""
        if not self.pressed.seconds or self.locked:
            return self.leak_after
        usual = self.load.held_ms / 1000
        return min(self.leak_after, max(LONG_HOLD_S, LONG_HOLDS * usual))

    @property
    def stuck(self) -> list[Holder]:
        """Who holds a connection for longer."""
        return [h for h in self.holders if h.held_s > self.hold_limit]

    @property
    def calm_since(self) -> datetime | None:
        """When trouble was last seen; None if there was none lately."""
        seen = [
            logged.event.at
            for logged in self.events
            if isinstance(logged.event, _TROUBLE)
        ]
        if self.waited_s is not None:
            seen.append(self.now - timedelta(seconds=self.waited_s))
        last = max(seen, default=None)
        return last if last is not None and self.now - last <= RECENT else None

    @property
    def is_over(self) -> bool:
        """There was trouble lately, and there is none any more."""
        stats, since = self.stats, self.calm_since
        return (
            since is not None
            and (self.now - since).total_seconds() >= CALM_S
            and stats.breaker is BreakerState.CLOSED
            and not (stats.last_error or stats.untried or stats.waiting)
            and not (self.stuck or self.locked)
        )


def clock(at: datetime) -> str:
    """Return a time of day, as people here have it."""
    return f"{at.astimezone():%H:%M:%S}"


def times(count: int, one: str, many: str | None = None) -> str:
    """Return a number of things in words."""
    return f"{count} {one if count == 1 else many or one + 's'}"
