"""One pool in full: who holds what, how old its connections are, what happened."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from types import CodeType, FrameType

    from mdbtui.pool.eventlog import Logged
    from mdbtui.pool.lease import Lease, Live, Trace
    from mdbtui.pool.managed import ManagedPool
    from mdbtui.pool.outages import Outage
    from mdbtui.pool.stats import PoolStats

_DEPTH = 6
_LOOKED_AT = 40
_LOOP = "asyncio.events"
_SLACK_S = 1.5
"""Samples are of whole seconds."""
_NOT_OURS = ("mdbtui.pool", "asyncio", "contextlib", "concurrent")


@dataclass(frozen=True)
class Holder:
    """Who has a connection.

    Attributes:
        name: As the lease was taken; empty for nobody that said so.
        held_s: For how long.
        wait_ms: How long it had waited for it.
        pinned: It is kept because its session holds state.
        why: What that state is, for people to read.
        pid: The server's process.
        where: The calls that led to it, ``file:line function``, innermost first;
            empty unless `PoolManager` traces leases.
    """

    name: str
    held_s: float
    wait_ms: float
    pinned: bool
    pid: int
    where: tuple[str, ...] = ()
    why: str = ""


@dataclass(frozen=True)
class Connection:
    """A live connection.

    Attributes:
        pid: The server's process.
        age_s: Since when it lives.
        idle_s: For how long nobody has used it; None while it is lent.
        connect_ms: How long it took to make it.
        queries: Statements and other requests it has carried.
        outdated: It ends when it comes back: the pool was drained or grown.
    """

    pid: int
    age_s: float
    idle_s: float | None
    connect_ms: float
    queries: int = 0
    outdated: bool = False


class LongHold(NamedTuple):
    """A connection that was lent for long.

    Attributes:
        ago_s: How long ago it came back.
        held_s: For how long it had been lent.
    """

    ago_s: float
    held_s: float

    def covers(self, ago_s: float) -> bool:
        """Whether it was lent that long ago, or had just come back."""
        return self.ago_s - _SLACK_S <= ago_s <= self.ago_s + self.held_s + _SLACK_S


@dataclass(frozen=True)
class PoolDetail:
    """One pool at one moment, in full.

    Attributes:
        stats: Its numbers.
        holders: Who has a connection, for the longest time first.
        connections: All that live, the oldest first.
        events: What happened lately, oldest first.
        outages: When the server was away, oldest first.
        long_holds: Connections that were lent for long and are back, oldest first.
    """

    stats: PoolStats
    holders: tuple[Holder, ...] = ()
    connections: tuple[Connection, ...] = ()
    events: tuple[Logged, ...] = ()
    outages: tuple[Outage, ...] = ()
    long_holds: tuple[LongHold, ...] = ()


def read_detail(pool: ManagedPool) -> PoolDetail:
    """Read a pool as `PoolManager.detail` promises."""
    now = pool.clock()
    leases = sorted(pool.leases, key=lambda lease: lease.acquired_at)
    live = sorted(pool.links.live, key=lambda link: link.opened_at)
    return PoolDetail(
        stats=pool.stats(),
        holders=tuple(
            _holder(lease, now) for lease in leases if not lease.live.raw.is_closed()
        ),
        connections=tuple(
            _connection(link, now, outdated=pool.links.is_old(link)) for link in live
        ),
        events=pool.log.entries(),
        outages=pool.log.outages.entries(),
        long_holds=tuple(
            LongHold(now - at, held) for at, held in pool.meter.long_holds or ()
        ),
    )


def _holder(lease: Lease, now: float) -> Holder:
    return Holder(
        name=lease.holder,
        held_s=now - lease.acquired_at,
        wait_ms=lease.wait_ms,
        pinned=lease.pinned,
        why=lease.why,
        pid=lease.live.raw.get_server_pid(),
        where=tuple(_place(code, at) for code, at in lease.where),
    )


def _place(code: CodeType, at: int) -> str:
    line = next(
        (line for first, end, line in code.co_lines() if first <= at < end), None
    )
    return f"{Path(code.co_filename).name}:{line or code.co_firstlineno} {code.co_name}"


def _connection(live: Live, now: float, *, outdated: bool) -> Connection:
    return Connection(
        pid=live.raw.get_server_pid(),
        age_s=now - live.opened_at,
        idle_s=now - live.idle_since if live.lease is None else None,
        connect_ms=live.dial_ms,
        # What the driver compares with max_queries; it tells it to nobody.
        queries=live.raw._protocol.queries_count,  # type: ignore[attr-defined] # noqa: SLF001
        outdated=outdated,
    )


def calls() -> Trace:
    """Return the calls that led here, without those of the library and of asyncio.

    Nothing is read, not even a line's number, or put into words: that is done when
    somebody looks.
    """
    found: list[tuple[object, int]] = []
    frame: FrameType | None = sys._getframe(1)  # noqa: SLF001 - the cheap way
    for _ in range(_LOOKED_AT):
        if frame is None or len(found) >= _DEPTH:
            break
        name = frame.f_globals.get("__name__", "")
        if name == _LOOP:
            break  # below is who runs the loop, and not who called
        if not name.startswith(_NOT_OURS):
            found.append((frame.f_code, frame.f_lasti))
        frame = frame.f_back
    return tuple(found)  # type: ignore[arg-type]
