"""One value in full, as lines: wrapped text, JSON tree, hex dump, array elements."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeAlias

from rich.cells import get_character_cell_size

from mdbtui.ui.safe import safe, safe_multiline

if TYPE_CHECKING:
    from mdbtui.query.rows import Column

Piece: TypeAlias = tuple[str, str]
"""Safe text and how it looks: text, key, string, number, word, mark or faint."""

PAGE_CHARS = 32_000
"""Of a longer text this much is wrapped and shown at once."""
PARSED_CHARS = 1_000_000
"""Longer JSON and arrays are shown as text only."""
QUICK_CHARS = 8_000
"""What isn't longer is taken apart within a few milliseconds."""
_LEAF_CHARS = 2_000
_JSON, _JSONB, _BYTEA = 114, 3802, 17
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
        return [(f"{label} ", "key"), (safe(element, _LEAF_CHARS), "text")]

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


_ENCODE = json.JSONEncoder(ensure_ascii=False).encode


class _Number(str):
    """A number as it is written, with all its digits."""

    __slots__ = ()


class _Pairs(list[tuple[str, object]]):
    """An object with its keys in order, also those that come twice."""


@dataclass(slots=True)  # frozen ones are made ten times slower
class _Node:
    depth: int
    key: str
    text: str
    look: str
    size: int  # nodes below


class JsonLines:
    """A JSON value as a tree whose objects and arrays can be folded."""

    def __init__(self, value: str) -> None:
        self._nodes: list[_Node] = []
        self._add(_parse(value), 0, "")
        self._folded: set[int] = set()
        self._visible = list(range(len(self._nodes)))

    @property
    def count(self) -> int:
        return len(self._visible)

    def line(self, number: int) -> Sequence[Piece]:
        index = self._visible[number]
        node = self._nodes[index]
        sign = "  "
        if node.size:
            sign = "▸ " if index in self._folded else "▾ "
        return [
            ("  " * node.depth, "text"),
            (sign, "mark"),
            (node.key, "key"),
            (safe(node.text, _LEAF_CHARS), node.look),
        ]

    def toggle(self, number: int) -> bool:
        """Fold or unfold a line; False when there is nothing below it."""
        index = self._visible[number]
        if not self._nodes[index].size:
            return False
        self._folded ^= {index}
        self._show()
        return True

    def fold_all(self, folded: bool) -> None:
        """Fold everything below the top, or unfold all."""
        nodes = enumerate(self._nodes)
        self._folded = {i for i, node in nodes if folded and node.size and i}
        self._show()

    def leaf(self, number: int) -> str | None:
        """Return the whole text of a line that has nothing below it."""
        node = self._nodes[self._visible[number]]
        if node.look != "string":
            return None
        return str(json.loads(node.text))

    def _show(self) -> None:
        self._visible = []
        index = 0
        while index < len(self._nodes):
            self._visible.append(index)
            index += 1 + (self._nodes[index].size if index in self._folded else 0)

    def _add(self, value: object, depth: int, key: str) -> None:
        place = len(self._nodes)
        if isinstance(value, list):
            brackets = "{%s}" if isinstance(value, _Pairs) else "[%s]"
            text = brackets % (len(value) or "")
            node = _Node(depth, key, text, "faint", 0)
            self._nodes.append(node)
            for number, item in enumerate(value):
                if isinstance(value, _Pairs):
                    name, item = item
                    self._add(item, depth + 1, f"{safe(name, 200)}: ")
                else:
                    self._add(item, depth + 1, f"{number}: ")
            node.size = len(self._nodes) - place - 1
        elif isinstance(value, _Number):
            self._nodes.append(_Node(depth, key, value, "number", 0))
        elif isinstance(value, str):
            text = _ENCODE(value)
            self._nodes.append(_Node(depth, key, text, "string", 0))
        else:
            text = "null" if value is None else "true" if value else "false"
            self._nodes.append(_Node(depth, key, text, "word", 0))


def _parse(value: str) -> object:
    return json.loads(
        value,
        parse_int=_Number,
        parse_float=_Number,
        parse_constant=_Number,
        object_pairs_hook=_Pairs,
    )


def structure(column: Column, value: str) -> tuple[str, Lines] | None:
    """Return the name and lines of a view that shows what the value is made of.

    None when it is a plain text, or too long to be taken apart. Call it in a thread
    when the value is longer than `QUICK_CHARS`.
    """
    if column.type_oid == _BYTEA:
        return _hex_view(value)
    if len(value) > PARSED_CHARS:
        return None
    is_json = column.type_oid in (_JSON, _JSONB)
    try:
        if column.type_name.endswith("[]"):
            return "Elements", ArrayLines(value)
        if is_json or value.lstrip()[:1] in ("{", "["):
            return "Tree", JsonLines(value)
    except (ValueError, RecursionError):
        pass
    return None


def _hex_view(value: str) -> tuple[str, Lines] | None:
    head = value[2:66]
    if not value.startswith("\\x") or re.search("[^0-9a-f]", head):
        return None
    return "Hex", HexLines(value)


def describe(column: Column, value: str | None) -> str:
    """Return type and size of a value in words."""
    if value is None:
        return f"{column.type_name} · NULL"
    if column.type_oid == _BYTEA and value.startswith("\\x"):
        return f"{column.type_name} · {(len(value) - 2) // 2:,} bytes"
    words = f"{column.type_name} · {len(value):,} characters"
    # Counting the bytes of a very long text would take too long.
    if not value.isascii() and len(value) <= 1_000_000:
        words += f", {len(value.encode('utf-8', 'replace')):,} bytes"
    return words
