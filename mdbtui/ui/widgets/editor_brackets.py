"""Finding a bracket's partner in SQL text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from mdbtui.sql.highlight import Span

MAX_LINES = 300
"""How far a partner is looked for: the search runs at every move of the cursor."""
_LONGEST_LINE = 5_000
_BRACKETS = re.compile(r"[()\[\]{}]")
_CLOSING = {"(": ")", "[": "]", "{": "}"}
_OPENING = {closing: opening for opening, closing in _CLOSING.items()}


def matching_bracket(
    bracket: str,
    start: tuple[int, int],
    lines: Sequence[str],
    spans: Callable[[int], Sequence[Span]],
) -> tuple[int, int] | None:
    """The line and column of the partner of the bracket at ``start``, if it is near.

    Args:
        bracket: the character at ``start``; anything but a bracket has no partner.
        start: line and column.
        lines: the text.
        spans: gives the coloured spans of a line: what is in strings and comments
            is no bracket.
    """
    forward = bracket in _CLOSING
    if not forward and bracket not in _OPENING:
        return None
    row, column = start
    step = 1 if forward else -1
    open_ones: list[str] = []
    for count in range(MAX_LINES):
        at = row + step * count
        if not 0 <= at < len(lines) or len(lines[at]) > _LONGEST_LINE:
            return None
        found = list(_in_code(lines[at], spans(at)))
        if not forward:
            found.reverse()
        for place, character in found:
            if at == row and (place < column if forward else place > column):
                continue
            if character in (_CLOSING if forward else _OPENING):
                open_ones.append(character)
            elif not open_ones:
                return None  # the bracket itself lies in a string or comment
            elif (_CLOSING | _OPENING)[open_ones.pop()] != character:
                return None
            elif not open_ones:
                return at, place
    return None


def _in_code(line: str, spans: Sequence[Span]) -> Iterator[tuple[int, str]]:
    quoted = [
        (start, end)
        for start, end, kind in spans
        if kind in {"string", "comment", "identifier"}
    ]
    for found in _BRACKETS.finditer(line):
        place = found.start()
        if not any(start <= place < end for start, end in quoted):
            yield place, found[0]
