"""The SQL files of this package: one file a query, its header says what it gives."""

from __future__ import annotations

import functools
import re

_VERSIONED = re.compile(r"^(.*?)\s*-- (from|before): (\d+)$")

PROGRESS = (
    ("progress_vacuum", 12),
    ("progress_analyze", 13),
    ("progress_index", 12),
    ("progress_cluster", 12),
    ("progress_copy", 14),
    ("progress_basebackup", 13),
)
"""The files about progress, and since which version the server has each view."""


@functools.cache
def query(name: str, version: int) -> str:
    """Return the text of ``sql/<name>.sql`` for a server.

    A line that ends in ``-- from: 14`` is for servers of that major version or later,
    one in ``-- before: 14`` for older ones. Comments are left out.

    Args:
        name: The file's name without its suffix.
        version: The server's major version.
    """
    # It loads the compression modules, which the first frame can do without.
    import importlib.resources

    folder = importlib.resources.files(__package__) / "sql"
    text = (folder / f"{name}.sql").read_text(encoding="utf-8")
    return "\n".join(_lines(text, version))


def _lines(text: str, version: int) -> list[str]:
    lines = []
    for line in text.splitlines():
        match = _VERSIONED.match(line)
        if match is None:
            if not line.startswith("--"):
                lines.append(line)
        elif (version >= int(match[3])) == (match[2] == "from"):
            lines.append(match[1])
    return lines


@functools.cache
def progress_query(version: int) -> str:
    """Return one query on everything whose progress a server of this version tells."""
    return "\nunion all\n".join(
        query(name, version) for name, since in PROGRESS if version >= since
    )
