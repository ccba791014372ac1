"""The sample databases, made by the SQL files beside this module.

The files follow from row numbers alone, so that every machine gets the same rows.
"""

from __future__ import annotations

import asyncio
import hashlib
import itertools
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from mdbtui.demo.threads import off_loop

if TYPE_CHECKING:
    from mdbtui.demo.server import EmbeddedServer

TENANTS = ("acme", "borealis", "cobalt", "dune")
# The tenant whose schema and rows deviate.
DRIFTED = "dune"
DATABASES = ("shop", "metrics", *(f"tenant_{name}" for name in TENANTS))
MEASUREMENTS = 1_000_000

_FIRST_QUARTER = datetime(2026, 5, 1, tzinfo=UTC)
_QUARTERS = MEASUREMENTS // 100  # for each of 100 devices
_MONTHS = ((2026, 5), (2026, 6), (2026, 7), (2026, 8), (2026, 9))
_SQL = Path(__file__).with_name("sql")
# Making rows is the server's work: more sessions than its cores only share them.
_PARALLEL = 3
_CONNECT_TIMEOUT = 10.0
_STATEMENT_TIMEOUT = 120.0


def fingerprint() -> str:
    """What changes when the sample databases do: kept ones of another are made anew.

    Blocks: it reads the SQL files.
    """
    digest = hashlib.sha256()
    for file in (*sorted(_SQL.glob("*.sql")), Path(__file__)):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


async def make_databases(
    server: EmbeddedServer, progress: Callable[[str], None]
) -> None:
    """Make all databases in a fresh cluster.

    Args:
        server: Running, with a cluster that has none of them yet.
        progress: Called with one line whenever the work gets on.

    Raises:
        Exception: What the driver raises; the cluster is of no use then.
    """
    admin = _Sessions(server)
    await admin.run("postgres", "create role shop_app; create role shop_readonly;")
    done = 0

    def finished(what: str) -> None:
        nonlocal done
        done += 1
        progress(f"Sample databases: {what} ready ({done} of {len(DATABASES)})")

    progress(f"Making {len(DATABASES)} sample databases, a million rows in one …")
    async with asyncio.TaskGroup() as group:
        group.create_task(_make_metrics(admin, finished))
        group.create_task(_make_shop(admin, finished))
        for tenant in TENANTS:
            group.create_task(_make_tenant(admin, tenant, finished))
    # A later crash then has nothing to recover, so that the next start is quick.
    await admin.run("postgres", "checkpoint")


class _Sessions:
    """Run scripts in databases of one server, a few at a time."""

    def __init__(self, server: EmbeddedServer) -> None:
        self._server = server
        self._slots = asyncio.Semaphore(_PARALLEL)

    async def create(self, database: str) -> None:
        """Make an empty database."""
        await self.run("postgres", f"create database {database}")

    async def run_files(
        self, database: str, *names: str, values: Mapping[str, str] | None = None
    ) -> None:
        """Run SQL files in order; *values* replace their ``{names}``."""

        def read() -> list[str]:
            scripts = [(_SQL / f"{name}.sql").read_text("utf-8") for name in names]
            for key, value in (values or {}).items():
                scripts = [script.replace(f"{{{key}}}", value) for script in scripts]
            return scripts

        await self.run(database, *await off_loop(read))

    async def run(self, database: str, *scripts: str) -> None:
        """Run scripts in order, each in a transaction of its own."""
        import asyncpg

        async with self._slots:
            connection = await asyncpg.connect(
                host=self._server.host,
                port=self._server.port,
                user=self._server.user,
                password=self._server.password,
                database=database,
                ssl=False,
                timeout=_CONNECT_TIMEOUT,
                command_timeout=_STATEMENT_TIMEOUT,
            )
            try:
                for script in scripts:
                    await connection.execute(script)
                await connection.close(timeout=_CONNECT_TIMEOUT)
            finally:
                connection.terminate()  # when cancelled; nothing after a close


async def _make_shop(sessions: _Sessions, finished: Callable[[str], None]) -> None:
    await sessions.create("shop")
    await sessions.run_files("shop", "shop_schema", "shop_rows", "shop_logic")
    finished("shop")


async def _make_metrics(sessions: _Sessions, finished: Callable[[str], None]) -> None:
    await sessions.create("metrics")
    await sessions.run_files("metrics", "metrics_schema")
    months = _months()
    async with asyncio.TaskGroup() as group:
        for values in months:
            month = sessions.run_files("metrics", "metrics_partition", values=values)
            group.create_task(month)
    attach = "\n".join(
        f"alter table measurements attach partition measurements_{m['month']}"
        f" for values from ('{m['month_start']}') to ('{m['month_end']}');"
        for m in months
    )
    await sessions.run_files("metrics", "metrics_views", values={"attach": attach})
    finished("metrics")


async def _make_tenant(
    sessions: _Sessions, tenant: str, finished: Callable[[str], None]
) -> None:
    files = ["tenant_schema", "tenant_rows"]
    if tenant == DRIFTED:
        files.append("tenant_drift")
    database = f"tenant_{tenant}"
    await sessions.create(database)
    await sessions.run_files(database, *files)
    # In a session of its own: the end of the first one adds what it counted.
    await sessions.run(database, "analyze")
    finished(database)


def _months() -> list[dict[str, str]]:
    """The values for each of `metrics_partition.sql`'s runs."""
    quarter = timedelta(minutes=15)
    starts = [datetime(year, month, 1, tzinfo=UTC) for year, month in _MONTHS]
    return [
        {
            "month": f"{start:%Y_%m}",
            "month_start": f"{start:%Y-%m-%d}",
            "month_end": f"{end:%Y-%m-%d}",
            "first": str((start - _FIRST_QUARTER) // quarter),
            "last": str(min((end - _FIRST_QUARTER) // quarter, _QUARTERS)),
        }
        for start, end in itertools.pairwise(starts)
    ]
