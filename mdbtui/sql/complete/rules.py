"""Statements other than queries: what may stand behind which words.

The words before the cursor become one text, a name with dots as one word, a
parenthesis as ``()``, a literal as ``'``. The first pattern that fits all of it
decides.
"""

from __future__ import annotations

import re
from functools import cache

from mdbtui.sql.complete import rules_change, rules_create
from mdbtui.sql.complete.grammar import START
from mdbtui.sql.complete.levels import Level
from mdbtui.sql.complete.rule_parts import Rule
from mdbtui.sql.complete.wants import Context, Want

HEADS = frozenset(
    """
    set show reset alter begin start commit end rollback abort discard create drop
    comment lock reindex truncate cluster analyze vacuum refresh grant revoke copy
    call explain prepare declare fetch move do import
    """.split()  # noqa: SIM905  a list of quoted words is no easier to read
)


@cache
def _compiled() -> tuple[tuple[re.Pattern[str], Rule], ...]:
    return tuple(
        (re.compile(rule[0]), rule)
        for rule in (*rules_change.RULES, *rules_create.RULES)
    )


def shape(level: Level, end: int) -> tuple[str, list[tuple[str, ...]]]:
    """The words before an index as one text, and the names that each stands for."""
    words: list[str] = []
    names: list[tuple[str, ...]] = []
    at = 0
    while at < end and len(words) < _LONGEST:
        kind = level.kind(at)
        behind = level.chain_end(at)
        if behind > at:
            chain = level.chain(at, behind)
            plain = behind == at + 1 and kind == "word"
            words.append(chain[0] if plain and chain[0].isascii() else "§")
            names.append(chain)
            at = behind
            continue
        words.append(
            {"level": "()", "string": "'", "comma": ","}.get(kind) or _sign(level, at)
        )
        names.append(())
        at += 1
    return " ".join(words), names


_LONGEST = 60
"""Words of a statement that are looked at; the patterns are not linear in them."""


def _sign(level: Level, at: int) -> str:
    return "=" if level.text(at) == "=" else "§"


def by_rule(level: Level) -> Context | None:
    """What the words of a statement before the cursor ask for; None: no rule fits."""
    text, names = shape(level, level.cursor)
    for pattern, (_, wants, words, kinds) in _compiled():
        found = pattern.fullmatch(text)
        if found is None:
            continue
        about: tuple[str, ...] = ()
        if "t" in pattern.groupindex and found["t"] is not None:
            about = names[text.count(" ", 0, found.start("t"))]
        return Context(wants, words, about=about, kinds=kinds)
    return None


def at_start() -> Context:
    """What may begin a statement."""
    return Context((Want.SNIPPET,), START)
