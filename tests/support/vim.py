"""A text without a screen, for the machine to work on."""

from __future__ import annotations

import re
from collections.abc import Callable

from mdbtui.ui.vim.core import Change, Memory
from mdbtui.ui.vim.host import Place
from mdbtui.ui.vim.machine import Machine
from mdbtui.ui.vim.parser import Command
from mdbtui.ui.vim.registers import Content

_NAMES = {
    "Esc": "escape",
    "CR": "enter",
    "BS": "backspace",
    "Del": "delete",
    "Tab": "tab",
    "Left": "left",
    "Right": "right",
    "Up": "up",
    "Down": "down",
    "Home": "home",
    "End": "end",
    "lt": "<",
    "Space": " ",
}


def keys_of(text: str) -> list[str]:
    """``dw<Esc>`` as a list of keys."""
    found = []
    for match in re.finditer(r"<(C-)?(\w+)>|.", text, re.DOTALL):
        if match[1]:
            found.append(f"ctrl+{match[2].lower()}")
        elif match[2] in _NAMES:
            found.append(_NAMES[match[2]])
        else:
            found.extend(match[0])
    return found


class Text:
    """Lines, a cursor and undo: the least that the machine can work on."""

    def __init__(self, lines: list[str], cursor: Place = (0, 0)) -> None:
        self.lines = list(lines)
        self.cursor = cursor
        self.selection: tuple[Place, Place] | None = None
        self.view = (0, 24)
        self.copied = ""
        self.said: list[str] = []
        self.done: list[tuple[str, str]] = []
        self.on_edit: Callable[[int, int, int], None] = lambda row, old, new: None
        self._steps: list[tuple[list[str], Place]] = []
        self._undone: list[tuple[list[str], Place]] = []
        self._step: tuple[list[str], Place] | None = None

    def move(self, place: Place) -> None:
        row, column = place
        assert 0 <= row < len(self.lines)
        assert 0 <= column <= len(self.lines[row])
        self.cursor = place
        self.selection = None

    def select(self, start: Place, end: Place, cursor: Place) -> None:
        self.selection = start, end
        self.cursor = cursor

    def replace(self, start: Place, end: Place, text: str) -> None:
        assert (0, 0) <= start <= end
        assert end[1] <= len(self.lines[end[0]])
        if self._step is None:
            self._step = (list(self.lines), self.cursor)
        before = self.lines[start[0]][: start[1]]
        after = self.lines[end[0]][end[1] :]
        self.lines[start[0] : end[0] + 1] = (before + text + after).split("\n")
        new = text.split("\n")
        column = len(new[-1]) + (start[1] if len(new) == 1 else 0)
        self.cursor = start[0] + len(new) - 1, column
        self.on_edit(start[0], end[0] - start[0] + 1, len(new))

    def begin(self) -> None:
        self._step = None

    def end(self) -> None:
        if self._step is not None and self._step[0] != self.lines:
            self._steps.append(self._step)
            self._undone.clear()
        self._step = None

    def undo(self) -> Place | None:
        return self._back(self._steps, self._undone)

    def redo(self) -> Place | None:
        return self._back(self._undone, self._steps)

    def _back(
        self,
        taken: list[tuple[list[str], Place]],
        given: list[tuple[list[str], Place]],
    ) -> Place | None:
        if not taken:
            return None
        lines, place = taken.pop()
        given.append((list(self.lines), place))
        self.lines[:] = lines
        self.cursor = min(place[0], len(lines) - 1), 0
        return place

    def scroll(self, top: int) -> None:
        self.view = (top, self.view[1])

    def new_line_indent(self, before: str) -> str:
        return before[: len(before) - len(before.lstrip(" \t"))]

    def clipboard(self) -> str:
        return self.copied

    def copy(self, text: str) -> None:
        self.copied = text

    def proves(self, pattern: re.Pattern[str]) -> bool:
        return True

    def say(self, text: str, *, error: bool = False) -> None:
        self.said.append(text)

    def perform(self, name: str, argument: str = "") -> None:
        self.done.append((name, argument))

    def type_key(self, key: str) -> None:
        """What an editor does with a key that the machine leaves to it."""
        row, column = self.cursor
        line = self.lines[row]
        if len(key) == 1:
            self.replace((row, column), (row, column), key)
        elif key == "enter":
            indent = self.new_line_indent(line[:column])
            self.replace((row, column), (row, column), "\n" + indent)
        elif key == "backspace" and column:
            self.replace((row, column - 1), (row, column), "")
        elif key == "backspace" and row:
            end = len(self.lines[row - 1])
            self.replace((row - 1, end), (row, 0), "")
        elif key in ("left", "right"):
            step = -1 if key == "left" else 1
            self.cursor = row, max(0, min(len(line), column + step))


def used_memory() -> Memory:
    """What the yardstick begins with: a text yanked, a character deleted."""
    memory = Memory()
    memory.pattern = chr(1)  # found nowhere
    memory.registers.yanked("", Content("RG"))
    memory.change = Change(Command("l", "d", "_"))
    return memory


def press(text: str, keys: str, memory: Memory | None = None) -> tuple[Text, Machine]:
    """A text with ‸ at the cursor, after these keys."""
    before, _, after = text.partition("‸")
    place = before.count("\n"), len(before.rpartition("\n")[2])
    host = Text((before + after).split("\n"), place)
    machine = Machine(host, memory or Memory())
    host.on_edit = machine.lines_changed
    for key in keys_of(keys):
        if not machine.feed(key):
            host.type_key(key)
    return host, machine


def shown(host: Text) -> str:
    """The text with ‸ at the cursor."""
    row, column = host.cursor
    lines = list(host.lines)
    lines[row] = lines[row][:column] + "‸" + lines[row][column:]
    return "\n".join(lines)
