"""Selected rows as text for the clipboard."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from mdbtui.query.formats import TextFormat
    from mdbtui.query.rows import Column

Values: TypeAlias = Sequence[str | None]

FORMATS = ("tsv", "csv", "json", "markdown", "insert", "in")
"""The formats by the name that `ResultGrid.CopyRequested` carries."""


class InList:
    """The different values in parentheses for ``IN``; rows with NULL are left out."""

    def __init__(self) -> None:
        self._columns: Sequence[Column] = ()
        self._seen: set[Values] = set()

    def begin(self, columns: Sequence[Column]) -> str:
        """Take the columns."""
        self._columns = columns
        return "("

    def rows(self, rows: Sequence[Values]) -> str:
        """Return those values that were not among the rows before."""
        from mdbtui.query.formats.sql import sql_value

        items = []
        for row in rows:
            key = tuple(row)
            if None in key or key in self._seen:
                continue
            item = ", ".join(map(sql_value, row, self._columns))
            item = f"({item})" if len(self._columns) > 1 else item
            items.append(f",\n {item}" if self._seen else item)
            self._seen.add(key)
        return "".join(items)

    def end(self, count: int) -> str:
        """Return the end of the list."""
        return ")"


class Bounded:
    """Rows up to a limit of characters; whole rows are left out to stay below it.

    Attributes:
        complete: No row was left out so far.
    """

    def __init__(self, rows: Iterable[Values], limit: int) -> None:
        self._rows = rows
        self._limit = limit
        self.complete = True

    def __iter__(self) -> Iterator[Values]:
        left = self._limit
        for row in self._rows:
            left -= sum(len(value) + 4 for value in row if value is not None)
            if left < 0:
                self.complete = False
                return
            yield row


def copy_pieces(
    format: str,
    columns: Sequence[Column],
    rows: Iterable[Values],
    *,
    header: bool = False,
    table: str = "table_name",
) -> Iterator[str]:
    """Yield the text of rows in a format, piece by piece.

    A single value in a text format without a header stays as it is, unquoted.

    Args:
        format: One of `FORMATS`.
        columns: The columns of `rows`.
        rows: Read while the pieces are taken.
        header: With column names.
        table: For INSERT, already quoted.
    """
    if format in ("tsv", "csv") and len(columns) == 1 and not header:
        some = iter(rows)
        first = list(islice(some, 2))
        if len(first) == 1:
            yield first[0][0] or ""
            return
        rows = chain(first, some)
    before = ""
    for piece in _pieces(_format(format, header, table), columns, rows):
        if piece:
            yield before
            before = piece
    # Pasted into a line, it must not break that: the last line goes without its end.
    yield before.removesuffix("\n")


def _pieces(
    made: TextFormat, columns: Sequence[Column], rows: Iterable[Values]
) -> Iterator[str]:
    count = 0
    yield made.begin(columns)
    for row in rows:
        yield made.rows([row])
        count += 1
    yield made.end(count)


def _format(name: str, header: bool, table: str) -> TextFormat:
    # Only who copies needs the formats; the first frame does without them.
    from mdbtui.query.formats import text_format

    return InList() if name == "in" else text_format(name, header=header, table=table)
