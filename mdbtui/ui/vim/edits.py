"""Commands that change text without a motion: put, join, replace, count up."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from mdbtui.ui.vim.core import INSERT_LIMIT, Core
from mdbtui.ui.vim.host import Place
from mdbtui.ui.vim.parser import Beep, Command
from mdbtui.ui.vim.registers import Content
from mdbtui.ui.vim.walk import first_nonblank

_NUMBER = re.compile(r"-?\d+")


def register(core: Core, name: str) -> Content:
    """What a register holds.

    Raises:
        Beep: nothing; that was said.
    """
    held = core.memory.registers.get(name, core.host.clipboard)
    if held is None:
        core.host.say(f"E353: Nothing in register {name or chr(34)}", error=True)
        raise Beep
    return held


def put(core: Core, command: Command) -> None:
    """``p``, ``P``, ``gp``, ``gP``: insert what a register holds."""
    held = register(core, command.register)
    before = command.name[-1] == "P"
    insert(core, held, core.at, before, command.times, behind=command.name[0] == "g")


def insert(
    core: Core,
    held: Content,
    at: Place,
    before: bool,
    times: int,
    *,
    behind: bool = False,
) -> None:
    """Insert a text before or behind a place, so many times."""
    times = max(1, min(times, INSERT_LIMIT // max(1, len(held.text))))
    row, column = at
    if held.whole_lines:
        text = "\n".join([held.text] * times)
        size = text.count("\n") + 1
        if before:
            core.replace((row, 0), (row, 0), text + "\n")
            first = row
        else:
            end = (row, len(core.lines[row]))
            core.replace(end, end, "\n" + text)
            first = row + 1
        if behind:
            core.move((min(first + size, len(core.lines) - 1), 0))
        else:
            core.to_line(first)
        return
    if not before and core.lines[row]:
        column += 1
    text = held.text * times
    core.replace((row, column), (row, column), text)
    end_place = core.at
    if behind:
        core.move(end_place)
    elif "\n" in text:
        core.move((row, column))
    else:
        core.move((row, max(column, end_place[1] - 1)))


def join(core: Core, command: Command) -> None:
    """``J`` and ``gJ``: make lines one."""
    row = core.at[0]
    last = row + max(2, command.times) - 1
    if last >= len(core.lines):
        if command.times <= 2:
            raise Beep
        last = len(core.lines) - 1
    join_lines(core, row, last, spaced=command.name == "J")


def join_lines(core: Core, first: int, last: int, *, spaced: bool) -> None:
    """Join these lines; `spaced` has one blank where they meet.

    Raises:
        Beep: it is only one line.
    """
    if last <= first:
        raise Beep
    lines = core.lines
    text = lines[first]
    column = len(text)
    for line in lines[first + 1 : last + 1]:
        if not spaced:
            column = len(text)
            text += line
            continue
        line = line.lstrip(" \t")
        column = len(text)
        if line and not line.startswith(")") and text and text[-1] not in " \t":
            text += " "
        text += line
    core.host.move((first, core.at[1] if core.at[0] == first else 0))
    core.replace((first, 0), (last, len(lines[last])), text)
    core.move((first, column))


def replace_chars(core: Core, command: Command) -> None:
    """``r``: put one character in place of some."""
    row, column = core.at
    line = core.lines[row]
    if column + command.times > len(line):
        raise Beep
    end = (row, column + command.times)
    if command.argument == "\n":
        indent = core.host.new_line_indent(line[:column])
        rest = line[end[1] :]
        blanks = len(rest) - len(rest.lstrip(" \t"))
        core.replace((row, column), (row, end[1] + blanks), "\n" + indent)
        core.move((row + 1, len(indent)))
        return
    core.replace((row, column), end, command.argument * command.times)
    core.move((row, end[1] - 1))


def swap_case(core: Core, command: Command) -> None:
    """``~``: the other case, and on."""
    row, column = core.at
    line = core.lines[row]
    if not line:
        raise Beep
    end = min(len(line), column + command.times)
    old = line[column:end]
    new = "".join(c.swapcase() if len(c.swapcase()) == 1 else c for c in old)
    if new != old:
        core.replace((row, column), (row, end), new)
    core.move((row, end))


def count_up(core: Core, command: Command) -> None:
    """ctrl+a and ctrl+x: add to the number at the cursor or behind it."""
    row, column = core.at
    line = core.lines[row]
    for match in _NUMBER.finditer(line):
        if match.end() > column:
            break
    else:
        raise Beep
    start = match.start()
    if match[0].startswith("-") and start and line[start - 1].isalnum():
        start += 1  # the dash of a date or a name
    digits = line[start : match.end()]
    step = command.times if command.name == "ctrl+a" else -command.times
    width = len(digits.lstrip("-")) if digits.lstrip("-").startswith("0") else 0
    number = int(digits[:4000]) + step
    new = f"{'-' if number < 0 else ''}{abs(number):0{width}}"
    core.replace((row, start), (row, match.end()), new)
    core.move((row, start + len(new) - 1))


def set_mark(core: Core, command: Command) -> None:
    """``m``: remember the place."""
    if not (command.argument.isalpha() and command.argument.isascii()):
        raise Beep
    core.set_mark(command.argument, core.at)


# ---- typing ------------------------------------------------------------------------


def _insert_at(
    place: Callable[[Core], Place],
) -> Callable[[Core, Command], None]:
    def start(core: Core, command: Command) -> None:
        core.start_insert(place(core), command)

    return start


def _behind(core: Core) -> Place:
    row, column = core.at
    return row, min(column + 1, len(core.lines[row]))


def _before_line(core: Core) -> Place:
    row = core.at[0]
    line = core.lines[row]
    return row, first_nonblank(line) if line.strip(" \t") else len(line)


def _last_insert(core: Core) -> Place:
    row, column = core.marks.get("^", core.at)
    row = min(row, len(core.lines) - 1)
    return row, min(column, len(core.lines[row]))


def open_line(core: Core, command: Command) -> None:
    """``o`` and ``O``: a new line, and type there."""
    row = core.at[0]
    line = core.lines[row]
    if command.name == "o":
        indent = core.host.new_line_indent(line)
        core.replace((row, len(line)), (row, len(line)), "\n" + indent)
        row += 1
    else:
        indent = line[: len(line) - len(line.lstrip(" \t"))]
        core.replace((row, 0), (row, 0), indent + "\n")
    core.start_insert((row, len(indent)), command, indent=indent)


def overwrite(core: Core, command: Command) -> None:
    """``R``: type over what is there."""
    core.start_insert(core.at, command, replace=True)


#: Those that change the text, so that ``.`` repeats them.
EDITS: dict[str, Callable[[Core, Command], None]] = {
    **dict.fromkeys(("p", "P", "gp", "gP"), put),
    **dict.fromkeys(("J", "gJ"), join),
    "r": replace_chars,
    "~": swap_case,
    **dict.fromkeys(("ctrl+a", "ctrl+x"), count_up),
    "i": _insert_at(lambda core: core.at),
    "a": _insert_at(_behind),
    "I": _insert_at(_before_line),
    "A": _insert_at(lambda core: (core.at[0], len(core.lines[core.at[0]]))),
    "gI": _insert_at(lambda core: (core.at[0], 0)),
    "gi": lambda core, command: core.start_insert(
        _last_insert(core), replace(command, name="i")
    ),
    **dict.fromkeys("oO", open_line),
    "R": overwrite,
}
