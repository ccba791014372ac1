"""Values that are trees: JSON and XML, as lines that can be folded."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

from mdbtui.ui.safe import safe
from mdbtui.ui.widgets.grid_values import LEAF_CHARS, Piece

_DEEPEST = 200
"""Deeper XML would be all indentation; JSON ends with Python's own recursion."""
_DECLARATION = re.compile(r"\s*(<\?xml\s[^>]*\?>)")


@dataclass(slots=True)  # frozen ones are made ten times slower
class _Node:
    depth: int
    key: str
    text: str
    look: str
    size: int = 0  # nodes below
    tail: str = ""


class TreeLines:
    """Lines of which some have others below them, and can be folded."""

    def __init__(self) -> None:
        self._nodes: list[_Node] = []
        self._folded: set[int] = set()
        self._visible: list[int] = []

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
            (safe(node.key, LEAF_CHARS), "key"),
            (safe(node.text, LEAF_CHARS), node.look),
            (safe(node.tail, LEAF_CHARS), "key"),
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
        self._folded = {i for i, node in nodes if folded and node.size and node.depth}
        self._show()

    def leaf(self, number: int) -> str | None:
        """Return the whole text of a line that has nothing below it."""
        node = self._nodes[self._visible[number]]
        return self._whole(node.text) if node.look == "string" else None

    def _whole(self, text: str) -> str:
        return text

    def _show(self) -> None:
        self._visible = []
        index = 0
        while index < len(self._nodes):
            self._visible.append(index)
            index += 1 + (self._nodes[index].size if index in self._folded else 0)


_ENCODE = json.JSONEncoder(ensure_ascii=False).encode


class _Number(str):
    """A number as it is written, with all its digits."""

    __slots__ = ()


class _Pairs(list[tuple[str, object]]):
    """An object with its keys in order, also those that come twice."""


class JsonLines(TreeLines):
    """A JSON value, its objects and arrays in their order."""

    def __init__(self, value: str) -> None:
        super().__init__()
        self._add(_parse(value), 0, "")
        self._show()

    def _whole(self, text: str) -> str:
        return str(json.loads(text))

    def _add(self, value: object, depth: int, key: str) -> None:
        place = len(self._nodes)
        if isinstance(value, list):
            brackets = "{%s}" if isinstance(value, _Pairs) else "[%s]"
            text = brackets % (len(value) or "")
            node = _Node(depth, key, text, "faint")
            self._nodes.append(node)
            for number, item in enumerate(value):
                if isinstance(value, _Pairs):
                    name, item = item
                    self._add(item, depth + 1, f"{safe(name, 200)}: ")
                else:
                    self._add(item, depth + 1, f"{number}: ")
            node.size = len(self._nodes) - place - 1
        elif isinstance(value, _Number):
            self._nodes.append(_Node(depth, key, value, "number"))
        elif isinstance(value, str):
            text = _ENCODE(value)
            self._nodes.append(_Node(depth, key, text, "string"))
        else:
            text = "null" if value is None else "true" if value else "false"
            self._nodes.append(_Node(depth, key, text, "word"))


def _parse(value: str) -> object:
    return json.loads(
        value,
        parse_int=_Number,
        parse_float=_Number,
        parse_constant=_Number,
        object_pairs_hook=_Pairs,
    )


class XmlLines(TreeLines):
    """An XML document or fragment, indented by its elements.

    Blanks between elements are left out. What declares a document type is refused:
    its entities could make a few lines grow to gigabytes.

    Raises:
        ValueError: It isn't well formed, too deep, or declares a document type.
    """

    def __init__(self, value: str) -> None:
        from xml.parsers import expat  # few values need it

        super().__init__()
        if "<!DOCTYPE" in value or "<!ENTITY" in value:
            raise ValueError("a document type is declared")
        if declaration := _DECLARATION.match(value):
            self._nodes.append(_Node(0, declaration[1], "", "faint"))
            value = value[declaration.end() :]
        self._open: list[int] = []
        self._text = ""
        parser = expat.ParserCreate()
        parser.ordered_attributes = parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        parser.CommentHandler = self._comment
        parser.ProcessingInstructionHandler = self._instruction
        try:
            # The server's xml may have several elements at the top.
            for piece in ("<top>", value, "</top>"):
                parser.Parse(piece)
            parser.Parse("", True)
        except expat.ExpatError as error:
            raise ValueError(str(error)) from None
        self._show()

    def _whole(self, text: str) -> str:
        text = text.replace("&lt;", "<").replace("&gt;", ">")
        return text.replace("&amp;", "&")

    @property
    def _depth(self) -> int:
        return len(self._open) - 1

    def _start(self, tag: str, attributes: Sequence[str]) -> None:
        self._flush()
        if self._depth > _DEEPEST:
            raise ValueError("too deep")
        pairs = zip(attributes[::2], attributes[1::2], strict=True)
        written = "".join(f' {name}="{_quoted(text)}"' for name, text in pairs)
        if self._open:
            self._nodes.append(_Node(self._depth, f"<{tag}{written}>", "", "text"))
        self._open.append(len(self._nodes) - 1)

    def _end(self, tag: str) -> None:
        index = self._open[-1]
        if len(self._open) > 1 and index == len(self._nodes) - 1:
            node = self._nodes[index]
            if self._text.strip():
                node.text, node.look = _escaped(self._text), "string"
                node.tail = f"</{tag}>"
            else:
                node.key = f"{node.key[:-1]}/>"
            self._text = ""
        self._flush()
        self._open.pop()
        if self._open and index < len(self._nodes) - 1:
            self._nodes.append(_Node(self._depth, f"</{tag}>", "", "text"))
            self._nodes[index].size = len(self._nodes) - index - 1

    def _characters(self, text: str) -> None:
        self._text += text

    def _comment(self, text: str) -> None:
        self._flush()
        self._nodes.append(_Node(self._depth, "", f"<!--{text}-->", "faint"))

    def _instruction(self, target: str, text: str) -> None:
        self._flush()
        self._nodes.append(_Node(self._depth, "", f"<?{target} {text}?>", "faint"))

    def _flush(self) -> None:
        text, self._text = self._text, ""
        if text.strip():
            self._nodes.append(_Node(self._depth, "", _escaped(text), "string"))


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _quoted(text: str) -> str:
    return _escaped(text).replace('"', "&quot;")
