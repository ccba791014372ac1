"""``postgresql://`` URLs, read as libpq reads them.

Own code because the driver's reader differs from libpq in a dozen ways, sends
parameters that it does not know to the server as settings, and repeats parts of a
password in its messages. Where libpq would go on with what is most likely a piece of
an unencoded password, this reader refuses. No message repeats any part of the URL,
save the name of a known parameter.

Empty parts: the port is 5432, the user the operating system's, the database named
like the user. The host is ``localhost``, since where libpq would look for a socket
was decided when that was compiled.
"""

from __future__ import annotations

import getpass
import re
from typing import Any

from mdbtui.pool import ConfigError, DBConfig

SCHEMES = ("postgresql://", "postgres://")

# libpq's keyword → our field.
_PARAMETERS = {
    "host": "host",
    "port": "port",
    "dbname": "database",
    "user": "user",
    "password": "password",
    "sslmode": "ssl",
    "sslrootcert": "sslrootcert",
    "sslcert": "sslcert",
    "sslkey": "sslkey",
    "connect_timeout": "connect_timeout",
    "application_name": "application_name",
}
# Known to libpq and not supported here; any may matter for safety, so that none is
# passed over.
_UNSUPPORTED = frozenset(
    (
        "channel_binding",
        "client_encoding",
        "fallback_application_name",
        "gssdelegation",
        "gssencmode",
        "gsslib",
        "hostaddr",
        "keepalives",
        "keepalives_count",
        "keepalives_idle",
        "keepalives_interval",
        "krbsrvname",
        "load_balance_hosts",
        "max_protocol_version",
        "min_protocol_version",
        "oauth_client_id",
        "oauth_client_secret",
        "oauth_issuer",
        "oauth_scope",
        "options",
        "passfile",
        "replication",
        "require_auth",
        "requirepeer",
        "requiressl",
        "scram_client_key",
        "scram_server_key",
        "service",
        "servicefile",
        "ssl_max_protocol_version",
        "ssl_min_protocol_version",
        "sslcertmode",
        "sslcompression",
        "sslcrl",
        "sslcrldir",
        "sslkeylogfile",
        "sslnegotiation",
        "sslpassword",
        "sslsni",
        "target_session_attrs",
        "tcp_user_timeout",
        "tty",
    )
)


def is_url(text: str) -> bool:
    """Tell whether ``text`` is meant as a PostgreSQL URL."""
    return text.startswith(SCHEMES)


def parse_url(url: str, *, name: str | None = None) -> DBConfig:
    """Return how to connect to what the URL names.

    Args:
        url: ``postgresql://`` or ``postgres://``, percent-encoded where needed.
        name: The display name.

    Raises:
        ConfigError: The URL is not one, or asks for what is not supported.
    """
    return DBConfig(**fill_defaults(url_fields(url)), name=name)


def fill_defaults(fields: dict[str, Any]) -> dict[str, Any]:
    """Add libpq's defaults for a user and a database that are not given."""
    user = fields.get("user") or _system_user()
    return {**fields, "user": user, "database": fields.get("database") or user}


def url_fields(url: str) -> dict[str, Any]:
    """Return only the ``DBConfig`` fields that the URL itself gives.

    Raises:
        ConfigError: As ``parse_url``.
    """
    scheme = next((s for s in SCHEMES if url.startswith(s)), None)
    if scheme is None:
        raise _wrong("a URL begins with postgresql:// or postgres://")
    if re.search(r"\s", url):
        raise _wrong("there is a space or a line end in it; write a space as %20")
    rest = url[len(scheme) :]
    found: dict[str, str] = {}
    # libpq ends the user's part at the first @ if no / comes before it.
    if credentials := re.match(r"([^@/:]*)(?::([^@/]*))?@", rest):
        found["user"], found["password"] = credentials[1], credentials[2] or ""
        rest = rest[credentials.end() :]
    place, _, query = rest.partition("?")
    authority, _, database = place.partition("/")
    found["host"], found["port"] = _host_and_port(authority)
    if "@" in database:
        raise _wrong(_ENCODE_AT)
    found["database"] = database
    given = {key: _decode(value) for key, value in found.items() if value}
    given.update(_query_fields(query))
    return convert_fields(given)


