"""What happened to a pool lately, and in words."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from datetime import datetime

from mdbtui.pool.durations import duration
from mdbtui.pool.errors import Parked
from mdbtui.pool.events import (
    AcquireTimedOut,
    BreakerClosed,
    BreakerHalfOpen,
    BreakerOpened,
    ConnectFailed,
    ConnectionLost,
    ConnectionOpened,
    LeaseEnded,
    PoolClosed,
    PoolDrained,
    PoolEvent,
    PoolOpened,
    PoolResized,
    SlowAcquire,
)
from mdbtui.pool.outages import Outages

CAPACITY = 100


@dataclass(frozen=True)
class Logged:
    """An event, or several of a kind that came one behind the other.

    Attributes:
        event: The newest.
        times: How many they were.
        first: When the first of them was; None where it is the only one.
    """

    event: PoolEvent
    times: int = 1
    first: datetime | None = None

    @property
    def since(self) -> datetime:
        """When the first of them was."""
        return self.first or self.event.at


class EventLog:
    """The last events of one pool; equals that follow each other are one entry.

    Attributes:
        outages: What they say of the server; kept for longer than they are.
    """

    __slots__ = ("_entries", "outages")

    def __init__(self) -> None:
        self.outages = Outages()
        self._entries: deque[Logged] | None = None

    def add(self, event: PoolEvent) -> None:
        """Note an event."""
        self.outages.add(event)
        if self._entries is None:
            self._entries = deque(maxlen=CAPACITY)
        last = self._entries[-1] if self._entries else None
        # A storm of slow acquires must not push out why it began.
        if last is not None and _alike(last.event, event):
            self._entries[-1] = Logged(event, last.times + 1, last.since)
        else:
            self._entries.append(Logged(event))

    def entries(self) -> tuple[Logged, ...]:
        """Return what is there, oldest first."""
        return tuple(self._entries or ())


def _alike(before: PoolEvent, event: PoolEvent) -> bool:
    if isinstance(before, LeaseEnded) and isinstance(event, LeaseEnded):
        return before.holder == event.holder  # who lost one has to be seen
    return type(before) is type(event)


def words(event: PoolEvent) -> str:
    """Say in one line what happened."""
    match event:
        case BreakerOpened(error=Parked()):
            return "parked: who asks is refused, and nothing is tried"
        case BreakerOpened(error=error, retry_in=None):
            return f"breaker opened, waits for you: {error.message}"
        case BreakerOpened(error=error, retry_in=float(seconds)):
            probe = f"next probe in {duration(round(seconds))}"
            return f"breaker opened, {probe}: {error.message}"
        case BreakerClosed(reset=True):
            return "breaker reset: not known whether it connects"
        case ConnectFailed(error=error):
            return f"connecting failed: {error.message}"
        case AcquireTimedOut(wait_ms=ms, holder=holder):
            return f"{holder or 'a caller'} gave up after waiting {duration(ms / 1000)}"
        case SlowAcquire():
            return _slow(event)
        case PoolDrained(left=0):
            return "drained: every connection was replaced"
        case PoolDrained(left=left):
            return f"drained, but for {left} still in use"
        case LeaseEnded(holder=holder, held_s=held):
            return f"{holder or 'a holder'} lost its connection after {duration(held)}"
        case PoolResized(min_size=least, max_size=most):
            return f"resized: {least} to {most} connections"
    return _WORDS.get(type(event), type(event).__name__)


def _slow(event: SlowAcquire) -> str:
    waited = f"{event.holder or 'a caller'} waited {duration(event.wait_ms / 1000)}"
    if event.connect_ms is None:
        return f"{waited} for a connection"
    return f"{waited}, {duration(event.connect_ms / 1000)} of it connecting"


_WORDS = {
    PoolOpened: "pool opened",
    PoolClosed: "pool closed",
    ConnectionOpened: "connected",
    ConnectionLost: "connection lost",
    BreakerHalfOpen: "breaker lets one probe through",
    BreakerClosed: "breaker closed: connecting works",
}
