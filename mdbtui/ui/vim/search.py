"""Searching the text: forward, backward, around its ends."""

from __future__ import annotations

import re
from collections.abc import Sequence

from mdbtui.ui.vim.core import Core
from mdbtui.ui.vim.host import Place
from mdbtui.ui.vim.parser import Beep, Unproven
from mdbtui.ui.vim.patterns import PatternError, bounds, compiled

_WORD = re.compile(r"\w+")
_SIGNS = re.compile(r"[^\w\s]+")


def pattern_of(core: Core, text: str) -> re.Pattern[str]:
    """A pattern as typed, ready to search with.

    Raises:
        Beep: it cannot be used; that was said.
    """
    if not text:
        core.host.say("E35: No previous regular expression", error=True)
        raise Beep
    memory = core.memory
    ignore = memory.ignore_case
    if ignore and memory.smart_case:
        ignore = text == text.lower()
    return usable(core, text, ignore_case=ignore)


def usable(core: Core, text: str, *, ignore_case: bool) -> re.Pattern[str]:
    """A pattern of vim's that is not empty, ready to use.

    Raises:
        Beep: it cannot be used; that was said.
        Unproven: it may take long.
    """
    replaced = core.memory.replacement
    try:
        made = compiled(text, last_replacement=replaced, ignore_case=ignore_case)
    except PatternError as error:
        core.host.say(str(error), error=True)
        raise Beep from None
    if not core.host.proves(made):
        raise Unproven(made)
    return made


def find(
    core: Core,
    text: str,
    times: int = 1,
    *,
    backward: bool = False,
    start: Place | None = None,
) -> Place:
    """Where the next match begins, around the ends of the text.

    Raises:
        Beep: there is none; that was said.
    """
    pattern = pattern_of(core, text)
    core.highlighted = pattern
    place = core.at if start is None else start
    wrapped = False
    for _ in range(times):
        found = next_match(core.lines, pattern, place, backward=backward)
        if found is None:
            core.host.say(f"E486: Pattern not found: {text}", error=True)
            raise Beep
        wrapped = wrapped or (found >= place if backward else found <= place)
        place = found
    if wrapped:
        core.host.say(
            "search hit TOP, continuing at BOTTOM"
            if backward
            else "search hit BOTTOM, continuing at TOP"
        )
    return place


def next_match(
    lines: Sequence[str],
    pattern: re.Pattern[str],
    place: Place,
    *,
    backward: bool = False,
) -> Place | None:
    """The start of the nearest match behind or before a place, around the ends."""
    row, column = place
    count = len(lines)
    step = -1 if backward else 1
    for far in range(count + 1):
        at = (row + step * far) % count
        starts = _starts(pattern, lines[at])
        if far == 0:
            starts = [s for s in starts if (s < column if backward else s > column)]
        elif far == count:
            starts = [s for s in starts if (s >= column if backward else s <= column)]
        if starts:
            return at, (starts[-1] if backward else starts[0])
    return None


def _starts(pattern: re.Pattern[str], line: str) -> list[int]:
    last = max(0, len(line) - 1)
    return [min(bounds(match)[0], last) for match in pattern.finditer(line)]


def word_pattern(core: Core, *, whole: bool) -> tuple[Place, str]:
    """The word at the cursor or behind it in its line: its place and its pattern.

    Raises:
        Beep: the line ends without one.
    """
    row, column = core.at
    line = core.lines[row]
    for kind in (_WORD, _SIGNS):
        for match in kind.finditer(line):
            if match.end() > column:
                text = re.sub(r"([\\/.*$^~\[\]])", r"\\\1", match[0])
                word = whole and kind is _WORD
                pattern = f"\\<{text}\\>" if word else text
                return (row, match.start()), pattern
    core.host.say("E348: No string under cursor", error=True)
    raise Beep
