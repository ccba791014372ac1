"""`Links`: the driver's pool of one database, behind its breaker.

The driver's pool is used for what it does well: it keeps connections, retires old
ones, resets them. It never waits (the gate before it does), keeps no floor (it
would connect past the breaker), and connects only through `Links`.
"""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Any

from mdbtui.pool.config import DBConfig, DriverOptions
from mdbtui.pool.errors import ConnectError, PoolError, from_driver
from mdbtui.pool.events import (
    ConnectFailed,
    ConnectionLost,
    ConnectionOpened,
    PoolOpened,
)
from mdbtui.pool.lease import Live, Reset
from mdbtui.pool.meter import Meter
from mdbtui.pool.shared import Shared

if TYPE_CHECKING:
    import asyncpg

    from mdbtui.pool.breaker import Breaker
    from mdbtui.pool.connect import Dialer

# DISCARD ALL without its DEALLOCATE and DISCARD PLANS.
_RESET_STATE = """
select pg_advisory_unlock_all(); close all; unlisten *;
set session authorization default; reset all; discard temp; discard sequences
"""


class Links:
    """The connections of one database.

    Attributes:
        breaker: None until the first connection is tried.
    """

    def __init__(
        self, db_id: str, config: DBConfig, shared: Shared, meter: Meter
    ) -> None:
        self._db_id = db_id
        self._config = config
        self._shared = shared
        self._meter = meter
        self._pool: asyncpg.Pool[Any] | None = None
        self._dialer: Dialer | None = None
        self._options = DriverOptions()
        self._live: dict[asyncpg.Connection[Any], Live] = {}
        self._generation = 0
        self.breaker: Breaker | None = None

    @property
    def is_open(self) -> bool:
        """Whether the driver's pool exists."""
        return self._pool is not None

    def levels(self) -> tuple[int, int]:
        """Return how many connections live, and how many of them are lent."""
        size = in_use = 0
        for raw, live in self._live.items():
            if not raw.is_closed():
                size += 1
                in_use += live.lease is not None
        return size, in_use

    @property
    def live(self) -> tuple[Live, ...]:
        """The connections that live."""
        return tuple(live for live in self._live.values() if not live.raw.is_closed())

    @property
    def newest_ms(self) -> float:
        """How long the newest connection took to be made; 0 if there is none."""
        newest = next(reversed(self._live.values()), None)
        return 0.0 if newest is None else newest.dial_ms

    async def get(self) -> tuple[Live, Any]:
        """Return a free connection, or a new one; there has to be room for it.

        Raises:
            PoolError: As `dial` does.
        """
        pool = self._pool or await self._open()
        try:
            connection = await pool.acquire()
        except PoolError:
            raise
        except Exception as exc:
            raise from_driver(exc, self._db_id) from exc
        # The driver's hooks are given the connection behind this proxy.
        return self._live[connection._con], connection  # type: ignore[attr-defined] # noqa: SLF001

    async def put(self, live: Live, connection: Any, limit: float) -> None:
        """Take a connection back and reset it, in `limit` seconds.

        Raises:
            Exception: Whatever went wrong. The connection has ended then.
        """
        pool = self._pool
        if pool is None or self.is_old(live):
            self.give_up(live)
            return
        if live.raw.is_closed():
            raise ConnectionResetError("it has ended")
        if connection.is_in_transaction():
            # The driver would end it too, but complain to the loop about it.
            await connection.execute("ROLLBACK", timeout=limit)
        await pool.release(connection, timeout=limit)
        if live.raw.is_closed():
            live.retired = True  # it has served its max_queries

    def is_back(self, live: Live, connection: Any) -> bool:
        """Tell whether a `put` that nobody waits for any more is over."""
        return live.raw.is_closed() or connection._con is None  # noqa: SLF001

    def give_up(self, live: Live) -> None:
        """End a connection at once; that is no loss."""
        if not live.raw.is_closed():
            live.retired = True
            live.raw.terminate()

    def settle(self, live: Live, *, surplus: bool) -> None:
        """End a connection that nobody wants; free the place of one that has ended."""
        if surplus or self.is_old(live):
            self.give_up(live)
        if live.raw.is_closed():
            # The driver may have ended it without freeing its place in its own pool.
            live.raw.terminate()

    def is_old(self, live: Live) -> bool:
        """Tell whether a connection has been replaced by `renew`."""
        return live.generation != self._generation

    async def renew(self) -> None:
        """Make new connections from now on; those that are lent end when they return.

        The driver's pool can neither be resized nor emptied: it gets a successor.
        """
        if self._pool is None:
            return
        self._generation += 1
        self._pool = await self._make()
        self.trim(0)

    def trim(self, size: int) -> None:
        """End free connections, those that are idle longest first.

        Args:
            size: How many may be left, lent ones included.
        """
        live = self.live
        free = sorted(
            (link for link in live if link.lease is None),
            key=lambda link: link.idle_since,
        )
        for link in free[: max(0, len(live) - size)]:
            self.give_up(link)

    async def try_out(self, *, ask: bool) -> asyncpg.Connection[Any]:
        """Connect outside of the pool; the caller ends the connection.

        Args:
            ask: The user wants it, also when the breaker is open or parked.
        """
        import asyncpg

        if self._pool is None:
            await self._open()
        return await self._dial(
            ask,
            loop=asyncio.get_running_loop(),
            connection_class=self._options.connection_class or asyncpg.Connection,
            record_class=asyncpg.Record,
        )

    async def park(self) -> None:
        """Refuse new connections until somebody asks; those that are lent go on."""
        if self._pool is None:
            await self._open()
        assert self.breaker is not None
        self.breaker.park()
        await self.renew()

    def close(self) -> None:
        """End all connections at once; they open again at the next use."""
        pool, self._pool = self._pool, None
        if pool is None:
            return
        for live in tuple(self._live.values()):
            live.retired = True
            if self.is_old(live):
                live.raw.terminate()
        pool.terminate()

    def resize(self, config: DBConfig) -> bool:
        """Use another size from now on.

        Returns:
            Whether the driver's pool is large enough for it; if not, `renew` it.
        """
        self._config = config
        return self._pool is None or self._pool.get_max_size() >= config.pool_max_size

    def reconfigure(self, config: DBConfig) -> None:
        """Use another configuration from now on; to be called when closed."""
        self._config = config
        self._dialer = None
        if self.breaker is not None:
            self.breaker.reset()

    async def _open(self) -> asyncpg.Pool[Any]:
        options = await self._shared.driver.options()
        if self._pool is not None:  # another caller was faster
            return self._pool
        from mdbtui.pool.breaker import Breaker
        from mdbtui.pool.connect import Dialer

        shared, config = self._shared, self._config
        if self.breaker is None:
            self.breaker = Breaker(self._db_id, clock=shared.clock, emit=shared.emit)
        if self._dialer is None:
            self._dialer = Dialer(config, shared.threads)
        self._options = options
        self._pool = pool = await self._make()
        shared.emit(PoolOpened(db_id=self._db_id))
        return pool

    async def _make(self) -> asyncpg.Pool[Any]:
        import asyncpg

        config = self._config
        parameters: dict[str, Any] = {
            "min_size": 0,
            "max_size": config.pool_max_size,
            "max_queries": config.max_queries,
            "max_inactive_connection_lifetime": config.max_inactive_connection_lifetime,
            "connect": partial(self._connect, self._generation),
            "reset": self._reset,
            "connection_class": self._options.connection_class or asyncpg.Connection,
        }
        pool: asyncpg.Pool[Any] = asyncpg.create_pool(**parameters)
        await pool  # connects nothing, and so does not wait
        return pool

    async def _connect(
        self, generation: int, _dsn: None, **driver: Any
    ) -> asyncpg.Connection[Any]:
        """Make a connection for the driver's pool (its connect hook)."""
        clock = self._shared.clock
        started = clock()
        raw = await self._dial(False, **driver)
        now = clock()
        # The driver forgets without a word those that ended in an unusual way.
        for ended in [link for link in self._live if link.is_closed()]:
            self._ended(ended)
        self._live[raw] = Live(raw, (now - started) * 1000, now, generation)
        raw.add_termination_listener(partial(self._ended, raw))
        self._shared.emit(ConnectionOpened(db_id=self._db_id))
        return raw

    async def _dial(self, ask: bool, **driver: Any) -> asyncpg.Connection[Any]:
        breaker, dialer = self.breaker, self._dialer
        assert breaker is not None
        assert dialer is not None
        if not ask:
            breaker.check()  # a refusal does not wait for a slot
        async with self._shared.slots.hold(self._config.address):
            permit = breaker.ask() if ask else breaker.admit()
            try:
                raw = await dialer.dial(self._options, **driver)
            except ConnectError as exc:
                exc.db_id = self._db_id
                self._meter.connections_failed += 1
                self._shared.emit(ConnectFailed(db_id=self._db_id, error=exc))
                permit.failed(exc)
                raise
            except BaseException:
                permit.returned()
                raise
            permit.succeeded()
            self._meter.connections_opened += 1
            return raw

    async def _reset(self, raw: asyncpg.Connection[Any]) -> None:
        """Make a connection as good as new (the driver's reset hook).

        The driver's own statements leave SET ROLE, temporary tables and prepared
        statements to the next borrower.
        """
        lease = self._live[raw].lease
        if lease is None or lease.reset is Reset.NOTHING:
            return
        clock = self._shared.clock
        started = clock()
        if lease.reset is Reset.STATE:
            await raw.execute(_RESET_STATE)
            self._meter.tripped((clock() - started) * 1000)
            return
        await raw.execute("DISCARD ALL")
        self._meter.tripped((clock() - started) * 1000)
        # They are gone at the server; closing each would take a round trip.
        raw._mark_stmts_as_closed()  # type: ignore[attr-defined] # noqa: SLF001

    def _ended(self, raw: asyncpg.Connection[Any], _proxy: object = None) -> None:
        live = self._live.pop(raw, None)
        if live is None or live.retired:
            return
        limit = self._config.max_inactive_connection_lifetime
        idle = self._shared.clock() - live.idle_since
        if live.lease is None and limit and idle > limit - 1:
            return  # the driver retired it
        if live.lease is not None and live.lease.released:
            return  # on its way back: `settle` knows how it went
        self.lost()

    def lost(self) -> None:
        """Count a connection that ended without us."""
        self._meter.connections_lost += 1
        self._shared.emit(ConnectionLost(db_id=self._db_id))
