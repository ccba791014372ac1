"""Motions: where a command takes the cursor, and what of the way belongs to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from mdbtui.ui.vim import search
from mdbtui.ui.vim.brackets import PAIRS, partner, unmatched
from mdbtui.ui.vim.core import LINE_END, Core, Find
from mdbtui.ui.vim.host import Place
from mdbtui.ui.vim.parser import Beep, Command
from mdbtui.ui.vim.walk import Walker, first_nonblank

Kind = Literal["exclusive", "inclusive", "lines"]


@dataclass(frozen=True)
class Target:
    """Where a motion ends.

    Attributes:
        place: there.
        kind: whether the place itself belongs to the motion, or whole lines do.
        wanted: the column that j and k keep to; None is the place's own.
        jump: whether `` goes back to where it began.
        numbered: whether a delete with it fills register 1 in any case.
    """

    place: Place
    kind: Kind = "exclusive"
    wanted: int | None = None
    jump: bool = False
    numbered: bool = False


def target(core: Core, command: Command) -> Target | None:
    """Where a motion leads; None if the command is none.

    Raises:
        Beep: it leads nowhere.
    """
    found = _MOTIONS.get(command.name)
    return found(core, command) if found else None


def rows_down(core: Core, count: int) -> int:
    """The row so far below the cursor, or the last.

    Raises:
        Beep: the cursor is on the last.
    """
    row, last = core.at[0], len(core.lines) - 1
    if count and row == last:
        raise Beep
    return min(row + count, last)


def _left(core: Core, command: Command) -> Target:
    row, column = core.at
    if not column and not command.operator:
        raise Beep
    return Target((row, max(0, column - command.times)))


def _right(core: Core, command: Command) -> Target:
    row, column = core.at
    size = len(core.lines[row])
    last = size if command.operator or core.visual else size - 1
    if column >= last and not command.operator:
        raise Beep
    return Target((row, min(last, column + command.times)))


def _space(core: Core, command: Command) -> Target:
    walker = Walker(core.lines, core.at)
    for done in range(command.times):
        # The end of a line is a place of its own where something is to be selected.
        whole = core.visual or (command.operator and done + 1 == command.times)
        step = walker.inc if whole else walker.incl
        if step() == -1:
            if not done:
                raise Beep
            break
    return Target(walker.place)


def _backspace(core: Core, command: Command) -> Target:
    walker = Walker(core.lines, core.at)
    for done in range(command.times):
        if walker.decl() == -1:
            if not done:
                raise Beep
            break
    return Target(walker.place)


def _vertical(step: int) -> Callable[[Core, Command], Target]:
    def move(core: Core, command: Command) -> Target:
        row = core.at[0]
        last = len(core.lines) - 1
        to = max(0, min(row + step * command.times, last))
        if to == row:
            raise Beep
        return Target((to, core.wanted), "lines", core.wanted)

    return move


def _lines_down(start: int) -> Callable[[Core, Command], Target]:
    """``+``, ``-`` and ``_``: the first character some lines away."""

    def move(core: Core, command: Command) -> Target:
        row = core.at[0]
        step = command.times if start > 0 else -command.times
        if start == 0:
            step = command.times - 1
        to = max(0, min(row + step, len(core.lines) - 1))
        if to == row and step:
            raise Beep
        if start == 0 and command.operator == "y":
            return Target((to, core.at[1]), "lines")
        return Target((to, first_nonblank(core.lines[to])), "lines")

    return move


def _to_line(default: int) -> Callable[[Core, Command], Target]:
    def move(core: Core, command: Command) -> Target:
        last = len(core.lines) - 1
        row = command.count - 1 if command.count else (last if default else 0)
        row = min(row, last)
        return Target((row, first_nonblank(core.lines[row])), "lines", jump=True)

    return move


def _line_start(core: Core, command: Command) -> Target:
    return Target((core.at[0], 0))


def _first_char(core: Core, command: Command) -> Target:
    row = core.at[0]
    return Target((row, first_nonblank(core.lines[row])))


def _line_end(core: Core, command: Command) -> Target:
    to = rows_down(core, command.times - 1)
    size = len(core.lines[to])
    column = size if core.visual else max(0, size - 1)
    return Target((to, column), "inclusive", LINE_END)


def _last_char(core: Core, command: Command) -> Target:
    row = rows_down(core, command.times - 1)
    text = core.lines[row].rstrip(" \t")
    return Target((row, max(0, len(text) - 1)), "inclusive")


def _column(core: Core, command: Command) -> Target:
    row = core.at[0]
    wanted = command.times - 1
    return Target((row, min(wanted, max(0, len(core.lines[row]) - 1))), wanted=wanted)


def _word(core: Core, command: Command) -> Target:
    big = command.name == "W"
    walker = Walker(core.lines, core.at, big=big)
    if command.operator == "c" and walker.kind:
        # cw changes the word and leaves the blanks behind it.
        if not walker.ends_forward(command.times, stop=True):
            if walker.place <= core.at:
                raise Beep
            walker.dec()
        return Target(walker.place, "inclusive")
    moved = walker.words_forward(command.times, in_line=bool(command.operator))
    row, column = walker.place
    kind: Kind = "exclusive"
    if column and not walker.char and walker.place > core.at and not core.visual:
        column, kind = column - 1, "inclusive"
    if not moved and not command.operator and (row, column) == core.at:
        raise Beep
    return Target((row, column), kind)


def _word_back(core: Core, command: Command) -> Target:
    walker = Walker(core.lines, core.at, big=command.name == "B")
    if not walker.words_back(command.times) and walker.place == core.at:
        raise Beep
    return Target(walker.place)


def _word_end(core: Core, command: Command) -> Target:
    walker = Walker(core.lines, core.at, big=command.name == "E")
    if not walker.ends_forward(command.times) and walker.place <= core.at:
        raise Beep
    row, column = walker.place
    if column and not walker.char and not core.visual:
        column -= 1
    return Target((row, column), "inclusive")


def _word_end_back(core: Core, command: Command) -> Target:
    walker = Walker(core.lines, core.at, big=command.name == "gE")
    if not walker.ends_back(command.times) and walker.place == core.at:
        raise Beep
    return Target(walker.place, "inclusive")


def _paragraph(core: Core, command: Command) -> Target:
    walker = Walker(core.lines, core.at)
    step = 1 if command.name == "}" else -1
    inclusive = walker.paragraph(step, command.times)
    if inclusive is None:
        raise Beep
    kind: Kind = "inclusive" if inclusive else "exclusive"
    return Target(walker.place, kind, jump=True, numbered=True)


def _sentence(core: Core, command: Command) -> Target:
    walker = Walker(core.lines, core.at)
    if not walker.sentence(1 if command.name == ")" else -1, command.times):
        raise Beep
    kind: Kind = "exclusive"
    row, column = walker.place
    if column and not walker.char and not core.visual:
        column, kind = column - 1, "inclusive"
    return Target((row, column), kind, jump=True, numbered=True)


def _match(core: Core, command: Command) -> Target:
    if command.count is not None:
        if command.count > 100:
            raise Beep
        size = len(core.lines)
        row = (command.count * size + 99) // 100 - 1
        return Target((row, first_nonblank(core.lines[row])), "lines", jump=True)
    found = partner(core.lines, core.at)
    if found is None:
        raise Beep
    return Target(found, "inclusive", jump=True, numbered=True)


def _enclosing(core: Core, command: Command) -> Target:
    bracket = command.name[1]
    place: Place | None = core.at
    for _ in range(command.times):
        assert place is not None
        if bracket in PAIRS:
            place = unmatched(core.lines, place, PAIRS[bracket], bracket, -1)
        else:
            more = next(o for o, c in PAIRS.items() if c == bracket)
            place = unmatched(core.lines, place, more, bracket, 1)
        if place is None:
            raise Beep
    assert place is not None
    return Target(place, jump=True)


def _find(core: Core, command: Command) -> Target:
    core.memory.find = Find(command.name, command.argument)
    return _found(core, command.name, command.argument, command.times)


def _find_again(core: Core, command: Command) -> Target:
    last = core.memory.find
    if last is None:
        raise Beep
    name = last.name if command.name == ";" else last.name.swapcase()
    return _found(core, name, last.char, command.times, again=True)


def _found(
    core: Core, name: str, char: str, times: int, *, again: bool = False
) -> Target:
    row, column = core.at
    line = core.lines[row]
    step = 1 if name in "ft" else -1
    if again and times == 1 and name in "tT" and line[column + step :][:1] == char:
        times += column + step >= 0  # else it would stay where it is for ever
    for _ in range(times):
        if step > 0:
            column = line.find(char, column + 1)
        else:
            column = line.rfind(char, 0, column) if column > 0 else -1
        if column < 0:
            raise Beep
    if name in "tT":
        column -= step
    return Target((row, column), "inclusive" if step > 0 else "exclusive")


def _to_mark(core: Core, command: Command) -> Target:
    row, column = core.mark(command.argument)
    if command.name == "'":
        return Target((row, first_nonblank(core.lines[row])), "lines", jump=True)
    return Target((row, column), jump=True, numbered=True)


def _on_screen(core: Core, command: Command) -> Target:
    top, height = core.host.view
    bottom = min(top + height, len(core.lines)) - 1
    if command.name == "H":
        row = min(top + command.times - 1, bottom)
    elif command.name == "L":
        row = max(bottom - command.times + 1, top)
    else:
        row = (top + bottom) // 2
    row = max(0, min(row, len(core.lines) - 1))
    return Target((row, first_nonblank(core.lines[row])), "lines", jump=True)


def _search(core: Core, command: Command) -> Target:
    backward = command.name == "?"
    pattern = command.argument or core.memory.pattern
    core.memory.pattern, core.memory.backward = pattern, backward
    place = search.find(core, pattern, command.times, backward=backward)
    return Target(place, jump=True, numbered=True)


def _search_again(core: Core, command: Command) -> Target:
    backward = core.memory.backward ^ (command.name == "N")
    place = search.find(core, core.memory.pattern, command.times, backward=backward)
    return Target(place, jump=True, numbered=True)


def _search_word(core: Core, command: Command) -> Target:
    start, pattern = search.word_pattern(core, whole=len(command.name) == 1)
    backward = command.name[-1] == "#"
    core.memory.pattern, core.memory.backward = pattern, backward
    place = search.find(core, pattern, command.times, backward=backward, start=start)
    return Target(place, jump=True, numbered=True)


_MOTIONS: dict[str, Callable[[Core, Command], Target]] = {
    "h": _left,
    "l": _right,
    " ": _space,
    "backspace": _backspace,
    "j": _vertical(1),
    "k": _vertical(-1),
    "+": _lines_down(1),
    "enter": _lines_down(1),
    "-": _lines_down(-1),
    "_": _lines_down(0),
    "gg": _to_line(0),
    "G": _to_line(1),
    "0": _line_start,
    "^": _first_char,
    "$": _line_end,
    "g_": _last_char,
    "|": _column,
    **dict.fromkeys(("w", "W"), _word),
    **dict.fromkeys(("b", "B"), _word_back),
    **dict.fromkeys(("e", "E"), _word_end),
    **dict.fromkeys(("ge", "gE"), _word_end_back),
    **dict.fromkeys("{}", _paragraph),
    **dict.fromkeys("()", _sentence),
    "%": _match,
    **dict.fromkeys(("[(", "[{", "])", "]}"), _enclosing),
    **dict.fromkeys("fFtT", _find),
    **dict.fromkeys(";,", _find_again),
    **dict.fromkeys("'`", _to_mark),
    **dict.fromkeys("HML", _on_screen),
    **dict.fromkeys("/?", _search),
    **dict.fromkeys("nN", _search_again),
    **dict.fromkeys(("*", "#", "g*", "g#"), _search_word),
}
