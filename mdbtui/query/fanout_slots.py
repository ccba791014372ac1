"""Who of a fan-out may go on, and how many connections a server is left with."""

from __future__ import annotations

import asyncio
import contextlib
import weakref
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mdbtui.pool.gate import Gate

if TYPE_CHECKING:
    from mdbtui.pool import PoolManager

PATIENCE = 0.25
"""Seconds after which one that still connects lets another database go first."""

FEW = 20
"""Connections that are left open at one server without asking what it allows."""


@dataclass(frozen=True)
class Limits:
    """What bounds a fan-out.

    Attributes:
        concurrency: So many databases at work at once.
        per_host: So many of them at one server.
        timeout: Seconds for each database, from its turn to its last row.
        rows_each: So many rows are fetched of each; None for all.
    """

    concurrency: int = 16
    per_host: int = 8
    timeout: float = 30.0
    rows_each: int | None = None


class Slots:
    """The places at work.

    A place is held while a statement runs, never for long by a server that does not
    answer: who still connects after `PATIENCE` gives its place in the whole back, and
    takes one again when it has its connection. Its place at its own server it keeps.
    """

    def __init__(self, limits: Limits) -> None:
        self._per_host = limits.per_host
        self._total = Gate(limits.concurrency)
        self._hosts: dict[str, Gate] = {}

    @contextlib.asynccontextmanager
    async def turn(self, address: str) -> AsyncIterator[Turn]:
        """Wait for a place, and hold it for the block."""
        host = self._hosts.setdefault(address, Gate(self._per_host))
        await host.enter()
        try:
            await self._total.enter()
            turn = Turn(self._total)
            try:
                yield turn
            finally:
                turn.leave()
        finally:
            host.leave()


class Turn:
    """One place in the whole, that can be given back for a while."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate
        self._held = True

    @contextlib.contextmanager
    def patiently(self) -> Iterator[None]:
        """Give the place back when the block takes long."""
        timer = asyncio.get_running_loop().call_later(PATIENCE, self.leave)
        try:
            yield
        finally:
            timer.cancel()

    def leave(self) -> None:
        """Let another one go on."""
        if self._held:
            self._held = False
            self._gate.leave()

    async def resume(self) -> None:
        """Take a place again if it was given back."""
        if not self._held:
            await self._gate.enter()
            self._held = True


class Room:
    """How many idle connections fan-outs leave at one server.

    Each pool keeps a connection for its next use. With a hundred databases on one
    server that would be all it has, so what is beyond half of that is closed.
    """

    def __init__(self) -> None:
        self.most: int | None = None
        """None until the server was asked what it allows."""
        self.asked = False
        self._kept: set[str] = set()

    def keeps(self, db_id: str) -> bool:
        """Say whether a database's new connection may stay open."""
        if db_id not in self._kept:
            if len(self._kept) >= (FEW if self.most is None else self.most):
                return False
            self._kept.add(db_id)
        return True


_rooms: weakref.WeakKeyDictionary[PoolManager, dict[str, Room]]
_rooms = weakref.WeakKeyDictionary()


def room_at(pools: PoolManager, address: str) -> Room:
    """Return the room at a server, which all fan-outs share."""
    return _rooms.setdefault(pools, {}).setdefault(address, Room())
