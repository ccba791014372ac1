"""Visual mode: commands on what is selected."""

from __future__ import annotations

from mdbtui.ui.vim import edits, objects
from mdbtui.ui.vim.core import Core, Mode
from mdbtui.ui.vim.host import Place
from mdbtui.ui.vim.operators import OPERATIONS, Range
from mdbtui.ui.vim.parser import Beep, Command
from mdbtui.ui.vim.registers import Content

#: Keys that are operators on the selection: the operator, whether on whole lines.
_OPERATORS = {
    "x": ("d", False),
    "delete": ("d", False),
    "X": ("d", True),
    "D": ("d", True),
    "Y": ("y", True),
    "s": ("c", False),
    "S": ("c", True),
    "R": ("c", True),
    "C": ("c", True),
    "u": ("gu", False),
    "U": ("gU", False),
    "~": ("g~", False),
}
_OTHERS = frozenset(("J", "gJ", "p", "P", "r", "I", "A"))
MODES: dict[str, Mode] = {"v": "visual", "V": "visual line"}


def handles(command: Command) -> bool:
    """Whether it is a command on the selection."""
    return bool(
        command.operator or command.name in _OPERATORS or command.name in _OTHERS
    )


def run(core: Core, command: Command) -> tuple[Mode, int, int]:
    """Carry out a command on the selection, which ends there.

    Returns:
        How much was selected, for ``.``.
    """
    part = _part(core)
    line_start = _line_start(core)
    leave(core)
    core.host.move(core.clamped(part.start))
    if command.operator or command.name in _OPERATORS:
        operator, lines = _OPERATORS.get(command.name, (command.operator, False))
        operator = command.operator or operator
        if lines and not part.whole_lines:
            part = Range(line_start, (_last_row(core, part), 0), True)
        made = Command(
            "selection", operator, command.register, command.count, command.argument
        )
        OPERATIONS[operator](core, made, _as_lines(operator, part, core))
    elif command.name in ("J", "gJ"):
        first, last = part.start[0], _last_row(core, part)
        last = max(last, first + 1)
        if last >= len(core.lines):
            raise Beep
        edits.join_lines(core, first, last, spaced=command.name == "J")
    elif command.name == "r":
        _replace(core, command, part)
    elif command.name in "pP":
        _put(core, command, part)
    else:
        _type(core, command, part)
    return part.extent or ("visual", 0, 0)


def _as_lines(operator: str, part: Range, core: Core) -> Range:
    """Some operators work on lines whatever is selected."""
    if operator in (">", "<", "=", "gc") and not part.whole_lines:
        start = part.start
        return Range(start, (_last_row(core, part), 0), True, extent=part.extent)
    return part


def _last_row(core: Core, part: Range) -> int:
    """The last row of which something is selected."""
    row, column = part.end
    if part.whole_lines:
        return row
    return row - 1 if column == 0 and row > part.start[0] else row


def _part(core: Core) -> Range:
    first, last = sorted((core.anchor, core.at))
    extent = (core.mode, last[0] - first[0], last[1])
    if first[0] == last[0]:
        extent = (core.mode, 0, last[1] - first[1])
    if core.mode == "visual line":
        return Range(_line_start(core), last, whole_lines=True, extent=extent)
    start, end = core.selected()
    return Range(start, end, extent=extent)


def _line_start(core: Core) -> Place:
    """Where an operator on lines leaves the cursor: its column if it is above."""
    return core.at if core.at[0] < core.anchor[0] else (core.anchor[0], 0)


def select_again(core: Core, extent: tuple[Mode, int, int]) -> None:
    """Select as much as before from the cursor on; for ``.``."""
    mode, rows, columns = extent
    row, column = core.at
    last = min(row + rows, len(core.lines) - 1)
    core.anchor, core.mode = core.at, mode
    core.move((last, columns if rows else column + columns))


def leave(core: Core) -> None:
    """End the selection; it can be had again."""
    if core.visual:
        core.last_visual = core.mode, core.anchor, core.at
        core.mode = "normal"
        core.host.move(core.clamped(core.at))


def enter(core: Core, mode: Mode, anchor: Place | None = None) -> None:
    """Begin a selection, or go over to another kind of it."""
    at = core.at
    if not core.visual:
        core.anchor = at if anchor is None else anchor
    core.mode = mode
    core.show_selection(at)


