"""Which database a command is for."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from mdbtui.config.targets import TargetError, parse_targets
from mdbtui.config.urls import is_url, parse_url
from mdbtui.pool import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from mdbtui.config import AppConfig, ConnectionSpec
    from mdbtui.pool import DBConfig


class UsageError(Exception):
    """The command can't be carried out as it was given; ``str()`` says why."""


def find_target(
    config: AppConfig, target: str | None, environ: Mapping[str, str]
) -> DBConfig:
    """Return the database that ``target`` names.

    Args:
        config: The configuration.
        target: A configured name or a URL; None for the only connection there is.
        environ: ``PGPASSWORD`` is used for a URL without a password, so that none
            has to stand on a command line, where everybody can read it.

    Raises:
        UsageError: There is no such connection, or the URL is wrong.
    """
    if target is not None and is_url(target):
        return _from_url(target, environ)
    names = _names(config)
    if target is None:
        if len(names) == 1:
            return config.connections[0].db
        raise UsageError(f"say which database: -d NAME or -d URL ({_known(names)})")
    spec = config.connection(target)
    if spec is None:
        # What isn't a URL of ours may still hold a password.
        shown = f'"{target}"' if "://" not in target else "of that URL"
        raise UsageError(f"there is no connection {shown} ({_known(names)})")
    return spec.db


def find_targets(
    config: AppConfig,
    names: Sequence[str],
    groups: Sequence[str],
    where: str | None,
    environ: Mapping[str, str],
    warn: Callable[[str], None],
) -> list[ConnectionSpec]:
    """Return the connections that a command for several means, each once.

    Args:
        config: The configuration.
        names: Configured names or URLs.
        groups: Groups of connections, in any case.
        where: An expression that narrows those, or all where there are none.
        environ: As for `find_target`.
        warn: Told what is most likely a slip of the pen.

    Raises:
        UsageError: One of them is not known, or none is left.
    """
    specs = [_spec(config, name, environ) for name in names]
    known = {spec.group.casefold() for spec in config.connections if spec.group}
    for group in groups:
        if group.casefold() not in known:
            raise UsageError(
                f'there is no group "{group}" ({", ".join(sorted(known)) or "none"})'
            )
    wanted = {group.casefold() for group in groups}
    specs.extend(
        spec
        for spec in config.connections
        if not (names or groups) or (spec.group or "").casefold() in wanted
    )
    if where is not None:
        try:
            targets = parse_targets(where)
        except TargetError as error:
            place = " " * (error.position + 3)
            raise UsageError(
                f"--where: {error.message}\n  {where}\n{place[:-1]}^"
            ) from None
        for word in targets.unknown(config.connections):
            warn(f'mdbtui: --where: no connection has "{word}"')
        specs = list(targets.select(specs))
    if not specs:
        raise UsageError(f"no connection matches ({_known(_names(config))})")
    return list({spec.name: spec for spec in specs}.values())


def _spec(config: AppConfig, name: str, environ: Mapping[str, str]) -> ConnectionSpec:
    from mdbtui.config import ConnectionSpec

    db = find_target(config, name, environ)
    return config.connection(db.id) or ConnectionSpec(db.id, db)


def _names(config: AppConfig) -> list[str]:
    return [spec.name for spec in config.connections]


def _from_url(url: str, environ: Mapping[str, str]) -> DBConfig:
    try:
        db = parse_url(url)
    except ConfigError as error:
        raise UsageError(f"the URL is wrong: {error}") from None
    password = environ.get("PGPASSWORD")
    if db.password is None and password:
        db = dataclasses.replace(db, password=password)
    return db


def _known(names: list[str]) -> str:
    if not names:
        return "none is configured"
    return "configured: " + ", ".join(names[:20]) + (" …" if len(names) > 20 else "")
