"""How to reach one database and how big its pool may grow: `DBConfig`."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

from mdbtui.pool.errors import ConfigError

if TYPE_CHECKING:
    import asyncpg

SSL_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
MAX_POOL_SIZE = 1000


class Secret:
    """A string that does not print: repr, str and format all give ``•••``.

    It can be compared, but not pickled. Python cannot wipe it from memory.
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Return the string itself; the only way to it."""
        return self._value

    def __repr__(self) -> str:
        return "•••"

    def __format__(self, spec: str) -> str:
        return "•••"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        import hmac  # with its hashes, it would be a tenth of the library's start

        return hmac.compare_digest(
            self._value.encode("utf-8", "surrogatepass"),
            other._value.encode("utf-8", "surrogatepass"),
        )

    def __hash__(self) -> int:
        return hash((Secret, self._value))

    def __deepcopy__(self, memo: dict[int, Any]) -> Secret:
        return self

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Secret is not pickled")


@dataclass(frozen=True)
class DriverOptions:
    """What the program adds to every connection.

    Attributes:
        connection_class: A subclass of `asyncpg.Connection`; None for its own.
        init: Awaited with each new connection, within the connect time-out.
        statement_cache_size: Statements that each connection keeps prepared;
            None for the driver's default.
    """

    connection_class: type[asyncpg.Connection] | None = None
    init: Callable[[Any], Awaitable[None]] | None = None
    statement_cache_size: int | None = None


@dataclass(frozen=True, kw_only=True)
class DBConfig:
    """One database: where it is, who asks, and the limits of its pool.

    All is checked at once; a mistake raises `ConfigError`, which names the field.

    Attributes:
        host: A name, an address, or the directory of a unix socket.
        port: TCP port (also part of a unix socket's name).
        database: Name of the database.
        user: Role to log in as.
        password: Boxed in a `Secret`; None where the server needs none.
        ssl: As libpq's sslmode. "prefer" settles for TLS or plain text once and
            stays with it, so that a wrong password is sent only once.
        sslrootcert: File of the accepted authorities; "system" for the system's
            (which means verify-full); None for ~/.postgresql/root.crt, if any.
        sslcert: File of our own certificate.
        sslkey: File of its key, when it is not in `sslcert`.
        pool_min_size: Connections kept open while the pool is open.
        pool_max_size: Connections at most.
        pool_idle_timeout: Seconds without use after which the pool closes (it
            opens again at its next use); 0 for never.
        max_queries: Statements after which a connection is replaced.
        max_inactive_connection_lifetime: Seconds after which an idle connection
            is closed; 0 for never.
        command_timeout: Seconds that a statement may take.
        statement_timeout: The server's own limit, in ms; None leaves it alone.
        idle_in_transaction_timeout: The server's limit for an idle transaction,
            in ms; None leaves it alone.
        acquire_timeout: Seconds that a caller waits for a connection.
        connect_timeout: Seconds that one attempt to connect may take; at most
            0.8 of `acquire_timeout` is used, so that the attempt's own error is
            seen first.
        application_name: Shown in the server's pg_stat_activity.
        name: How it is called on screen; also its id.
    """

    host: str = "localhost"
    port: int = 5432
    database: str = "postgres"
    user: str = "postgres"
    password: Secret | str | None = None
    ssl: str = "prefer"
    sslrootcert: str | None = None
    sslcert: str | None = None
    sslkey: str | None = None
    pool_min_size: int = 0
    pool_max_size: int = 10
    pool_idle_timeout: float = 1800.0
    max_queries: int = 50_000
    max_inactive_connection_lifetime: float = 300.0
    command_timeout: float = 60.0
    statement_timeout: int | None = None
    idle_in_transaction_timeout: int | None = None
    acquire_timeout: float = 10.0
    connect_timeout: float = 5.0
    application_name: str = "mdbtui"
    name: str | None = None

    def __post_init__(self) -> None:
        for field in ("host", "database", "user", "application_name"):
            _check_text(field, getattr(self, field))
        if self.name is not None:
            _check_text("name", self.name)
        if "," in self.host:
            raise ConfigError("host", "one host only; define one connection for each")
        _check_int("port", self.port, 1, 65535)
        self._box_password()
        self._check_tls()
        _check_int("pool_max_size", self.pool_max_size, 1, MAX_POOL_SIZE)
        _check_int("pool_min_size", self.pool_min_size, 0, MAX_POOL_SIZE)
        if self.pool_min_size > self.pool_max_size:
            raise ConfigError(
                "pool_min_size",
                f"{self.pool_min_size} is more than pool_max_size"
                f" ({self.pool_max_size})",
            )
        _check_int("max_queries", self.max_queries, 1, 2**31 - 1)
        for field in ("command_timeout", "acquire_timeout", "connect_timeout"):
            _check_seconds(field, getattr(self, field), zero=False)
        for field in ("pool_idle_timeout", "max_inactive_connection_lifetime"):
            _check_seconds(field, getattr(self, field), zero=True)
        for field in ("statement_timeout", "idle_in_transaction_timeout"):
            if getattr(self, field) is not None:
                _check_int(field, getattr(self, field), 0, 2**31 - 1)

    def _box_password(self) -> None:
        password = self.password
        if isinstance(password, str):
            password = Secret(password)
            object.__setattr__(self, "password", password)
        if password is None:
            return
        if not isinstance(password, Secret):
            raise ConfigError("password", "must be text (quote it in YAML)")
        if "\0" in password.reveal():
            raise ConfigError("password", "must not contain a NUL character")

    def _check_tls(self) -> None:
        if self.ssl not in SSL_MODES:
            raise ConfigError("ssl", f"must be one of {', '.join(SSL_MODES)}")
        for field in ("sslrootcert", "sslcert", "sslkey"):
            value = getattr(self, field)
            if value is not None:
                _check_text(field, value)
        if self.sslkey is not None and self.sslcert is None:
            raise ConfigError("sslkey", "needs sslcert, the certificate it belongs to")

    @property
    def id(self) -> str:
        """The database's id: its name, else ``user@host:port/database``."""
        if self.name is not None:
            return self.name
        return f"{self.user}@{self.address}/{self.database}"

    @property
    def address(self) -> str:
        """``host:port``, as it is shown in messages."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


def _check_text(field: str, value: object) -> None:
    if not isinstance(value, str):
        raise ConfigError(field, f"must be text, not {type(value).__name__}")
    if not value.strip():
        raise ConfigError(field, "must not be empty")
    if any(unicodedata.category(char) in ("Cc", "Cs") for char in value):
        raise ConfigError(field, "must not contain control characters")


def _check_int(field: str, value: object, low: int, high: int) -> None:
    if not isinstance(value, int) or isinstance(value, bool):
        raise ConfigError(field, f"must be a whole number, not {value!r}")
    if not low <= value <= high:
        raise ConfigError(field, f"must be from {low} to {high}, not {value}")


def _check_seconds(field: str, value: object, *, zero: bool) -> None:
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise ConfigError(field, f"must be a number of seconds, not {value!r}")
    if not math.isfinite(value) or value < 0 or (value == 0 and not zero):
        least = "0 or more" if zero else "more than 0"
        raise ConfigError(field, f"must be {least} seconds, not {value}")
