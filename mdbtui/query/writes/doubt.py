"""What became of a transaction whose connection broke while it was being ended."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

from mdbtui.pool import PoolError, from_driver
from mdbtui.query.writes.end import End

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mdbtui.pool import PoolManager

log = logging.getLogger(__name__)

ASK_LIMIT = 10.0
"""Seconds for the answer to one question of ours."""
PAUSES = (0.0, 0.1, 0.3, 0.6, 1.0, 2.0, 4.0)
"""Seconds before each time that something is tried."""
HURRIED = 2
"""So often it is tried at least, without pauses, when the program is to end."""

# A standby gives no numbers, and nothing is written there.
_NUMBER = """
select case when not pg_catalog.pg_is_in_recovery()
            then pg_catalog.{current}() end::text
"""
# Only the lost session of ours has this process and this transaction.
_STATUS = """
select coalesce(pg_catalog.{status}('{xid}'), ''),
       (select p.gid from pg_catalog.pg_prepared_xacts p where p.gid = '{gid}'),
       (select pg_catalog.pg_terminate_backend(a.pid)
          from pg_catalog.pg_stat_activity a
         where a.pid = {pid} and a.backend_xid::text = '{short}')
"""


class Hurry(asyncio.Event):
    """Set when all is to end: nothing is waited for any longer than need be."""

    async def pause(self, seconds: float) -> None:
        """Wait so long, or until it is set."""
        if not seconds:
            return
        try:
            async with asyncio.timeout(seconds):
                await self.wait()
        except TimeoutError:
            return

    def tries(self) -> Iterator[float]:
        """Yield the pause before each try."""
        for count, seconds in enumerate(PAUSES):
            if count >= HURRIED and self.is_set():
                return
            yield seconds


async def number_of(connection: Any) -> str | None:
    """Give the open transaction a number, by which it can be asked after.

    Returns:
        The number; None where the server gives none.
    """
    major = connection.get_server_version().major
    if major < 10:  # it could not be asked after, either
        return None
    current = "pg_current_xact_id" if major >= 13 else "txid_current"
    value = await connection.fetchval(
        _NUMBER.format(current=current), timeout=ASK_LIMIT
    )
    return None if value is None else str(value)


async def find_out(
    pools: PoolManager, db_id: str, xid: str | None, pid: int, gid: str, hurry: Hurry
) -> End:
    """Ask the server what became of a transaction, more than once if need be.

    Should its session still be there, waiting for a client that is gone, it is ended:
    nothing more can come of it then.

    Args:
        pools: Where a connection comes from.
        db_id: The database.
        xid: The transaction's number.
        pid: Its server process.
        gid: The name under which it was to be prepared; empty for none.
        hurry: Set when this is to come to an end.

    Returns:
        ``COMMITTED``, ``ROLLED_BACK``, ``PREPARED``, or ``IN_DOUBT`` when there was no
        certain answer.
    """
    if xid is None:
        return End.IN_DOUBT
    for seconds in hurry.tries():
        await hurry.pause(seconds)
        try:
            status, prepared = await _ask(pools, db_id, xid, pid, gid)
        except PoolError as error:
            log.info("%s: can't be asked for a transaction: %s", db_id, error.message)
            continue
        if prepared:
            return End.PREPARED
        if status == "committed":
            return End.COMMITTED
        if status == "aborted":
            return End.ROLLED_BACK
        if not status:  # the server has forgotten it
            break
    return End.IN_DOUBT


async def _ask(
    pools: PoolManager, db_id: str, xid: str, pid: int, gid: str
) -> tuple[str, bool]:
    lease = await pools.lease(db_id, holder="outcome of a transaction")
    try:
        modern = lease.connection.get_server_version().major >= 13
        row = await lease.connection.fetchrow(
            _STATUS.format(
                status="pg_xact_status" if modern else "txid_status",
                xid=int(xid),
                short=int(xid) % (1 << 32),
                pid=int(pid),
                gid=gid,
            ),
            timeout=ASK_LIMIT,
        )
    except Exception as exc:
        raise from_driver(exc, db_id) from exc
    finally:
        await lease.release()
    return str(row[0]), bool(row[1])
