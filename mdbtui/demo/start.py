"""Start the demo: one embedded server, its sample databases, their connections."""

from __future__ import annotations

import contextlib
import json
import shutil
import socket
from collections.abc import Callable
from pathlib import Path

from mdbtui.config.models import ConnectionSpec, Environment
from mdbtui.config.paths import data_dir
from mdbtui.demo.account import server_account
from mdbtui.demo.databases import TENANTS, fingerprint, make_databases
from mdbtui.demo.errors import DemoError
from mdbtui.demo.places import lasting_folder, temporary_folder
from mdbtui.demo.server import EmbeddedServer
from mdbtui.demo.slots import Slot, take_slot
from mdbtui.demo.threads import off_loop
from mdbtui.pool import DBConfig, Secret

_SETTINGS = {
    "max_connections": "100",
    # So that all or none can be tried on the tenants.
    "max_prepared_transactions": "20",
    "shared_buffers": "64MB",
    "max_wal_size": "64MB",
    "min_wal_size": "2MB",
}
_DEVELOPMENT = Environment("development")
_STAGING = Environment("staging")
_PRODUCTION = Environment("production")
DOWN = "ember"
"""The tenant whose server is not there."""


class Demo:
    """A running demo.

    Attributes:
        connections: What the console is to show, in order; one of the tenants and
            the last one are down on purpose.
        note: What the user should know about where the data is; mostly empty.
    """

    def __init__(self) -> None:
        self.connections: list[ConnectionSpec] = []
        self.note = ""
        self._server: EmbeddedServer | None = None
        self._slot: Slot | None = None
        self._temporary: Path | None = None
        self._closed_port: socket.socket | None = None

    async def stop(self) -> None:
        """Stop the server and give everything back; once is enough, twice is fine."""
        await off_loop(self._stop)

    async def _start(self, *, reset: bool, progress: Callable[[str], None]) -> None:
        server = await off_loop(self._take_place)
        if self.note:
            progress(self.note)
        await _run_filled(server, reset=reset, progress=progress)
        self._closed_port = _closed_port()
        self.connections = _connections(server, self._closed_port.getsockname()[1])

    def _take_place(self) -> EmbeddedServer:
        account = server_account()
        wanted = data_dir() / "demo"
        folder = lasting_folder(wanted, account)
        if folder is not None:
            with contextlib.suppress(OSError):  # a full disk, say
                self._slot = take_slot(folder)
        if self._slot is not None and folder is not None:
            home, copies, lock_fd = self._slot.home, folder, self._slot.lock_fd
            if folder != wanted:
                self.note = f"{account.name} cannot reach {wanted}; using {folder}"
        else:
            try:
                self._temporary = copies = temporary_folder(account)
            except OSError as error:
                raise DemoError(f"no place for the sample data: {error}") from error
            home, lock_fd = copies / "demo", None
            self.note = (
                f"{wanted} cannot be used; the sample data is in {copies} and is "
                "removed at the end"
            )
        self._server = EmbeddedServer(
            home, settings=_SETTINGS, lock_fd=lock_fd, copies=copies
        )
        return self._server

    def _stop(self) -> None:
        if self._server is not None:
            self._server.stop_blocking()
        if self._closed_port is not None:
            self._closed_port.close()
        if self._slot is not None:
            self._slot.release()
            self._slot = None
        if self._temporary is not None:
            shutil.rmtree(self._temporary, ignore_errors=True)


async def start_demo(*, reset: bool, progress: Callable[[str], None]) -> Demo:
    """Start the demo, making its databases unless they were kept from the last time.

    Args:
        reset: Make them anew in any case.
        progress: Called with one line of text whenever something gets on.

    Raises:
        DemoError: It cannot be started; nothing is left running.
    """
    demo = Demo()
    try:
        await demo._start(reset=reset, progress=progress)  # noqa: SLF001 - same module
    except OSError as error:
        await demo.stop()
        raise DemoError(f"the demo has no place to run: {error}") from error
    except BaseException:
        await demo.stop()
        raise
    return demo


async def _run_filled(
    server: EmbeddedServer, *, reset: bool, progress: Callable[[str], None]
) -> None:
    """Start the server over complete sample data, whatever it finds."""
    marker = server.home / "complete.json"
    expected = await off_loop(lambda: {"databases": fingerprint()})
    fresh = reset or await off_loop(lambda: _read(marker)) != expected

    def empty() -> None:
        # The marker first: data without it counts as half made.
        marker.unlink(missing_ok=True)
        server.remove_data()

    if fresh:
        await off_loop(empty)
    progress("Starting PostgreSQL …")
    try:
        await server.start()
    except DemoError:
        if fresh:
            raise
        progress("The kept sample data does not start; making it anew …")
        fresh = True
        await off_loop(empty)
        await server.start()
    if fresh:
        try:
            await make_databases(server, progress)
        except Exception as error:
            raise DemoError(
                f"the sample databases could not be made: {_first(error)}",
                hint="Is the disk full? `mdbtui --demo-reset` tries again.",
            ) from error
        await off_loop(lambda: _write(marker, expected))
    progress("Sample databases are ready")


def _connections(server: EmbeddedServer, closed_port: int) -> list[ConnectionSpec]:
    password = Secret(server.password)

    def spec(
        name: str, group: str, environment: Environment, *tags: str, port: int = 0
    ) -> ConnectionSpec:
        db = DBConfig(
            name=name,
            host=server.host,
            port=port or server.port,
            database=name,
            user=server.user,
            password=password,
            ssl="disable",
            pool_max_size=8,
        )
        return ConnectionSpec(
            name=name,
            db=db,
            group=group,
            tags=tags,
            environment=environment,
            source="demo",
        )

    return [
        spec("shop", "Shop", _DEVELOPMENT, "orders", "eu"),
        spec("metrics", "Telemetry", _STAGING, "time series"),
        *(
            spec(f"tenant_{tenant}", "Tenants", _PRODUCTION, "planner", "tenant")
            for tenant in TENANTS
        ),
        # Down on purpose: what is asked of all tenants goes on without this one, and
        # in the other the breaker can be watched.
        spec(
            f"tenant_{DOWN}",
            "Tenants",
            _PRODUCTION,
            "planner",
            "tenant",
            port=closed_port,
        ),
        spec("legacy", "Shop", _PRODUCTION, "orders", "retired", port=closed_port),
    ]


def _closed_port() -> socket.socket:
    """A port on which nobody listens, and nobody can: bound, but not listening."""
    holder = socket.socket()
    holder.bind((EmbeddedServer.host, 0))
    return holder


def _read(marker: Path) -> object:
    try:
        return json.loads(marker.read_text("utf-8"))
    except (OSError, ValueError):
        return None


def _write(marker: Path, content: object) -> None:
    scratch = marker.with_suffix(".new")
    scratch.write_text(json.dumps(content), "utf-8")
    scratch.replace(marker)


def _first(error: BaseException) -> str:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return f"{type(error).__name__}: {error}"
