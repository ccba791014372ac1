"""What may stand at the cursor, told from the tokens around it."""

from __future__ import annotations

from mdbtui.sql.complete import grammar
from mdbtui.sql.complete.clauses import (
    QUERY_WORDS,
    SET_OPERATORS,
    Clause,
    clauses,
    segment,
)
from mdbtui.sql.complete.levels import Level
from mdbtui.sql.complete.parentheses import inside
from mdbtui.sql.complete.places import (
    compared_before,
    ends_operand,
    expression,
    last_start,
    operand_keywords,
)
from mdbtui.sql.complete.rule_parts import WRITABLE
from mdbtui.sql.complete.rules import HEADS, at_start, by_rule
from mdbtui.sql.complete.sources import NO_ALIAS
from mdbtui.sql.complete.wants import NOTHING, Context, Want

_SOURCE_STARTS = frozenset({"from", "join", "using", "lateral", "only", "table"})
_TARGET_STARTS = frozenset({"into", "update", "from", "only"})
_FOLLOWED = grammar.FOLLOWING.keys() - {"not"}


def context_of(level: Level, *, in_body: bool = False) -> Context:
    """Say what may stand at the cursor.

    Args:
        level: the one that it is in.
        in_body: the text is the body of a function, where BEGIN begins a block.
    """
    at = level.cursor
    if level.text(at - 1) == "::":
        return Context((Want.TYPE,))
    if level.parent is None:
        if at == 0:
            return at_start()
        head = level.word(0)
        ruled = head in HEADS and not (in_body and head in _BLOCK_WORDS)
        if ruled and not _query_begun(level, at):
            found = by_rule(level)
            if found is not None:
                return found
    low, _ = segment(level, at)
    known = clauses(level, low, at)
    if not known:
        return _without_clause(level, low)
    return _in_clause(level, known, known[-1])


def _query_begun(level: Level, at: int) -> bool:
    """Whether a query has begun within another statement, before the cursor."""
    head = level.word(0)
    for i in range(1, at):
        if level.word(i) in QUERY_WORDS and level.word(i) != "table":
            before = level.word(i - 1)
            if head in {"create", "prepare"} and before == "as":
                return True
            if head in {"explain"} or (head == "declare" and before == "for"):
                return True
            if head in {"begin", "end", "do"}:
                return True  # a function's body
    return False


def _without_clause(level: Level, low: int) -> Context:
    at = level.cursor
    if (level.parent is not None and at <= low + 1 and low == 0) or level.parent:
        found = inside(level, low)
        if found is not None:
            return found
    if low and (at == low or (level.word(low - 1) in SET_OPERATORS and at == low)):
        return Context((), (*grammar.SUBQUERY, "all", "distinct", "table"))
    before = level.word(at - 1)
    if before in _FOLLOWED:
        return Context((), grammar.FOLLOWING[before])
    if level.parent is None and at == 1 and before:
        return Context((), _following_start(before))
    if level.parent is None and before in _STATEMENT_BEHIND:
        return at_start()
    return expression(level, "", behind=())


_BLOCK_WORDS = frozenset({"begin", "end", "declare", "start"})
_STATEMENT_BEHIND = frozenset({"begin", "then", "else", "loop", "query"})


def _following_start(word: str) -> tuple[str, ...]:
    """The second words of statements that begin with this one."""
    starts = [entry.split(" ", 1) for entry in grammar.START]
    return tuple(entry[1] for entry in starts if len(entry) > 1 and entry[0] == word)


def _in_clause(level: Level, known: list[Clause], clause: Clause) -> Context:
    at = level.cursor
    before = level.word(at - 1)
    if before in _FOLLOWED and not _is_operand_name(level, at - 1):
        return Context((), grammar.FOLLOWING[before])
    if before == "as" and clause.name not in {"with", "window"}:
        return NOTHING  # an alias, which nobody can guess
    reader = _CLAUSES.get(clause.name)
    if reader is not None:
        return reader(level, known, clause)
    return expression(level, clause.name)


def _is_operand_name(level: Level, at: int) -> bool:
    return level.kind(at - 1) == "dot" or level.word(at - 1) == "as"


def _from(level: Level, known: list[Clause], clause: Clause) -> Context:
    at = level.cursor
    before = level.word(at - 1)
    starts = before in _SOURCE_STARTS or level.kind(at - 1) == "comma"
    if starts and at >= clause.start:
        wants = [Want.RELATION]
        if before == "join" and _takes_condition(level, at - 1):
            wants.insert(0, Want.JOIN)
        return Context(tuple(wants), ("lateral", "only", "rows from", "unnest"))
    if before in {"cross", "natural", "left", "right", "full", "inner", "outer"}:
        return Context((), ("join",))
    if before == "tablesample":
        return Context((), ("bernoulli", "system"))
    words = grammar.BEHIND["from"]
    if not any(entry.name in {"target", "delete"} for entry in known):
        words = tuple(word for word in words if word not in {"set", "returning"})
    return Context((), words, operand=False)


def _takes_condition(level: Level, join: int) -> bool:
    """Whether a JOIN has a condition, which CROSS and NATURAL ones have not."""
    at = join - 1
    while level.word(at) in {"inner", "left", "right", "full", "outer"}:
        at -= 1
    return level.word(at) not in {"cross", "natural"}


def _target(level: Level, known: list[Clause], clause: Clause) -> Context:
    before = level.word(level.cursor - 1)
    if level.cursor == clause.start or before in _TARGET_STARTS:
        return Context((Want.TABLE,), ("only",), kinds=WRITABLE)
    verb = known[0].name if known[0].name != "with" else known[1].name
    if verb == "delete" and level.word(known[0].start - 1) == "merge":
        verb = "merge"
    if verb == "target":
        verb = "update"
    return Context((), grammar.TARGET.get(verb, ()), operand=False)


