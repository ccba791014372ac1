"""Where the program's files live, after the XDG base directory rules.

Nothing here touches the disk: a folder is made by whoever first writes into it.
"""

from __future__ import annotations

import os
from pathlib import Path

CONFIG_FILE = "config.yaml"
CONNECTIONS_FILE = "connections.yaml"
STATE_FILE = "state.json"


def _base(variable: str, fallback: str) -> Path:
    value = os.environ.get(variable, "")
    # The XDG rules say that a relative path is to be ignored.
    if value and Path(value).is_absolute():
        return Path(value) / "mdbtui"
    return Path(os.path.expanduser("~"), fallback, "mdbtui")  # noqa: PTH111 - never raises


def config_dir() -> Path:
    """Return the folder of ``config.yaml`` and ``connections.yaml``."""
    return _base("XDG_CONFIG_HOME", ".config")


def state_dir() -> Path:
    """Return the folder of what the program remembers by itself."""
    return _base("XDG_STATE_HOME", ".local/state")


def data_dir() -> Path:
    """Return the folder of large data that is kept, such as the demo's server."""
    return _base("XDG_DATA_HOME", ".local/share")


def cache_dir() -> Path:
    """Return the folder of data that may be deleted at any time."""
    return _base("XDG_CACHE_HOME", ".cache")


def themes_dir() -> Path:
    """Return the folder of the user's own themes."""
    return config_dir() / "themes"
