"""The sample databases, made by the SQL files beside this module.

The files follow from row numbers alone, so that every machine gets the same rows.
"""

from __future__ import annotations

import asyncio
import hashlib
import itertools
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from importlib import resources
from typing import TYPE_CHECKING

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
# Making rows is the server's work: more sessions than its cores only share them.
_PARALLEL = 3
_CONNECT_TIMEOUT = 10.0
_STATEMENT_TIMEOUT = 120.0


def fingerprint() -> str:
    """What changes when the sample databases do: kept ones of another are made anew."""
    digest = hashlib.sha256()
    scripts = sorted(_folder().iterdir(), key=lambda file: file.name)
    for file in (*scripts, resources.files(__package__) / "databases.py"):
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
    await sessions.run(
        "shop", _script("shop_schema"), _script("shop_rows"), _script("shop_logic")
    )
    finished("shop")


async def _make_metrics(sessions: _Sessions, finished: Callable[[str], None]) -> None:
    await sessions.create("metrics")
    await sessions.run("metrics", _script("metrics_schema"))
    months = _months()
    async with asyncio.TaskGroup() as group:
        for values in months:
            script = _script("metrics_partition", **values)
            group.create_task(sessions.run("metrics", script))
    attach = "\n".join(
        f"alter table measurements attach partition measurements_{m['month']}"
        f" for values from ('{m['month_start']}') to ('{m['month_end']}');"
        for m in months
    )
    await sessions.run("metrics", _script("metrics_views", attach=attach))
    finished("metrics")


async def _make_tenant(
    sessions: _Sessions, tenant: str, finished: Callable[[str], None]
) -> None:
    scripts = [_script("tenant_schema"), _script("tenant_rows")]
    if tenant == DRIFTED:
        scripts.append(_script("tenant_drift"))
    database = f"tenant_{tenant}"
    await sessions.create(database)
    await sessions.run(database, *scripts)
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


def _script(name: str, **values: str) -> str:
    text = (_folder() / f"{name}.sql").read_text("utf-8")
    for key, value in values.items():
        text = text.replace(f"{{{key}}}", value)
    return text


def _folder() -> resources.abc.Traversable:
    return resources.files(__package__) / "sql"
