"""What to colour in one line of SQL, with a state carried from line to line.

A dollar quote that follows AS or DO holds a function's body: its words are coloured
as code. Any other is a string.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from mdbtui.sql.keywords import BODY_KEYWORDS, COLOURED, TYPES
from mdbtui.sql.lexer import Carry, Scanner


class LineState(NamedTuple):
    """What is open at the start of a line.

    Attributes:
        carry: the lexer's state: a comment, string or dollar quote.
        body: the tag (``$tag$``) of a function body around the line; ``carry`` is
            then the state within that body.
        word: ``as`` or ``do`` if that was the last word before the line: a dollar
            quote that comes next opens a body.
    """

    carry: Carry = ""
    body: str = ""
    word: str = ""


#: Start column, end column (in characters) and kind: one of `KINDS`.
Span = tuple[int, int, str]

START = LineState()

KINDS = (
    "keyword",
    "type",
    "function",
    "string",
    "number",
    "comment",
    "identifier",
    "parameter",
)
"""The kinds of spans; what lies between them has no colour of its own."""

_TOKEN_KINDS = {
    "comment": "comment",
    "string": "string",
    "dollar": "string",
    "quoted": "identifier",
    "number": "number",
    "parameter": "parameter",
}
# After these a name before a parenthesis is a table or the like with its columns.
_BEFORE_NAMES = frozenset(
    {"into", "table", "references", "on", "exists", "as", "with", "index", "update"}
    | {"from", "join", "copy", "view", "type", "key"}
)
_BEFORE_BODIES = frozenset({"as", "do"})
# Only lines with one of these can open or close anything, or hide their last word.
_TELLING = re.compile(r"""['"$]|/\*|--""")
_BLANK = " \t\r\f\v"
_ENDS_BEFORE_BODY = re.compile(
    r"(?<![^\x00-/:-@\[-^`{-\x7f])(as|do)$", re.ASCII | re.IGNORECASE
)


def next_state(line: str, state: LineState) -> LineState:
    """The state after ``line``; much cheaper than `line_tokens` for ordinary lines."""
    if not state.carry and not _TELLING.search(line):
        line = line.rstrip(_BLANK)
        if not line:
            return state
        found = _ENDS_BEFORE_BODY.search(line[-3:])
        return LineState("", state.body, found[1].lower() if found else "")
    return line_tokens(line, state)[1]


def line_tokens(line: str, state: LineState = START) -> tuple[list[Span], LineState]:
    """The spans of a line (without its line end) and the state after it.

    Never raises, takes time in proportion to the line; spans come in order and do not
    overlap.
    """
    text = line + "\n"
    spans: list[Span] = []
    at = 0
    carry, body, word = state
    while True:
        end = text.find(body, at) if body else -1
        piece = text if end < 0 else text[:end]
        scanner = Scanner(piece, carry, at)
        opened, word = _spans(scanner, word, spans, in_body=bool(body))
        carry = scanner.carry
        if opened is not None:  # a body begins
            at, body = opened
            spans.append((at - len(body), at, "string"))
            carry = word = ""
        elif end >= 0:  # a body ends
            at = end + len(body)
            spans.append((end, at, "string"))
            carry = body = word = ""
        else:
            word = word if word in _BEFORE_BODIES else ""
            return _within(spans, len(line)), LineState(carry, body, word)


def _spans(
    scanner: Scanner, word: str, spans: list[Span], *, in_body: bool
) -> tuple[tuple[int, str] | None, str]:
    """Append the spans of one piece; stop where a body opens, with place and tag."""
    text = scanner.text
    for kind, start, end in scanner:
        if kind == "word":
            previous, word = word, text[start:end].lower()
            if found := _word_kind(word, previous, text[end : end + 1], in_body):
                spans.append((start, end, found))
            continue
        if kind == "dollar" and text[start] == "$" and word in _BEFORE_BODIES:
            tag = text[start : text.index("$", start + 1) + 1]
            if not in_body:
                return (start + len(tag), tag), word
        if kind in _TOKEN_KINDS:
            spans.append((start, end, _TOKEN_KINDS[kind]))
        if kind not in {"ws", "comment"}:
            word = ""
    return None, word


def _word_kind(word: str, previous: str, following: str, in_body: bool) -> str | None:
    if word in TYPES:
        return "type"
    if word in COLOURED or (in_body and word in BODY_KEYWORDS):
        return "keyword"
    if following == "(" and previous not in _BEFORE_NAMES:
        return "function"
    return None


def _within(spans: list[Span], size: int) -> list[Span]:
    """The spans without the line end that was added for the lexer."""
    if spans and spans[-1][1] > size:
        start, _, kind = spans.pop()
        if start < size:
            spans.append((start, size, kind))
    return spans
