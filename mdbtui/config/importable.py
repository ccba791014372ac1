"""Connections that other programs' settings describe, offered at a first start."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from mdbtui.config.files import FileProblem, read_text
from mdbtui.config.models import ConfigFileError, ConnectionSpec
from mdbtui.config.urls import (
    convert_fields,
    fill_defaults,
    is_url,
    parameter_field,
    parse_url,
)
from mdbtui.config.variables import spec_from_variables
from mdbtui.pool import ConfigError, DBConfig

if TYPE_CHECKING:
    from collections.abc import Mapping

_LIBPQ = {
    "PGHOST": "host",
    "PGPORT": "port",
    "PGDATABASE": "dbname",
    "PGUSER": "user",
    "PGPASSWORD": "password",
    "PGSSLMODE": "sslmode",
    "PGSSLROOTCERT": "sslrootcert",
    "PGSSLCERT": "sslcert",
    "PGSSLKEY": "sslkey",
    "PGCONNECT_TIMEOUT": "connect_timeout",
}


@dataclass(frozen=True)
class Importable:
    """A connection that could be taken over.

    Attributes:
        spec: The connection.
        origin: Where it was found, in words for the user.
    """

    spec: ConnectionSpec
    origin: str


@dataclass(frozen=True)
class Found:
    """What there is to import.

    Attributes:
        connections: With distinct names.
        problems: What could not be read, one sentence each.
    """

    connections: tuple[Importable, ...] = ()
    problems: tuple[str, ...] = ()


def find_importable(environ: Mapping[str, str] = os.environ) -> Found:
    """Look for connections in the environment and in libpq's service file. Blocks.

    Looked at are ``DB_*``, ``DATABASE_URL``, ``PGHOST`` and its kin, and the file
    named by ``PGSERVICEFILE``, else ``~/.pg_service.conf``. Never raises for what
    is found there.
    """
    found: list[Importable] = []
    problems: list[str] = []
    _from_variables(environ, found, problems)
    if is_url(url := environ.get("DATABASE_URL", "")):
        try:
            db = parse_url(url, name="database-url")
        except ConfigError as error:
            problems.append(f"DATABASE_URL: {error.message}")
        else:
            _add(found, db, "DATABASE_URL")
    if any(environ.get(v) for v in ("PGHOST", "PGDATABASE", "PGUSER", "PGPORT")):
        given = {key: environ[v] for v, key in _LIBPQ.items() if environ.get(v)}
        _from_libpq("pg-environment", given, "PGHOST and its kin", found, problems)
    _from_service_file(environ, found, problems)
    return Found(tuple(found), tuple(problems))


def _from_variables(
    environ: Mapping[str, str], found: list[Importable], problems: list[str]
) -> None:
    try:
        spec = spec_from_variables(environ)
    except ConfigFileError as error:
        problems.extend(error.mistakes)
    else:
        if spec is not None:
            found.append(Importable(spec, "DB_HOST and its kin"))


def _from_libpq(
    name: str,
    given: Mapping[str, str],
    origin: str,
    found: list[Importable],
    problems: list[str],
) -> None:
    try:
        texts = {parameter_field(k, k): v for k, v in given.items() if v}
        fields = fill_defaults(convert_fields(texts, "parameters"))
        db = DBConfig(**fields, name=name)
    except ConfigError as error:
        problems.append(f"{origin}: {error.field}: {error.message}")
    else:
        _add(found, db, origin)


def _add(found: list[Importable], db: DBConfig, origin: str) -> None:
    taken = {importable.spec.name for importable in found}
    name, number = db.name or db.id, 2
    while name in taken:
        name, number = f"{db.name}-{number}", number + 1
    spec = ConnectionSpec(name, replace(db, name=name), source=origin)
    found.append(Importable(spec, origin))


def _from_service_file(
    environ: Mapping[str, str], found: list[Importable], problems: list[str]
) -> None:
    given = environ.get("PGSERVICEFILE")
    home = environ.get("HOME") or os.path.expanduser("~")  # noqa: PTH111 - never raises
    path = Path(given) if given else Path(home, ".pg_service.conf")
    try:
        text = read_text(path)
    except FileNotFoundError:
        if given:
            problems.append(f"{path}: there is no such file (PGSERVICEFILE)")
        return
    except FileProblem as problem:
        problems.append(f"{path}: {problem}")
        return
    services: dict[str, dict[str, str]] = {}
    current: dict[str, str] | None = None
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        if line.startswith("[") and line.endswith("]"):
            # libpq uses the first of two sections with one name.
            name, current = line[1:-1], {}
            services.setdefault(name, current)
            continue
        keyword, equals, value = line.partition("=")
        if current is None or not equals:
            problems.append(f"{path}:{number}: neither [service] nor name=value")
            continue
        current.setdefault(keyword.strip(), value.strip())
    for service, parameters in services.items():
        _from_libpq(
            service or "service", parameters, f"{path} [{service}]", found, problems
        )
