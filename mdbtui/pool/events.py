"""What a pool tells its subscribers: edges, each with its database and time.

An event says *that* something happened; `PoolManager.snapshot()` says what is
true. So a lost event never leaves anyone wrong.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mdbtui.pool.errors import PoolError


@dataclass(frozen=True, kw_only=True)
class PoolEvent:
    """Something happened to the pool of `db_id`."""

    db_id: str
    at: datetime = field(default_factory=lambda: datetime.now(UTC))
    """Wall-clock time, aware (UTC)."""


@dataclass(frozen=True, kw_only=True)
class PoolOpened(PoolEvent):
    """The pool was opened (it may not have a connection yet)."""


@dataclass(frozen=True, kw_only=True)
class PoolClosed(PoolEvent):
    """All connections of the pool were closed; it opens again at its next use."""


@dataclass(frozen=True, kw_only=True)
class ConnectionOpened(PoolEvent):
    """A connection was made."""


@dataclass(frozen=True, kw_only=True)
class ConnectionLost(PoolEvent):
    """A connection ended and it was not us who ended it."""


@dataclass(frozen=True, kw_only=True)
class ConnectFailed(PoolEvent):
    """An attempt to connect failed."""

    error: PoolError


@dataclass(frozen=True, kw_only=True)
class AcquireTimedOut(PoolEvent):
    """A caller gave up waiting for a connection."""

    wait_ms: float
    holder: str = ""


@dataclass(frozen=True, kw_only=True)
class SlowAcquire(PoolEvent):
    """A caller waited more than 100 ms for its connection."""

    wait_ms: float
    holder: str = ""
    connect_ms: float | None = None
    """How much of it was connecting; None if it got a connection that was there."""


@dataclass(frozen=True, kw_only=True)
class BreakerOpened(PoolEvent):
    """Connecting is not tried any more for a while, or until the user asks."""

    error: PoolError
    retry_in: float | None
    """Seconds to the next probe; None when it waits for the user (parked)."""


@dataclass(frozen=True, kw_only=True)
class BreakerHalfOpen(PoolEvent):
    """One probe is under way."""


@dataclass(frozen=True, kw_only=True)
class BreakerClosed(PoolEvent):
    """Connecting works again, or is to be tried again."""

    reset: bool = False
    """Somebody had it closed; whether connecting works is not known."""


@dataclass(frozen=True, kw_only=True)
class PoolDrained(PoolEvent):
    """Every connection was replaced, but for those that were not given back."""

    left: int
    """Connections that are still lent; each ends when it comes back."""


@dataclass(frozen=True, kw_only=True)
class PoolResized(PoolEvent):
    """The pool has new limits."""

    min_size: int
    max_size: int


@dataclass(frozen=True, kw_only=True)
class LeaseEnded(PoolEvent):
    """A connection was taken from its holder, because somebody wanted that."""

    held_s: float
    holder: str = ""
