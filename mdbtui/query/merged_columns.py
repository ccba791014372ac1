"""The columns of results of several databases, matched by name."""

from __future__ import annotations

from collections import Counter

from mdbtui.query.rows import Column

DIFFERS = "≠"
"""Beside the name of a column that is not the same everywhere."""

_TEXT = 25
_NUMERIC = 1700

DATABASE = Column("database", _TEXT, "text", False)
"""What stands before the columns of each row."""

Key = tuple[str, int]
"""A column's name, and the how manieth of that name it is in its result."""
Shape = tuple[tuple[str, str], ...]


def keys_of(shape: Shape) -> tuple[Key, ...]:
    """Return what tells a result's columns apart."""
    seen: Counter[str] = Counter()
    keys = []
    for name, _ in shape:
        keys.append((name, seen[name]))
        seen[name] += 1
    return tuple(keys)


def joined(one: Column, other: Column) -> Column:
    """Return a column for values of both; OIDs differ where names don't (enums)."""
    if other.type_name in one.type_name.split(" | "):
        return one
    numeric = one.numeric and other.numeric
    return Column(
        one.name,
        _NUMERIC if numeric else _TEXT,
        f"{one.type_name} | {other.type_name}",
        numeric,
        DIFFERS,
    )
