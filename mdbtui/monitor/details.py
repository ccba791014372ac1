"""What is asked for only when one row is looked at: a whole query, locks, a plan."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mdbtui.monitor.build import relation
from mdbtui.monitor.link import TIMEOUT_S
from mdbtui.monitor.text import decode
from mdbtui.pool import PoolError, QueryError, QueryTimeout, from_driver

if TYPE_CHECKING:
    from mdbtui.monitor.link import Link
    from mdbtui.monitor.models import Backend, TopStatement

MAX_LOCKS = 500
_PLANNED = re.compile(
    r"(?:\s|--[^\n]*\n|/\*.*?\*/)*\(*\s*(select|insert|update|delete|merge|values|with|table)\b",
    re.IGNORECASE | re.DOTALL,
)
GENERIC_FROM = 16


@dataclass(frozen=True)
class Lock:
    """A lock that a backend holds, or waits for.

    Attributes:
        target: What is locked: a relation, a row's place, a transaction's id.
    """

    kind: str
    mode: str
    granted: bool
    target: str


async def locks(link: Link, pid: int) -> list[Lock]:
    """Return the locks of a backend, those it waits for first; at most `MAX_LOCKS`.

    Raises:
        PoolError: They could not be read.
    """
    facts = await link.facts()
    found = []
    for row in await link.fetch("locks", pid, MAX_LOCKS):
        target = relation(row, facts.encoding)
        if row["tuple"] is not None:
            target += f" row ({row['page']},{row['tuple']})"
        found.append(
            Lock(
                kind=row["kind"],
                mode=row["mode"],
                granted=row["granted"],
                target=target or row["xid"] or row["virtual_xid"] or "",
            )
        )
    return found


async def whole_query(link: Link, backend: Backend) -> str | None:
    """Return all of a backend's query; None when it runs another by now, or is gone.

    Raises:
        PoolError: It could not be read.
    """
    rows = await link.fetch(
        "query_text", backend.pid, backend.started_us, backend.query_us
    )
    return decode(rows[0]["query"], rows[0]["encoding"]) if rows else None


async def whole_statement(link: Link, statement: TopStatement) -> str | None:
    """Return all of a gathered statement's text; None when it was forgotten.

    Raises:
        PoolError: It could not be read.
    """
    (where,) = await link.fetch("statements_where")
    if where["schema"] is None:
        return None
    facts = await link.facts()
    rows = await link.fetch(
        "statement_text",
        statement.user_oid,
        statement.database_oid,
        statement.query_id,
        schema=where["schema"],
    )
    return decode(rows[0]["query"], facts.encoding) if rows else None


async def plan(link: Link, statement: TopStatement) -> str:
    """Return the plan of a gathered statement, as EXPLAIN's JSON; nothing is run.

    Its constants are gone, so it is the generic plan: the one for any value.

    Raises:
        PoolError: There is none to be had; says why.
    """
    if not statement.is_here:
        raise PoolError(
            f"the statement was run in {statement.database or 'another database'}",
            hint="open the server's side of that database to see the plan",
        )
    if not statement.query:
        raise PoolError(
            "its text is not visible to this role",
            hint=f"GRANT pg_read_all_stats TO {(await link.facts()).user}",
        )
    text = await whole_statement(link, statement)
    if text is None:
        raise PoolError("the server has forgotten this statement's text")
    if not _PLANNED.match(text):
        raise PoolError("only queries and statements that change rows have a plan")
    facts = await link.facts()
    has_parameters = re.search(r"\$\d", text) is not None
    if has_parameters and facts.major < GENERIC_FROM:
        raise PoolError(
            f"PostgreSQL {facts.major} can't plan a statement whose constants are gone",
            hint="copy it (y), put values in the place of $1 …, and explain it (F12)",
        )
    options = "VERBOSE, FORMAT JSON" + (", GENERIC_PLAN" if has_parameters else "")
    try:
        return await _explain(link, f"EXPLAIN ({options})\n{text}")
    except QueryError as error:
        if isinstance(error, QueryTimeout):
            raise
        raise PoolError(
            f"the server can't plan it here: {error.message}",
            hint="its search_path or its parameters' types may have been others",
        ) from error


# The driver binds parameters, and a plan for bound ones is not the generic one; so the
# server runs EXPLAIN by itself. A setting carries text without being read as SQL.
_LOCAL = """
begin read only;
set local client_encoding = 'UTF8';
set local search_path to default
"""
_RUN = """
do $do$
declare
    plan text;
begin
    execute current_setting('mdbtui.statement') into plan;
    perform set_config('mdbtui.plan', plan, true);
end
$do$
"""


async def _explain(link: Link, sql: str) -> str:
    """Run EXPLAIN with the role's own search path, and with text as it is here."""
    async with link.conversation() as lease:
        connection = lease.connection
        try:
            # A plan names objects, so it comes in one encoding or not at all.
            await connection.execute(_LOCAL, timeout=TIMEOUT_S)
            try:
                # Preparing refuses what is more than one statement.
                await connection.prepare(sql, timeout=TIMEOUT_S)
                await connection.fetch(
                    "select set_config('mdbtui.statement', $1, true)",
                    sql,
                    timeout=TIMEOUT_S,
                )
                await connection.execute(_RUN, timeout=TIMEOUT_S)
                found = await connection.fetchval(
                    "select current_setting('mdbtui.plan')", timeout=TIMEOUT_S
                )
            finally:
                await connection.execute("rollback", timeout=TIMEOUT_S)
        except Exception as exc:
            raise from_driver(exc, lease.db_id) from exc
        return str(found)
