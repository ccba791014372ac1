"""The SQL files of this package: one file a query, its header says what it gives."""

from __future__ import annotations

import functools


@functools.cache
def query(name: str) -> str:
    """Return the text of ``sql/<name>.sql``.

    Args:
        name: The file's name without its suffix.
    """
    # It loads the compression modules, which the first frame can do without.
    import importlib.resources

    folder = importlib.resources.files(__package__) / "sql"
    return (folder / f"{name}.sql").read_text(encoding="utf-8")
