"""Ex commands: ``:w``, ``:s``, ``:g``, and the ranges before them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from mdbtui.ui.vim import edits, search, substitute
from mdbtui.ui.vim.operators import OPERATIONS, Range
from mdbtui.ui.vim.parser import Beep, Command
from mdbtui.ui.vim.registers import Content

if TYPE_CHECKING:
    from mdbtui.ui.vim.machine import Machine

Rows = tuple[int, int]
_NAME = re.compile(r"[a-zA-Z]+|&&|[&<>=#!]+|@:")
_OPTIONS = {
    "ic": "ignore_case",
    "ignorecase": "ignore_case",
    "scs": "smart_case",
    "smartcase": "smart_case",
}
#: What the program does for a command: shortest name, full name, what is performed.
_PERFORMED = (
    ("w", "write", "save"),
    ("up", "update", "save"),
    ("wq", "wq", "save_and_close"),
    ("x", "xit", "save_and_close"),
    ("q", "quit", "close"),
    ("clo", "close", "close"),
    ("bd", "bdelete", "close"),
    ("tabc", "tabclose", "close"),
    ("qa", "qall", "quit"),
    ("quita", "quitall", "quit"),
    ("wqa", "wqall", "quit"),
    ("xa", "xall", "quit"),
    ("e", "edit", "open"),
    ("tabe", "tabedit", "new_tab"),
    ("tabnew", "tabnew", "new_tab"),
    ("ene", "enew", "new_tab"),
    ("new", "new", "new_tab"),
    ("tabn", "tabnext", "next_tab"),
    ("bn", "bnext", "next_tab"),
    ("tabp", "tabprevious", "previous_tab"),
    ("bp", "bprevious", "previous_tab"),
    ("bN", "bNext", "previous_tab"),
    ("tabN", "tabNext", "previous_tab"),
    ("h", "help", "help"),
)


def run(machine: Machine, text: str) -> None:
    """Carry out what was typed behind ``:``.

    Raises:
        Beep: it cannot be; that was said.
    """
    line = text.strip().lstrip(": ")
    if not line or line.startswith('"'):
        return
    rows, rest = _range(machine, line)
    found = _NAME.match(rest)
    if found is None:
        if rest:
            _unknown(machine, text)
        if rows is None:
            return
        machine.set_mark("'", machine.at)
        machine.to_line(rows[1])
        return
    name, argument = found[0], rest[found.end() :]
    if name[0] in "sgvk" and len(name) > 1 and not _known(name):
        # What belongs to these may follow at once: flags, or a mark's letter.
        name, argument = name[0], rest[1:]
    if performed := _named(name, _PERFORMED):
        _perform(machine, performed, argument)
    elif command := _named(name, _COMMANDS):
        # Of << and >> the signs are counted.
        more = name[1:] if command in "<>" else ""
        _COMMAND[command](machine, rows, more + argument)
    else:
        _unknown(machine, text)


def _perform(machine: Machine, name: str, argument: str) -> None:
    machine.host.perform(name, argument.lstrip("!").strip())


def _unknown(machine: Machine, text: str) -> None:
    machine.host.say(f"E492: Not an editor command: {text}", error=True)
    raise Beep


def _known(name: str) -> bool:
    return bool(_named(name, _PERFORMED) or _named(name, _COMMANDS))


def _named(name: str, table: tuple[tuple[str, str, str], ...]) -> str:
    for shortest, full, value in table:
        if full.startswith(name) and name.startswith(shortest):
            return value
    return ""


# ---- ranges ------------------------------------------------------------------------


def _range(machine: Machine, line: str) -> tuple[Rows | None, str]:
    """The rows before a command, and the rest."""
    last = len(machine.lines) - 1
    if line.startswith("%"):
        return (0, last), line[1:].lstrip()
    found: list[int] = []
    rest = line
    while True:
        row, rest = _address(machine, rest)
        rest = rest.lstrip()
        if row is None:
            if rest[:1] not in (",", ";"):
                break
            row = machine.at[0]
        found.append(row)
        if rest[:1] in (",", ";"):
            rest = rest[1:].lstrip()
            if not rest or rest[:1] not in "0123456789.$'/?+-":
                found.append(machine.at[0])
                break
            continue
        break
    if not found:
        return None, rest
    first, second = (found[-2], found[-1]) if len(found) > 1 else (found[0], found[0])
    if max(first, second) > last:
        machine.host.say("E16: Invalid range", error=True)
        raise Beep
    first, second = sorted((max(0, first), max(0, second)))
    return (first, second), rest


def _address(machine: Machine, text: str) -> tuple[int | None, str]:
    row: int | None = None
    if match := re.match(r"\d+", text):
        row, text = int(match[0][:9]) - 1, text[match.end() :]
    elif text.startswith("."):
        row, text = machine.at[0], text[1:]
    elif text.startswith("$"):
        row, text = len(machine.lines) - 1, text[1:]
    elif text.startswith("'") and len(text) > 1:
        row, text = machine.mark(text[1])[0], text[2:]
    elif text[:1] in ("/", "?"):
        pattern, rest = substitute.until(text[1:], text[0])
        pattern = pattern or machine.memory.pattern
        place = search.find(machine, pattern, backward=text[0] == "?")
        row, text = place[0], rest
    while match := re.match(r"([+-])(\d*)", text):
        row = machine.at[0] if row is None else row
        step = int(match[2][:9]) if match[2] else 1
        row += step if match[1] == "+" else -step
        text = text[match.end() :]
    return row, text


def _rows(machine: Machine, rows: Rows | None) -> Rows:
    return rows if rows is not None else (machine.at[0], machine.at[0])


# ---- commands ----------------------------------------------------------------------


def _operator(name: str) -> Callable[[Machine, Rows | None, str], None]:
    def work(machine: Machine, rows: Rows | None, argument: str) -> None:
        first, last = _rows(machine, rows)
        register, count = "", ""
        for word in argument.split():
            if word.isdigit():
                count = word
            else:
                register = word[:1]
        if count:
            first = last
            last = min(last + int(count[:6]) - 1, len(machine.lines) - 1)
        times = 1 + len(argument) - len(argument.lstrip(name)) if name in "<>" else 1
        command = Command("selection", name, register, times)
        at = machine.at
        part = Range((first, 0), (last, 0), whole_lines=True)
        OPERATIONS[name](machine, command, part)
        if name == "y":
            machine.move(at)
        elif name in "<>":
            machine.to_line(last)

    return work


def _join(machine: Machine, rows: Rows | None, argument: str) -> None:
    first, last = _rows(machine, rows)
    last = last if last > first else min(first + 1, len(machine.lines) - 1)
    edits.join_lines(machine, first, last, spaced=not argument.startswith("!"))
    machine.to_line(first)


def _put(machine: Machine, rows: Rows | None, argument: str) -> None:
    _, row = _rows(machine, rows)
    before = argument.startswith("!")
    held = edits.register(machine, argument.lstrip("! ")[:1])
    lines = Content(held.text, whole_lines=True)
    edits.insert(machine, lines, (row, 0), before, 1)


def _copy_lines(machine: Machine, rows: Rows | None, argument: str) -> None:
    first, last = _rows(machine, rows)
    text = "\n".join(machine.lines[first : last + 1])
    _insert_below(machine, _target(machine, argument), text)


def _move_lines(machine: Machine, rows: Rows | None, argument: str) -> None:
    first, last = _rows(machine, rows)
    to = _target(machine, argument)
    if first <= to < last:
        machine.host.say("E134: Cannot move a range of lines into itself", error=True)
        raise Beep
    if first - 1 <= to <= last:
        machine.to_line(last)
        return
    lines = machine.lines
    text = "\n".join(lines[first : last + 1])
    machine.delete_lines(first, last)
    _insert_below(machine, to - (last - first + 1) if to > last else to, text)


def _target(machine: Machine, argument: str) -> int:
    """The line below which lines go; -1 is before the first."""
    text = argument.strip()
    row, rest = _address(machine, text)
    if row is None or rest or not -1 <= row < len(machine.lines):
        machine.host.say("E16: Invalid range", error=True)
        raise Beep
    return row


def _insert_below(machine: Machine, row: int, text: str) -> None:
    if row < 0:
        machine.replace((0, 0), (0, 0), text + "\n")
        machine.to_line(text.count("\n"))
        return
    end = (row, len(machine.lines[row]))
    machine.replace(end, end, "\n" + text)
    machine.to_line(row + 1 + text.count("\n"))


def _no_highlight(machine: Machine, rows: Rows | None, argument: str) -> None:
    machine.highlighted = None


def _mark(machine: Machine, rows: Rows | None, argument: str) -> None:
    name = argument.strip()[:1]
    if not name.isalpha():
        raise Beep
    machine.set_mark(name, (_rows(machine, rows)[1], 0))


def _sort(machine: Machine, rows: Rows | None, argument: str) -> None:
    first, last = rows if rows is not None else (0, len(machine.lines) - 1)
    old = list(machine.lines[first : last + 1])
    flags = argument.lstrip("!")

    def key(line: str) -> tuple[float, str]:
        if "n" in flags:
            number = re.search(r"-?\d+", line)
            return (float(number[0][:300]) if number else float("-inf")), ""
        return 0.0, line.casefold() if "i" in flags else line

    new = sorted(old, key=key, reverse=argument.startswith("!"))
    if "u" in flags:
        new = list({key(line) if "i" in flags else line: line for line in new}.values())
    if new != old:
        machine.replace((first, 0), (last, len(old[-1])), "\n".join(new))
    machine.to_line(first)


def _set(machine: Machine, rows: Rows | None, argument: str) -> None:
    for word in argument.split():
        name = word.removeprefix("no")
        if name not in _OPTIONS:
            machine.host.say(f"E518: Unknown option: {word}", error=True)
            raise Beep
        setattr(machine.memory, _OPTIONS[name], name == word)


def _substitute(machine: Machine, rows: Rows | None, text: str) -> None:
    substitute.run(machine, _rows(machine, rows), text)


def _global(machine: Machine, rows: Rows | None, text: str) -> None:
    whole = (0, len(machine.lines) - 1)
    inverse = text.startswith("!")
    substitute.run_global(machine, rows or whole, text.lstrip("!"), inverse=inverse)


def _others(machine: Machine, rows: Rows | None, text: str) -> None:
    whole = (0, len(machine.lines) - 1)
    substitute.run_global(machine, rows or whole, text, inverse=True)


def _again(machine: Machine, rows: Rows | None, text: str) -> None:
    substitute.again(machine, _rows(machine, rows), text)


def _again_with_flags(machine: Machine, rows: Rows | None, text: str) -> None:
    substitute.again(machine, _rows(machine, rows), "&" + text)


_COMMANDS = (
    ("s", "substitute", "s"),
    ("&&", "&&", "&&"),
    ("&", "&", "&"),
    ("g", "global", "g"),
    ("v", "vglobal", "v"),
    ("d", "delete", "d"),
    ("y", "yank", "y"),
    ("j", "join", "j"),
    (">", ">>>>>>", ">"),
    ("<", "<<<<<<", "<"),
    ("m", "move", "m"),
    ("t", "t", "t"),
    ("co", "copy", "t"),
    ("pu", "put", "pu"),
    ("noh", "nohlsearch", "noh"),
    ("k", "k", "k"),
    ("ma", "mark", "k"),
    ("sor", "sort", "sort"),
    ("se", "set", "set"),
    ("u", "undo", "u"),
    ("red", "redo", "red"),
)
_COMMAND: dict[str, Callable[[Machine, Rows | None, str], None]] = {
    "s": _substitute,
    "&": _again,
    "&&": _again_with_flags,
    "g": _global,
    "v": _others,
    "d": _operator("d"),
    "y": _operator("y"),
    "j": _join,
    ">": _operator(">"),
    "<": _operator("<"),
    "m": _move_lines,
    "t": _copy_lines,
    "pu": _put,
    "noh": _no_highlight,
    "k": _mark,
    "sort": _sort,
    "set": _set,
    "u": lambda machine, rows, argument: machine.undo(1),
    "red": lambda machine, rows, argument: machine.undo(1, again=True),
}
