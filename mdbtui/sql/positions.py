"""Places in a text: PostgreSQL's positions, offsets, and lines with columns.

PostgreSQL counts characters from 1, as code points; so does Python from 0. Line ends
are line feeds here: an editor's text is normalised before it gets this far.
"""

from __future__ import annotations


def position_to_offset(sql: str, position: int) -> int:
    """Offset in ``sql`` of PostgreSQL's 1-based ``position``, kept inside the text."""
    return max(0, min(position - 1, len(sql)))


def offset_to_location(text: str, offset: int) -> tuple[int, int]:
    """0-based line and column of an offset."""
    offset = max(0, min(offset, len(text)))
    return text.count("\n", 0, offset), offset - (text.rfind("\n", 0, offset) + 1)


def location_to_offset(text: str, line: int, column: int) -> int:
    """Offset of a 0-based line and column, kept inside the text and the line."""
    start = 0
    for _ in range(line):
        end = text.find("\n", start)
        if end < 0:
            return len(text)
        start = end + 1
    end = text.find("\n", start)
    return min(start + max(0, column), len(text) if end < 0 else end)