_ENCODE_AT = (
    "there is an @ too many; in a user name or a password write @ as %40, "
    "/ as %2F and : as %3A"
)


def _wrong(message: str) -> ConfigError:
    return ConfigError("url", message)


def _host_and_port(authority: str) -> tuple[str, str]:
    if "@" in authority:
        raise _wrong(_ENCODE_AT)
    if "," in authority:
        raise _wrong("several hosts in one URL are not supported yet; name one host")
    if authority.startswith("["):
        host, bracket, after = authority[1:].partition("]")
        if not bracket:
            raise _wrong("the ] that ends the IPv6 address is missing")
        if not host:
            raise _wrong("the IPv6 address between [ and ] is empty")
        if after and not after.startswith(":"):
            raise _wrong("after the IPv6 address only :port may follow")
        return host, after[1:]
    host, _, port = authority.partition(":")
    return host, port


def _query_fields(query: str) -> dict[str, str]:
    fields: dict[str, str] = {}
    for part in query.split("&") if query else ():
        keyword, equals, value = part.partition("=")
        if not equals:
            raise _wrong("a parameter after ? has no =; write name=value")
        if "=" in value:
            raise _wrong("a parameter after ? has two =; write the second as %3D")
        keyword, value = _decode(keyword), _decode(value)
        if (keyword, value) == ("ssl", "true"):  # JDBC's way, which libpq takes too
            keyword, value = "sslmode", "require"
        fields[parameter_field(keyword, "url")] = value
    return {name: value for name, value in fields.items() if value}


def parameter_field(keyword: str, field: str) -> str:
    """Return the ``DBConfig`` field of a libpq keyword.

    Args:
        keyword: As libpq spells it.
        field: What to blame in the error.

    Raises:
        ConfigError: It is unknown or not supported here.
    """
    if keyword in _PARAMETERS:
        return _PARAMETERS[keyword]
    if keyword in _UNSUPPORTED:
        raise ConfigError(field, f"the parameter {keyword} is not supported; remove it")
    from difflib import get_close_matches  # only mistakes need it

    close = get_close_matches(keyword, [*_PARAMETERS, *_UNSUPPORTED], 1)
    raise ConfigError(
        field,
        f"a parameter is unknown; did you mean {close[0]}?"
        if close
        else f"a parameter is unknown; known are {', '.join(_PARAMETERS)}",
    )


def convert_fields(given: dict[str, str], field: str = "url") -> dict[str, Any]:
    """Turn the texts of libpq's parameters into values of ``DBConfig``.

    Args:
        given: Texts by ``DBConfig`` field.
        field: What to blame in the error.

    Raises:
        ConfigError: A number isn't one, or several hosts are named.
    """
    fields: dict[str, Any] = dict(given)
    if "," in given.get("host", "") or "," in given.get("port", ""):
        raise ConfigError(field, "several hosts are not supported yet; name one host")
    for name, what in (("port", "port"), ("connect_timeout", "connect time-out")):
        if name in fields:
            text = given[name].strip()
            if not re.fullmatch(r"[0-9]{1,9}", text):
                raise ConfigError(field, f"the {what} is not a whole number")
            fields[name] = int(text)
    if fields.get("connect_timeout") == 0:
        raise ConfigError(
            field,
            "connect_timeout 0 would wait for ever; give 1 or more seconds",
        )
    return fields


def _decode(text: str) -> str:
    """Undo percent-encoding strictly; a ``+`` stays a plus, as in libpq."""
    if "%" not in text:
        return text
    if re.search(r"%(?![0-9A-Fa-f]{2})", text):
        raise _wrong("a % is not followed by two hexadecimal digits; write % as %25")
    if "%00" in text:
        raise _wrong("%00 is not allowed")
    raw = re.sub(
        rb"%(..)", lambda match: bytes([int(match[1], 16)]), text.encode("utf-8")
    )
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        raise _wrong("the percent-encoded bytes are not UTF-8") from None


def _system_user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container's user without a name
        return "postgres"
