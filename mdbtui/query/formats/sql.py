"""Rows as SQL: literals and INSERT statements that mean the same on every server."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mdbtui.query.rows import Column

_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_NAME_PART = re.compile(r'\s*(?:([^\W\d][\w$]*)|"((?:[^"\0]|"")+)")\s*')


def quote_identifier(name: str) -> str:
    """Return `name` as an SQL identifier, always quoted."""
    return '"' + name.replace('"', '""') + '"'


def quote_literal(value: str) -> str:
    """Return `value` as an SQL literal that means the same with every setting."""
    quoted = value.replace("'", "''")
    if "\\" in quoted:
        return "E'" + quoted.replace("\\", "\\\\") + "'"
    return f"'{quoted}'"


def quote_table(written: str) -> str:
    """Return a table's name, as one writes it in SQL, with all its parts quoted.

    Args:
        written: Such as ``orders``, ``shop.orders`` or ``"My Table"``; unquoted
            parts are folded to lower case, as the server would do.

    Raises:
        ValueError: It is no name of a table.
    """
    parts: list[str] = []
    at = 0
    while match := _NAME_PART.match(written, at):
        plain, quoted = match.groups()
        name = plain.lower() if plain is not None else quoted.replace('""', '"')
        parts.append(quote_identifier(name))
        at = match.end()
        if at == len(written):
            return ".".join(parts)
        if written[at] != ".":
            break
        at += 1
    raise ValueError(f"not the name of a table: {written}")


def sql_value(value: str | None, column: Column) -> str:
    """Return a value as it stands in an SQL statement."""
    return (_numbers if column.numeric else _literals)([value])[0]


def _literals(cells: Iterable[str | None]) -> list[str]:
    return [
        "NULL"
        if cell is None
        else quote_literal(cell)
        if "'" in cell or "\\" in cell
        else f"'{cell}'"
        for cell in cells
    ]


def _numbers(cells: Iterable[str | None]) -> list[str]:
    number = _NUMBER.fullmatch
    return [
        "NULL" if cell is None else cell if number(cell) else quote_literal(cell)
        for cell in cells
    ]


class Inserts:
    """One INSERT statement for each row.

    Args:
        table: The table, already quoted.
        header: With the list of columns.
    """

    def __init__(self, table: str, *, header: bool = True) -> None:
        self._table = table
        self._header = header
        self._columns: Sequence[Column] = ()
        self._into = ""

    def begin(self, columns: Sequence[Column]) -> str:
        """Take the columns; nothing stands before the first row."""
        self._columns = columns
        names = ", ".join(quote_identifier(column.name) for column in columns)
        names = f" ({names})" if self._header else ""
        self._into = f"INSERT INTO {self._table}{names} VALUES ("
        return ""

    def rows(self, rows: Sequence[Sequence[str | None]]) -> str:
        """Return some rows."""
        # By columns, since a call for each cell would take twice the time.
        columns = [
            _numbers(cells) if column.numeric else _literals(cells)
            for column, cells in zip(
                self._columns, zip(*rows, strict=True), strict=bool(rows)
            )
        ]
        into = self._into
        return "".join(
            [f"{into}{', '.join(row)});\n" for row in zip(*columns, strict=True)]
        )

    def end(self, count: int) -> str:
        """Return what follows the last row: nothing."""
        return ""
