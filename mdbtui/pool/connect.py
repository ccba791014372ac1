"""One attempt to connect: from a `DBConfig` to a connection or a `ConnectError`.

Every parameter is handed to the driver explicitly, so that nothing of the
environment (PG* variables, service and password files) leaks in.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import socket
import ssl
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import asyncpg

from mdbtui.pool.config import DBConfig, DriverOptions, Secret
from mdbtui.pool.errors import (
    ConnectError,
    ConnectionRefused,
    ConnectTimeout,
    HostNotFound,
    LoginRefused,
    ServerStarting,
    SettingRefused,
    TLSRefused,
    TooManyConnections,
    UnknownDatabase,
)
from mdbtui.pool.tls import build_context

if TYPE_CHECKING:
    from mdbtui.pool.threads import Threads

# With a handler, the driver's warnings do not fall to Python's last resort, which
# writes on the screen.
logging.getLogger("asyncpg").addHandler(logging.NullHandler())

# The server notices within this time that its client is gone, and stops working
# for it. Servers before 14 and most poolers do not know the setting.
_CHECK_INTERVAL = "client_connection_check_interval"
_CHECK_EVERY = "5s"

# A dead peer is noticed in about 10 s instead of never (the driver's default) or
# two hours (the system's). Names that a system lacks are left out.
_KEEPALIVE = {
    "TCP_KEEPIDLE": 5,
    "TCP_KEEPALIVE": 5,  # macOS's name for the same
    "TCP_KEEPINTVL": 2,
    "TCP_KEEPCNT": 3,
    "TCP_USER_TIMEOUT": 10_000,
}


class Dialer:
    """Connects to one database, and remembers what it learned about it.

    Whether a server speaks TLS is settled by the first success: "prefer" would
    otherwise send a wrong password twice, and could be talked out of TLS later.
    """

    def __init__(self, config: DBConfig, threads: Threads) -> None:
        self._config = config
        self._threads = threads
        self._tls: bool | None = None
        self._context: ssl.SSLContext | None = None
        self._check_interval = True
        self._turn = 0

    async def dial(
        self, options: DriverOptions, **driver: Any
    ) -> asyncpg.Connection[Any]:
        """Connect within the time that the configuration allows.

        Args:
            options: What the program adds to each connection.
            driver: `loop`, `connection_class` and `record_class`, as the
                driver's pool hands them to its connect hook.

        Raises:
            ConnectError: The subclass says why.
        """
        config = self._config
        # The attempt's own error says more than the caller's time-out.
        limit = min(config.connect_timeout, 0.8 * config.acquire_timeout)
        try:
            async with asyncio.timeout(limit):
                connection = await self._negotiate(options, driver)
                try:
                    _keep_alive(connection)
                    _free_when_ended(connection)
                    if options.init is not None:
                        await options.init(connection)
                except BaseException:
                    connection.terminate()
                    raise
                return connection
        except ConnectError:
            raise
        except TimeoutError as exc:
            self._turn += 1  # another address may answer
            raise ConnectTimeout(
                f"{config.address} did not answer within {limit:g} s",
                hint="a firewall that drops packets, a wrong address, or a server"
                " that hangs; see connect_timeout",
                db_id=config.id,
            ) from exc
        except Exception as exc:
            raise _explain(exc, config) from exc

    async def _negotiate(
        self, options: DriverOptions, driver: dict[str, Any]
    ) -> asyncpg.Connection[Any]:
        hosts = await self._hosts()
        ways = self._ways()
        for tls in ways[:-1]:
            # Not caught here: what is left of the error would hold the connection.
            if connection := await self._try(hosts, tls, options, driver):
                self._tls = tls
                return connection
        connection = await self._open(hosts, ways[-1], options, driver)
        self._tls = ways[-1]
        return connection

    async def _try(
        self,
        hosts: list[str],
        tls: bool,
        options: DriverOptions,
        driver: dict[str, Any],
    ) -> asyncpg.Connection[Any] | None:
        """Connect with TLS or without; None if the other way may do."""
        try:
            return await self._open(hosts, tls, options, driver)
        except (OSError, asyncpg.PostgresError) as exc:
            if not _other_way_may_do(exc):
                raise
            return None

    def _ways(self) -> list[bool]:
        if self._config.host.startswith("/") or self._config.ssl == "disable":
            return [False]
        if self._tls is not None:
            return [self._tls]
        return {"prefer": [True, False], "allow": [False, True]}.get(
            self._config.ssl, [True]
        )

    async def _hosts(self) -> list[str]:
        host = self._config.host
        if host.startswith("/"):
            return [host]
        found = await self._threads.resolve(host)
        turn = self._turn % len(found)
        return found[turn:] + found[:turn]

    async def _open(
        self,
        hosts: list[str],
        tls: bool,
        options: DriverOptions,
        driver: dict[str, Any],
    ) -> asyncpg.Connection[Any]:
        config = self._config
        if tls and self._context is None:
            self._context = await self._threads.run(
                ("tls", id(self)), lambda: build_context(config)
            )
        settings = _settings(config)
        if self._check_interval:
            settings[_CHECK_INTERVAL] = _CHECK_EVERY
        parameters = {
            "host": hosts,
            "port": [config.port] * len(hosts),
            "user": config.user,
            "database": config.database,
            "password": _password_of(config),
            "ssl": self._context if tls else False,
            "direct_tls": False,
            "timeout": None,
            "command_timeout": config.command_timeout,
            "server_settings": settings,
            "target_session_attrs": "any",
            "krbsrvname": "postgres",
            "gsslib": "gssapi",
            **driver,
        }
        if options.statement_cache_size is not None:
            parameters["statement_cache_size"] = options.statement_cache_size
        try:
            connection: asyncpg.Connection[Any] = await asyncpg.connect(**parameters)
            return connection
        except asyncpg.PostgresError as exc:
            if not self._check_interval or _CHECK_INTERVAL not in str(exc):
                raise
        self._check_interval = False
        return await self._open(hosts, tls, options, driver)


def _password_of(config: DBConfig) -> Callable[[], str]:
    """Box the password in a callable: the connection keeps its parameters.

    An empty one also keeps the driver from looking into files and environment.
    """
    password = config.password
    return password.reveal if isinstance(password, Secret) else lambda: ""


def _settings(config: DBConfig) -> dict[str, str]:
    settings = {"application_name": config.application_name}
    if config.statement_timeout is not None:
        settings["statement_timeout"] = str(config.statement_timeout)
    if config.idle_in_transaction_timeout is not None:
        settings["idle_in_transaction_session_timeout"] = str(
            config.idle_in_transaction_timeout
        )
    return settings


def _keep_alive(connection: asyncpg.Connection[Any]) -> None:
    # The driver has no public way to its socket.
    sock = connection._transport.get_extra_info("socket")  # type: ignore[attr-defined] # noqa: SLF001
    if sock is None or sock.family not in (socket.AF_INET, socket.AF_INET6):
        return
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in _KEEPALIVE.items():
        if (option := getattr(socket, name, None)) is not None:
            with contextlib.suppress(OSError):
                sock.setsockopt(socket.IPPROTO_TCP, option, value)


def _free_when_ended(connection: asyncpg.Connection[Any]) -> None:
    """Have the connection's transport freed once it is closed.

    asyncio's holds itself by a method that it keeps, so that only the garbage collector
    would free it: which hardly ever runs where nothing much happens, while connections
    that are kept open are made anew for days.
    """
    transport = connection._transport  # type: ignore[attr-defined] # noqa: SLF001

    def free(_: object) -> None:
        if transport.is_closing() and hasattr(transport, "_read_ready_cb"):
            transport._read_ready_cb = None  # noqa: SLF001 - it reads no more

    connection.add_termination_listener(free)


def _other_way_may_do(exc: Exception) -> bool:
    """Tell whether the server refused TLS, or plain text, and nothing else."""
    if isinstance(exc, asyncpg.InvalidPasswordError):
        return False
    if isinstance(exc, asyncpg.InvalidAuthorizationSpecificationError):
        # pg_hba.conf has no line for this; an unknown role has the same code.
        return exc.as_dict().get("server_source_function") in (
            None,
            "ClientAuthentication",
        )
    return isinstance(exc, ConnectionError) and "rejected SSL upgrade" in str(exc)


def _explain(exc: Exception, config: DBConfig) -> ConnectError:
    if isinstance(exc, asyncpg.PostgresError):
        return _explain_server(exc, config)
    if isinstance(exc, OSError):
        return _explain_system(exc, config)
    if isinstance(exc, asyncpg.InterfaceError):
        return LoginRefused(
            f"{config.address} asks for a login that cannot be given: {exc}",
            hint="see the authentication method in the server's pg_hba.conf",
            db_id=config.id,
        )
    # Its text is not known to be free of secrets.
    return ConnectError(
        f"connecting to {config.address} failed: {type(exc).__name__}",
        db_id=config.id,
    )


_STARTING = ("57P01", "57P02", "57P03")
_FULL = ("53300", "53400")
_FULL_WORDS = ("too many clients", "no more connections allowed")


def _explain_server(exc: asyncpg.PostgresError, config: DBConfig) -> ConnectError:
    sqlstate = exc.sqlstate or ""
    message = exc.as_dict().get("message") or str(exc)
    kind: type[ConnectError] = ConnectError
    hint = ""
    if sqlstate in _FULL or any(word in message for word in _FULL_WORDS):
        kind = TooManyConnections
        hint = (
            "close other clients, lower pool_max_size, or raise the server's"
            " max_connections"
        )
    elif sqlstate == "28P01":
        kind = LoginRefused
        hint = (
            "check user and password; nothing is tried again until you ask"
            if config.password is not None
            else "no password is configured for this connection"
        )
    elif sqlstate.startswith("28") or sqlstate == "42501":
        kind = LoginRefused
        hint = "check the user's name, its rights, and the server's pg_hba.conf"
    elif sqlstate == "3D000":
        kind = UnknownDatabase
        hint = "check the database's name; `psql -l` lists what the server has"
    elif sqlstate in _STARTING:
        kind = ServerStarting
        hint = "wait: it is tried again by itself"
    elif sqlstate in ("42704", "22023") or "startup parameter" in message:
        kind = SettingRefused
        hint = (
            "remove statement_timeout and idle_in_transaction_timeout here, or list"
            " them in PgBouncer's ignore_startup_parameters"
        )
    elif isinstance(exc, asyncpg.ConnectionDoesNotExistError):
        message = "the connection was closed during the login"
        hint = "is it PostgreSQL that listens there? See its log"
    return kind(
        f"{config.address}: {message}", hint=hint, db_id=config.id, sqlstate=sqlstate
    )


def _explain_system(exc: OSError, config: DBConfig) -> ConnectError:
    where, db_id = config.address, config.id
    if isinstance(exc, socket.gaierror):
        return HostNotFound(
            f"the name {config.host!r} has no address ({exc.strerror})",
            hint="a typing mistake, or no network, VPN or DNS",
            db_id=db_id,
        )
    if isinstance(exc, ssl.SSLError) or "rejected SSL upgrade" in str(exc):
        return _explain_tls(exc, config)
    if isinstance(exc, ConnectionRefusedError | FileNotFoundError):
        return ConnectionRefused(
            f"nothing accepts connections at {where}",
            hint="the server is not running, the address or port is wrong, or a"
            " firewall refuses",
            db_id=db_id,
        )
    if exc.errno in (errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EHOSTDOWN):
        return ConnectError(
            f"there is no way to {where}: {exc.strerror}",
            hint="no network or VPN, or a firewall",
            db_id=db_id,
        )
    return ConnectError(
        f"connecting to {where} failed: {exc.strerror or exc}",
        hint="is it PostgreSQL that listens there? See its log",
        db_id=db_id,
    )


def _explain_tls(exc: OSError, config: DBConfig) -> TLSRefused:
    if isinstance(exc, ssl.SSLCertVerificationError):
        return TLSRefused(
            f"the certificate of {config.address} is not accepted:"
            f" {exc.verify_message}",
            hint="set sslrootcert to the authority that signed it; with verify-full"
            " the host's name must be the certificate's",
            db_id=config.id,
        )
    if isinstance(exc, ssl.SSLError):
        return TLSRefused(
            f"no TLS with {config.address}: {exc.reason or exc}",
            hint="TLS 1.2 or later is needed; a client certificate may be missing",
            db_id=config.id,
        )
    return TLSRefused(
        f"{config.address} does not offer TLS, and ssl is {config.ssl}",
        hint="switch TLS on at the server, or set ssl to prefer or disable",
        db_id=config.id,
    )
