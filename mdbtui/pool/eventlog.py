"""What happened to a pool lately, and in words."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from mdbtui.pool.events import (
    AcquireTimedOut,
    BreakerClosed,
    BreakerHalfOpen,
    BreakerOpened,
    ConnectFailed,
    ConnectionLost,
    ConnectionOpened,
    PoolClosed,
    PoolDrained,
    PoolEvent,
    PoolOpened,
    PoolResized,
    SlowAcquire,
)

CAPACITY = 100


@dataclass(frozen=True, slots=True)
class Logged:
    """An event, or several of a kind that came one behind the other.

    Attributes:
        event: The newest.
        times: How many they were.
    """

    event: PoolEvent
    times: int = 1


class EventLog:
    """The last events of one pool; equals that follow each other are one entry."""

    __slots__ = ("_entries",)

    def __init__(self) -> None:
        self._entries: deque[Logged] | None = None

    def add(self, event: PoolEvent) -> None:
        """Note an event."""
        if self._entries is None:
            self._entries = deque(maxlen=CAPACITY)
        last = self._entries[-1] if self._entries else None
        # A storm of slow acquires must not push out why it began.
        if last is not None and type(last.event) is type(event):
            self._entries[-1] = Logged(event, last.times + 1)
        else:
            self._entries.append(Logged(event))

    def entries(self) -> tuple[Logged, ...]:
        """Return what is there, oldest first."""
        return tuple(self._entries or ())


def words(event: PoolEvent) -> str:
    """Say in one line what happened."""
    match event:
        case BreakerOpened(error=error, retry_in=None):
            return f"breaker opened, waits for you: {error.message}"
        case BreakerOpened(error=error, retry_in=float(seconds)):
            return f"breaker opened, next probe in {seconds:.0f} s: {error.message}"
        case ConnectFailed(error=error):
            return f"connecting failed: {error.message}"
        case AcquireTimedOut(wait_ms=ms, holder=holder):
            return f"{holder or 'a caller'} gave up after waiting {_time(ms)}"
        case SlowAcquire(wait_ms=ms, holder=holder, connect_ms=None):
            return f"{holder or 'a caller'} waited {_time(ms)} for a connection"
        case SlowAcquire(wait_ms=ms, holder=holder, connect_ms=float(spent)):
            part = f"{_time(spent)} of it connecting"
            return f"{holder or 'a caller'} waited {_time(ms)}, {part}"
        case PoolDrained(left=0):
            return "drained: every connection was replaced"
        case PoolDrained(left=left):
            return f"drained, but for {left} still in use"
        case PoolResized(min_size=least, max_size=most):
            return f"resized: {least} to {most} connections"
    return _WORDS.get(type(event), type(event).__name__)


_WORDS = {
    PoolOpened: "pool opened",
    PoolClosed: "pool closed",
    ConnectionOpened: "connected",
    ConnectionLost: "connection lost",
    BreakerHalfOpen: "breaker lets one probe through",
    BreakerClosed: "breaker closed: connecting works",
}


def _time(ms: float) -> str:
    return f"{ms:.0f} ms" if ms < 1000 else f"{ms / 1000:.1f} s"
