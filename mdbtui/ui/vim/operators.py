"""Operators: what d, c, y and their like do to a range of text."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from mdbtui.ui.vim import objects
from mdbtui.ui.vim.core import Core, Mode
from mdbtui.ui.vim.host import Place
from mdbtui.ui.vim.motions import Target, rows_down, target
from mdbtui.ui.vim.parser import Beep, Command
from mdbtui.ui.vim.registers import CLIPBOARD, Content
from mdbtui.ui.vim.walk import first_nonblank
from mdbtui.ui.widgets.editor_keys import INDENT, comment_toggled, indentation

YANK_TOLD = 3
"""Lines from which on a yank or delete is told."""


@dataclass(frozen=True)
class Range:
    """What an operator works on.

    Attributes:
        start, end: the places, the end left out; of whole lines the rows count.
        whole_lines: whether all of the lines belong to it.
        numbered: whether a delete fills register 1 in any case.
        extent: of a selection, so that ``.`` can take as much again.
    """

    start: Place
    end: Place
    whole_lines: bool = False
    numbered: bool = False
    extent: tuple[Mode, int, int] | None = None

    @property
    def rows(self) -> range:
        """The lines it touches."""
        return range(self.start[0], self.end[0] + 1)


def operate(core: Core, command: Command) -> None:
    """Carry out an operator with its motion or object.

    Raises:
        Beep: there is nothing to work on.
    """
    OPERATIONS[command.operator](core, command, _range(core, command))


def _range(core: Core, command: Command) -> Range:
    if command.name == "line":
        last = rows_down(core, command.times - 1)
        column = core.at[1]
        if command.operator != "y":
            column = first_nonblank(core.lines[last])
        start, end = sorted((core.at, (last, column)))
        return Range(start, end, whole_lines=True)
    if command.name[0] in "ia" and len(command.name) == 2:
        around = command.name[0] == "a"
        found = objects.find(
            core.lines, core.at, command.name[1], around, command.times
        )
        if found is None:
            raise Beep
        if found.whole_lines:
            return Range(found.start, found.end, whole_lines=True)
        kind = Target(found.end, "inclusive" if found.inclusive else "exclusive")
        return _resolved(core, command, found.start, kind)
    led = target(core, command)
    if led is None:
        raise Beep
    return _resolved(core, command, core.at, led)


def _resolved(core: Core, command: Command, at: Place, to: Target) -> Range:
    """A range in vim's sense: motions may become inclusive, or take whole lines."""
    lines = core.lines
    start, end = sorted((at, to.place))
    if to.kind == "lines":
        size = len(lines[start[0]])
        start = start[0], min(start[1], max(0, size - 1))
        return Range(start, end, whole_lines=True)
    inclusive, whole = to.kind == "inclusive", False
    indent = not lines[start[0]][: start[1]].strip(" \t")
    if not inclusive and end[1] == 0 and end[0] > start[0]:
        end = end[0] - 1, len(lines[end[0] - 1])
        whole = indent
    elif inclusive:
        end = end[0], min(end[1] + 1, len(lines[end[0]]))
    if (
        command.operator == "d"
        and end[0] > start[0]
        and indent
        and not lines[end[0]][end[1] :].strip(" \t")
    ):
        whole = True
    return Range(start, end, whole, to.numbered)


# ---- the operators -----------------------------------------------------------------


def _content(core: Core, part: Range) -> Content:
    if part.whole_lines:
        text = "\n".join(core.lines[part.start[0] : part.end[0] + 1])
        return Content(text, whole_lines=True)
    return Content(core.text_between(part.start, part.end))


def keep(core: Core, register: str, content: Content, *, deleted: bool) -> None:
    """Hand a text to the clipboard, if that is the register meant."""
    if register in CLIPBOARD:
        core.host.copy(content.text + ("\n" if content.whole_lines else ""))
    if deleted and content.whole_lines:
        _tell(core, content, "fewer lines")


def _tell(core: Core, content: Content, what: str) -> None:
    lines = content.text.count("\n") + 1
    if content.whole_lines and lines >= YANK_TOLD:
        core.host.say(f"{lines} {what}")


def delete(core: Core, command: Command, part: Range) -> None:
    """``d``: take the range out, into a register."""
    if not part.whole_lines and part.start == part.end:
        if command.name == "l":
            raise Beep
        core.move(part.start)
        return
    _into_register(core, command, part)
    if part.whole_lines:
        core.host.move(part.start)
        core.delete_lines(part.start[0], part.end[0])
        core.to_line(part.start[0])
    else:
        core.host.move(part.start)
        core.replace(part.start, part.end, "")
        core.move(part.start)


