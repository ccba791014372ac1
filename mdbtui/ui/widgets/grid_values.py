"""One value in full, as lines: wrapped text, hex dump, array elements."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Protocol, TypeAlias

from rich.cells import get_character_cell_size

from mdbtui.ui.safe import safe, safe_multiline

if TYPE_CHECKING:
    from mdbtui.query.rows import Column

Piece: TypeAlias = tuple[str, str]
"""Safe text and how it looks: text, key, string, number, word, mark, faint, differs."""

PAGE_CHARS = 32_000
"""Of a longer text this much is wrapped and shown at once."""
PARSED_CHARS = 1_000_000
"""Longer JSON and arrays are shown as text only."""
QUICK_CHARS = 8_000
"""What isn't longer is taken apart within a few milliseconds."""
LEAF_CHARS = 2_000
"""Of one element of a structure this much is drawn."""
_JSON, _JSONB, _XML, _BYTEA = 114, 3802, 142, 17
_ENCODED_CHARS = 1 << 18
_HEX_BYTES = 16


class Lines(Protocol):
    """Lines that are made when they are drawn."""

    @property
    def count(self) -> int:
        """How many lines there are."""

    def line(self, number: int) -> Sequence[Piece]:
        """Return one of them."""


def wrap(text: str, width: int) -> Iterator[str]:
    """Yield safe lines of at most `width` cells, broken at blanks where there are."""
    for line in safe_multiline(text).split("\n"):
        rest = line
        while True:
            fitting = _fitting(rest, width)
            if fitting >= len(rest):
                break
            blank = rest.rfind(" ", fitting // 2, fitting + 1)
            if blank > 0:
                yield rest[:blank]
                rest = rest[blank + 1 :]
            else:
                yield rest[:fitting]
                rest = rest[fitting:]
        yield rest


def _fitting(text: str, width: int) -> int:
    """Return how many characters of `text` fit into `width` cells, at least one."""
    head = text[: width + 1]
    if head.isascii():
        return min(len(text), width)
    used = 0
    for number, character in enumerate(text):
        used += get_character_cell_size(character)
        if used > width:
            return max(1, number)
    return len(text)


class TextLines:
    """One page of a text, wrapped."""

    def __init__(self, text: str, width: int, page: int = 0) -> None:
        start = page * PAGE_CHARS
        self._lines = list(wrap(text[start : start + PAGE_CHARS], max(width, 2)))

    @property
    def count(self) -> int:
        return len(self._lines)

    def line(self, number: int) -> Sequence[Piece]:
        return [(self._lines[number], "text")]


class HexLines:
    """The bytes of a bytea in the server's hex format, sixteen in a line."""

    def __init__(self, value: str) -> None:
        self._hex = value  # with its \x in front

    @property
    def count(self) -> int:
        return max(1, -(-(len(self._hex) - 2) // (2 * _HEX_BYTES)))

    def line(self, number: int) -> Sequence[Piece]:
        start = 2 + number * 2 * _HEX_BYTES
        data = bytes.fromhex(self._hex[start : start + 2 * _HEX_BYTES])
        half = _HEX_BYTES // 2
        pairs = f"{data[:half].hex(' '):<{3 * half}} {data[half:].hex(' ')}"
        shown = "".join(chr(b) if 32 <= b < 127 else "·" for b in data)
        return [
            (f"{number * _HEX_BYTES:08x}  ", "faint"),
            (f"{pairs:<{6 * half + 1}} ", "number"),
            (shown, "string"),
        ]


class ArrayLines:
    """The elements of an array, each with its subscripts."""

    def __init__(self, value: str) -> None:
        self._elements = list(_elements(value))

    @property
    def count(self) -> int:
        return max(1, len(self._elements))

    def line(self, number: int) -> Sequence[Piece]:
        if not self._elements:
            return [("no elements", "faint")]
        subscripts, element = self._elements[number]
        label = "".join(f"[{subscript}]" for subscript in subscripts)
        if element is None:
            return [(f"{label} ", "key"), ("NULL", "word")]
        return [(f"{label} ", "key"), (safe(element, LEAF_CHARS), "text")]

    def leaf(self, number: int) -> str | None:
        """Return an element's whole text."""
        return self._elements[number][1] if self._elements else None


_ARRAY_TOKEN = re.compile(r'[{},]|"((?:[^"\\]|\\.)*)"|([^{},"]+)', re.DOTALL)
_BOUNDS = re.compile(r"((?:\[-?\d+:-?\d+\])+)=")


def _elements(value: str) -> Iterator[tuple[tuple[int, ...], str | None]]:
    """Yield the elements of an array as the server prints it.

    Raises:
        ValueError: It isn't an array.
    """
    lower: list[int] = []
    bounds = _BOUNDS.match(value)
    if bounds:
        lower = [int(low) for low in re.findall(r"\[(-?\d+):", bounds[1])]
        value = value[bounds.end() :]
    at: list[int] = []
    position = 0
    while position < len(value):
        token = _ARRAY_TOKEN.match(value, position)
        if token is None or (not at and position):
            raise ValueError(value[:40])
        position = token.end()
        if token[0] == "{":
            depth = len(at)
            at.append(lower[depth] if depth < len(lower) else 1)
        elif not at:
            raise ValueError(value[:40])
        elif token[0] == "}":
            at.pop()
        elif token[0] == ",":
            at[-1] += 1
        elif token[1] is not None:
            text = token[1]
            if "\\" in text:
                text = re.sub(r"\\(.)", r"\1", text, flags=re.DOTALL)
            yield tuple(at), text
        else:
            yield tuple(at), None if token[2] == "NULL" else token[2]
    if at:
        raise ValueError(value[:40])


def structure(column: Column, value: str) -> tuple[str, Lines] | None:
    """Return the name and lines of a view that shows what the value is made of.

    None when it is a plain text, or too long to be taken apart. Call it in a thread
    when the value is longer than `QUICK_CHARS`.
    """
    from mdbtui.ui.widgets.grid_trees import JsonLines, XmlLines

    if is_bytes(column, value):
        return "Hex", HexLines(value)
    if len(value) > PARSED_CHARS:
        return None
    begin = value.lstrip()[:1]
    try:
        if column.type_name.endswith("[]"):
            return "Elements", ArrayLines(value)
        if column.type_oid in (_JSON, _JSONB) or begin in ("{", "["):
            return "Tree", JsonLines(value)
        if column.type_oid == _XML or begin == "<":
            return "Tree", XmlLines(value)
    except (ValueError, RecursionError):
        pass
    return None


def is_bytes(column: Column, value: str) -> bool:
    """Whether the value is a bytea in the server's hex format."""
    head = value[2:66]
    is_hex = value.startswith("\\x") and not re.search("[^0-9a-f]", head)
    return column.type_oid == _BYTEA and is_hex


def encoded(column: Column, value: str) -> Iterator[bytes]:
    """Yield the value's bytes in pieces that take well below a millisecond each.

    A bytea gives the bytes it stands for, everything else its text in UTF-8.
    """
    if is_bytes(column, value):
        for start in range(2, len(value), _ENCODED_CHARS):
            yield bytes.fromhex(value[start : start + _ENCODED_CHARS])
    else:
        for start in range(0, len(value), _ENCODED_CHARS):
            piece = value[start : start + _ENCODED_CHARS]
            yield piece.encode("utf-8", "backslashreplace")


def describe(column: Column, value: str | None) -> str:
    """Return type and size of a value in words; in a thread when it is long."""
    if value is None:
        return f"{column.type_name} · NULL"
    if is_bytes(column, value):
        return f"{column.type_name} · {_counted((len(value) - 2) // 2, 'byte')}"
    size = len(value)
    if not value.isascii():
        size = sum(map(len, encoded(column, value)))
    characters = _counted(len(value), "character")
    return f"{column.type_name} · {characters}, {_counted(size, 'byte')}"


def _counted(number: int, what: str) -> str:
    return f"{number:,} {what}{'s' * (number != 1)}"
