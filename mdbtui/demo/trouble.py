"""Classic troubles, staged on the demo's server, to be found and mended on the screen.

Everything is real: other sessions, locks, callers of the program's own pools, a port
that stops answering. All of it belongs to one `Trouble` and goes with it.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from mdbtui.demo.flapping import FlappingPort
from mdbtui.pool import PoolError, Secret, from_driver

if TYPE_CHECKING:
    import asyncpg

    from mdbtui.pool import DBConfig, Lease, PoolManager

log = logging.getLogger("mdbtui.demo")

LONGEST_S = 1800.0
"""Trouble that is forgotten ends by itself."""
END_S = 5.0
_CONNECT_S, _STATEMENT_S, _GIVE_UP_S = 5.0, 60.0, 10.0
_SMALL = 2
_WATCHING = f"""/* restarts the proxy of tenant_borealis when its check is slow */
select pg_sleep({LONGEST_S:.0f})"""
_ROW = "select id, total from orders where id = 1 for update"


@dataclass(frozen=True)
class Kind:
    """One trouble.

    Attributes:
        key: Its name.
        database: Where it shows.
        title: What people say.
        hint: Where to begin to look.
        cause: What it was, how it is seen, and what mends it.
    """

    key: str
    database: str
    title: str
    hint: str
    cause: str


KINDS = (
    Kind(
        "slow",
        "shop",
        "the shop is slow",
        "Customers say that the shop is slow. F7 shows the pools, alt+a the alerts.",
        "billing-worker left a transaction open with a row locked, and every checkout"
        " waited for that row: F8, 2 Blocking; K there ends its session.",
    ),
    Kind(
        "leak",
        "metrics",
        "the dashboards hang",
        "The dashboards of metrics hang. F7 shows the pools, Enter opens one.",
        "nightly report took connections and gave none back: the pool's page says who"
        " holds what, for how long and where it was taken; e there takes it back.",
    ),
    Kind(
        "small",
        "tenant_acme",
        "a tenant's callers queue",
        "tenant_acme answers late. F7 shows the pools, Enter opens one.",
        "two connections for eight callers: the pool's page has the arithmetic; m"
        " resizes the pool while it works.",
    ),
    Kind(
        "flapping",
        "tenant_borealis",
        "a server comes and goes",
        "tenant_borealis fails now and then. F7 shows the pools, Enter opens one.",
        "failover-watcher, another program, restarted the proxy before it every few"
        " seconds: the pool's page counts how often it went away; F8 shows who is"
        " there, K ends it. P parks the pool until then.",
    ),
)
BY_KEY: Mapping[str, Kind] = {kind.key: kind for kind in KINDS}


class Trouble:
    """Stages troubles, and ends them.

    Args:
        pools: The program's own, with the demo's databases registered.
    """

    def __init__(self, pools: PoolManager) -> None:
        self._pools = pools
        self._staged: dict[str, asyncio.Task[None]] = {}

    @property
    def staged(self) -> tuple[Kind, ...]:
        """What goes on now."""
        return tuple(BY_KEY[key] for key, job in self._staged.items() if not job.done())

    def stage(self, key: str) -> Kind:
        """Begin a trouble; nothing happens if it goes on already."""
        job = self._staged.get(key)
        if job is None or job.done():
            stages: dict[str, Callable[[], Coroutine[Any, Any, None]]] = {
                "slow": self._slow,
                "leak": self._leak,
                "small": self._small,
                "flapping": self._flapping,
            }
            self._staged[key] = asyncio.create_task(_bounded(stages[key]()))
        return BY_KEY[key]

    async def end(self) -> tuple[Kind, ...]:
        """End all, within a bounded time; return what it was."""
        ended = self.staged
        jobs, self._staged = list(self._staged.values()), {}
        for job in jobs:
            job.cancel()
        if jobs:
            await asyncio.wait(jobs, timeout=END_S)
        return ended

    # ---- the troubles --------------------------------------------------------------

    async def _slow(self) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(self._billing())
            for _ in range(12):
                group.create_task(self._call("shop", "checkout", _ROW, 0.3))

    async def _billing(self) -> None:
        """Be another program, which forgot its transaction; over when it is ended."""
        config = self._pools.config("shop")
        async with _program("billing-worker", config) as connection:
            await connection.execute(f"begin; {_ROW}", timeout=_STATEMENT_S)
            while not connection.is_closed():  # noqa: ASYNC110 - the driver tells nobody
                await asyncio.sleep(0.5)

    async def _leak(self) -> None:
        leases: list[Lease] = []
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(4):
                    work = "select pg_sleep(0.3)"
                    group.create_task(self._call("metrics", "dashboard", work, 0.1))
                await self._nightly_report(leases)
        finally:
            for lease in leases:
                lease.terminate()

    async def _nightly_report(self, leases: list[Lease]) -> None:
        """Take a connection for each part of a report, and give none back."""
        for _ in range(self._pools.config("metrics").pool_max_size - 1):
            with contextlib.suppress(PoolError):
                leases.append(
                    await self._pools.lease(
                        "metrics", timeout=_GIVE_UP_S, holder="nightly report"
                    )
                )
            await asyncio.sleep(1.0)

    async def _small(self) -> None:
        name = "tenant_acme"
        config = self._pools.config(name)
        await self._pools.resize(name, 0, _SMALL)
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(8):
                    work = "select pg_sleep(0.2)"
                    group.create_task(self._call(name, "web request", work, 0.2))
        finally:
            # Whoever mended it keeps the size of their choice.
            if self._pools.config(name).pool_max_size == _SMALL:
                await self._pools.resize(
                    name, config.pool_min_size, config.pool_max_size
                )

    async def _flapping(self) -> None:
        name = "tenant_borealis"
        config = self._pools.config(name)
        async with FlappingPort(config.host, config.port) as port:
            await self._pools.replace(name, replace(config, port=port.port))
            try:
                async with asyncio.TaskGroup() as group:
                    flaps = group.create_task(port.flap())
                    group.create_task(self._watcher(config, flaps))
                    for _ in range(2):
                        work = "select count(*) from pg_class"
                        group.create_task(self._call(name, "web request", work, 0.3))
            finally:
                # Whoever edited the connection keeps what they wrote.
                if self._pools.config(name).port == port.port:
                    await self._pools.replace(name, config)

    async def _watcher(self, config: DBConfig, flaps: asyncio.Task[None]) -> None:
        """Be another program, that makes the port flap; over when it is ended."""
        async with _program("failover-watcher", config) as connection:
            await connection.execute(_WATCHING, timeout=2 * LONGEST_S)
        flaps.cancel()

    async def _call(self, db_id: str, holder: str, sql: str, pause: float) -> None:
        """Be one caller of a pool, as a program's request is: again and again."""
        while True:
            with contextlib.suppress(PoolError):
                await self._once(db_id, holder, sql)
            await asyncio.sleep(pause)

    async def _once(self, db_id: str, holder: str, sql: str) -> None:
        lease = await self._pools.lease(db_id, timeout=_GIVE_UP_S, holder=holder)
        error: BaseException | None = None
        try:
            await lease.connection.fetch(sql, timeout=_STATEMENT_S)
        except Exception as exc:
            error = from_driver(exc, db_id)
            raise error from exc
        finally:
            lease.executed(error)
            await lease.release()


async def _bounded(stage: Coroutine[Any, Any, None]) -> None:
    try:
        async with asyncio.timeout(LONGEST_S):
            await stage
    except TimeoutError:
        return
    except Exception:
        log.exception("a trouble could not be staged")


@contextlib.asynccontextmanager
async def _program(
    name: str, config: DBConfig
) -> AsyncIterator[asyncpg.Connection[Any]]:
    """Be another program on a database; that its session is ended is no error."""
    import asyncpg

    connection = await asyncpg.connect(
        host=config.host,
        port=config.port,
        user=config.user,
        password=_password(config),
        database=config.database,
        ssl=False,
        timeout=_CONNECT_S,
        server_settings={"application_name": name},
    )
    try:
        with contextlib.suppress(asyncpg.PostgresError, OSError):
            yield connection
    finally:
        connection.terminate()


def _password(config: DBConfig) -> str | None:
    password = config.password
    return password.reveal() if isinstance(password, Secret) else password
