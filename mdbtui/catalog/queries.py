"""The SQL files of this package: one file a query, its header says what it gives."""

from __future__ import annotations

import functools
import importlib.resources


@functools.cache
def query(name: str) -> str:
    """Return the text of ``sql/<name>.sql``.

    Args:
        name: The file's name without its suffix.
    """
    folder = importlib.resources.files(__package__) / "sql"
    return (folder / f"{name}.sql").read_text(encoding="utf-8")
