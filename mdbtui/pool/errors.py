"""The errors of the pool library, and the border where foreign ones become ours.

Every error says what happened (`message`) and what to try (`hint`). Nothing here
imports the driver: it is looked up only when one of its exceptions has to be
translated.
"""
# ruff: noqa: N818  (AcquireTimeout reads better than AcquireTimeoutError)

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import asyncpg


class ConfigError(ValueError):
    """A setting that cannot be used.

    Attributes:
        field: The name of the `DBConfig` field.
        message: What is wrong with it, without the value of a secret.
    """

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field = field
        self.message = message


class PoolError(Exception):
    """Base of all that the library raises.

    Attributes:
        message: What happened, in one sentence.
        hint: What it may mean and what to try; empty where nothing is known.
        db_id: The database it happened to; empty where none is concerned.
    """

    def __init__(self, message: str, *, hint: str = "", db_id: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.db_id = db_id

    def __str__(self) -> str:
        return f"{self.message} ({self.hint})" if self.hint else self.message


class UnknownPool(PoolError):
    """No database of that id was registered."""


class PoolClosedError(PoolError):
    """The pool, or the whole manager, was closed while one waited or asked."""


class AcquireTimeout(PoolError):
    """No connection was free, or could be made, within the time allowed."""


class CircuitOpen(PoolError):
    """Connecting failed before and is not tried again just now.

    Attributes:
        retry_in: Seconds to the next probe; None when it waits for the user.
        cause: The failure that opened the breaker.
    """

    def __init__(
        self,
        message: str,
        *,
        hint: str = "",
        db_id: str = "",
        retry_in: float | None = None,
        cause: PoolError | None = None,
    ) -> None:
        super().__init__(message, hint=hint, db_id=db_id)
        self.retry_in = retry_in
        self.cause = cause


class ConnectError(PoolError):
    """A connection could not be made.

    Attributes:
        sqlstate: The server's code, where the server answered with one.
    """

    def __init__(
        self, message: str, *, hint: str = "", db_id: str = "", sqlstate: str = ""
    ) -> None:
        super().__init__(message, hint=hint, db_id=db_id)
        self.sqlstate = sqlstate


class ConnectionRefused(ConnectError):
    """Nothing listens at that address, or a firewall says no."""


class HostNotFound(ConnectError):
    """The host's name has no address, or the resolver does not answer."""


class ConnectTimeout(ConnectError):
    """The server did not answer within the connect time-out."""


class LoginRefused(ConnectError):
    """Wrong password, unknown role, or no right to connect."""


class UnknownDatabase(ConnectError):
    """The server has no database of that name."""


class TooManyConnections(ConnectError):
    """The server (or a pooler before it) has no connection slot left."""


class TLSRefused(ConnectError):
    """TLS was required and not offered, or a certificate was not accepted."""


class SettingRefused(ConnectError):
    """The server, or a pooler before it, does not take a setting at login."""


class ServerStarting(ConnectError):
    """The server is starting, stopping or recovering."""


class Parked(ConnectError):
    """Somebody had the pool parked: nothing is tried until they ask."""


class ConnectionLostError(PoolError):
    """A connection in use ended: the server went away or ended the session."""


class QueryError(PoolError):
    """The server (or the driver) did not accept a statement or its arguments.

    Attributes:
        sqlstate: Five characters, or None where the driver refused it.
        detail: The server's DETAIL, or an empty string.
        position: 1-based, in characters of the text that was sent; or None.
        context: The server's CONTEXT (for example the lines of a function).
        schema, table, column, constraint: The object concerned, where named.
    """

    def __init__(
        self,
        message: str,
        *,
        hint: str = "",
        db_id: str = "",
        sqlstate: str | None = None,
        detail: str = "",
        position: int | None = None,
        context: str = "",
        schema: str | None = None,
        table: str | None = None,
        column: str | None = None,
        constraint: str | None = None,
    ) -> None:
        super().__init__(message, hint=hint, db_id=db_id)
        self.sqlstate = sqlstate
        self.detail = detail
        self.position = position
        self.context = context
        self.schema = schema
        self.table = table
        self.column = column
        self.constraint = constraint


class QueryTimeout(QueryError):
    """No result came within the command time-out; the statement was cancelled."""


LOST_HINTS = {
    "25P03": "the session was idle in a transaction for longer than"
    " idle_in_transaction_session_timeout; its transaction was rolled back",
    "25P04": "the transaction ran for longer than transaction_timeout",
    "57P01": "an administrator ended the session, or the server is shutting down",
    "57P02": "another server process crashed; the server restarts by itself",
    "57P05": "the session was idle for longer than idle_session_timeout",
}
_LOST_HINT = "the server was stopped or restarted, or the network was cut; try again"


def from_driver(exc: BaseException, db_id: str = "") -> PoolError:
    """Translate what the driver or the system raised on an open connection.

    Our own errors pass unchanged. Failures to connect are translated where the
    connection is made, because only there the address is known.

    Args:
        exc: What was caught. Never hand over a `CancelledError`: cancellation is
            no error.
        db_id: The database concerned.
    """
    import asyncpg

    if isinstance(exc, PoolError):
        return exc
    if isinstance(exc, asyncpg.PostgresError):
        return _from_server(exc, db_id)
    if isinstance(exc, TimeoutError):  # before OSError, which it is one of
        return QueryTimeout(
            "no result within the time-out; the statement was cancelled",
            hint="raise command_timeout, or look for a lock it waits for",
            db_id=db_id,
        )
    if isinstance(exc, OSError):
        return ConnectionLostError(
            f"the connection was lost: {exc}", hint=_LOST_HINT, db_id=db_id
        )
    if isinstance(exc, asyncpg.InterfaceError) and not isinstance(exc, ValueError):
        text = str(exc)
        if "closed" in text or "released back" in text or "is closing" in text:
            return ConnectionLostError(
                "the connection is closed", hint=_LOST_HINT, db_id=db_id
            )
    if isinstance(exc, asyncpg.InternalClientError):
        return ConnectionLostError(
            f"the connection cannot be used any more: {exc}",
            hint=_LOST_HINT,
            db_id=db_id,
        )
    return QueryError(str(exc) or type(exc).__name__, db_id=db_id)


def _from_server(exc: asyncpg.PostgresError, db_id: str) -> PoolError:
    fields: dict[str, Any] = exc.as_dict()
    sqlstate = fields.get("sqlstate") or getattr(exc, "sqlstate", None) or ""
    message = fields.get("message") or str(exc)
    # The same code can mean the session or only the statement: DROP DATABASE of
    # a missing one is 3D000 too. The severity tells them apart.
    fatal = fields.get("severity_en", fields.get("severity")) in ("FATAL", "PANIC")
    if fatal or sqlstate.startswith("08"):
        return ConnectionLostError(
            message, hint=LOST_HINTS.get(sqlstate, _LOST_HINT), db_id=db_id
        )
    position = fields.get("position")
    return QueryError(
        message,
        hint=fields.get("hint") or "",
        db_id=db_id,
        sqlstate=sqlstate,
        detail=fields.get("detail") or "",
        position=int(position) if position else None,
        context=fields.get("context") or "",
        schema=fields.get("schema_name"),
        table=fields.get("table_name"),
        column=fields.get("column_name"),
        constraint=fields.get("constraint_name"),
    )
