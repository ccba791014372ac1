"""Which connections an expression means: ``tenant & eu & !canary``.

A word is a tag, a group, an environment or a name, in any case; ``*`` stands for any
characters, quotes hold what has blanks. ``tag:``, ``group:``, ``env:`` and ``name:``
before a word say which it is. ``&`` binds closer than ``|``, ``!`` closest.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from mdbtui.config.models import ConnectionSpec

MAX_DEPTH = 50
"""Parentheses within each other; nobody writes more, and each takes some stack."""


class TargetError(ValueError):
    """An expression that can't be read.

    Attributes:
        message: What is wrong.
        position: Where, in characters from 0.
    """

    def __init__(self, message: str, position: int) -> None:
        super().__init__(f"{message} (at character {position + 1})")
        self.message = message
        self.position = position


@dataclass(frozen=True)
class Word:
    """One word of an expression.

    Attributes:
        text: The word in lower case, without quotes and field.
        field: ``tag``, ``group``, ``env`` or ``name``; empty for any of them.
        position: Where it stands, from 0.
    """

    text: str
    field: str
    position: int

    def matches(self, spec: ConnectionSpec) -> bool:
        """Say whether a connection has this word."""
        return any(
            fnmatchcase(value.casefold(), self._pattern)
            for field, value in _words_of(spec)
            if self.field in ("", field)
        )

    @property
    def _pattern(self) -> str:
        # Only * is special: names may well have brackets.
        return self.text.replace("[", "[[]").replace("?", "[?]")


def _words_of(spec: ConnectionSpec) -> Iterator[tuple[str, str]]:
    yield "name", spec.name
    for tag in spec.tags:
        yield "tag", tag
    if spec.group is not None:
        yield "group", spec.group
    if spec.environment is not None:
        yield "env", spec.environment.name


_Test: TypeAlias = "Callable[[ConnectionSpec], bool]"


@dataclass(frozen=True)
class Targets:
    """An expression that was read.

    Attributes:
        text: As it was written.
        words: Its words, from the left.
    """

    text: str
    words: tuple[Word, ...]
    _test: _Test

    def matches(self, spec: ConnectionSpec) -> bool:
        """Say whether a connection is meant."""
        return self._test(spec)

    def select(self, specs: Iterable[ConnectionSpec]) -> tuple[ConnectionSpec, ...]:
        """Return the connections that are meant, in their order."""
        return tuple(spec for spec in specs if self._test(spec))

    def unknown(self, specs: Sequence[ConnectionSpec]) -> tuple[str, ...]:
        """Return the words that no connection has: most likely a slip of the pen."""
        return tuple(
            word.text
            for word in self.words
            if not any(word.matches(spec) for spec in specs)
        )


@dataclass(frozen=True)
class TargetChoice:
    """What a tab runs on: databases picked by hand, or an expression.

    Attributes:
        names: The picked connections.
        where: The expression; counts before the names.
    """

    names: tuple[str, ...] = ()
    where: str = ""

    def __bool__(self) -> bool:
        return bool(self.names or self.where)

    def select(self, specs: Iterable[ConnectionSpec]) -> tuple[ConnectionSpec, ...]:
        """Return the connections that are meant now; an unreadable text means none."""
        if not self.where:
            return tuple(spec for spec in specs if spec.name in self.names)
        try:
            return parse_targets(self.where).select(specs)
        except TargetError:
            return ()

    @property
    def kept(self) -> str:
        """As text, to be remembered; empty for nothing."""
        if not self:
            return ""
        return json.dumps({"where": self.where, "names": self.names})

    @classmethod
    def from_kept(cls, text: str) -> TargetChoice:
        """Return what `kept` wrote; nothing for anything else."""
        try:
            found = json.loads(text or "{}")
            where, names = found.get("where", ""), found.get("names", [])
        except (ValueError, AttributeError, RecursionError):
            return cls()
        if not isinstance(where, str) or not isinstance(names, list):
            return cls()
        return cls(tuple(name for name in names if isinstance(name, str)), where)


def is_production(spec: ConnectionSpec) -> bool:
    """Say whether what runs on a connection can do harm."""
    environment = spec.environment.name.casefold() if spec.environment else ""
    return environment.startswith("prod")


def parse_targets(text: str) -> Targets:
    """Read an expression.

    Raises:
        TargetError: It can't be read; the error says what and where.
    """
    reader = _Reader(text)
    test = reader.either(0)
    kind, shown, position = reader.next
    if kind == ")":
        raise TargetError("a ) without its (", position)
    if kind != "end":
        raise TargetError(f"& or | is missing before {shown}", position)
    return Targets(text, tuple(reader.words), test)


_Token = tuple[str, str, int]
_FIELDS = {
    "tag": "tag",
    "group": "group",
    "env": "env",
    "environment": "env",
    "name": "name",
}
_SIGNS = "&|!()"


def _tokens(text: str) -> Iterator[_Token]:
    """Yield kind (a sign, ``word`` or ``end``), what was written, and where."""
    at = 0
    while at < len(text):
        if text[at].isspace():
            at += 1
        elif text[at] in _SIGNS:
            # Programmers double them.
            width = 2 if text[at] in "&|" and text[at : at + 2] == 2 * text[at] else 1
            yield text[at], text[at : at + width], at
            at += width
        else:
            end = _end_of_word(text, at)
            yield "word", text[at:end], at
            at = end
    yield "end", "", len(text)


def _end_of_word(text: str, start: int) -> int:
    at = start
    while at < len(text) and not text[at].isspace() and text[at] not in _SIGNS:
        if text[at] in "'\"":
            close = text.find(text[at], at + 1)
            if close < 0:
                raise TargetError(f"{text[at]} is never closed", at)
            at = close
        at += 1
    return at


class _Reader:
    """Reads tokens by recursive descent, one of them ahead."""

    def __init__(self, text: str) -> None:
        self._tokens = _tokens(text)
        self.words: list[Word] = []
        self.next: _Token = next(self._tokens)

    def _take(self) -> _Token:
        taken = self.next
        if taken[0] != "end":
            self.next = next(self._tokens)
        return taken

    def either(self, depth: int) -> _Test:
        tests = [self._all(depth)]
        while self.next[0] == "|":
            self._take()
            tests.append(self._all(depth))
        return tests[0] if len(tests) == 1 else lambda s: any(t(s) for t in tests)

    def _all(self, depth: int) -> _Test:
        tests = [self._one(depth)]
        while self.next[0] == "&":
            self._take()
            tests.append(self._one(depth))
        return tests[0] if len(tests) == 1 else lambda s: all(t(s) for t in tests)

    def _one(self, depth: int) -> _Test:
        kind, shown, position = self._take()
        if depth > MAX_DEPTH:
            raise TargetError("too many parentheses or !", position)
        if kind == "!":
            test = self._one(depth + 1)
            return lambda spec: not test(spec)
        if kind == "(":
            test = self.either(depth + 1)
            if self._take()[0] != ")":
                raise TargetError("this ( is never closed", position)
            return test
        if kind != "word":
            what = f"not {shown}" if shown else "and here it ends"
            raise TargetError(f"a tag, group or name is expected, {what}", position)
        word = _word(shown, position)
        self.words.append(word)
        return word.matches


def _word(shown: str, position: int) -> Word:
    head, colon, rest = shown.partition(":")
    field = _FIELDS.get(head.casefold(), "") if colon else ""
    text = rest if field else shown
    text = text.replace('"', "").replace("'", "").casefold()
    if not text:
        raise TargetError("a word is empty", position)
    return Word(text, field, position)
