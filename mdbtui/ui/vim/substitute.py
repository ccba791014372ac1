"""``:s`` and ``:g``: replace what matches, and work on the lines that match."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from mdbtui.ui.vim.core import Core
from mdbtui.ui.vim.operators import OPERATIONS, Range
from mdbtui.ui.vim.parser import Beep, Command
from mdbtui.ui.vim.patterns import bounds, replacement
from mdbtui.ui.vim.registers import Content
from mdbtui.ui.vim.search import usable

Rows = tuple[int, int]
TOLD = 3
"""Replacements from which on they are counted for the user."""
_FLAGS = "&gciIne#lpr"


def until(text: str, delimiter: str) -> tuple[str, str]:
    """The text up to a delimiter without a backslash before it, and what follows."""
    out: list[str] = []
    at = 0
    while at < len(text):
        char = text[at]
        if char == "\\" and at + 1 < len(text):
            following = text[at + 1]
            out.append(following if following == delimiter else char + following)
            at += 2
            continue
        if char == delimiter:
            return "".join(out), text[at + 1 :]
        out.append(char)
        at += 1
    return "".join(out), ""


def run(core: Core, rows: Rows, text: str) -> None:
    """``:s``, with what stands behind it."""
    if not text or text[0].isalnum() or text[0].isspace():
        again(core, rows, text)
        return
    pattern, rest = until(text[1:], text[0])
    template, flags = until(rest, text[0])
    if not pattern:
        pattern = core.memory.pattern
    found = re.match(rf"([{_FLAGS}]*)\s*(\d*)$", flags.strip())
    if found is None:
        _refuse(core, f"E488: Trailing characters: {flags}")
    assert found is not None
    if found[2]:
        first = rows[1]
        rows = first, min(first + int(found[2][:6]) - 1, len(core.lines) - 1)
    given = found[1]
    if given.startswith("&") and core.memory.substitution:
        given = core.memory.substitution[2] + given[1:]
    core.memory.substitution = (pattern, template, given)
    core.memory.pattern, core.memory.backward = pattern, False
    _substitute(core, rows, pattern, template, given)


def again(core: Core, rows: Rows, text: str) -> None:
    """``:&``: the last ``:s`` once more; ``&`` keeps its flags."""
    last = core.memory.substitution
    if last is None:
        _refuse(core, "E35: No previous regular expression")
    assert last is not None
    pattern, template, flags = last
    text = text.strip()
    flags = (flags if text.startswith("&") else "") + text.lstrip("&")
    if flags.strip(_FLAGS):
        _refuse(core, f"E488: Trailing characters: {flags}")
    core.memory.substitution = (pattern, template, flags)
    _substitute(core, rows, pattern, template, flags)


def _refuse(core: Core, text: str) -> None:
    core.host.say(text, error=True)
    raise Beep


@dataclass
class _Job:
    """One replacement over many lines."""

    pattern: re.Pattern[str]
    make: Callable[[re.Match[str]], str]
    everywhere: bool
    done: int = 0

    def line(self, text: str) -> str:
        """A text with its matches replaced: the first, or all."""
        out: list[str] = []
        at = 0
        whole = not self.pattern.groupindex
        for match in self.pattern.finditer(text):
            start, end = match.span() if whole else bounds(match)
            if start < at or (start == end == len(text) and at == end and out):
                continue  # vim finds nothing behind a match at the end
            out += (text[at:start], self.make(match))
            at = end
            self.done += 1
            if not self.everywhere:
                break
        return "".join(out) + text[at:] if out else text


def _substitute(
    core: Core, rows: Rows, pattern: str, template: str, flags: str
) -> None:
    if "c" in flags:
        _refuse(core, "The flag c is not known here: / and . do as much")
    job = _job(core, pattern, template, flags)
    core.memory.replacement = template
    core.highlighted = job.pattern
    first, last = rows
    old = list(core.lines[first : last + 1])
    if "\\n" in pattern:
        new, lines = _whole(job, old, core, last)
    else:
        texts = [job.line(line) for line in old]
        lines = sum(a is not b and a != b for a, b in zip(old, texts, strict=True))
        new = texts
    if not job.done:
        if "e" not in flags:
            core.host.say(f"E486: Pattern not found: {pattern}", error=True)
        raise Beep
    what = "1 substitution" if job.done == 1 else f"{job.done:,} substitutions"
    where = "1 line" if lines == 1 else f"{lines:,} lines"
    if "n" in flags:
        core.host.say(f"{job.done:,} match{'es' * (job.done > 1)} on {where}")
        return
    _apply(core, first, old, new)
    if job.done >= TOLD:
        core.host.say(f"{what} on {where}")


def _job(core: Core, pattern: str, template: str, flags: str) -> _Job:
    memory = core.memory
    ignore = "i" in flags or (memory.ignore_case and "I" not in flags)
    if ignore and memory.smart_case and "i" not in flags:
        ignore = pattern == pattern.lower()
    if not pattern:
        _refuse(core, "E35: No previous regular expression")
    made = usable(core, pattern, ignore_case=ignore)
    return _Job(made, replacement(template, memory.replacement), "g" in flags)


def _whole(job: _Job, old: list[str], core: Core, last: int) -> tuple[list[str], int]:
    """A pattern with line ends: over the lines as one text."""
    job.everywhere = True
    behind = last + 1 < len(core.lines)
    text = job.line("\n".join(old) + "\n" * behind)
    lines = job.done
    if behind and text.endswith("\n"):
        text = text[:-1]
    elif behind:
        # The last line end went, too: the next line is drawn up.
        text += core.lines[last + 1]
        old.append(core.lines[last + 1])
    return text.split("\n"), lines


def _apply(core: Core, first: int, old: list[str], new: list[str]) -> None:
    """Put the new lines in place, from the first to the last that differ."""
    top, most = 0, min(len(old), len(new))
    while top < most and old[top] == new[top]:
        top += 1
    behind = 0
    while behind < most - top and old[-1 - behind] == new[-1 - behind]:
        behind += 1
    if top == len(old) == len(new):
        core.to_line(first + len(new) - 1)
        return
    end = len(old) - behind - 1
    text = "\n".join("\n".join(new[top : len(new) - behind]).split("\n"))
    core.host.move((first + top, 0))
    core.replace((first + top, 0), (first + end, len(old[end])), text)
    core.to_line(first + top + text.count("\n"))


def run_global(core: Core, rows: Rows, text: str, *, inverse: bool) -> None:
    """``:g`` and ``:v``: d, y or s on the lines that match, or do not."""
    text = text.strip()
    if not text or text[0].isalnum():
        _refuse(core, "E148: Regular expression missing from :global")
    pattern, command = until(text[1:], text[0])
    pattern = pattern or core.memory.pattern
    job = _job(core, pattern, "", "")
    core.memory.pattern = pattern
    first, last = rows
    found = [
        row
        for row in range(first, last + 1)
        if (job.pattern.search(core.lines[row]) is None) == inverse
    ]
    if not found:
        _refuse(core, f"E486: Pattern not found: {pattern}")
    command = command.strip()
    if command in ("d", "delete"):
        _delete(core, first, last, found)
    elif command in ("y", "yank"):
        held = "\n".join(core.lines[row] for row in found)
        core.memory.registers.yanked("", Content(held, whole_lines=True))
    elif re.match(r"s[^\w\s]", command):
        _substitute_rows(core, found, command[1:])
    else:
        _refuse(core, f":g is known here with d, y and s, not with {command}")


def _delete(core: Core, first: int, last: int, found: list[int]) -> None:
    gone = set(found)
    kept = [core.lines[row] for row in range(first, last + 1) if row not in gone]
    if not kept:
        part = Range((first, 0), (last, 0), whole_lines=True)
        OPERATIONS["d"](core, Command("selection", "d"), part)
        return
    held = Content(core.lines[found[-1]], whole_lines=True)
    core.memory.registers.deleted("", held, small=False)
    core.host.move((first, 0))
    core.replace((first, 0), (last, len(core.lines[last])), "\n".join(kept))
    core.to_line(min(found[-1] - len(found) + 1, len(core.lines) - 1))
    if len(found) >= TOLD:
        core.host.say(f"{len(found):,} fewer lines")


def _substitute_rows(core: Core, found: list[int], text: str) -> None:
    pattern, rest = until(text[1:], text[0])
    template, flags = until(rest, text[0])
    pattern = pattern or core.memory.pattern
    job = _job(core, pattern, template, flags)
    core.memory.substitution = (pattern, template, flags)
    core.memory.replacement = template
    first, last = found[0], found[-1]
    old = list(core.lines[first : last + 1])
    wanted = set(found)
    new = [
        job.line(line) if row in wanted else line for row, line in enumerate(old, first)
    ]
    if not job.done:
        _refuse(core, f"E486: Pattern not found: {pattern}")
    _apply(core, first, old, new)
    if job.done >= TOLD:
        core.host.say(f"{job.done:,} substitutions")
