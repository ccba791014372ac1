"""Rows that change while one looks at them: kept in order, filtered, told apart."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mdbtui.query.rows import Column, Row

_TEXT, _NUMBER = 25, 1700
_NOTHING = (None, "")
_SORTED = 60
"""Characters by which text is sorted."""


@dataclass(frozen=True)
class LiveColumn:
    """A column of a live table.

    Attributes:
        drop: Where there is no room, columns with the highest go first; 0 stays.
        fills: It takes the room that the others leave.
    """

    name: str
    numeric: bool = False
    drop: int = 0
    fills: bool = False


@dataclass(frozen=True)
class LiveRow:
    """A row as it is now.

    Attributes:
        key: What it is known by from one sample to the next.
        cells: Text of each column; any text.
        values: What each column is sorted by; None and no text are sorted last, text
            without regard to case.
        looks: How a column's cell looks, where not plain; -1 is for the whole row.
        item: What it stands for.
        copies: What is copied of a column where that is not its cell's text.
    """

    key: Hashable
    cells: tuple[str, ...]
    values: tuple[Any, ...]
    looks: Mapping[int, str] = field(default_factory=dict)
    item: Any = None
    copies: Mapping[int, str] = field(default_factory=dict)

    def holds(self, words: Sequence[str]) -> bool:
        """Whether all words, in lower case, are somewhere in it."""
        if not words:
            return True
        if not words:
            return True
        text = "\n".join(self.cells).lower()
        return all(word in text for word in words)


def in_order(
    rows: Sequence[LiveRow], sorted_by: tuple[int, bool] | None
) -> list[LiveRow]:
    """Return rows in the order of a column; what has no value comes last.

    Args:
        rows: In their own order, which stays among equals.
        sorted_by: The column's index and whether the largest come first; None leaves
            the order.
    """
    if sorted_by is None:
        return list(rows)
    index, descending = sorted_by
    known = [row for row in rows if row.values[index] not in _NOTHING]
    known.sort(key=lambda row: _key(row.values[index]), reverse=descending)
    return known + [row for row in rows if row.values[index] in _NOTHING]


def _key(value: Any) -> Any:
    return value[:_SORTED].lower() if isinstance(value, str) else value


class LiveSource:
    """The rows of a live table, as a grid reads them."""

    complete = True
    truncated = False

    def __init__(self, columns: Sequence[LiveColumn]) -> None:
        self.columns: Sequence[Column] = [
            Column(c.name, _NUMBER if c.numeric else _TEXT, "", c.numeric)
            for c in columns
        ]
        self.rows: list[LiveRow] = []

    @property
    def count(self) -> int:
        """How many rows there are now."""
        return len(self.rows)

    @property
    def note(self) -> str:
        """What is known, in words."""
        return f"{len(self.rows):,} rows"

    def row(self, i: int) -> Row | None:
        """Return a row's text."""
        return self.rows[i].cells if 0 <= i < len(self.rows) else None

    async def bring(self, i: int) -> bool:
        """All rows are here."""
        return 0 <= i < len(self.rows)

    def want(self, first: int, last: int) -> None:
        """All rows are here."""

    def subscribe(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Tell nobody: who puts rows in draws them."""
        return lambda: None
