"""`Lease`: one connection on loan from its pool."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import asyncio
    from types import CodeType

    import asyncpg


class Reset(Enum):
    """What has to be undone before the next borrower gets a connection."""

    NOTHING = "nothing"
    """Its session is surely as it was."""
    STATE = "state"
    """All but prepared statements: they stay, and save a round trip."""
    ALL = "all"


class Live:
    """What the pool knows about one live connection."""

    __slots__ = (
        "connect_ms",
        "dial_ms",
        "generation",
        "idle_since",
        "lease",
        "opened_at",
        "raw",
        "retired",
        "watchdog",
    )

    def __init__(
        self,
        raw: asyncpg.Connection[Any],
        connect_ms: float,
        now: float,
        generation: int,
    ) -> None:
        self.raw = raw
        self.connect_ms: float | None = connect_ms
        """What its first borrower waited for it; None for the others."""
        self.dial_ms = connect_ms
        self.generation = generation
        self.opened_at = self.idle_since = now
        self.lease: Lease | None = None
        self.watchdog: asyncio.TimerHandle | None = None
        self.retired = False
        """We ended it ourselves: no loss."""


class Lender(Protocol):
    """What a lease asks of its pool."""

    async def take_back(self, lease: Lease, *, discard: bool) -> None:
        """Take the connection back; if cancelled, go on in the background."""
        ...

    def take_back_soon(self, lease: Lease, *, discard: bool) -> None:
        """Take the connection back in the background."""
        ...

    def settle(self, lease: Lease) -> None:
        """The connection is back, or gone: let the next in line have its place."""
        ...

    def count(self, error: BaseException | None) -> None:
        """Count a statement."""
        ...


Trace = tuple[tuple["CodeType", int], ...]
"""Places in the program: code, and where in it."""


class Lease:
    """One connection on loan. Give it back with `release`, in every case.

    Attributes:
        db_id: The database.
        live: The pool's own record of the connection.
        holder: Who has it, for people to read ("tab 2", "monitor").
        acquired_at: Monotonic seconds.
        wait_ms: How long it took to get it, connecting included.
        connect_ms: How long connecting took; None if it was connected already.
        connection: The driver's connection. Its calls raise the driver's errors;
            `from_driver` translates them.
        pinned: Set by a holder that keeps it because its session holds state;
            shown in the pool's numbers.
        why: What that state is, for people to read ("open transaction").
        reset: What is undone when it comes back; a holder that knows better than
            "everything" saves round trips.
        released: Whether it was given back (or started to be).
        counted: Whether it is one of the pool's acquires.
        where: The calls that led to it, innermost first, if they are traced.
    """

    __slots__ = (
        "_lender",
        "acquired_at",
        "connect_ms",
        "connection",
        "counted",
        "db_id",
        "holder",
        "live",
        "pinned",
        "released",
        "reset",
        "wait_ms",
        "where",
        "why",
    )

    def __init__(
        self,
        lender: Lender,
        live: Live,
        connection: Any,
        *,
        db_id: str,
        holder: str,
        now: float,
        wait_ms: float,
    ) -> None:
        self._lender = lender
        self.live = live
        self.db_id = db_id
        self.holder = holder
        self.acquired_at = now
        self.wait_ms = wait_ms
        self.connect_ms, live.connect_ms = live.connect_ms, None
        self.connection = connection
        self.pinned = False
        self.why = ""
        self.reset = Reset.ALL
        self.released = False
        self.counted = False
        self.where: Trace = ()

    def executed(self, error: BaseException | None = None) -> None:
        """Count one statement, and its error if it failed."""
        self._lender.count(error)

    async def release(self, *, discard: bool = False) -> None:
        """Give the connection back, as good as new; the second call does nothing.

        Takes at most some seconds, also when the server does not answer (the
        connection is given up then). It never raises because of the connection,
        and being cancelled does not stop it.

        Args:
            discard: End the connection instead of using it again.
        """
        if self._is_ours():
            await self._lender.take_back(self, discard=discard)

    def release_soon(self, *, discard: bool = False) -> None:
        """Give the connection back without waiting for it."""
        if self._is_ours():
            self._lender.take_back_soon(self, discard=discard)

    def terminate(self) -> None:
        """Give the connection up now; whatever runs on it ends with an error."""
        if not self.live.raw.is_closed():
            self.live.retired = True
            self.live.raw.terminate()
        self.release_soon()

    def _is_ours(self) -> bool:
        if self.released:
            return False
        self.released = True
        if self.live.raw.is_closed():
            self._lender.settle(self)
            return False
        return True
