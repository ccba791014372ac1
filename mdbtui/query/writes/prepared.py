"""Prepared transactions of ours: their names, their end, and what was left over."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from mdbtui.pool import PoolError, QueryError, from_driver
from mdbtui.query.text import NO_LIMIT
from mdbtui.query.writes.doubt import Hurry, find_out
from mdbtui.query.writes.end import End

if TYPE_CHECKING:
    from mdbtui.pool import PoolManager

PREFIX = "mdbtui_"
LEFT = r"""
select gid, prepared::timestamp(0)::text as since, owner
  from pg_catalog.pg_prepared_xacts
 where database = pg_catalog.current_database() and gid like 'mdbtui\_%'
 order by prepared
"""
"""Which of them wait at a database: only there can they be ended."""
_UNKNOWN_NAME = "42704"
_OURS = re.compile(r"mdbtui_[0-9a-zA-Z_]{1,100}")


def new_run() -> str:
    """Return a name for a run, as the names of its transactions begin."""
    now = datetime.now(UTC).strftime("%Y%m%dT%H%M%S")
    return f"{PREFIX}{now}_{secrets.token_hex(4)}"


def is_ours(gid: str) -> bool:
    """Say whether a name is one that `new_run` may have begun."""
    return _OURS.fullmatch(gid) is not None


def ending(gid: str, *, commit: bool) -> str:
    """Return the statement that ends a prepared transaction.

    Raises:
        ValueError: It is none of ours.
    """
    if not is_ours(gid):
        raise ValueError(f"not a name of ours: {gid!r}")
    return f"{'COMMIT' if commit else 'ROLLBACK'} PREPARED '{gid}'"


@dataclass(frozen=True)
class Ended:
    """What came of ending a prepared transaction.

    Attributes:
        end: ``COMMITTED`` or ``ROLLED_BACK``, else ``IN_DOUBT``.
        error: What stood in the way the last time.
    """

    end: End
    error: PoolError | None = None


async def end_prepared(
    pools: PoolManager,
    db_id: str,
    gid: str,
    hurry: Hurry,
    *,
    commit: bool,
    xid: str | None = None,
) -> Ended:
    """Commit or roll back a prepared transaction, again where that fails.

    Args:
        pools: Where a connection comes from.
        db_id: Where it was prepared.
        gid: Its name.
        hurry: Set when this is to come to an end.
        commit: Commit it.
        xid: Its number, to find out what became of it when it isn't there any more.
    """
    sql, error = ending(gid, commit=commit), None
    for seconds in hurry.tries():
        await hurry.pause(seconds)
        try:
            await _send(pools, db_id, sql)
        except PoolError as failed:
            error = failed
            if isinstance(failed, QueryError) and failed.sqlstate == _UNKNOWN_NAME:
                # Ended the time before, without our hearing of it, or by somebody.
                return Ended(
                    await find_out(pools, db_id, xid, 0, gid, hurry), error=failed
                )
        else:
            return Ended(End.COMMITTED if commit else End.ROLLED_BACK)
    return Ended(End.IN_DOUBT, error)


async def _send(pools: PoolManager, db_id: str, sql: str) -> None:
    lease = await pools.lease(db_id, holder="prepared transaction")
    try:
        await lease.connection.execute(sql, timeout=NO_LIMIT)
    except Exception as exc:
        raise from_driver(exc, db_id) from exc
    finally:
        await lease.release()
