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

    from mdbtui.query import Column, Row

_BOOL = 16
# int8 int2 int4 oid float4 float8 numeric
_NUMBERS = frozenset({20, 21, 23, 26, 700, 701, 1700})
_DOCUMENTS = frozenset({114, 3802})

_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?(e[+-]?[0-9]+)?")
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
        self._keys: list[str] = []
        self._encoders: list[Callable[[str], str]] = []
        self._first = True

    def begin(self, columns: Sequence[Column]) -> bytes:
        """Take the columns of a result; return what stands before its rows."""
        self._keys = [f"{_text(name)}: " for name in distinct(c.name for c in columns)]
        self._encoders = [_encoder(column.type_oid) for column in columns]
        self._first = True
        return b"" if self._by_line else b"["

    def rows(self, rows: Iterable[Row]) -> bytes:
        """Return some rows."""
        fields = list(zip(self._keys, self._encoders, strict=True))
        objects = [
            "{"
            + ", ".join(
                [
                    key + ("null" if cell is None else encode(cell))
                    for (key, encode), cell in zip(fields, row, strict=True)
                ]
            )
            + "}"
            for row in rows
        ]
        if not objects:
            return b""
        if self._by_line:
            text = "\n".join(objects) + "\n"
        else:
            text = ("\n" if self._first else ",\n") + ",\n".join(objects)
        self._first = False
        return text.encode("utf-8", "backslashreplace")

    def end(self, count: int) -> bytes:
        """Return what follows the last row."""
        if self._by_line:
            return b""
        return b"]\n" if self._first else b"\n]\n"


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


def _encoder(type_oid: int) -> Callable[[str], str]:
    if type_oid in _NUMBERS:
        return _number
    if type_oid == _BOOL:
        return _boolean
    return _document if type_oid in _DOCUMENTS else _text


def _text(text: str) -> str:
    encoded: str = encode_basestring(text)
    return encoded if encoded.isascii() else _INVISIBLE.sub(_escape, encoded)


def _number(text: str) -> str:
    return text if _NUMBER.fullmatch(text) else _text(text)


def _boolean(text: str) -> str:
    return {"t": "true", "f": "false"}.get(text) or _text(text)


def _document(text: str) -> str:
    # The server has checked it, so a line end in it is mere layout.
    return _INVISIBLE.sub(_escape, text.replace("\n", " ").replace("\r", " "))


def _escape(match: re.Match[str]) -> str:
    return f"\\u{ord(match[0]):04x}"
