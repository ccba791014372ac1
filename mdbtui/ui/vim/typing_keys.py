"""Insert and replace mode: what was typed, and how ``R`` types over a line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mdbtui.ui.vim.core import Core, Insertion
from mdbtui.ui.vim.parser import Command

if TYPE_CHECKING:
    from mdbtui.ui.vim.machine import Machine

_SIDEWAYS = ("left", "right", "home", "end")
_MOVES = frozenset(("up", "down", "pageup", "pagedown", *_SIDEWAYS)).union(
    f"ctrl+{key}" for key in _SIDEWAYS
)


def overwrites(key: str) -> bool:
    """Whether replace mode takes a key itself."""
    return len(key) == 1 or key in ("enter", "backspace")


def before(machine: Machine, key: str) -> None:
    """A key in insert or replace mode, before the editor acts on it."""
    insertion = machine.insertion
    assert insertion is not None
    if key in _MOVES:
        begin_anew(machine)
        return
    settle(machine, insertion)
    if machine.mode == "replace":
        _overwrite(machine, insertion, key)


def begin_anew(machine: Machine) -> None:
    """What is typed from now on stands elsewhere: a new step of undo and for ``.``."""
    insertion = machine.insertion
    assert insertion is not None
    insertion.rows = -1  # until the next key there is no place to begin at
    machine.host.end()
    machine.host.begin()


def settle(core: Core, insertion: Insertion) -> None:
    """Begin where the cursor is now, if it was moved."""
    if insertion.rows >= 0:
        return
    row, column = core.at
    line = core.lines[row]
    insertion.command = Command("i")
    insertion.extent = None
    insertion.place = (row, column)
    insertion.before, insertion.after = line[:column], line[column:]
    insertion.rows = len(core.lines)
    insertion.indent = ""
    insertion.overwritten.clear()


def typed(core: Core, insertion: Insertion) -> tuple[int, str]:
    """What was typed: how many characters were taken back, and the text then."""
    row, column = core.at
    first, start = insertion.place
    lines = core.lines
    if insertion.rows < 0 or not first <= row < len(lines):
        return 0, ""
    if core.mode == "replace":
        if row != first or column < start:
            return 0, ""
        return 0, lines[row][start:column]
    if lines[row][column:] != insertion.after:
        return 0, ""
    if row - first != len(lines) - insertion.rows:
        return 0, ""
    if row > first:
        if lines[first][:start] != insertion.before:
            return 0, ""
        return 0, core.text_between((first, start), (row, column))
    now = lines[row][:column]
    common = 0
    for new, old in zip(now, insertion.before, strict=False):
        if new != old:
            break
        common += 1
    return start - common, now[common:]


def _overwrite(machine: Machine, insertion: Insertion, key: str) -> None:
    row, column = machine.at
    line = machine.lines[row]
    if key == "backspace":
        if insertion.overwritten and column:
            old = insertion.overwritten.pop()
            machine.host.replace((row, column - 1), (row, column), old)
            machine.host.move((row, column - 1))
        elif column:
            machine.host.move((row, column - 1))
    elif key == "enter":
        machine.host.replace((row, column), (row, column), "\n")
    elif len(key) == 1:
        insertion.overwritten.append(line[column : column + 1])
        end = (row, min(len(line), column + 1))
        machine.host.replace((row, column), end, key)
