"""Laying out SQL anew, without ever changing what it says.

The layout is sqlparse's, which reads any dialect for its shape only and changes nothing
but white space. Its results are not believed: a statement stays as it was written where
its `significant` parts would not be the same.
"""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from mdbtui.sql.lexer import Scanner
from mdbtui.sql.meaning import atoms, significant
from mdbtui.sql.statements import Statement, split

INDENT = 4
LONGEST = 100_000
"""Characters of a statement that is laid out; sqlparse takes a second for 30,000."""
_BLANKS = " \t"
# What sqlparse does not know of PostgreSQL, or lays out in a way nobody would write.
_TIDY: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE | re.MULTILINE), new)
    for pattern, new in (
        (r"[ \t]+$", ""),
        (r"\n(?:[ \t]*\n)+", "\n"),
        (r"\bfilter \(\s+where\b", "filter (where"),
        (r"\s+(on conflict)\b", r"\n\1"),
        (r"\b(do|then)\s+(update)\s+(set)\b", r"\1 \2\n\3"),
        (r"\b(then)\s+(insert)\s*", r"\1 \2 "),
        (r"\s+(when (?:not )?matched)\b", r"\n\1"),
        (r"(?<=\S) (returning)\b", r"\n\1"),
    )
)


@dataclass
class Formatted:
    """What formatting a text comes to.

    Attributes:
        changes: What becomes what: start, end and new text; ascending, apart.
        left: How many statements stay as they are, for each reason.
    """

    changes: list[tuple[int, int, str]] = field(default_factory=list)
    left: Counter[str] = field(default_factory=Counter)


def format_text(text: str, seconds: float) -> Formatted:
    """Lay out the statements of a text; what lies between them stays.

    Args:
        text: Statements, psql commands, comments.
        seconds: When to leave the rest as it is.
    """
    until = time.monotonic() + seconds
    out = Formatted()
    expected: list[str] = []
    before: Statement | None = None
    for statement in split(text):
        if time.monotonic() > until:
            new, why = statement.text, "there was no time for"
        else:
            new, why = format_statement(statement.text)
        if why:
            out.left[why] += 1
        elif before is not None:
            gap = text[before.end : statement.start]
            if gap[:1] == ";" and gap[1:] and not gap[1:].strip(_BLANKS):
                out.changes.append((before.end, statement.start, ";\n"))
        expected.append(new)
        if new != statement.text:
            start = _line_start(text, statement.start)
            out.changes.append((start, statement.end, new))
        before = None if why else statement
    # The parts are right; that they still are when put together is seen here.
    if [each.text for each in split(applied(text, out.changes))] != expected:
        return Formatted(left=Counter({"could not be put together again": 1}))
    return out


def applied(text: str, changes: list[tuple[int, int, str]]) -> str:
    """The text with its changes."""
    parts: list[str] = []
    last = 0
    for start, end, new in changes:
        parts += (text[last:start], new)
        last = end
    return "".join((*parts, text[last:]))


def _line_start(text: str, start: int) -> int:
    """Where the line of a statement starts, if only blanks stand before it."""
    line = text.rfind("\n", 0, start) + 1
    return start if text[line:start].strip(_BLANKS) else line


def format_statement(sql: str) -> tuple[str, str]:
    """Lay out one statement.

    Returns:
        Its new text, and why that is the old one; empty if there is no reason.
    """
    if len(sql) > LONGEST:
        return sql, "too long"
    meant = significant(sql)
    if meant is None or "\\" in meant or _is_open(meant):
        return sql, "not finished"
    for layout in (_columns, _tidied, _plain):
        try:
            new = layout(sql)
        except Exception:  # noqa: BLE001 - whatever a library does with odd SQL
            continue
        if new and significant(new) == meant:
            return new, ""
    return sql, "not understood"


def _is_open(parts: list[str]) -> bool:
    depth = 0
    for part in parts:
        depth += (part == "(") - (part == ")")
        if depth < 0:
            return True
    return depth != 0


def _plain(sql: str) -> str:
    import sqlparse

    return str(sqlparse.format(sql, reindent=True, indent_width=INDENT)).strip()


def _tidied(sql: str) -> str:
    new = _plain(sql)
    for pattern, put in _TIDY:
        new = pattern.sub(put, new)
    return new


def _columns(sql: str) -> str:
    """CREATE TABLE with one column a line; nothing for any other statement."""
    tags = [part.lower() for part in (significant(sql) or ())[:6]]
    if tags[:1] != ["create"] or "table" not in tags or "as" in _top_words(sql):
        return ""
    out: list[str] = []
    depth, blocks, blank, line_end = 0, 0, "", False
    for kind, start, end in atoms(Scanner(sql)):
        part = sql[start:end]
        if kind == "ws":
            blank, line_end = blank or " ", "\n" in part or "\r" in part
            continue
        if kind == "comment" and blank == "\n" and not line_end:
            blank = " "  # it says something of the column before it
        if kind == "close":
            depth -= 1
            if not depth and blocks == 1:
                blank, blocks = "\n", 2
        inside = depth == 1 and blocks == 1
        out += (blank if blank != "\n" else "\n" + " " * INDENT * inside, part)
        blank, line_end = "", False
        if kind == "open":
            depth += 1
            if depth == 1 and not blocks:
                blank, blocks = "\n", 1
        elif (part == "," and inside) or part.startswith("--"):
            blank = "\n"
    return "".join(out).strip() if blocks else ""


def _top_words(sql: str) -> Iterator[str]:
    depth = 0
    for kind, start, end in Scanner(sql):
        depth += (kind == "open") - (kind == "close")
        if kind == "word" and not depth:
            yield sql[start:end].lower()