def _into_register(core: Core, command: Command, part: Range) -> None:
    content = _content(core, part)
    small = not part.whole_lines and part.start[0] == part.end[0] and not part.numbered
    core.memory.registers.deleted(command.register, content, small=small)
    keep(core, command.register, content, deleted=command.operator == "d")


def yank(core: Core, command: Command, part: Range) -> None:
    """``y``: keep the range in a register."""
    content = _content(core, part)
    core.memory.registers.yanked(command.register, content)
    keep(core, command.register, content, deleted=False)
    _tell(core, content, "lines yanked")
    core.move(part.start)


def change(core: Core, command: Command, part: Range) -> None:
    """``c``: take the range out and go on typing there."""
    if part.whole_lines:
        _into_register(core, command, part)
        first, last = part.start[0], part.end[0]
        indent = indentation(core.lines[first])
        core.host.move((first, 0))
        core.replace((first, 0), (last, len(core.lines[last])), indent)
        place = (first, len(indent))
        core.start_insert(place, command, indent=indent, extent=part.extent)
        return
    if part.start != part.end:
        _into_register(core, command, part)
        core.host.move(part.start)
        core.replace(part.start, part.end, "")
    core.start_insert(part.start, command, extent=part.extent)


def _rewrite_lines(
    core: Core, part: Range, make: Callable[[list[str]], list[str]]
) -> None:
    first, last = part.start[0], part.end[0]
    old = list(core.lines[first : last + 1])
    new = make(old)
    core.host.move(part.start)
    if new != old:
        end = (last, len(old[-1]))
        core.replace((first, 0), end, "\n".join(new))


def shift(core: Core, command: Command, part: Range) -> None:
    """``>`` and ``<``: move lines by the indentation's width."""
    steps = command.times if command.name == "selection" else 1
    by = INDENT * steps * (1 if command.operator == ">" else -1)
    _rewrite_lines(core, part, lambda old: [_shifted(line, by) for line in old])
    core.to_line(part.start[0])


def _shifted(line: str, by: int) -> str:
    if not line:
        return line
    blanks = indentation(line)
    width = len(blanks.expandtabs(INDENT))
    return " " * max(0, width + by) + line[len(blanks) :]


def comment(core: Core, command: Command, part: Range) -> None:
    """``gc``: make lines comments, or what they were."""
    _rewrite_lines(core, part, comment_toggled)
    core.move(part.start)


def reindent(core: Core, command: Command, part: Range) -> None:
    """``=``: indent lines by the brackets that are open before them."""
    first = part.start[0]
    above = next((line for line in reversed(core.lines[:first]) if line.strip()), "")
    depth = len(indentation(above).expandtabs(INDENT)) // INDENT if above else 0
    depth += max(0, _opened(above))

    def make(old: list[str]) -> list[str]:
        level, new = depth, []
        for line in old:
            text = line.strip()
            closing = len(text) - len(text.lstrip(")]}"))
            new.append(" " * INDENT * max(0, level - closing) + text if text else "")
            level = max(0, level + _opened(text))
        return new

    _rewrite_lines(core, part, make)
    core.to_line(first)


def _opened(text: str) -> int:
    return sum(text.count(c) for c in "([{") - sum(text.count(c) for c in ")]}")


CASES: dict[str, Callable[[str], str]] = {
    "gu": str.lower,
    "gU": str.upper,
    "g~": str.swapcase,
}


def recase(core: Core, command: Command, part: Range) -> None:
    """``gu``, ``gU`` and ``g~``."""
    start, end = part.start, part.end
    if part.whole_lines:
        start, end = (start[0], 0), (end[0], len(core.lines[end[0]]))
    old = core.text_between(start, end)
    new = "".join(_same_size(c, CASES[command.operator](c)) for c in old)
    core.host.move(part.start)
    if new != old:
        core.replace(start, end, new)
    core.move(part.start)


def _same_size(old: str, new: str) -> str:
    return new if len(new) == 1 else old


OPERATIONS: dict[str, Callable[[Core, Command, Range], None]] = {
    "d": delete,
    "c": change,
    "y": yank,
    ">": shift,
    "<": shift,
    "=": reindent,
    "gc": comment,
    **dict.fromkeys(CASES, recase),
}


def first_char(core: Core, row: int) -> Place:
    """The first character of a line that is no blank."""
    return row, first_nonblank(core.lines[row])
