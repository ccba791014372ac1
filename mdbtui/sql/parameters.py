"""Parameters in a statement: ``$1`` as the server has them, ``:name`` as psql does.

The server knows numbers only, so names are written as numbers in what is sent, and
places in that text are mapped back to what stands in the editor.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

from mdbtui.sql.lexer import Scanner
from mdbtui.sql.remembered import once_if_large

MAX_NUMBER = 65_535
"""The protocol counts parameters in 16 bits."""

# Without one of these there is no parameter; most texts need not be read for it.
_MAY_BE = re.compile(r"\$[0-9]|:(?:[A-Za-z_']|[^\x00-\x7f])")
# A place: what stands for a value there, its offset, the offset behind it.
_Place = tuple[str, int, int]


@dataclass(frozen=True)
class Numbered:
    """A statement as the server can take it.

    Attributes:
        text: The statement with numbers in place of names.
        names: What each number stands for, ``$1`` first: ``$1`` or ``:name``.
        shifts: Where names were replaced: an offset behind one in `text`, and how
            far what follows stands further right in the text as it was written.
    """

    text: str
    names: tuple[str, ...] = ()
    shifts: tuple[tuple[int, int], ...] = ()

    @property
    def named(self) -> bool:
        """Whether some parameter has a name."""
        return bool(self.shifts)

    def original(self, position: int) -> int:
        """Return where a 1-based position of `text` is in the text as it was written.

        Within a replaced name, that is the name's colon or a character of it.
        """
        at = bisect_right(self.shifts, position - 1, key=lambda shift: shift[0]) - 1
        moved = position + (self.shifts[at][1] if at >= 0 else 0)
        if at + 1 < len(self.shifts):
            # A number may be longer than the name that it stands for.
            behind, shift = self.shifts[at + 1]
            moved = min(moved, behind + shift)
        return moved


@once_if_large
def numbered(sql: str) -> Numbered:
    """Find a statement's parameters and write them as numbers.

    ``$1`` keeps its number; names get the next free ones, in the order in which they
    first come. The same name is the same parameter.
    """
    if _MAY_BE.search(sql) is None:
        return Numbered(sql)
    places = list(_places(sql))
    numbers = [int(name[1:]) for name, _, _ in places if name[0] == "$"]
    if any(not 0 < number <= MAX_NUMBER for number in numbers):
        return Numbered(sql)  # the server says what is wrong with it
    names = [f"${i + 1}" for i in range(max(numbers, default=0))]
    known: dict[str, int] = {}
    parts: list[str] = []
    shifts: list[tuple[int, int]] = []
    done = length = 0
    for name, start, end in places:
        if name[0] == "$":
            continue
        if name not in known:
            names.append(name)
            known[name] = len(names)
        part = f"{sql[done:start]}${known[name]}"
        parts.append(part)
        length += len(part)
        done = end
        shifts.append((length, end - length))
    return Numbered("".join((*parts, sql[done:])), tuple(names), tuple(shifts))


def _places(sql: str) -> Iterator[_Place]:
    """The places of a statement's parameters.

    A colon makes a name one when it stands alone right before it, and isn't the
    colon of a slice as in ``a[low:high]``.
    """
    brackets = _Brackets()
    colon = -1  # where a lone colon ended
    for kind, start, end in Scanner(sql):
        if kind == "parameter":
            yield sql[start:end], start, end
        elif colon == start and kind == "word":
            yield f":{sql[start:end]}", start - 1, end
        elif colon == start and kind == "string" and sql[start] == "'":
            name = sql[start + 1 : end - 1]
            if name.isidentifier():
                yield f":{name}", start - 1, end
        colon = -1
        if kind in ("ws", "comment"):
            continue
        token = sql[start:end]
        lone = (len(token) - len(token.rstrip(":"))) % 2 == 1
        if kind == "operator" and brackets.reads(token) is False and lone:
            colon = end
        elif kind != "operator":
            brackets.passes(kind, token)


class _Brackets:
    """Knows which colons part the bounds of a slice."""

    def __init__(self) -> None:
        # For each open bracket: whether a slice's colon may still come in it.
        self._open: list[bool] = []
        self._subscript = False  # whether a bracket here would be a subscript
        self._depth: list[int] = []
        self._parens = 0

    def reads(self, token: str) -> bool:
        """Read an operator's signs; whether its last colon is a slice's."""
        slices = False
        at = 0
        while at < len(token):
            sign = token[at]
            slices = False
            if sign == "[":
                self._open.append(self._subscript)
                self._depth.append(self._parens)
                self._subscript = False
            elif sign == "]":
                if self._open:
                    self._open.pop()
                    self._depth.pop()
                self._subscript = True
            elif token.startswith("::", at):
                at += 1
            elif sign == ":" and self._here():
                self._open[-1] = False
                slices = True
            at += 1
        if token[-1] != "]":
            self._subscript = False
        return slices

    def _here(self) -> bool:
        return bool(self._open) and self._open[-1] and self._depth[-1] == self._parens

    def passes(self, kind: str, token: str) -> None:
        """Pass a token that is no operator."""
        if kind == "open":
            self._parens += 1
        elif kind == "close":
            self._parens -= 1
        self._subscript = kind in ("word", "quoted", "close", "parameter") and (
            token.lower() != "array"
        )
