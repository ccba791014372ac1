"""One statement on a connection of its own."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from mdbtui.pool.errors import ConnectionLostError, QueryTimeout, from_driver
from mdbtui.pool.lease import Reset

if TYPE_CHECKING:
    from mdbtui.pool.managed import ManagedPool

# Such a statement names no function and creates nothing, so that it leaves no
# session state behind, and can be sent again. (What a view may call is the
# database's own affair, not a caller's.)
_STATELESS = re.compile(
    r"\s*(?:select|values|table|show)\b(?!.*\binto\b)[^(]*\Z", re.IGNORECASE | re.DOTALL
)


_DATA = re.compile(
    r"\s*(?:select|values|table|show|with|insert|update|delete|merge|explain)\b",
    re.IGNORECASE,
)


def residue(sql: str) -> Reset:
    """Tell what a statement may leave behind in its session.

    When it is not obvious the answer is "more": a needless reset costs a round
    trip, a missing one hands one caller's role to the next.
    """
    if _STATELESS.match(sql):
        return Reset.NOTHING
    return Reset.STATE if _DATA.match(sql) else Reset.ALL


async def run_query(
    pool: ManagedPool, sql: str, args: tuple[Any, ...], timeout: float | None
) -> list[dict[str, Any]]:
    """Run `sql` as `ManagedPool.execute_query` promises."""
    reset = residue(sql)
    try:
        return await _run_once(pool, sql, args, timeout, reset)
    except ConnectionLostError:
        if reset is not Reset.NOTHING:
            raise
    # A connection that died while it was idle is nobody's news.
    return await _run_once(pool, sql, args, timeout, reset)


async def _run_once(
    pool: ManagedPool,
    sql: str,
    args: tuple[Any, ...],
    timeout: float | None,
    reset: Reset,
) -> list[dict[str, Any]]:
    lease = await pool.lease(holder="query")
    lease.reset = reset
    try:
        rows = await lease.connection.fetch(sql, *args, timeout=timeout)
    except Exception as exc:
        error = from_driver(exc, pool.db_id)
        lease.executed(error)
        if isinstance(error, QueryTimeout):
            lease.release_soon()  # the server may not answer its cancellation either
        else:
            await lease.release()
        raise error from exc
    except BaseException:
        lease.executed()
        lease.release_soon()
        raise
    lease.executed()
    await lease.release()
    return [dict(row) for row in rows]
