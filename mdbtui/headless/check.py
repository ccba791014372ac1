"""``mdbtui check``: is every configured database well?"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mdbtui.headless import status
from mdbtui.headless.report import Report, reporting
from mdbtui.headless.visible import one_line, width
from mdbtui.pool import PoolError, PoolManager, from_driver
from mdbtui.query.output import Output, OutputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mdbtui.config import AppConfig, ConnectionSpec

AT_ONCE = 16
ANSWER_LIMIT = 5.0
"""Seconds for the answer of a server that has accepted the connection."""


@dataclass(frozen=True)
class Finding:
    """How one database is.

    Attributes:
        name: The connection.
        address: Host and port.
        healthy: It accepted a connection and answered.
        connect_ms: From the first packet to being logged in.
        latency_ms: From a question to its answer.
        version: The server's, such as ``18.6``.
        error: What is wrong, if it is not healthy.
        hint: What to try.
    """

    name: str
    address: str
    healthy: bool
    connect_ms: float | None = None
    latency_ms: float | None = None
    version: str | None = None
    error: str | None = None
    hint: str | None = None


async def run_check(
    config: AppConfig, names: Sequence[str] = (), *, format: str = "table"
) -> int:
    """Print the health of connections, one line each, in the configured order.

    Args:
        config: The configuration.
        names: Only these; all if there are none.
        format: ``table`` or ``jsonl``.

    Returns:
        The exit status: 0 all healthy, 1 not all, 2 nothing to check or an unknown
        name.
    """

    async def command(report: Report) -> int:
        return await _command(config, names, format, report)

    return await reporting(command)


async def _command(
    config: AppConfig, names: Sequence[str], format: str, report: Report
) -> int:
    unknown = [name for name in names if config.connection(name) is None]
    if unknown:
        report.say(f"mdbtui: there is no connection {', '.join(unknown)}")
        return status.USAGE
    specs = [s for s in config.connections if not names or s.name in names]
    if not specs:
        report.say("mdbtui: no connection is configured; see mdbtui --help")
        return status.USAGE
    if sys.stdout is None:
        report.say("mdbtui: standard output is closed")
        return status.USAGE
    return await _check_all(specs, format)


async def _check_all(specs: list[ConnectionSpec], format: str) -> int:
    output = Output(sys.stdout.fileno())
    pools = PoolManager(enable_monitoring=False, enable_cleanup=False)
    places = asyncio.Semaphore(AT_ONCE)
    name_width = max(width(one_line(spec.name)) for spec in specs)
    healthy = True
    tasks = [asyncio.create_task(_check(pools, spec, places)) for spec in specs]
    try:
        for task in tasks:
            finding = await task
            healthy = healthy and finding.healthy
            line = _json(finding) if format == "jsonl" else _line(finding, name_width)
            await output.write(line.encode("utf-8", "backslashreplace"))
            await output.flush()
    except OutputError:
        return status.PIPE_CLOSED
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        output.close()
        await pools.close_all(timeout=2.0)
    return status.DONE if healthy else status.UNHEALTHY


async def _check(
    pools: PoolManager, spec: ConnectionSpec, places: asyncio.Semaphore
) -> Finding:
    address = spec.db.address
    async with places:
        try:
            db_id = pools.register(spec.db)
            lease = await pools.lease(db_id, holder="check")
            try:
                begun = time.monotonic()
                answer = await lease.connection.fetchval(
                    "show server_version", timeout=ANSWER_LIMIT
                )
                latency = (time.monotonic() - begun) * 1000
            finally:
                await lease.release()
        except PoolError as error:
            return _failed(spec, error)
        except Exception as error:  # noqa: BLE001 - the border: all become our errors
            return _failed(spec, from_driver(error, spec.name))
    return Finding(
        name=spec.name,
        address=address,
        healthy=True,
        connect_ms=lease.connect_ms,
        latency_ms=latency,
        version=str(answer).partition(" ")[0],
    )


def _failed(spec: ConnectionSpec, error: PoolError) -> Finding:
    return Finding(
        name=spec.name,
        address=spec.db.address,
        healthy=False,
        error=error.message,
        hint=error.hint or None,
    )


def _line(finding: Finding, name_width: int) -> str:
    name = one_line(finding.name)
    name += " " * (name_width - width(name))
    if finding.healthy:
        answer = f"{finding.latency_ms:8.1f} ms  PostgreSQL {finding.version}"
        return f"ok    {name}  {one_line(f'{answer}  {finding.address}')}\n"
    hint = f" ({finding.hint})" if finding.hint else ""
    return f"FAIL  {name}  {one_line(f'{finding.error}{hint}')}\n"


def _json(finding: Finding) -> str:
    return json.dumps(finding.__dict__) + "\n"
