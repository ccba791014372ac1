"""`Lease`: one connection on loan from its pool."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import asyncpg


class Live:
    """What the pool knows about one live connection."""

    __slots__ = ("connect_ms", "idle_since", "lease", "raw", "retired")

    def __init__(
        self, raw: asyncpg.Connection[Any], connect_ms: float, now: float
    ) -> None:
        self.raw = raw
        self.connect_ms: float | None = connect_ms
        self.idle_since = now
        self.lease: Lease | None = None
        self.retired = False
        """We ended it ourselves: no loss."""


class Lender(Protocol):
    """What a lease asks of its pool."""

    def start_return(self, lease: Lease, *, discard: bool) -> asyncio.Task[None]:
        """Start to hand the connection back; the pool owns the task."""
        ...

    def settle(self, lease: Lease) -> None:
        """The connection is back, or gone: let the next in line have its place."""
        ...

    def count(self, error: BaseException | None) -> None:
        """Count a statement."""
        ...


class Lease:
    """One connection on loan. Give it back with `release`, in every case.

    Attributes:
        db_id: The database.
        holder: Who has it, for people to read ("tab 2", "monitor").
        acquired_at: Monotonic seconds.
        wait_ms: How long it took to get it, connecting included.
        connect_ms: How long connecting took; None if it was connected already.
        connection: The driver's connection. Its calls raise the driver's errors;
            `from_driver` translates them.
        pinned: Set by a holder that keeps it because its session holds state;
            shown in the pool's numbers.
        dirty: Cleared by a holder that is sure to have left no session state
            behind, to save the reset; a connection is reset otherwise.
        released: Whether it was given back (or started to be).
    """

    __slots__ = (
        "_lender",
        "_live",
        "_return",
        "acquired_at",
        "connect_ms",
        "connection",
        "db_id",
        "dirty",
        "holder",
        "pinned",
        "released",
        "wait_ms",
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
        self._live = live
        self._return: asyncio.Task[None] | None = None
        self.db_id = db_id
        self.holder = holder
        self.acquired_at = now
        self.wait_ms = wait_ms
        self.connect_ms, live.connect_ms = live.connect_ms, None
        self.connection = connection
        self.pinned = False
        self.dirty = True
        self.released = False

    @property
    def live(self) -> Live:
        """The pool's own record of the connection."""
        return self._live

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
        self.release_soon(discard=discard)
        if self._return is not None:
            await asyncio.shield(self._return)

    def release_soon(self, *, discard: bool = False) -> None:
        """Give the connection back without waiting for it."""
        if self.released:
            return
        self.released = True
        if self._live.raw.is_closed():
            self._lender.settle(self)
        else:
            self._return = self._lender.start_return(self, discard=discard)

    def terminate(self) -> None:
        """Give the connection up now; whatever runs on it ends with an error."""
        if not self._live.raw.is_closed():
            self._live.retired = True
            self._live.raw.terminate()
        self.release_soon()
