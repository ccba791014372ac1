"""Which database a command is for."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from mdbtui.config.urls import is_url, parse_url
from mdbtui.pool import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mdbtui.config import AppConfig
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
    names = [spec.name for spec in config.connections]
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
