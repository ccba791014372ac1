"""Selected rows as text for the clipboard: pure functions, one for each format."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from itertools import chain, islice
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from mdbtui.query.rows import Column

Values: TypeAlias = Sequence[str | None]
Formatter: TypeAlias = Callable[
    [Sequence["Column"], Iterable[Values], bool, str], Iterator[str]
]
"""Columns, rows, with a header?, table name → lines without their line ends."""

_JSON_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?")
_SQL_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")
_BOOL, _JSON, _JSONB = 16, 114, 3802


def quote_identifier(name: str) -> str:
    """Return `name` as an SQL identifier, always quoted."""
    return '"' + name.replace('"', '""') + '"'


def quote_literal(value: str) -> str:
    """Return `value` as an SQL literal that means the same with every setting."""
    quoted = value.replace("'", "''")
    if "\\" in quoted:
        return "E'" + quoted.replace("\\", "\\\\") + "'"
    return f"'{quoted}'"


def _sql_value(value: str | None, column: Column) -> str:
    if value is None:
        return "NULL"
    if column.numeric and _SQL_NUMBER.fullmatch(value):
        return value
    return quote_literal(value)


def _separated(
    columns: Sequence[Column],
    rows: Iterable[Values],
    header: bool,
    separator: str,
    special: re.Pattern[str],
) -> Iterator[str]:
    def field(value: str | None) -> str:
        if value is None:
            return ""
        if value == "" or special.search(value):
            return '"' + value.replace('"', '""') + '"'
        return value

    if header:
        yield separator.join(field(column.name) for column in columns)
    for row in rows:
        yield separator.join(map(field, row))


_CSV_SPECIAL = re.compile(r'[,"\r\n]')
_TSV_SPECIAL = re.compile(r'[\t"\r\n]')


def tsv(
    columns: Sequence[Column], rows: Iterable[Values], header: bool, _table: str
) -> Iterator[str]:
    """Tabs between the values, quoted as spreadsheets expect; NULL is empty."""
    return _separated(columns, rows, header, "\t", _TSV_SPECIAL)


def csv(
    columns: Sequence[Column], rows: Iterable[Values], header: bool, _table: str
) -> Iterator[str]:
    """RFC 4180 as COPY writes it: NULL is empty, an empty text is ``""``."""
    return _separated(columns, rows, header, ",", _CSV_SPECIAL)


def _keys(columns: Sequence[Column]) -> list[str]:
    """Column names made different, as an object can hold each name only once."""
    keys: list[str] = []
    for column in columns:
        key, number = column.name, 2
        while key in keys:
            key, number = f"{column.name}_{number}", number + 1
        keys.append(key)
    return keys


@cache
def _json_text() -> Callable[[str], str]:
    from json import JSONEncoder  # only who copies JSON needs it

    return JSONEncoder(ensure_ascii=False).encode


def _json_value(value: str | None, column: Column) -> str:
    if value is None:
        return "null"
    if column.numeric and _JSON_NUMBER.fullmatch(value):
        return value
    if column.type_oid == _BOOL and value in ("t", "f"):
        return "true" if value == "t" else "false"
    if column.type_oid in (_JSON, _JSONB):
        return " ".join(value.splitlines())
    return _json_text()(value)


def json_rows(
    columns: Sequence[Column], rows: Iterable[Values], _header: bool, _table: str
) -> Iterator[str]:
    """An array of objects; numbers, booleans and JSON values as such."""
    keys = [_json_text()(key) for key in _keys(columns)]
    line = "["
    for row in rows:
        if line != "[":
            yield line + ","
        else:
            yield line
        pairs = zip(keys, columns, row, strict=True)
        line = "  {" + ", ".join(f"{k}: {_json_value(v, c)}" for k, c, v in pairs) + "}"
    yield line
    yield "]"


def markdown(
    columns: Sequence[Column], rows: Iterable[Values], header: bool, _table: str
) -> Iterator[str]:
    """A table; without a header its first line is empty, as Markdown needs one."""

    def cell(value: str | None) -> str:
        if value is None:
            return "NULL"
        value = value.replace("\\", "\\\\").replace("|", "\\|")
        return re.sub(r"\r\n|[\r\n]", "<br>", value)

    def line(cells: Iterable[str]) -> str:
        return f"| {' | '.join(cells)} |"

    yield line(cell(column.name) if header else " " for column in columns)
    yield line("---:" if column.numeric else "---" for column in columns)
    for row in rows:
        yield line(map(cell, row))


def insert(
    columns: Sequence[Column], rows: Iterable[Values], header: bool, table: str
) -> Iterator[str]:
    """One INSERT statement for each row; the header is the list of columns."""
    names = ", ".join(quote_identifier(column.name) for column in columns)
    into = f"INSERT INTO {table} ({names})" if header else f"INSERT INTO {table}"
    for row in rows:
        values = ", ".join(map(_sql_value, row, columns))
        yield f"{into} VALUES ({values});"


def in_list(
    columns: Sequence[Column], rows: Iterable[Values], _header: bool, _table: str
) -> Iterator[str]:
    """The different values in parentheses for ``IN``; rows with NULL are left out."""
    seen: set[Values] = set()
    line = "("
    for row in rows:
        key = tuple(row)
        if None in key or key in seen:
            continue
        seen.add(key)
        item = ", ".join(map(_sql_value, row, columns))
        if len(columns) > 1:
            item = f"({item})"
        if line != "(":
            line += ","
            yield line
            line = " "
        line += item
    yield line + ")"


FORMATS: dict[str, Formatter] = {
    "tsv": tsv,
    "csv": csv,
    "json": json_rows,
    "markdown": markdown,
    "insert": insert,
    "in": in_list,
}
"""The formats by the name that `ResultGrid.CopyRequested` carries."""


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


def copy_lines(
    format: str,
    columns: Sequence[Column],
    rows: Iterable[Values],
    *,
    header: bool = False,
    table: str = "table_name",
) -> Iterator[str]:
    """Yield the lines of rows in a format; they belong together with line ends.

    A single value in a text format without a header stays as it is, unquoted.

    Args:
        format: A key of `FORMATS`.
        columns: The columns of `rows`.
        rows: Read while the lines are taken.
        header: With column names.
        table: For INSERT, already quoted.
    """
    if format in ("tsv", "csv") and len(columns) == 1 and not header:
        some = iter(rows)
        first = list(islice(some, 2))
        if len(first) == 1:
            return iter([first[0][0] or ""])
        rows = chain(first, some)
    return FORMATS[format](columns, rows, header, table)
