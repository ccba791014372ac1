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
"""Seconds after which one that still connects lets another one connect."""

FEW = 20
"""Connections that are left open at one server without asking what it allows."""


@dataclass(frozen=True)
class Limits:
    """What bounds a fan-out.

    Attributes:
        concurrency: So many statements at work at once.
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

    Connecting has places of its own, twice as many, so that some are always ready
    for a place at work; who still connects after `PATIENCE` gives even that back. So a
    server that does not answer holds up no other. Its place at its own server it
    keeps.
    """

    def __init__(self, limits: Limits) -> None:
        self._per_host = limits.per_host
        self._ready = Gate(2 * limits.concurrency)
        self._work = Gate(limits.concurrency)
        self._hosts: dict[str, Gate] = {}

    @contextlib.asynccontextmanager
    async def turn(self, address: str) -> AsyncIterator[Turn]:
        """Wait for a place to connect; hold what is taken for the block at most."""
        host = self._hosts.setdefault(address, Gate(self._per_host))
        turn = Turn(host, self._ready, self._work)
        try:
            await turn.enter(host)
            await turn.enter(self._ready)
            yield turn
        finally:
            turn.leave()


class Turn:
    """The places that one database holds.

    Args:
        host: The gate of its server.
        ready: The gate for connecting.
        work: The gate for statements.
    """

    def __init__(self, host: Gate, ready: Gate, work: Gate) -> None:
        self._host = host
        self._ready = ready
        self._work = work
        self._held: set[Gate] = set()

    async def enter(self, gate: Gate) -> None:
        """Wait for a place in a gate."""
        await gate.enter()
        self._held.add(gate)

    @contextlib.contextmanager
    def patiently(self) -> Iterator[None]:
        """Give the place for connecting back when the block takes long."""
        timer = asyncio.get_running_loop().call_later(PATIENCE, self._let, self._ready)
        try:
            yield
        finally:
            timer.cancel()

    async def work(self) -> None:
        """Wait for a place at work, in exchange for the one for connecting."""
        await self.enter(self._work)
        self._let(self._ready)

    def leave(self) -> None:
        """Give all places back; the second time does nothing."""
        for gate in (self._work, self._ready, self._host):
            self._let(gate)

    def _let(self, gate: Gate) -> None:
        if gate in self._held:
            self._held.discard(gate)
            gate.leave()


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
