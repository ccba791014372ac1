"""What is known of a session's open transaction, and of one whose end is not known."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mdbtui.sql.transactions import Control, Verb

if TYPE_CHECKING:
    from mdbtui.pool import PoolManager

STATEMENT_LIMIT = 200
"""Characters kept of the statement that broke a transaction."""
OUTCOME_LIMIT = 5.0
_UNITS = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "min": 60.0, "h": 3600.0, "d": 86_400.0}


@dataclass(frozen=True, slots=True)
class Broken:
    """The statement that made a transaction fail, and what the server said."""

    statement: str
    message: str
    sqlstate: str


@dataclass(slots=True)
class Transaction:
    """An open transaction, as far as it went through this session.

    Attributes:
        since: When it began (monotonic seconds).
        statements: How many ran in it.
        wrote: Whether one of them may have changed something.
        changed_catalog: Whether one of them changed definitions, which others see
            when it is committed.
        savepoints: Their names, oldest first.
        broken: What made it fail; None while it goes on.
    """

    since: float = field(default_factory=time.monotonic)
    statements: int = 0
    wrote: bool = False
    changed_catalog: bool = False
    savepoints: list[str] = field(default_factory=list)
    broken: Broken | None = None

    def did(self, control: Control) -> None:
        """Note a savepoint that was made, released or rolled back to."""
        if control.verb is Verb.SAVEPOINT:
            self.savepoints.append(control.name)
            return
        if control.verb not in (Verb.RELEASE, Verb.ROLLBACK_TO):
            return
        if control.verb is Verb.ROLLBACK_TO:
            self.broken = None
        if control.name in self.savepoints:
            # The newest of that name, and all that were made after it.
            last = len(self.savepoints) - 1 - self.savepoints[::-1].index(control.name)
            del self.savepoints[last + (control.verb is Verb.ROLLBACK_TO) :]


@dataclass(frozen=True, slots=True)
class Doubt:
    """A transaction of which it is not known whether it was committed.

    Attributes:
        xid: Its number at the server; None if it had none, or none was learnt.
    """

    xid: str | None


async def outcome(pools: PoolManager, db_id: str, doubt: Doubt) -> str:
    """Ask the server what became of a transaction, on a connection of our own.

    Returns:
        ``committed``, ``aborted``, ``in progress``, or ``""`` when the server has
        forgotten it.

    Raises:
        PoolError: The server could not be asked.
    """
    from mdbtui.pool import from_driver

    assert doubt.xid is not None
    lease = await pools.lease(db_id, holder="outcome of a transaction")
    try:
        modern = lease.connection.get_server_version().major >= 13
        ask = "pg_xact_status('{}')" if modern else "txid_status('{}')"
        answer = await lease.connection.fetchval(
            f"select pg_catalog.{ask.format(int(doubt.xid))}", timeout=OUTCOME_LIMIT
        )
    except Exception as exc:
        raise from_driver(exc, db_id) from exc
    finally:
        await lease.release()
    return str(answer or "")


async def number_of(connection: Any) -> str | None:
    """Return the open transaction's number, if it has one: nothing is written else."""
    major = connection.get_server_version().major
    if major < 10:
        return None
    name = (
        "pg_current_xact_id_if_assigned" if major >= 13 else "txid_current_if_assigned"
    )
    value = await connection.fetchval(f"select pg_catalog.{name}()", timeout=2.0)
    return None if value is None else str(value)


@dataclass(frozen=True, slots=True)
class IdleLimits:
    """After how many idle seconds the server ends the session; None: never."""

    in_transaction: float | None = None
    between: float | None = None


async def idle_limits(connection: Any, *, in_transaction: bool) -> IdleLimits:
    """Read the idle time-outs; within a transaction only the one that counts there.

    SHOW takes no snapshot, so that SET TRANSACTION can still follow.
    """
    if in_transaction:
        shown = "show idle_in_transaction_session_timeout"
        return IdleLimits(seconds(await connection.fetchval(shown, timeout=2.0)))
    row = await connection.fetchrow(
        "select pg_catalog.current_setting(name, true), "
        "pg_catalog.current_setting('idle_session_timeout', true) "
        "from (values ('idle_in_transaction_session_timeout')) x (name)",
        timeout=2.0,
    )
    return IdleLimits(seconds(row[0]), seconds(row[1]))


def seconds(setting: str | None) -> float | None:
    """Read a time-out as the server writes it: ``5min``, ``90s``; ``0`` is None."""
    match = re.fullmatch(r"(\d+)(us|ms|s|min|h|d)?", setting or "")
    if match is None:
        return None
    return int(match[1]) * _UNITS[match[2] or "ms"] or None
