"""The one connection that ``DB_HOST`` and its kin describe."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from mdbtui.config.models import ConfigFileError, ConnectionSpec
from mdbtui.pool import ConfigError, DBConfig

if TYPE_CHECKING:
    from collections.abc import Mapping

CONNECTION_NAME = "env"

_FIELDS = {
    "DB_HOST": "host",
    "DB_PORT": "port",
    "DB_NAME": "database",
    "DB_USER": "user",
    "DB_PASSWORD": "password",
    "POOL_MIN_SIZE": "pool_min_size",
    "POOL_MAX_SIZE": "pool_max_size",
    "POOL_IDLE_TIMEOUT": "pool_idle_timeout",
}
_NUMBERS = {
    "DB_PORT": int,
    "POOL_MIN_SIZE": int,
    "POOL_MAX_SIZE": int,
    "POOL_IDLE_TIMEOUT": float,
}


def spec_from_variables(
    environ: Mapping[str, str], source: str = "environment"
) -> ConnectionSpec | None:
    """Return the connection that the variables describe.

    ``DB_HOST`` or ``DB_NAME`` makes one; the other variables alone do not, since a
    stray ``DB_PORT`` or ``POOL_MAX_SIZE`` names no database.

    Raises:
        ConfigFileError: A value is wrong; the variable is named.
    """
    if not (environ.get("DB_HOST") or environ.get("DB_NAME")):
        return None
    fields: dict[str, Any] = {}
    mistakes: list[str] = []
    for variable, field in _FIELDS.items():
        value = environ.get(variable, "")
        if not value:
            continue
        convert = _NUMBERS.get(variable, str)
        if convert is not str and not re.fullmatch(r"[0-9]+(\.[0-9]+)?", value):
            mistakes.append(f"{source}: {variable}: not a number; give digits only")
            continue
        try:
            fields[field] = convert(value)
        except ValueError:
            mistakes.append(f"{source}: {variable}: not a whole number")
    if mistakes:
        raise ConfigFileError(mistakes)
    try:
        db = DBConfig(**fields, name=CONNECTION_NAME)
    except ConfigError as error:
        variable = next((v for v, f in _FIELDS.items() if f == error.field), "DB_*")
        raise ConfigFileError([f"{source}: {variable}: {error.message}"]) from None
    return ConnectionSpec(CONNECTION_NAME, db, source=source)
