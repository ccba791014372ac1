"""The tokens around a cursor, of the statement that it stands in.

For completion a ``;`` ends a statement at any depth of parentheses: what is half
written must not swallow the statements below it. Of a long statement only the tokens
near the cursor are told apart; from further up, only parentheses count.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

from mdbtui.sql.keywords import KEYWORDS
from mdbtui.sql.lexer import Scanner

BEFORE, BEHIND = 8_000, 4_000
"""How many characters before and behind the cursor are read closely."""

OPEN = 50
"""Parentheses far above that count, if they are still open."""

_PIECES = re.compile(r"[,\[\]]|[^,\[\]]+")
_LINE_END = re.compile(r"[\r\n]|\Z")
_OPENING = re.compile(r"(?:[eE]|[uU]&|[bBxXnN])?'")
_BLANK = re.compile(r"\s")


class Token(NamedTuple):
    """One token.

    Attributes:
        kind: ``word``, ``quoted`` (identifier), ``string``, ``number``, ``operator``,
            ``open``, ``close``, ``dot``, ``comma``, ``cursor``.
        name: a word in lower case, an identifier without its quotes, else the text.
    """

    kind: str
    name: str
    start: int
    end: int


@dataclass
class Reading:
    """What stands around a cursor.

    Attributes:
        tokens: without white space and comments; one of them is the cursor, in
            place of the name that is being typed.
        at: the cursor's index in ``tokens``.
        prefix: what is typed of a name, without quotes.
        start, end: the span that a completion replaces.
        quoted: the name begins with a quote.
        qualifier: the names before the cursor with a dot behind each.
        inside: ``""``, or what the cursor is in: ``string``, ``comment``,
            ``number``, ``command`` (of psql), ``body`` (a dollar quote), ``literal``
            (something that began far above).
        body: the span of that dollar quote's text.
        upper: the last keyword before the cursor is in upper case.
    """

    tokens: list[Token] = field(default_factory=list)
    at: int = 0
    prefix: str = ""
    start: int = 0
    end: int = 0
    quoted: bool = False
    qualifier: tuple[str, ...] = ()
    inside: str = ""
    body: tuple[int, int] = (0, 0)
    upper: bool = False


def read(
    text: str, offset: int, start: int = 0, end: int | None = None, carry: str = ""
) -> Reading:
    """Read the statement around an offset.

    Args:
        text: the whole text.
        offset: where the cursor is.
        start: a place at or before the cursor where a statement begins.
        end: where the text is taken to end.
        carry: what the lexer says is open at ``start``.
    """
    reader = _Reader(text if end is None else text[:end], offset)
    reader.run(start, carry)
    return reader.reading


class _Reader:
    def __init__(self, text: str, offset: int) -> None:
        self.text = text
        self.offset = offset
        self.reading = Reading(start=offset, end=offset)
        self.tokens = self.reading.tokens
        self.passed = False
        self.at_cursor = {
            "word": self._word,
            "quoted": self._quoted,
            "string": self._string,
            "dollar": self._dollar,
            "comment": self._comment,
            "number": self._number,
            "parameter": self._number,
        }

    def run(self, start: int, carry: str) -> None:
        at = self._behind(start, carry) if carry else self._skip_far(start)
        while at is not None and at < len(self.text):
            at = self._scan(at)
        self._pass_cursor()
        self._take_qualifier()

    def _skip_far(self, start: int) -> int | None:
        """Read what is far before the cursor for parentheses and ends only."""
        near = self.offset - BEFORE
        if near <= start:
            return start
        # Between tokens, or within a literal or comment, which the lexer tells.
        cut = max(self.text.rfind(sign, start, near) for sign in "\n ,;().")
        if cut <= start:
            return start
        scanner = Scanner(self.text[: cut + 1], "", start)
        scanner.coarse = True
        still_open: list[int] = []
        for kind, first, _ in scanner:
            if kind == "open":
                still_open.append(first)
            elif kind == "semicolon":
                still_open.clear()
            elif kind == "close" and still_open:
                still_open.pop()
        for first in still_open[-OPEN:]:
            self.tokens.append(Token("open", "(", first, first + 1))
        return self._behind(cut + 1, scanner.carry)

    def _behind(self, at: int, carry: str) -> int | None:
        """Where to go on behind what is open at a place, None if that is nowhere."""
        if not carry or carry in {"e1", "e2"}:
            return at
        _, _, end = next(iter(Scanner(self.text, carry, at)), ("", at, at))
        if end < self.offset:
            return end
        self.reading.inside = "body" if carry[0] == "$" else "literal"
        self.reading.body = at, end - len(carry) if carry[0] == "$" else end
        return None

    def _scan(self, start: int) -> int | None:
        """Take tokens; return where to go on afresh, or None at the end."""
        for kind, first, end in Scanner(self.text, "", start):
            if first >= self.offset:
                self._pass_cursor()
            if kind == "semicolon":
                if self.passed:
                    return None
                self.tokens.clear()
            elif first > self.offset + BEHIND:
                return None
            elif kind == "backslash" and not self.tokens:
                return self._command(first)
            elif first < self.offset <= end and kind in self.at_cursor:
                go_on = self.at_cursor[kind](first, end)
                if go_on is not None:
                    return go_on
            elif kind not in {"ws", "comment"}:
                self._take(kind, first, end)
        return None

    def _pass_cursor(self) -> None:
        if not self.passed:
            self.passed = True
            self.reading.at = len(self.tokens)
            self.tokens.append(Token("cursor", "", self.offset, self.offset))

    def _take(self, kind: str, first: int, end: int) -> None:
        text = self.text[first:end]
        if kind == "word":
            name = text.lower()
            if not self.passed and name in KEYWORDS:
                self.reading.upper = text.isupper()
            self.tokens.append(Token(kind, name, first, end))
        elif kind == "quoted":
            self.tokens.append(Token(kind, unquoted(text), first, end))
        elif kind == "operator":
            self._operator(first, end)
        else:
            kind = {"dollar": "string", "parameter": "number"}.get(kind, kind)
            self.tokens.append(Token(kind, text, first, end))

    def _operator(self, first: int, end: int) -> None:
        cuts = (first, self.offset, end) if first < self.offset < end else (first, end)
        for left, right in pairwise(cuts):
            if left >= self.offset:
                self._pass_cursor()
            for found in _PIECES.finditer(self.text, left, right):
                kind = {",": "comma", ".": "dot"}.get(found[0], "operator")
                self.tokens.append(Token(kind, found[0], found.start(), found.end()))

    # ---- the token that the cursor is in, or right behind of -----------------------

    def _word(self, first: int, end: int) -> int | None:
        self.reading.prefix = self.text[first : self.offset]
        self.reading.start = first
        self._pass_cursor()
        return None

    def _quoted(self, first: int, end: int) -> int | None:
        opening = self.text.index('"', first) + 1
        closed = end > opening and self.text[end - 1] == '"'
        if self.offset < opening:
            return None
        rest = self.text[self.offset : end]
        if not closed or (self.offset < end and _BLANK.search(rest)):
            closed, end = False, self.offset
        inner = self.text[opening : min(self.offset, end - 1 if closed else end)]
        self.reading.prefix = inner.replace('""', '"')
        self.reading.start, self.reading.end = first, end
        self.reading.quoted = True
        self._pass_cursor()
        return None if closed else self.offset

    def _string(self, first: int, end: int) -> int | None:
        found = _OPENING.match(self.text, first)
        opening = found.end() if found else first
        closed = end > opening and self.text[end - 1] == "'"
        if closed and self.offset == end:
            self._take("string", first, end)
            return None
        rest = self.text[self.offset : end]
        if not closed or _BLANK.search(rest):
            closed, end = False, self.offset
        self.reading.inside = "string"
        self.reading.prefix = self.text[opening : self.offset].replace("''", "'")
        self.reading.start, self.reading.end = first, end
        self._pass_cursor()
        return None if closed else self.offset

    def _dollar(self, first: int, end: int) -> int | None:
        opening = self.text.index("$", first + 1) + 1
        tag = self.text[first:opening]
        closed = end >= opening + len(tag) and self.text.endswith(tag, opening, end)
        last = end - len(tag) if closed else end
        if opening <= self.offset <= last:
            self.reading.inside = "body"
            self.reading.body = opening, last
        elif self.offset < end:
            self.reading.inside = "string"
        else:
            self._take("string", first, end)
        return None

    def _comment(self, first: int, end: int) -> int | None:
        line = self.text.startswith("--", first)
        if line or self.offset < end or not self.text.endswith("*/", first, end):
            self.reading.inside = "comment"
        return None

    def _number(self, first: int, end: int) -> int | None:
        self.reading.inside = "number"
        return None

    def _command(self, first: int) -> int | None:
        found = _LINE_END.search(self.text, first)
        end = found.start() if found else len(self.text)
        if first < self.offset <= end:
            self.reading.inside = "command"
            return None
        return end

    # ---- the names before the cursor ------------------------------------------------

    def _take_qualifier(self) -> None:
        names: list[str] = []
        tokens, at = self.tokens, self.reading.at
        edge = self.reading.start
        while at and tokens[at - 1].kind == "dot" and tokens[at - 1].end == edge:
            at -= 1
            if at and tokens[at - 1].kind in {"word", "quoted"}:
                at -= 1
                names.append(tokens[at].name)
                edge = tokens[at].start
            else:
                names.append("")  # behind an expression: its fields are not known
                break
        self.reading.qualifier = tuple(reversed(names))
        del tokens[at : self.reading.at]
        self.reading.at = at


def unquoted(text: str) -> str:
    """The name that a quoted identifier means."""
    inner = text[text.index('"') + 1 :].removesuffix('"')
    return inner.replace('""', '"')
