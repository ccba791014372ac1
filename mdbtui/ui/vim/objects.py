"""Text objects: words, quotes, brackets and paragraphs, or with what is around."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mdbtui.ui.vim.brackets import PAIRS, unmatched
from mdbtui.ui.vim.host import Place
from mdbtui.ui.vim.walk import Walker, char_class

_BRACKETS = {
    **dict.fromkeys("()b", "("),
    **dict.fromkeys("[]", "["),
    **dict.fromkeys("{}B", "{"),
    **dict.fromkeys("<>", "<"),
}
_PARTNERS = {**PAIRS, "<": ">"}
NAMES = frozenset("wWp\"'`") | frozenset(_BRACKETS)


@dataclass(frozen=True)
class Span:
    """A range of text: `end` belongs to it when `inclusive`, lines are whole."""

    start: Place
    end: Place
    inclusive: bool = True
    whole_lines: bool = False


def find(
    lines: Sequence[str], at: Place, name: str, around: bool, count: int
) -> Span | None:
    """The object of this name at a place.

    Args:
        lines: the text.
        at: where the cursor is.
        name: one of `NAMES`.
        around: with blanks, quotes or brackets around it.
        count: how many.
    """
    if name in "wW":
        return _words(lines, at, name == "W", around, count)
    if name == "p":
        return _paragraphs(lines, at[0], around, count)
    if name in _BRACKETS:
        return _bracketed(lines, at, _BRACKETS[name], around, count)
    return _quoted(lines[at[0]], at, name, around, count)


def _words(
    lines: Sequence[str], at: Place, big: bool, around: bool, count: int
) -> Span | None:
    row, column = at
    line = lines[row]
    kind = char_class(line[column : column + 1], big)
    while column and char_class(line[column - 1], big) == kind:
        column -= 1
    start = (row, column)
    walker = Walker(lines, start, big=big)
    trailing = False
    if (kind == 0) == around:
        if not walker.ends_forward(1, stop=True, empty=True):
            return None
    else:
        _to_next(walker)
        trailing = around
    inclusive = True
    for _ in range(count - 1):
        inclusive = True
        if walker.incl() == -1:
            return None
        if around and walker.kind:
            if not walker.words_forward(1, in_line=True):
                return None
            inclusive = walker.col > 0
            walker.col -= walker.col > 0
        elif walker.kind == 0 and not around:
            _to_next(walker)
        elif not walker.ends_forward(1, stop=True, empty=True):
            return None
    if trailing and (walker.kind != 0 or (walker.col == 0 and not inclusive)):
        start = _with_blanks_before(line, start)
    return Span(start, walker.place, inclusive)


def _to_next(walker: Walker) -> None:
    row = walker.row
    walker.words_forward(1, in_line=True)
    if walker.row > row:
        walker.place = row, len(walker.lines[row])
    walker.col -= walker.col > 0


def _with_blanks_before(line: str, start: Place) -> Place:
    row, column = start
    while column and line[column - 1] in " \t":
        column -= 1
    return (row, column) if column else start  # never the indentation


def _quoted(line: str, at: Place, quote: str, around: bool, count: int) -> Span | None:
    row, column = at
    found = _quotes(line, column, quote)
    if found is None:
        return None
    start, end = found
    if around:
        if line[end + 1 : end + 2] in (" ", "\t"):
            while line[end + 1 : end + 2] in (" ", "\t"):
                end += 1
        else:
            while start and line[start - 1] in " \t":
                start -= 1
        return Span((row, start), (row, end))
    if count > 1:
        return Span((row, start), (row, end))
    return Span((row, start + 1), (row, end), inclusive=False)


def _quotes(line: str, column: int, quote: str) -> tuple[int, int] | None:
    """The pair of quotes around a column, else the first one behind it."""
    if line[column : column + 1] == quote:
        # The quotes of the line in pairs tell which of them opens.
        start = 0
        while True:
            start = _next_quote(line, start, quote, escapes=False)
            if start < 0 or start > column:
                return None
            end = _next_quote(line, start + 1, quote)
            if end < 0:
                return None
            if end >= column:
                return start, end
            start = end + 1
    start = _previous_quote(line, column, quote)
    if start < 0:
        start = _next_quote(line, column, quote, escapes=False)
    end = _next_quote(line, start + 1, quote) if start >= 0 else -1
    return (start, end) if end >= 0 else None


def _next_quote(line: str, at: int, quote: str, *, escapes: bool = True) -> int:
    while at < len(line):
        if escapes and line[at] == "\\":
            at += 1
        elif line[at] == quote:
            return at
        at += 1
    return -1


def _previous_quote(line: str, at: int, quote: str) -> int:
    while at > 0:
        at -= 1
        slashes = len(line[:at]) - len(line[:at].rstrip("\\"))
        if slashes % 2:
            at -= slashes
        elif line[at] == quote:
            return at
    return -1


def _bracketed(
    lines: Sequence[str], at: Place, opening: str, around: bool, count: int
) -> Span | None:
    closing = _PARTNERS[opening]
    row, column = at
    place: Place | None = at
    if lines[row][column : column + 1] == opening:
        place = row, column + 1
    for _ in range(count):
        assert place is not None
        place = unmatched(lines, place, closing, opening, -1)
        if place is None:
            break
    if place is None:
        place = _next_opening(lines, at, opening, count)
        if place is None:
            return None
    end = unmatched(lines, place, opening, closing, 1)
    if end is None:
        return None
    if around:
        return Span(place, end)
    return _within(lines, place, end)


def _next_opening(
    lines: Sequence[str], at: Place, opening: str, count: int
) -> Place | None:
    row, column = at
    for there in range(row, len(lines)):
        found = lines[there].find(opening, column if there == row else 0)
        while found >= 0:
            count -= 1
            if not count:
                return there, found
            found = lines[there].find(opening, found + 1)
    return None


def _within(lines: Sequence[str], opening: Place, closing: Place) -> Span:
    """What is between brackets; lines of their own stay outside."""
    first = Walker(lines, opening)
    first.incl()
    last = Walker(lines, closing)
    line_start = last.col == 0
    last.decl()
    while not lines[last.row][: last.col + 1].strip(" \t") and last.char:
        line_start = True
        if last.decl() != 0:
            break
    if line_start:
        last.incl()
        return Span(first.place, last.place, inclusive=False)
    if first.place <= last.place:
        return Span(first.place, last.place)
    return Span(first.place, first.place, inclusive=False)


def _paragraphs(
    lines: Sequence[str], row: int, around: bool, count: int
) -> Span | None:
    last = len(lines) - 1

    def blank(at: int) -> bool:
        return not lines[at].strip(" \t")

    def to_edge(at: int, step: int, white: bool) -> int:
        while 0 <= at + step <= last and blank(at + step) == white:
            at += step
        return at

    in_front = blank(row)
    start = to_edge(row, -1, in_front)
    end = to_edge(row, 1, True) if in_front else start - 1
    left = count - (not around and in_front)
    while left:
        left -= 1
        if end == last:
            return None
        white = blank(end + 1)
        if around or not white:
            end = to_edge(end + 1, 1, False)
        if left == 0 and in_front and around:
            break
        if around or white:
            end = to_edge(end, 1, True)
    if around and not in_front and not blank(end):
        start = to_edge(start, -1, True)
    return Span((start, 0), (max(end, start), 0), whole_lines=True)
