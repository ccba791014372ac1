r"""JSON: an array of objects for each result, or one object a line.

Numbers, booleans, ``json`` and ``jsonb`` are JSON where that is exact: a number keeps
all its digits, and NaN and the infinities, which JSON lacks, are texts. All other
values are the server's text; NULL is null. Invisible characters are written as
``\u…``, which changes no value and is harmless on a terminal.
"""

from __future__ import annotations

import re
from json.encoder import encode_basestring
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from mdbtui.query.rows import Column

_BOOL = 16
# int8 int2 int4 oid float4 float8 numeric
_NUMBERS = frozenset({20, 21, 23, 26, 700, 701, 1700})
_DOCUMENTS = frozenset({114, 3802})

_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:e[+-]?[0-9]+)?")
_INVISIBLE = re.compile(
    "[\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]"
)


class JsonFormat:
    """One result after the other.

    Args:
        by_line: One object a line and nothing else.
    """

    def __init__(self, *, by_line: bool = False) -> None:
        self._by_line = by_line
        self._template = ""
        self._encoders: list[Callable[[Iterable[str | None]], list[str]]] = []
        self._first = True

    def begin(self, columns: Sequence[Column]) -> str:
        """Take the columns of a result; return what stands before its rows."""
        names = distinct(column.name for column in columns)
        keys = [encode_basestring(name).replace("%", "%%") for name in names]
        self._template = "{" + ", ".join(f"{key}: %s" for key in keys) + "}"
        self._encoders = [_encoder(column.type_oid) for column in columns]
        self._first = True
        return "" if self._by_line else "["

    def rows(self, rows: Sequence[Sequence[str | None]]) -> str:
        """Return some rows."""
        # By columns, since a call for each cell would take twice the time.
        columns = zip(*rows, strict=True)
        encoded = [
            encode(cells)
            for encode, cells in zip(self._encoders, columns, strict=False)
        ]
        objects = [self._template % cells for cells in zip(*encoded, strict=True)]
        if not self._encoders:
            objects = ["{}" for _ in rows]
        if not objects:
            return ""
        if self._by_line:
            text = "\n".join(objects) + "\n"
        else:
            text = ("\n" if self._first else ",\n") + ",\n".join(objects)
        self._first = False
        if not text.isascii() or "\x7f" in text:
            # They can only stand in texts, where an escape means the same.
            text = _INVISIBLE.sub(_escape, text)
        return text

    def end(self, count: int) -> str:
        """Return what follows the last row."""
        if self._by_line:
            return ""
        return "]\n" if self._first else "\n]\n"


def distinct(names: Iterable[str]) -> list[str]:
    """Return the names with ``_2``, ``_3`` … after repeated ones."""
    given = list(names)
    taken = set(given)
    found: list[str] = []
    for name in given:
        number, unique = 2, name
        while unique in found or (unique != name and unique in taken):
            unique, number = f"{name}_{number}", number + 1
        found.append(unique)
    return found


def _encoder(type_oid: int) -> Callable[[Iterable[str | None]], list[str]]:
    if type_oid in _NUMBERS:
        return _numbers
    if type_oid == _BOOL:
        return _booleans
    return _documents if type_oid in _DOCUMENTS else _texts


def _texts(cells: Iterable[str | None]) -> list[str]:
    return ["null" if cell is None else encode_basestring(cell) for cell in cells]


def _numbers(cells: Iterable[str | None]) -> list[str]:
    exact = _NUMBER.fullmatch
    return [
        "null" if cell is None else cell if exact(cell) else encode_basestring(cell)
        for cell in cells
    ]


def _booleans(cells: Iterable[str | None]) -> list[str]:
    words = {None: "null", "t": "true", "f": "false"}
    return [words.get(cell) or encode_basestring(cell or "") for cell in cells]


def _documents(cells: Iterable[str | None]) -> list[str]:
    # The server has checked them, so a line end in one is mere layout.
    return [
        "null" if cell is None else cell.replace("\n", " ").replace("\r", " ")
        for cell in cells
    ]


def _escape(match: re.Match[str]) -> str:
    return f"\\u{ord(match[0]):04x}"
