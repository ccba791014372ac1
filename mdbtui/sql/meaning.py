"""What of a statement must stay when its white space changes.

Two texts with the same `significant` parts differ in white space only, and in none
that PostgreSQL or psql sees.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from mdbtui.sql.lexer import Scanner

# PostgreSQL joins these to one operator where nothing stands between: "@-" is not
# "@ -". But an operator without any of _ODD ends in no + or -: "=-1" is "= -1".
_OPERATOR = frozenset("+-*/<>=~!@#%^&|`?")
_ODD = re.compile(r"[~!@#%^&|`?]")
# ":a" is psql's variable and ": a" an array's bound; "::", ":=" and ".." are one sign.
_TOUCHING = frozenset(":.")
_LINE_END = re.compile(r"[\r\n]")
_QUOTES = frozenset({"string", "quoted"})
_CLOSED = frozenset({"", "e1", "e2"})


def significant(text: str) -> list[str] | None:
    """The parts of a text that other white space must leave as they are.

    Words, values, operators and comments are given as they are written. Where white
    space has a meaning there is a part for it: in operators, behind colons and
    points, and for a line end between two strings, which joins them.

    Returns:
        None for a text that ends within a string, a comment or a quoted name.
    """
    scanner = Scanner(text)
    found: list[str] = []
    signs = ""  # an operator so far
    quote = False  # the last part is a string; then white space and comments came
    line_end = False
    before = -1
    for kind, start, end in atoms(scanner):
        if kind == "ws":
            line_end = line_end or _LINE_END.search(text, start, end) is not None
            continue
        part = text[start:end]
        if signs and (part not in _OPERATOR or before != start):
            found += _operators(signs)
            signs = ""
        if part in _OPERATOR and kind == "operator":
            signs += part
        else:
            if before == start and found and found[-1] in _TOUCHING:
                found.append("")
            if quote and kind in _QUOTES:
                found.append("\n" if line_end else " ")
            found.append(part)
        if kind != "comment":
            quote, line_end = kind in _QUOTES, False
        before = end
    found += _operators(signs)
    return found if scanner.carry in _CLOSED else None


def atoms(scanner: Scanner) -> Iterator[tuple[str, int, int]]:
    """The tokens of a text, its signs one by one."""
    for kind, start, end in scanner:
        if kind == "operator":
            for at in range(start, end):
                yield kind, at, at + 1
        else:
            yield kind, start, end


def _operators(signs: str) -> list[str]:
    """The operators that PostgreSQL makes of signs without white space between."""
    found: list[str] = []
    while len(signs) > 1 and signs[-1] in "+-" and not _ODD.search(signs):
        found.insert(0, signs[-1])
        signs = signs[:-1]
    return [signs, *found] if signs else found
