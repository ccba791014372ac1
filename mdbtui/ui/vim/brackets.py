"""Pairs of brackets, found as vim's ``%`` does: without a thought for strings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mdbtui.ui.vim.host import Place

PAIRS = {"(": ")", "[": "]", "{": "}"}
_BACK = {close: open_ for open_, close in PAIRS.items()}


def partner(lines: Sequence[str], at: Place) -> Place | None:
    """The bracket that belongs to the one at a place, or to the next in its line."""
    row, column = at
    line = lines[row]
    while (
        column < len(line) and line[column] not in PAIRS and line[column] not in _BACK
    ):
        column += 1
    if column >= len(line):
        return None
    char = line[column]
    if char in PAIRS:
        return unmatched(lines, (row, column), char, PAIRS[char], 1)
    return unmatched(lines, (row, column), char, _BACK[char], -1)


def unmatched(
    lines: Sequence[str], at: Place, more: str, less: str, step: int
) -> Place | None:
    """The first `less` behind (1) or before (-1) a place that no `more` is for."""
    depth = 0
    for place, char in _chars(lines, at, step, more + less):
        if char == more:
            depth += 1
        elif depth:
            depth -= 1
        else:
            return place
    return None


def _chars(
    lines: Sequence[str], at: Place, step: int, wanted: str
) -> Iterator[tuple[Place, str]]:
    row, column = at
    last = len(lines)
    column += step
    while 0 <= row < last:
        line = lines[row]
        if any(char in line for char in wanted):
            columns = range(column, len(line)) if step > 0 else range(column, -1, -1)
            for place in columns:
                if place < len(line) and line[place] in wanted:
                    yield (row, place), line[place]
        row += step
        column = 0 if step > 0 or not 0 <= row < last else len(lines[row]) - 1