def _verb(level: Level, known: list[Clause], clause: Clause) -> Context:
    """Right behind INSERT, DELETE or MERGE."""
    word = level.word(clause.start - 1)
    return Context((), ("from",) if word == "delete" else ("into",))


def _set(level: Level, known: list[Clause], clause: Clause) -> Context:
    at = level.cursor
    start = last_start(level, clause.start, at)
    assigned = any(level.text(i) == "=" for i in range(start, at))
    if at == start:
        taken = frozenset(
            level.text(i)
            for i in range(clause.start, len(level.items))
            if level.text(i + 1) == "="
        )
        return Context((Want.TARGET_COLUMN,), taken=taken)
    if not assigned:
        return NOTHING
    found = expression(level, "set")
    if level.text(at - 1) == "=":
        compared = compared_before(level, at)
        return Context(
            (Want.VALUE, *found.wants),
            ("default", *found.keywords),
            compared=compared,
        )
    return found


def _on(level: Level, known: list[Clause], clause: Clause) -> Context:
    at = level.cursor
    found = expression(level, "on")
    before = level.word(at - 1)
    if at == clause.start or before in {"and", "or"}:
        return Context((Want.CONDITION, Want.ALIAS, *found.wants), found.keywords)
    if found.operand and found.wants:
        return Context(
            (Want.VALUE, Want.ALIAS, *found.wants),
            found.keywords,
            compared=found.compared,
        )
    return found


def _select(level: Level, known: list[Clause], clause: Clause) -> Context:
    at = level.cursor
    last = level.text(at - 1)
    if last.endswith("*") and level.kind(at - 1) == "operator":
        before = level.kind(at - 2)
        entry = at - 1 == last_start(level, clause.start, at - 1)
        if before == "dot" or entry or level.word(at - 2) in {"distinct", "all"}:
            glued = level.items[at - 1]
            star = getattr(glued, "end", -1) == getattr(level.items[at], "start", 0)
            if star:
                return Context((Want.STAR,))
            return Context((), grammar.BEHIND["select"], operand=False)
    return expression(level, "select")


def _with(level: Level, known: list[Clause], clause: Clause) -> Context:
    at = level.cursor
    before = level.word(at - 1)
    if before == "with":
        return Context((), ("recursive",))
    if level.kind(at - 1) == "level":
        j = at - 2
        if level.word(j) in {"as", "materialized"}:
            return Context((), (*grammar.QUERY, *grammar.CHANGE, "search", "cycle"))
        return Context((), ("as",))
    if before == "as":
        return Context((), ("materialized", "not materialized"))
    if before == "not":
        return Context((), ("materialized",))
    if level.kind(at - 1) in {"word", "quoted"} and before not in NO_ALIAS:
        return Context((), ("as",))
    return NOTHING


def _conflict(level: Level, known: list[Clause], clause: Clause) -> Context:
    before = level.word(level.cursor - 1)
    if before == "do":
        return Context((), ("nothing", "update set"))
    if before == "constraint":
        return NOTHING
    return Context((), grammar.BEHIND["conflict"])


def _merge(level: Level, known: list[Clause], clause: Clause) -> Context:
    at = level.cursor
    before = level.word(at - 1)
    if before == "update":
        return Context((), ("set",))
    if before == "when":
        return Context((), ("matched then", "not matched then", "matched and"))
    if before == "then":
        return Context((), ("update set", "insert", "delete", "do nothing"))
    if before == "not":
        return Context((), ("matched then", "matched and", "matched by source then"))
    if before == "insert":
        return Context((), ("values", "default values"))
    if before == "and" or not ends_operand(level, at):
        return expression(level, "on")
    return Context((), grammar.BEHIND["merge"], operand=False)


def _for(level: Level, known: list[Clause], clause: Clause) -> Context:
    at = level.cursor
    if at == clause.start:
        return Context((), grammar.FOR)
    if level.word(at - 1) == "of":
        return Context((Want.ALIAS,))
    return Context((), grammar.BEHIND["for"], operand=False)


def _window(level: Level, known: list[Clause], clause: Clause) -> Context:
    if level.kind(level.cursor - 1) in {"word", "quoted"}:
        return Context((), ("as",)) if level.word(level.cursor - 1) != "as" else NOTHING
    return Context((), grammar.BEHIND["window"], operand=False)


def _into(level: Level, known: list[Clause], clause: Clause) -> Context:
    if level.cursor == clause.start:
        words = ("temporary", "unlogged", "table")
        return Context((Want.TABLE,), words, kinds=WRITABLE)
    return Context((), grammar.BEHIND["into"], operand=False)


def _limit(level: Level, known: list[Clause], clause: Clause) -> Context:
    if ends_operand(level, level.cursor):
        return Context((), grammar.BEHIND["limit"], operand=False)
    return Context((), operand_keywords("limit"))


def _values(level: Level, known: list[Clause], clause: Clause) -> Context:
    if level.word(level.cursor - 1) == "on":
        return Context((), ("conflict",))
    if ends_operand(level, level.cursor):
        return Context((), grammar.BEHIND["values"], operand=False)
    return NOTHING


_CLAUSES = {
    "from": _from,
    "target": _target,
    "insert": _verb,
    "delete": _verb,
    "set": _set,
    "on": _on,
    "select": _select,
    "with": _with,
    "conflict": _conflict,
    "merge": _merge,
    "for": _for,
    "window": _window,
    "into": _into,
    "limit": _limit,
    "values": _values,
}
