"""Which clause of a query each place of a level belongs to."""

from __future__ import annotations

from typing import NamedTuple

from mdbtui.sql.complete.levels import Level

SET_OPERATORS = frozenset({"union", "intersect", "except"})
QUERY_WORDS = frozenset(
    {"select", "with", "insert", "update", "delete", "merge", "values", "table"}
)
_FROM_IN_CALLS = frozenset({"extract", "substring", "trim", "overlay", "position"})
_SIMPLE = {
    "select": "select",
    "where": "where",
    "having": "having",
    "limit": "limit",
    "offset": "limit",
    "fetch": "limit",
    "returning": "returning",
    "values": "values",
    "window": "window",
    "perform": "select",
}
_BEHIND = {"group": ("by", "group"), "order": ("by", "order")}


class Clause(NamedTuple):
    """A clause: its name and the index behind the words that begin it."""

    name: str
    start: int


def segment(level: Level, at: int) -> tuple[int, int]:
    """The part of a level around an index that is one SELECT of a UNION."""
    low, high = at, at
    while low > 0 and level.word(low - 1) not in SET_OPERATORS:
        low -= 1
    while high < len(level.items) and level.word(high) not in SET_OPERATORS:
        high += 1
    if low and level.word(low) in {"all", "distinct"} and low < at:
        low += 1
    return low, high


class _Reader:
    """Walks over a segment; each word may begin a clause, depending on the last."""

    def __init__(self, level: Level, low: int, high: int) -> None:
        self.level = level
        self.low, self.high = low, high
        self.clauses: list[Clause] = []
        self.name = ""

    def read(self) -> list[Clause]:
        for at in range(self.low, self.high):
            word = self.level.word(at)
            if word and self.level.kind(at - 1) != "dot" and self._counts(word, at):
                self._word(word, at)
        return self.clauses

    def _counts(self, word: str, at: int) -> bool:
        # Behind AS a word is a name, unless a query follows it.
        return word in QUERY_WORDS or self.level.word(at - 1) != "as"

    def _begin(self, name: str, at: int) -> None:
        self.name = name
        self.clauses.append(Clause(name, at + 1))

    def _word(self, word: str, at: int) -> None:
        level = self.level
        if word in _SIMPLE:
            if word != "values" or level.word(at - 1) != "default":
                self._begin(_SIMPLE[word], at)
        elif word in _BEHIND:
            behind, name = _BEHIND[word]
            if level.word(at + 1) == behind:
                self._begin(name, at + 1)
        elif word in {"from", "using", "join", "on"}:
            self._source(word, at)
        elif word in {"insert", "update", "delete", "merge", "into", "set", "do"}:
            self._change(word, at)
        elif word == "with" and (self.name == "" or self.name == "start"):
            self._begin("with", at)
        elif word == "table" and at == self.low:
            self._begin("from", at)
        elif word == "for" and self.name not in {"", "select"}:
            self._begin("for", at)
        elif word in {"when", "then"} and self.name in {"on", "merge", "set"}:
            self._begin("merge", at)

    def _source(self, word: str, at: int) -> None:
        before = self.level.word(at - 1)
        if word == "from":
            if before == "distinct" and self.level.word(at - 2) in {"is", "not"}:
                return
            if self.level.opener in _FROM_IN_CALLS:
                return
            self._begin("target" if self.name == "delete" else "from", at)
        elif word == "join":
            self._begin("from", at)
        elif word == "using":
            if self.name in {"target", "delete"}:
                self._begin("from", at)
        elif word == "on" and before != "distinct":
            if self.level.word(at + 1) == "conflict":
                self._begin("conflict", at + 1)
            elif self.name in {"from", "target"}:
                self._begin("on", at)

    def _change(self, word: str, at: int) -> None:
        before = self.level.word(at - 1)
        if word == "update":
            if before in {"do", "then"}:
                self._begin("merge", at)
            elif before not in {"for", "key", "on"}:
                self._begin("target", at)
        elif word == "delete":
            if before not in {"on", "then"}:
                self._begin("delete", at)
        elif word == "insert":
            self._begin("merge" if before == "then" else "insert", at)
        elif word == "into":
            target = self.name in {"insert", "delete"} or before == "merge"
            self._begin("target" if target else "into", at)
        elif word == "set":
            if self.name in {"target", "merge", "conflict", "from"}:
                self._begin("set", at)
        elif word == "merge":
            self._begin("delete", at)


def clauses(level: Level, low: int, high: int) -> list[Clause]:
    """The clauses between two indices of a level, in order.

    Their names: ``with select from on where group having order limit window for
    insert target values set conflict delete merge into returning``. A JOIN begins
    another ``from``. ``target`` is what INSERT, UPDATE, DELETE or MERGE changes.
    """
    return _Reader(level, low, high).read()


def spans(level: Level, low: int, high: int) -> list[tuple[Clause, int]]:
    """The clauses between two indices, each with where the next one's text begins."""
    known = clauses(level, low, high)
    return list(zip(known, [c.start for c in known[1:]] + [high], strict=False))


def clause_at(found: list[Clause], at: int) -> Clause | None:
    """The clause that an index lies in."""
    last = None
    for clause in found:
        if clause.start > at:
            break
        last = clause
    return last
