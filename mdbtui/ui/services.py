"""What the screens may ask for: the one object that `cli` hands to the app.

The screens see the pools, the catalogue and the sessions only through here, so
that a test can give them a small world of its own.
"""

from __future__ import annotations

import asyncio
import dataclasses
import importlib
import time
from typing import TYPE_CHECKING

from mdbtui.catalog.names import NameService
from mdbtui.config import state_dir
from mdbtui.pool import PoolError, PoolManager, Secret
from mdbtui.query.history import History
from mdbtui.ui.completing import Completing
from mdbtui.ui.exports import Exports

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from mdbtui.catalog import Catalog
    from mdbtui.config import AppConfig, ConnectionSpec
    from mdbtui.demo import Demo
    from mdbtui.demo.trouble import Trouble
    from mdbtui.monitor import ServerMonitor
    from mdbtui.pool import DBConfig
    from mdbtui.query import MemoryBudget, Notice, Session

DEMO_STOP_SECONDS = 2.0
LOCKS_LAST_S = 300.0
"""So long it is remembered who held up others."""
CLOSE_SECONDS = 2.0
MEBIBYTE = 1 << 20
OPEN_AT_START = 100
"""Connections that are tried at the start; more open when they are used."""


class Services:
    """The connections, and everything that works on them.

    Args:
        pools: The pool manager; closed by `close`.
        config: What the configuration said.
        catalog: Lists schema objects.
        start_database: The db_id of the first query pane.
        keep_secret: Told every password, so that the log can leave it out.
    """

    def __init__(
        self,
        pools: PoolManager,
        config: AppConfig,
        catalog: Catalog,
        *,
        start_database: str | None = None,
        keep_secret: Callable[[str], None] = lambda password: None,
    ) -> None:
        self.pools = pools
        self.config = config
        self.catalog = catalog
        self.start_database = start_database
        self.start_asked = False
        """The user asked for `start_database`: its tab begins in front."""
        self.left_prepared = False
        """Prepared transactions may be left over, and nobody has looked yet."""
        self.exports = Exports()
        self.history = History(state_dir() / "history.db")
        self.names = NameService(pools)
        self.completing = Completing(self.names, config.snippets)
        self._keep_secret = keep_secret
        self._specs: dict[str, ConnectionSpec] = {}
        self._given: dict[str, Secret] = {}
        self._demo: Demo | None = None
        self._trouble: Trouble | None = None
        self._budget: MemoryBudget | None = None
        self._server_monitor: ServerMonitor | None = None
        self._locks: dict[str, tuple[float, str]] = {}
        for spec in config.connections:
            self.add(spec)

    @property
    def connections(self) -> tuple[ConnectionSpec, ...]:
        """Every connection, in the order in which they are shown."""
        return tuple(self._specs.values())

    def connection(self, db_id: str) -> ConnectionSpec | None:
        """Return the connection with this id, or None."""
        return self._specs.get(db_id)

    def add(self, spec: ConnectionSpec) -> str:
        """Define a connection without connecting; return its db_id.

        Raises:
            ConfigError: The name is taken.
        """
        db_id = self.pools.register(spec.db)
        self._remember(db_id, spec)
        return db_id

    def _remember(self, db_id: str, spec: ConnectionSpec) -> None:
        self._specs[db_id] = spec
        if isinstance(spec.db.password, Secret):
            self._keep_secret(spec.db.password.reveal())

    def add_sibling(self, db_id: str, database: str) -> str:
        """Define a connection to another database of the same server.

        Returns:
            Its db_id; the one that there is, if it was defined before.
        """
        spec = self._specs[db_id]
        name = f"{spec.name}/{database}"
        if name in self._specs:
            return name
        db = dataclasses.replace(self.catalog.sibling(db_id, database), name=name)
        return self.add(dataclasses.replace(spec, name=name, db=db, source="session"))

    async def replace(self, db_id: str, spec: ConnectionSpec) -> str:
        """Give a connection new settings; its pool is closed and opens anew.

        Returns:
            Its db_id, which is another one if it was renamed.
        """
        self.names.forget(db_id)
        if spec.db.id == db_id:
            if spec.db.password != self._specs[db_id].db.password:
                self._given.pop(db_id, None)
            self._remember(db_id, spec)
            await self.pools.replace(db_id, self._effective(db_id))
            return db_id
        await self.pools.remove(db_id)
        place = list(self._specs).index(db_id)
        others = [(key, kept) for key, kept in self._specs.items() if key != db_id]
        added = self.add(spec)
        others.insert(place, (added, spec))
        self._specs = dict(others)
        return added

    async def give_password(self, db_id: str, password: str) -> None:
        """Use this password from now on; it is kept in memory only."""
        # Apart from the connection's own settings, which the form may save.
        self._given[db_id] = Secret(password)
        self._keep_secret(password)
        await self.pools.replace(db_id, self._effective(db_id))

    def _effective(self, db_id: str) -> DBConfig:
        db = self._specs[db_id].db
        given = self._given.get(db_id)
        return db if given is None else dataclasses.replace(db, password=given)

    async def remove(self, db_id: str) -> None:
        """Forget a connection; its pool is closed."""
        await self.pools.remove(db_id)
        del self._specs[db_id]
        self._given.pop(db_id, None)

    async def test(self, db: DBConfig) -> str:
        """Connect once with these settings, beside the pools.

        Returns:
            What was found, in a line.

        Raises:
            PoolError: It did not work; the error says why and what to try.
        """
        manager = PoolManager(enable_monitoring=False, enable_cleanup=False)
        async with manager:
            db_id, _ = await manager.get_or_create_pool(db)
            rows = await manager.execute_query(
                db_id, "select current_setting('server_version') as version"
            )
        return f"connected to PostgreSQL {rows[0]['version']}"

    def session(
        self, db_id: str, holder: str, on_notice: Callable[[Notice], None]
    ) -> Session:
        """Return a new conversation with a database."""
        from mdbtui.query import Session

        return Session(
            self.pools,
            db_id,
            holder=holder,
            on_notice=on_notice,
            budget=self.budget,
            idle_limit=self.config.stream_idle_seconds,
        )

    @property
    def budget(self) -> MemoryBudget:
        """The memory of all results."""
        from mdbtui.query import MemoryBudget

        if self._budget is None:
            self._budget = MemoryBudget(
                self.config.result_memory_mb * MEBIBYTE,
                self.config.results_memory_mb * MEBIBYTE,
            )
        return self._budget

    @property
    def server_monitor(self) -> ServerMonitor:
        """What watches servers, on connections of its own; loaded when wanted."""
        if self._server_monitor is None:
            from mdbtui.monitor import ServerMonitor

            self._server_monitor = ServerMonitor(self.pools)
        return self._server_monitor

    def locked(self, db_id: str) -> str:
        """Return who holds up others at a server by a lock, as far as is known; no I/O.

        It is known while somebody watches the server: its screen, or an alert.
        """
        if self._server_monitor is None:
            return ""
        from mdbtui.monitor.alert_values import lock_root

        sample = self._server_monitor.sample(db_id)
        found = lock_root(sample) if sample is not None else ""
        if found:
            self._locks[db_id] = time.monotonic(), found
        return found

    def was_locked(self, db_id: str) -> str:
        """Return what `locked` said last, if that was in the last minutes."""
        at, found = self._locks.get(db_id, (0.0, ""))
        return found if found and time.monotonic() - at < LOCKS_LAST_S else ""

    async def warm_up(self) -> None:
        """Load the driver beside the first frame instead of before it."""
        for name in ("asyncpg", "pybreaker", "mdbtui.query.session"):
            await asyncio.to_thread(importlib.import_module, name)
        await self.completing.warm_up()

    async def open(self, db_id: str) -> None:
        """Try to connect now; what comes of it is in the pool's stats."""
        try:
            await self.pools.probe(db_id)
        except PoolError:
            return  # counted, kept as last_error and told to the subscribers

    async def open_all(self, db_ids: Iterable[str] | None = None) -> None:
        """Try every connection at once, so that their states are known.

        The pool manager bounds how many connect at a time; a dead one delays no
        other.
        """
        wanted = list(self._specs if db_ids is None else db_ids)[:OPEN_AT_START]
        await asyncio.gather(*(self.open(db_id) for db_id in wanted))

    async def start_demo(
        self, progress: Callable[[str], None], *, reset: bool = False
    ) -> list[str]:
        """Start the demo server and define its connections.

        Returns:
            The new db_ids.

        Raises:
            DemoError: No PostgreSQL was found, or it did not start; the message
                says what to do.
        """
        from mdbtui.demo import start_demo

        self._demo = await start_demo(reset=reset, progress=progress)
        return [self.add(spec) for spec in self._demo.connections]

    @property
    def has_demo(self) -> bool:
        """The demo is running."""
        return self._demo is not None

    @property
    def trouble(self) -> Trouble:
        """What stages troubles on the demo's server."""
        if self._trouble is None:
            from mdbtui.demo.trouble import Trouble

            self._trouble = Trouble(self.pools)
        return self._trouble

    async def close(self) -> None:
        """End exports, close all pools, stop the demo, within a bounded time."""
        try:
            if self._trouble is not None:
                await self._trouble.end()
            await self.names.close()
            await self.exports.close()
            await self.history.close()
            if self._server_monitor is not None:
                await self._server_monitor.close()
            await self.pools.close_all(timeout=CLOSE_SECONDS)
        finally:
            if self._demo is not None:
                demo, self._demo = self._demo, None
                await asyncio.wait_for(demo.stop(), DEMO_STOP_SECONDS)
