"""Tokens as a tree of parentheses, and a few questions about its places."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from mdbtui.sql.complete.tokens import Token

_DEEPEST = 60
"""Levels around a place that are looked at."""
_PARTS = 8
"""Names with dots between them that are looked at; SQL has four at most."""


@dataclass(eq=False)
class Level:
    """What stands between two parentheses, or the whole statement.

    Attributes:
        items: tokens and the levels within.
        parent: the level around, None for the whole.
        place: the own index in the parent's items.
        cursor: index of the cursor in ``items``; -1 if it is elsewhere.
        nesting: how many levels are around it.
    """

    items: list[Token | Level] = field(default_factory=list)
    parent: Level | None = None
    place: int = 0
    cursor: int = -1
    nesting: int = 0

    def word(self, at: int) -> str:
        """The word at an index in lower case; ``""`` if there is none."""
        if 0 <= at < len(self.items):
            item = self.items[at]
            if isinstance(item, Token) and item.kind == "word":
                return item.name
        return ""

    def kind(self, at: int) -> str:
        """The kind of the token at an index, ``level`` for parentheses."""
        if not 0 <= at < len(self.items):
            return ""
        item = self.items[at]
        return item.kind if isinstance(item, Token) else "level"

    def text(self, at: int) -> str:
        """The name of the token at an index; ``""`` if there is none."""
        if 0 <= at < len(self.items):
            item = self.items[at]
            return item.name if isinstance(item, Token) else ""
        return ""

    @property
    def opener(self) -> str:
        """The word right before the opening parenthesis."""
        return self.parent.word(self.place - 1) if self.parent else ""

    def outward(self) -> Iterator[Level]:
        """This level and the ones around it, from the inside out, but not endlessly."""
        level: Level | None = self
        for _ in range(_DEEPEST):
            if level is None:
                return
            yield level
            level = level.parent

    def chain_end(self, at: int) -> int:
        """The index behind a name with dots that begins at ``at``."""
        for _ in range(_PARTS):
            if self.kind(at) not in {"word", "quoted"}:
                break
            at += 1
            if self.kind(at) != "dot" or self.kind(at + 1) not in {"word", "quoted"}:
                break
            at += 1
        return at

    def chain_before(self, at: int) -> tuple[str, ...]:
        """The name with dots that ends right before ``at``."""
        names: list[str] = []
        at -= 1
        while self.kind(at) in {"word", "quoted"} and len(names) < _PARTS:
            names.insert(0, self.text(at))
            if self.kind(at - 1) != "dot":
                break
            at -= 2
        return tuple(names)

    def chain(self, start: int, end: int) -> tuple[str, ...]:
        """The names between two indices, without their dots."""
        return tuple(
            self.text(i)
            for i in range(start, end)
            if self.kind(i) in {"word", "quoted"}
        )


def build(tokens: list[Token]) -> Level:
    """Build the tree of a statement; return the level that the cursor is in.

    A parenthesis that is never closed reaches to the end; one too many is left out.
    """
    level = within = Level()
    for token in tokens:
        if token.kind == "open":
            inner = Level([], level, len(level.items), nesting=level.nesting + 1)
            level.items.append(inner)
            level = inner
        elif token.kind == "close":
            level = level.parent or level
        else:
            if token.kind == "cursor":
                level.cursor = len(level.items)
                within = level
            level.items.append(token)
    return within
