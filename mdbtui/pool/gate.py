"""Who may go on: a first-come, first-served gate, and the slots for connecting."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Gate:
    """A counting semaphore that is strictly first come, first served.

    A place is handed from the one who leaves to the one who waits longest, so
    nobody overtakes. A waiter that is cancelled, even in the moment it is served,
    passes its place on. Its limit can be changed while it is in use.
    """

    __slots__ = ("_emptied", "_limit", "_taken", "_waiters")

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._taken = 0
        self._waiters: OrderedDict[asyncio.Future[None], None] | None = None
        self._emptied: asyncio.Event | None = None

    @property
    def taken(self) -> int:
        """How many are inside."""
        return self._taken

    @property
    def free(self) -> int:
        """Places that can be entered without waiting."""
        return max(0, self._limit - self._taken)

    @property
    def surplus(self) -> int:
        """How many more are inside than the limit allows since it was lowered."""
        return max(0, self._taken - self._limit)

    def resize(self, limit: int) -> None:
        """Let so many in at once from now on; who is inside stays."""
        self._limit = limit
        self._serve()

    async def enter(self) -> None:
        """Take a place; wait for one if none is free."""
        if self._taken < self._limit:  # then nobody waits: places are handed over
            self._taken += 1
            return
        place = asyncio.get_running_loop().create_future()
        if self._waiters is None:
            self._waiters = OrderedDict()
        self._waiters[place] = None
        try:
            await place
        except asyncio.CancelledError:
            if self._waiters.pop(place, 0) == 0 and not place.cancelled():
                self.leave()
            raise

    def leave(self) -> None:
        """Give the place to the next in line, or back."""
        self._taken -= 1
        self._serve()
        if self._emptied is not None and not self._taken:
            self._emptied.set()
            self._emptied = None

    async def emptied(self) -> None:
        """Wait until nobody is inside."""
        if self._taken:
            if self._emptied is None:
                self._emptied = asyncio.Event()
            await self._emptied.wait()

    def _serve(self) -> None:
        while self._waiters and self._taken < self._limit:
            place, _ = self._waiters.popitem(last=False)
            if not place.done():
                self._taken += 1
                place.set_result(None)


class ConnectSlots:
    """How many connections are being made at once.

    At most `per_address` to one server, so that it is not stormed, and `total`
    to all, because a hundred logins at once stall the loop. An attempt that has
    no answer after `patience` seconds gives its place in the total back: dead
    servers hold up only themselves.
    """

    def __init__(
        self, total: int = 12, per_address: int = 4, patience: float = 0.2
    ) -> None:
        self._total = Gate(total)
        self._per_address = per_address
        self._patience = patience
        self._addresses: dict[str, tuple[Gate, set[object]]] = {}

    @asynccontextmanager
    async def hold(self, address: str) -> AsyncIterator[None]:
        """Wait for a slot to connect to `address`, and hold it for the block."""
        gate, users = self._addresses.setdefault(
            address, (Gate(self._per_address), set())
        )
        user = object()
        users.add(user)
        try:
            await gate.enter()
            try:
                await self._total.enter()
                place = _Place(self._total)
                timer = asyncio.get_running_loop().call_later(
                    self._patience, place.leave
                )
                try:
                    yield
                finally:
                    timer.cancel()
                    place.leave()
            finally:
                gate.leave()
        finally:
            users.discard(user)
            if not users:
                self._addresses.pop(address, None)


class _Place:
    """A place in a gate that is left only once."""

    def __init__(self, gate: Gate) -> None:
        self._gate: Gate | None = gate

    def leave(self) -> None:
        if self._gate is not None:
            self._gate.leave()
            self._gate = None