def select_object(core: Core, command: Command) -> None:
    """``iw``, ``a(`` and their like: select the object."""
    around = command.name[0] == "a"
    start, end = sorted((core.anchor, core.at))
    found = objects.find(core.lines, core.at, command.name[1], around, command.times)
    if found is None:
        raise Beep
    if not found.inclusive and found.end <= found.start:
        raise Beep  # nothing between the brackets
    last = _last(core, found)
    if start != end:
        # What is selected already grows: by the next word, or to the outer bracket.
        if (found.start, last) == (start, end) or not found.start <= start:
            grown = _larger(core, command, around)
            if grown is not None:
                found_start, last = grown
                core.anchor = min(start, found_start)
                core.move(last)
                return
        core.anchor = min(start, found.start)
        core.move(max(end, last))
        return
    core.anchor = found.start
    if found.whole_lines:
        core.mode = "visual line"
    core.move(last)


def _larger(core: Core, command: Command, around: bool) -> tuple[Place, Place] | None:
    """The next larger object around the selection, or the next one behind it."""
    name = command.name[1]
    if name in "wWp\"'`":
        row, column = core.at
        if name == "p":
            behind = (row + 1, 0)
        elif column + 1 < len(core.lines[row]):
            behind = (row, column + 1)
        else:
            behind = (row + 1, 0)
        if behind[0] >= len(core.lines):
            return None
        found = objects.find(core.lines, behind, name, around, command.times)
        return (core.anchor, found.end) if found else None
    selected = sorted((core.anchor, core.at))
    for level in range(1, 100):
        found = objects.find(core.lines, core.anchor, name, around, level)
        if found is None:
            return None
        last = _last(core, found)
        covers = found.start <= selected[0] and last >= selected[1]
        if covers and [found.start, last] != selected:
            return found.start, last
    return None


def _last(core: Core, found: objects.Span) -> Place:
    """The last character of an object."""
    row, column = found.end
    if found.inclusive or found.whole_lines:
        return row, column
    return (row, column - 1) if column else (row - 1, len(core.lines[row - 1]))


def swap_ends(core: Core) -> None:
    """``o``: the cursor to the other end."""
    head, core.anchor = core.anchor, core.at
    core.move(head)


def again(core: Core) -> None:
    """``gv``: what was selected last."""
    if core.last_visual is None:
        raise Beep
    mode, anchor, head = core.last_visual
    now = (core.mode, core.anchor, core.at) if core.visual else None
    core.mode = mode
    core.anchor = core.clamped(anchor)
    core.move(head)
    if now is not None:
        core.last_visual = now


def _replace(core: Core, command: Command, part: Range) -> None:
    start, end = part.start, part.end
    if part.whole_lines:
        start, end = (start[0], 0), (end[0], len(core.lines[end[0]]))
    old = core.text_between(start, end)
    new = "".join("\n" if char == "\n" else command.argument for char in old)
    core.replace(start, end, new)
    core.move(start)


def _put(core: Core, command: Command, part: Range) -> None:
    held = edits.register(core, command.register)
    old = Command("selection", "d", "_" if command.name == "P" else "")
    row = part.start[0]
    at_end = part.whole_lines and part.end[0] == len(core.lines) - 1
    everything = at_end and row == 0
    OPERATIONS["d"](core, old, part)
    if part.whole_lines:
        lines = Content(held.text, whole_lines=True)
        if everything:
            core.replace((0, 0), (0, len(core.lines[0])), "\n".join([held.text]))
            core.to_line(0)
        else:
            place = (row - 1 if at_end else row, 0)
            edits.insert(core, lines, place, not at_end, command.times)
        return
    if held.whole_lines:
        core.replace(part.start, part.start, "\n" + held.text + "\n")
        core.to_line(row + 1)
    else:
        edits.insert(core, held, part.start, True, command.times)


def _type(core: Core, command: Command, part: Range) -> None:
    """``I`` and ``A``: type before or behind the selection."""
    if command.name == "I":
        place = (part.start[0], 0) if part.whole_lines else part.start
    else:
        row = part.end[0]
        place = (row, len(core.lines[row])) if part.whole_lines else part.end
    core.start_insert(place, command)
