"""The one reader of YAML: a tree of texts that know their line, and nothing more.

YAML 1.1 reads ``no`` as false, ``0123`` as 83 and ``12:30:45`` as 45045, keeps the
last of two equal keys and lets a few lines of aliases grow to gigabytes. So nothing
is constructed here: the parser's events become scalars (text, still undecided),
mappings and sequences, and whoever reads them says what each text has to be.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from mdbtui.config.models import ConfigFileError

MAX_DEPTH = 20

# Compiled only for a mistake: so large a class takes 5 ms.
_FORBIDDEN = "[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"


@dataclass(eq=False, repr=False)
class Node:
    """A piece of the document; if it is nothing more, a mistake stood there.

    Attributes:
        line: Where it begins, counted from 1.
        last_line: The last line that holds a part of it.
    """

    line: int
    last_line: int


@dataclass(eq=False, repr=False)
class Scalar(Node):
    """A single value.

    Attributes:
        text: As written, without quotes and escapes.
        plain: Written without quotes, so that YAML would guess a type.
    """

    text: str
    plain: bool

    @property
    def is_null(self) -> bool:
        """Whether there is no value at all."""
        return self.plain and self.text in ("", "~", "null", "Null", "NULL")

    @property
    def is_text(self) -> bool:
        """Whether YAML itself takes it for text, not a number, a date or yes/no."""
        if not self.plain:
            return True
        return _guessed_tag(self.text) == "tag:yaml.org,2002:str"


@dataclass(eq=False, repr=False)
class Mapping(Node):
    """Names with values, in the order of the file; names are unique."""

    entries: list[tuple[Scalar, Node]] = field(default_factory=list)
    flow: bool = False

    def get(self, key: str) -> Node | None:
        """Return the value of ``key``, if it is there."""
        return next((value for name, value in self.entries if name.text == key), None)


@dataclass(eq=False, repr=False)
class Sequence(Node):
    """A list of values."""

    items: list[Node] = field(default_factory=list)
    flow: bool = False


def _guessed_tag(text: str) -> str:
    import yaml  # costs 20 ms, so not at import

    resolver: Any = yaml.resolver.Resolver()
    return str(resolver.resolve(yaml.ScalarNode, text, (True, False)))


@dataclass(eq=False, repr=False)
class Mistake:
    """What is wrong in a line."""

    line: int
    what: str


def parse_yaml(text: str, source: str) -> Node | None:
    """Read one YAML document; any mistake raises.

    Args:
        text: The document.
        source: Its file's name, for messages.

    Returns:
        Its root, or None if it is empty.

    Raises:
        ConfigFileError: As ``read_tree`` says.
    """
    root, mistakes = read_tree(text)
    if mistakes:
        raise ConfigFileError(f"{source}:{m.line}: {m.what}" for m in mistakes)
    return root


def read_tree(text: str) -> tuple[Node | None, list[Mistake]]:
    """Read one YAML document as far as it can be read.

    Returns:
        Its root, or None if it is empty, and the mistakes: it isn't YAML, or uses
        what is refused here, which is equal names, aliases, anchors, tags, more
        than one document, nesting deeper than 20. None repeats a value.
    """
    import yaml  # costs 20 ms, so not at import

    builder = _Builder()
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        for event in yaml.parse(text, Loader=loader):
            builder.feed(event, type(event).__name__)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        builder.wrong(
            mark.line + 1 if mark else 1, f"not valid YAML: {_problem(error)}"
        )
    except yaml.YAMLError:
        # A character that YAML forbids; its message would show the text around it.
        found = re.search(_FORBIDDEN, text)
        builder.wrong(
            text.count("\n", 0, found.start()) + 1 if found else 1,
            "not valid YAML: a control character; write it as an escape in double "
            'quotes, such as "\\x01"',
        )
    except _TooDeepError:
        pass  # noted
    else:
        return builder.root, builder.mistakes
    return None, builder.mistakes


def _problem(error: Any) -> str:
    # The parser's words may name an anchor or a tag, which can be a password
    # that begins with & or !.
    problem = re.sub(r"'[^']{2,}'|\"[^\"]{2,}\"", "…", error.problem or "")
    if "cannot start any token" in problem or "tag" in problem:
        problem += "; put a value that begins with one of ! & * % @ ` in quotes"
    return problem


class _TooDeepError(Exception):
    """Nothing more can be read."""


@dataclass(eq=False, repr=False)
class _Level:
    """An open mapping or sequence while its parts arrive."""

    node: Mapping | Sequence
    name: str
    key: Scalar | None = None
    seen: dict[str, Scalar] = field(default_factory=dict)
    repeated: bool = False


@dataclass(eq=False, repr=False)
class _Builder:
    """Builds the tree from the parser's events, without recursion."""

    root: Node | None = None
    mistakes: list[Mistake] = field(default_factory=list)
    _open: list[_Level] = field(default_factory=list)
    _documents: int = 0

    def feed(self, event: Any, kind: str) -> None:
        line = event.start_mark.line + 1
        if kind == "ScalarEvent":
            end = event.end_mark.line + (1 if event.end_mark.column else 0)
            self._refuse_tag(event, line, event.implicit[0] or event.implicit[1])
            self._add(Scalar(line, max(line, end), event.value, event.implicit[0]))
        elif kind == "MappingStartEvent":
            self._refuse_tag(event, line, event.implicit)
            self._begin(Mapping(line, line, flow=bool(event.flow_style)))
        elif kind == "SequenceStartEvent":
            self._refuse_tag(event, line, event.implicit)
            self._begin(Sequence(line, line, flow=bool(event.flow_style)))
        elif kind in ("MappingEndEvent", "SequenceEndEvent"):
            self._end(event.end_mark)
        elif kind == "AliasEvent":
            self.wrong(line, "an alias (*) is not allowed; write the value out")
            self._add(Node(line, line))
        elif kind == "DocumentStartEvent":
            self._documents += 1
            if self._documents == 2:
                self.wrong(line, "a second document (---); keep one in a file")

    def _refuse_tag(self, event: Any, line: int, implicit: bool) -> None:
        if not implicit or event.tag not in (None, "!"):
            self.wrong(line, "a tag (!) is not allowed; put a value with ! in quotes")
        if event.anchor is not None:
            self.wrong(
                line, "an anchor (&) is not allowed; put a value with & in quotes"
            )

    def _begin(self, node: Mapping | Sequence) -> None:
        if len(self._open) >= MAX_DEPTH:
            self.wrong(node.line, f"nested deeper than {MAX_DEPTH} levels")
            raise _TooDeepError
        key = self._open[-1].key if self._open else None
        self._add(node)
        self._open.append(_Level(node, key.text if key else ""))

    def _end(self, mark: Any) -> None:
        node = self._open.pop().node
        # A block ends where the next token begins, maybe many comments later.
        if node.flow:
            node.last_line = mark.line + 1
        self._stretch(node)

    def _stretch(self, node: Node) -> None:
        if self._open:
            parent = self._open[-1].node
            parent.last_line = max(parent.last_line, node.last_line)

    def _add(self, node: Node) -> None:
        if not self._open:
            self.root = self.root or node
            return
        level = self._open[-1]
        if isinstance(level.node, Sequence):
            level.node.items.append(node)
        elif level.key is not None:
            if isinstance(node, Scalar) and node.is_null and not node.text:
                # The parser places a missing value where the next token is.
                node.line = node.last_line = level.key.line
            if not level.repeated:
                level.node.entries.append((level.key, node))
            level.key = None
        else:
            level.key = self._key(node, level)
        self._stretch(node)

    def _key(self, node: Node, level: _Level) -> Scalar:
        if not isinstance(node, Scalar):
            self.wrong(node.line, "a name has to be a single word")
            return Scalar(node.line, node.line, "", plain=False)
        first = level.seen.setdefault(node.text, node)
        level.repeated = first is not node
        if level.repeated:
            path = ".".join([*(open_.name for open_ in self._open[1:]), node.text])
            self.wrong(
                node.line,
                f"{path}: given twice (first in line {first.line}); remove one",
            )
        return node

    def wrong(self, line: int, what: str) -> None:
        self.mistakes.append(Mistake(line, what))
