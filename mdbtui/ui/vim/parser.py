"""From keys to commands: registers, counts, operators, motions and their arguments."""

from __future__ import annotations

import re
from dataclasses import dataclass

from mdbtui.ui.vim import objects, registers

MOST = 99_999
"""The highest count; more would only be a slip of the hand."""
OPERATORS = frozenset(("d", "c", "y", ">", "<", "=", "gu", "gU", "g~", "gc"))
_PREFIXES = frozenset(("g", "z", "Z", "[", "]", "ctrl+w"))
_WITH_ARGUMENT = frozenset("fFtTrm'`")
_TRANSLATED = {
    "x": ("d", "l"),
    "delete": ("d", "l"),
    "X": ("d", "h"),
    "D": ("d", "$"),
    "C": ("c", "$"),
    "s": ("c", "l"),
    "S": ("c", "line"),
    "Y": ("y", "line"),
}
_SAME = {
    "left": "h",
    "right": "l",
    "up": "k",
    "down": "j",
    "home": "0",
    "end": "$",
    "pageup": "ctrl+b",
    "pagedown": "ctrl+f",
    "gj": "j",
    "gk": "k",
    "g0": "0",
    "g^": "^",
    "g$": "$",
}


class Beep(Exception):  # noqa: N818 - nothing is wrong: vim would beep
    """A command cannot be carried out here; nothing happens."""


class Unproven(Beep):
    """A pattern may take long in this text, which is to be found out first."""

    def __init__(self, pattern: re.Pattern[str]) -> None:
        super().__init__()
        self.pattern = pattern


@dataclass(frozen=True)
class Command:
    """One command, complete.

    Attributes:
        name: the motion, object (``iw``) or action; ``line`` for a doubled operator.
        operator: one of `OPERATORS`, or empty.
        register: the name after ``"``, or empty.
        count: the counts multiplied; None if there was none.
        argument: the character or text that belongs to the name.
    """

    name: str
    operator: str = ""
    register: str = ""
    count: int | None = None
    argument: str = ""

    @property
    def times(self) -> int:
        """How often."""
        return self.count or 1


class Parser:
    """Takes keys and gives a command when it is complete.

    Keys are characters, or names such as ``escape`` and ``ctrl+r``.
    """

    def __init__(self) -> None:
        self.visual = False
        self.reset()

    def reset(self) -> None:
        """Forget what was typed of a command."""
        self.typed = ""
        self.operator = ""
        self._register = ""
        self._first = self._digits = ""
        self._name = self._expected = ""

    def feed(self, key: str) -> Command | None:
        """Take a key.

        Raises:
            Beep: no command goes on like that.
        """
        self.typed += key if len(key) == 1 else ""
        expected, self._expected = self._expected, ""
        if expected == "register":
            if key not in registers.NAMES:
                raise Beep
            self._register = key
            return None
        if expected == "argument":
            argument = {"enter": "\n", "tab": "\t"}.get(key, key)
            if len(argument) != 1:
                raise Beep
            return self._complete(self._name, argument)
        if expected == "prefix":
            return self._named(self._name + key)
        if key == '"' and not self.operator:
            self._expected = "register"
            return None
        if key.isdecimal() and key.isascii() and (key != "0" or self._digits):
            self._digits += key
            return None
        return self._named(key)

    def _named(self, name: str) -> Command | None:
        name = _SAME.get(name, name)
        objects_too = self.operator or self.visual
        if name in _PREFIXES or (objects_too and name in ("i", "a")):
            self._name, self._expected = name, "prefix"
            return None
        if self.operator and name in (self.operator, self.operator[-1]):
            return self._complete("line")
        if name in OPERATORS:
            return self._operator(name)
        if objects_too and name[0] in "ia" and len(name) > 1:
            if name[1:] not in objects.NAMES:
                raise Beep
            return self._complete(name)
        if name in _WITH_ARGUMENT:
            self._name, self._expected = name, "argument"
            return None
        if name in _TRANSLATED and not self.visual:
            if self.operator:
                raise Beep
            self.operator, name = _TRANSLATED[name]
        return self._complete(name)

    def _operator(self, name: str) -> Command | None:
        if self.operator:
            raise Beep
        self.operator = name
        if self.visual:
            return self._complete("selection")
        self._first, self._digits = self._digits, ""
        return None

    def _complete(self, name: str, argument: str = "") -> Command:
        counts = [min(MOST, int(d)) for d in (self._first, self._digits) if d]
        count = None
        if counts:
            count = min(MOST, counts[0] * counts[-1] if len(counts) > 1 else counts[0])
        made = Command(name, self.operator, self._register, count, argument)
        self.reset()
        return made
