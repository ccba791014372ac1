"""Files and the environment, read into frozen values.

Every function that reads or writes a file blocks. ``load_config``, ``load_state``
and ``find_importable`` are meant for the time before the event loop runs; from a
running loop call them, ``save_connection``, ``remove_connection`` and
``save_state`` through ``asyncio.to_thread``.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from mdbtui.config.loader import load_config
from mdbtui.config.models import (
    AppConfig,
    ConfigFileError,
    ConnectionSpec,
    Environment,
)
from mdbtui.config.paths import (
    cache_dir,
    config_dir,
    data_dir,
    state_dir,
    themes_dir,
)
from mdbtui.config.state import load_state, save_state
from mdbtui.config.urls import parse_url

if TYPE_CHECKING:
    from mdbtui.config.importable import Found, Importable, find_importable
    from mdbtui.config.store import remove_connection, save_connection

__all__ = [
    "AppConfig",
    "ConfigFileError",
    "ConnectionSpec",
    "Environment",
    "Found",
    "Importable",
    "cache_dir",
    "config_dir",
    "data_dir",
    "find_importable",
    "load_config",
    "load_state",
    "parse_url",
    "remove_connection",
    "save_connection",
    "save_state",
    "state_dir",
    "themes_dir",
]

# What a start with a configuration does without.
_HOMES = {
    "Found": "importable",
    "Importable": "importable",
    "find_importable": "importable",
    "remove_connection": "store",
    "save_connection": "store",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
