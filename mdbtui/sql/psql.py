r"""psql's backslash commands in a text, in order with the statements between them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from mdbtui.sql.classify import Kind, classify
from mdbtui.sql.statements import Piece, Statement, pieces

_NAME = re.compile(r"\\(\\|[^\s\\]*)")
_LINE_END = re.compile(r"[\r\n]")
# Commands that take the rest of their line as it is.
_WHOLE_LINE = frozenset({"copy", "!", "h", "help", "?"})
_ESCAPES = {"n": "\n", "t": "\t", "b": "\b", "r": "\r", "f": "\f"}


@dataclass(frozen=True)
class Command(Statement):
    r"""A command to psql.

    Attributes:
        name: What it is called, without the backslash: ``dt+``.
        rest: What stands behind the name, as it is written.
        query: The statement that it works on, as of ``select 1 \gx``.
        label: What a part of its results is called; empty for the whole.
    """

    name: str = ""
    rest: str = ""
    query: Statement | None = None
    label: str = ""


@dataclass(frozen=True)
class CopyWithData(Statement):
    r"""A COPY … FROM STDIN with its data in the text below it, up to ``\.``."""

    data: str = ""


def steps(text: str, start: int = 0) -> Iterator[Statement]:
    """The statements of a text and the psql commands among them, in order.

    Args:
        text: The whole text.
        start: Where a statement or a command begins.
    """
    line = text.count("\n", 0, start)
    counted = start
    for piece in pieces(text, start):
        begin = piece.start if piece.start < piece.end else piece.command
        if begin < 0:
            continue
        line += text.count("\n", counted, begin)
        counted = begin
        query = None
        if piece.start < piece.end:
            query = _statement(text, piece, line)
            if piece.command < 0:
                yield query
                continue
        yield from _commands(text, piece, line, query)


def moved(step: Statement, offset: int, lines: int) -> Statement:
    """Return a step as it is in a text in which its own begins further down."""
    step = replace(
        step,
        start=step.start + offset,
        end=step.end + offset,
        line=step.line + lines,
    )
    if isinstance(step, Command) and step.query is not None:
        step = replace(step, query=moved(step.query, offset, lines))
    return step


def _statement(text: str, piece: Piece, line: int) -> Statement:
    body = text[piece.start : piece.end]
    if piece.terminated and classify(body).kind is Kind.COPY_IN:
        behind = text[piece.end : piece.resume]
        first = behind.find("\n")
        last = behind.rfind("\n\\.")
        if first >= 0 and last >= 0:
            return CopyWithData(
                body,
                piece.start,
                piece.end,
                line,
                True,
                data=behind[first + 1 : last + 1],
            )
    return Statement(body, piece.start, piece.end, line, piece.terminated)


def _commands(
    text: str, piece: Piece, line: int, query: Statement | None
) -> Iterator[Command]:
    found = _LINE_END.search(text, piece.command)
    stop = found.start() if found else len(text)
    stop = len(text[:stop].rstrip())
    at = piece.command
    begin = at if query is None else piece.start
    while at < stop:
        named = _NAME.match(text, at)
        assert named is not None
        name = named[1].rstrip(";") or named[1]
        whole = name in (*_WHOLE_LINE, "\\")
        end = stop if whole else _next(text, named.end(), stop)
        yield Command(
            text[begin:end].rstrip(),
            begin,
            begin + len(text[begin:end].rstrip()),
            line,
            name=name,
            rest=text[named.end() : end].strip(),
            query=query,
        )
        at = begin = end
        query = None


def _next(text: str, at: int, stop: int) -> int:
    """Where the next command of a line begins: at a backslash outside of quotes."""
    quote = ""
    while at < stop:
        sign = text[at]
        if quote:
            if quote == "'" and sign == "\\":
                at += 1
            elif sign == quote:
                quote = ""
        elif sign in "'\"":
            quote = sign
        elif sign == "\\":
            return at
        at += 1
    return stop


def arguments(rest: str) -> list[str]:
    r"""The arguments of a command.

    White space parts them. Within single quotes it doesn't; there ``''`` is a quote and
    ``\n`` a line end. Double quotes stay, since they mean something in names.
    Semicolons at the end of an argument fall away, unless they are quoted.
    """
    out: list[str] = []
    at = 0
    while at < len(rest):
        if rest[at].isspace():
            at += 1
            continue
        word, at = _argument(rest, at)
        if word is not None:
            out.append(word)
    return out


def _argument(rest: str, at: int) -> tuple[str | None, int]:
    """The argument that begins at a place, if it is not only semicolons; its end."""
    start, word, quote = at, "", ""
    kept = 0  # of the word: up to where it isn't unquoted semicolons
    while at < len(rest) and (quote or not rest[at].isspace()):
        sign = rest[at]
        at += 1
        bare = sign == ";" and not quote
        if quote == "'" and sign == "\\" and at < len(rest):
            word += _ESCAPES.get(rest[at], rest[at])
            at += 1
        elif quote == "'" and sign == "'" and rest.startswith("'", at):
            word += "'"
            at += 1
        elif sign == "'" and quote != '"':
            quote = "" if quote else "'"
        else:
            if sign == '"' and quote != "'":
                quote = "" if quote else '"'
            word += sign
        kept = kept if bare else len(word)
    only = not rest[start:at].strip(";")
    return None if only else word[:kept], at
