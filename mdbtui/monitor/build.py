"""From the driver's rows to the parts of a sample."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from mdbtui.monitor.models import (
    Backend,
    DatabaseStats,
    LockWait,
    Progress,
    Replica,
    ServerFacts,
    TopStatement,
)
from mdbtui.monitor.rates import NAMES, Counters, rates
from mdbtui.monitor.text import decode, decode_cut

Row = Mapping[str, Any]

_HIDDEN = "<insufficient privilege>"
"""What pg_stat_statements gives in place of a text that is not for us."""


def server_facts(row: Row) -> ServerFacts:
    """Return what ``server.sql`` gave."""
    encoding = row["encoding"]
    return ServerFacts(
        version_num=row["version_num"],
        version=row["version"],
        max_connections=row["max_connections"],
        started_at=row["started_at"],
        own_pid=row["own_pid"],
        encoding=encoding,
        database=decode(row["database"], encoding),
        user=decode(row["username"], encoding),
        sees_all=row["sees_all"],
    )


def backend(row: Row) -> Backend:
    """Return a row of ``activity.sql``."""
    encoding = row["encoding"]
    return Backend(
        pid=row["pid"],
        kind=decode(row["kind"], None),
        database=decode(row["database"], encoding),
        user_oid=row["user_oid"],
        user=decode(row["username"], encoding),
        application=decode(row["application"], encoding),
        address=row["address"] or "",
        port=row["client_port"],
        hostname=decode(row["hostname"], None),
        state=row["state"] or "",
        wait_type=decode(row["wait_type"], None),
        wait_event=decode(row["wait_event"], None),
        started_us=row["started_us"],
        query_us=row["query_us"],
        backend_s=_age(row["backend_s"]),
        transaction_s=_age(row["transaction_s"]),
        query_s=_age(row["query_s"]),
        state_s=_age(row["state_s"]),
        xid=row["xid"] or "",
        xmin_age=row["xmin_age"],
        leader_pid=row["leader_pid"],
        query_id=row["query_id"] or "",
        query=decode_cut(row["query"], encoding, is_cut=row["is_cut"]),
        is_cut=bool(row["is_cut"]),
        hidden=row["hidden"],
        blocked_by=_pids(row["blocked_by"]),
    )


def _pids(text: str | None) -> tuple[int, ...]:
    # Parallel workers name the same leader several times.
    return tuple(dict.fromkeys(map(int, text.split(",")))) if text else ()


def _age(seconds: float | None) -> float | None:
    # A transaction may begin between two looks at the clock.
    return None if seconds is None else max(seconds, 0.0)


def relation(row: Row, encoding: str) -> str:
    """Return a relation's name with its schema; its OID where it has none here."""
    if row["relation"]:
        name = decode(row["relation"], encoding)
        schema = decode(row["schema"], encoding)
        return name if schema in ("public", "pg_catalog", "") else f"{schema}.{name}"
    return f"oid {row['relation_oid']}" if row["relation_oid"] else ""


def lock_wait(row: Row, encoding: str) -> LockWait:
    """Return a row of ``waits.sql``."""
    return LockWait(
        pid=row["pid"],
        kind=row["kind"],
        mode=row["mode"],
        relation=relation(row, encoding),
        waiting_s=_age(row["waiting_s"]),
    )


def databases(
    rows: Iterable[Row], before: Mapping[int, DatabaseStats], seconds: float
) -> tuple[DatabaseStats, ...]:
    """Return the rows of ``databases.sql``.

    Args:
        rows: Them.
        before: What the sample before had, by OID.
        seconds: The time since that.
    """
    found = []
    for row in rows:
        counters = Counters(*(row[name] or 0 for name in NAMES))
        old = before.get(row["oid"])
        # The time of the reset tells of one even if the counters have caught up.
        same = old is not None and old.reset_at == row["reset_at"]
        grown = rates(old.counters, counters, seconds) if old and same else None
        found.append(
            DatabaseStats(
                oid=row["oid"],
                name=decode(row["name"], None),
                backends=row["backends"],
                counters=counters,
                rates=grown,
                reset_at=row["reset_at"],
            )
        )
    return tuple(found)


def replica(row: Row) -> Replica:
    """Return a row of ``replication.sql``."""
    return Replica(
        kind=row["kind"],
        name=decode(row["name"], None),
        user=decode(row["username"], None),
        database=decode(row["database"], None),
        address=row["address"] or "",
        pid=row["pid"],
        state=row["state"] or "",
        mode=row["mode"] or "",
        lsn=row["lsn"] or "",
        behind_bytes=row["behind_bytes"],
        behind_s=_age(row["behind_s"]),
        unsent_bytes=row["unsent_bytes"],
        kept_bytes=row["kept_bytes"],
        room_bytes=row["room_bytes"],
        inactive_s=_age(row["inactive_s"]),
        xmin_age=row["xmin_age"],
    )


def progress(row: Row, encoding: str) -> Progress:
    """Return a row of one of the ``progress_….sql``."""
    return Progress(
        pid=row["pid"],
        command=row["command"] or "",
        phase=row["phase"] or "",
        database=decode(row["database"], encoding),
        relation=relation(row, encoding),
        done=row["done"] or 0,
        total=row["total"] or 0,
        unit=row["unit"],
    )


def top_statement(row: Row) -> TopStatement:
    """Return a row of ``statements.sql``."""
    encoding = row["encoding"]
    text = decode_cut(row["query"], encoding, is_cut=bool(row["is_cut"]))
    return TopStatement(
        user_oid=row["user_oid"],
        database_oid=row["database_oid"],
        query_id=row["query_id"] or "",
        database=decode(row["database"], encoding),
        user=decode(row["username"], encoding),
        calls=row["calls"],
        total_ms=row["total_ms"],
        rows=row["rows"],
        hit=row["hit"],
        read=row["read"],
        temp=row["temp"],
        query="" if text == _HIDDEN and not row["query_id"] else text,
        is_cut=bool(row["is_cut"]),
        is_here=row["is_here"],
    )
