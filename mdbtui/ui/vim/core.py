"""What all of vim's commands share: the text, the mode, memory, marks."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from mdbtui.ui.vim.host import Host, Place
from mdbtui.ui.vim.parser import Beep, Command
from mdbtui.ui.vim.registers import Registers
from mdbtui.ui.vim.walk import first_nonblank

Mode = Literal["normal", "insert", "replace", "visual", "visual line"]
LINE_END = 1 << 30
"""The wanted column behind ``$``: the end of whatever line."""
INSERT_LIMIT = 1_000_000
"""Characters that a count may insert."""


@dataclass(frozen=True)
class Change:
    """The last change, for ``.``.

    Attributes:
        command: what began it.
        erased, text: what was typed then: characters taken back, then this.
        extent: of a selection: rows beyond the first, and columns of the last.
    """

    command: Command
    erased: int = 0
    text: str = ""
    extent: tuple[Mode, int, int] | None = None


@dataclass(frozen=True)
class Find:
    """The last f, F, t or T, for ``;`` and ``,``."""

    name: str
    char: str


@dataclass
class Memory:
    """What is remembered from command to command, and shared by all editors."""

    registers: Registers = field(default_factory=Registers)
    change: Change | None = None
    find: Find | None = None
    pattern: str = ""
    backward: bool = False
    substitution: tuple[str, str, str] | None = None
    replacement: str = ""
    ignore_case: bool = False
    smart_case: bool = False
    typed: dict[str, list[str]] = field(default_factory=dict)
    """What was typed behind ``:`` and ``/``, oldest first."""


@dataclass
class Insertion:
    """What is being typed: where it began and what stood around it then."""

    command: Command
    extent: tuple[Mode, int, int] | None
    place: Place
    before: str
    after: str
    rows: int
    indent: str = ""
    overwritten: list[str] = field(default_factory=list)


class Core:
    """The text and its cursor, as vim's commands want them.

    Args:
        host: the text itself.
        memory: shared by all editors of the program.
    """

    def __init__(self, host: Host, memory: Memory) -> None:
        self.host = host
        self.memory = memory
        self.mode: Mode = "normal"
        self._wanted = 0
        self._settled: Place | None = None
        self.anchor: Place = (0, 0)
        self.marks: dict[str, Place] = {}
        self.last_visual: tuple[Mode, Place, Place] | None = None
        self.highlighted: re.Pattern[str] | None = None
        self.insertion: Insertion | None = None

    @property
    def lines(self) -> Sequence[str]:
        """The text."""
        return self.host.lines

    @property
    def at(self) -> Place:
        """The cursor."""
        return self.host.cursor

    @property
    def wanted(self) -> int:
        """The column that j and k keep to, whatever the lines between are like."""
        return self._wanted if self._settled == self.at else self.at[1]

    @property
    def visual(self) -> bool:
        """Whether a selection is being made."""
        return self.mode in ("visual", "visual line")

    def last_column(self, row: int) -> int:
        """The last column at which the cursor may stand in this mode."""
        size = len(self.lines[row])
        return max(0, size - 1) if self.mode == "normal" else size

    def clamped(self, place: Place) -> Place:
        """The nearest place at which the cursor may stand."""
        row = max(0, min(place[0], len(self.lines) - 1))
        return row, max(0, min(place[1], self.last_column(row)))

    def move(self, place: Place, wanted: int | None = None) -> None:
        """Put the cursor there; `wanted` is the column that j and k keep to."""
        place = self.clamped(place)
        self._wanted = place[1] if wanted is None else wanted
        self._settled = place
        if self.visual:
            self.show_selection(place)
        else:
            self.host.move(place)

    def to_line(self, row: int) -> None:
        """Put the cursor on a line's first character that is no blank."""
        row = max(0, min(row, len(self.lines) - 1))
        self.move((row, first_nonblank(self.lines[row])))

    def selected(self) -> tuple[Place, Place]:
        """The selection, its end left out."""
        first, last = sorted((self.anchor, self.at))
        if self.mode == "visual line":
            return (first[0], 0), (last[0], len(self.lines[last[0]]))
        row, column = last
        if column < len(self.lines[row]):
            return first, (row, column + 1)
        if row + 1 < len(self.lines):
            return first, (row + 1, 0)
        return first, last

    def show_selection(self, head: Place) -> None:
        """Show what is selected when the cursor is at `head`."""
        self.host.move(head)
        start, end = self.selected()
        self.host.select(start, end, head)

    def replace(self, start: Place, end: Place, text: str) -> None:
        """Replace a range; undo brings the cursor back to its start."""
        self.host.replace(start, end, text)

    def text_between(self, start: Place, end: Place) -> str:
        """The text of a range."""
        lines = self.lines
        if start[0] == end[0]:
            return lines[start[0]][start[1] : end[1]]
        middle = lines[start[0] + 1 : end[0]]
        return "\n".join(
            (lines[start[0]][start[1] :], *middle, lines[end[0]][: end[1]])
        )

    def delete_lines(self, first: int, last: int) -> None:
        """Take whole lines out; a text keeps at least one empty line."""
        lines = self.lines
        if last + 1 < len(lines):
            self.replace((first, 0), (last + 1, 0), "")
        elif first > 0:
            above = (first - 1, len(lines[first - 1]))
            self.replace(above, (last, len(lines[last])), "")
        else:
            self.replace((0, 0), (last, len(lines[last])), "")

    def set_mark(self, name: str, place: Place) -> None:
        """Remember a place under a letter."""
        self.marks[name] = place

    def mark(self, name: str) -> Place:
        """A remembered place.

        Raises:
            Beep: there is none of that name.
        """
        name = "'" if name == "`" else name
        if name in "<>" and self.last_visual:
            ends = sorted(self.last_visual[1:])
            place = ends[name == ">"]
        elif (found := self.marks.get(name)) is not None:
            place = found
        else:
            self.host.say("E20: Mark not set", error=True)
            raise Beep
        row = min(place[0], len(self.lines) - 1)
        return row, min(place[1], max(0, len(self.lines[row]) - 1))

    def lines_changed(self, row: int, old: int, new: int) -> None:
        """Move the marks behind an edit: so many lines have become so many."""
        if old == new:
            return
        for name, place in list(self.marks.items()):
            if place[0] >= row + old:
                self.marks[name] = place[0] + new - old, place[1]
            elif place[0] >= row + new:
                self.marks[name] = max(0, row + new - 1), place[1]

    def start_insert(
        self,
        place: Place,
        command: Command,
        *,
        indent: str = "",
        extent: tuple[Mode, int, int] | None = None,
        replace: bool = False,
    ) -> None:
        """Go on typing at a place; what is typed belongs to the command."""
        raise NotImplementedError
