"""What may stand in parentheses that are no query: by what stands before them."""

from __future__ import annotations

from mdbtui.sql.complete import grammar
from mdbtui.sql.complete.clauses import clauses, segment
from mdbtui.sql.complete.levels import Level
from mdbtui.sql.complete.places import (
    COMPARISONS,
    ends_operand,
    expression,
    last_start,
)
from mdbtui.sql.complete.sources import cte_name, first_names, opens_source
from mdbtui.sql.complete.wants import NOTHING, Context, Want

_BEHIND = {
    "not": ("null",),
    "primary": ("key",),
    "generated": ("always as identity", "by default as identity", "always as"),
}
"""What goes on after the first word of a column's constraint."""
_ROUTINES = frozenset({"function", "procedure"})


def inside(level: Level, low: int) -> Context | None:
    """Say what may stand at the cursor within parentheses; None: nothing special."""
    parent = level.parent
    if parent is None:
        return None
    at, place = level.cursor, level.place
    for reader in (_query_place, _list_place, _definition, _call):
        found = reader(level, parent, place, at)
        if found is not None:
            return found
    name = _clause_around(parent, place)
    found = expression(
        level,
        name if name in {"select", "where", "on"} else "",
        behind=None if at == low else grammar.OPERATORS,
    )
    if at == low:  # a subquery may begin here
        return Context(
            found.wants, (*found.keywords, *grammar.SUBQUERY), compared=found.compared
        )
    return found


def _clause_around(parent: Level, place: int) -> str:
    low, _ = segment(parent, place)
    known = clauses(parent, low, place)
    return known[-1].name if known else ""


def _query_place(level: Level, parent: Level, place: int, at: int) -> Context | None:
    """Where a query is expected: EXISTS, a CTE, FROM."""
    if at != 0:
        if opens_source(level) and level.kind(0) in {"word", "quoted"}:
            return Context((), grammar.BEHIND["from"], operand=False)
        return None
    if parent.word(place - 1) == "exists":
        return Context((), grammar.SUBQUERY)
    if cte_name(level) is not None:
        return Context((), (*grammar.QUERY, *grammar.CHANGE))
    if opens_source(level):
        return Context((Want.RELATION,), ("select", "with", "values", "lateral"))
    if place == 0 and parent.parent is None:
        return Context((), grammar.SUBQUERY)
    return None


def _list_place(level: Level, parent: Level, place: int, at: int) -> Context | None:
    """Lists of columns, and the values that go into them."""
    before = parent.word(place - 1)
    head = parent.word(0)
    taken = frozenset(first_names(level))
    start = last_start(level, 0, at)
    if before == "using" and "join" in (parent.word(i) for i in range(place)):
        return Context((Want.COMMON_COLUMN,), taken=taken)
    if before == "conflict":
        return Context((Want.TARGET_COLUMN,), taken=taken)
    if before == "key" or (before in {"unique", "include"} and head == "alter"):
        about = _altered(parent)
        return Context((Want.TARGET_COLUMN,), about=about, taken=taken)
    if before == "set" or (
        parent.kind(place - 1) == "comma" and _clause_around(parent, place) == "set"
    ):
        return Context((Want.TARGET_COLUMN,), taken=taken)
    if _is_row_of_values(parent, place):
        return _value(level, parent, place, at)
    chain = parent.chain_before(place)
    if not chain:
        return None
    ahead = place - 2 * len(chain)
    named_by = parent.word(ahead)
    if named_by in {"into", "references"} or (named_by == "copy" and head == "copy"):
        if level.text(at - 1) == "*" and at == 1:  # no SQL: all of them are meant
            return Context((Want.STAR,), about=chain)
        return Context((Want.TARGET_COLUMN,), about=chain, taken=taken)
    if head == "create" and named_by == "using":
        chain, named_by = parent.chain_before(ahead), "on"
    if head == "create" and named_by in {"on", "only"}:
        return _index_column(level, chain, at, start)
    if parent.word(place - 1) == "insert":
        return Context((Want.TARGET_COLUMN,), taken=taken)
    return None


def _altered(parent: Level) -> tuple[str, ...]:
    """The table that ALTER TABLE names."""
    at = 2
    while parent.word(at) in {"if", "exists", "only"}:
        at += 1
    return parent.chain(at, parent.chain_end(at)) if parent.word(0) == "alter" else ()


def _index_column(level: Level, chain: tuple[str, ...], at: int, start: int) -> Context:
    if ends_operand(level, at) and at > start:
        words = ("asc", "desc", "nulls first", "nulls last", "collate")
        return Context((), words, operand=False)
    return Context((Want.TARGET_COLUMN, Want.FUNCTION), about=chain)


def _is_row_of_values(parent: Level, place: int) -> bool:
    at = place - 1
    while parent.kind(at) in {"comma", "level"}:
        at -= 1
    return parent.word(at) == "values"


def _value(level: Level, parent: Level, place: int, at: int) -> Context:
    """An entry of VALUES: it goes into a column of the table, if there is one."""
    found = expression(level, "values", behind=grammar.OPERATORS)
    index = sum(level.kind(i) == "comma" for i in range(at))
    words = found.keywords
    if found.operand:
        words = ("default", *words) + (grammar.SUBQUERY if at == 0 else ())
    about: tuple[str, ...] = ("#", str(index))
    if at and level.kind(at - 1) != "comma":
        about = ()
    return Context(found.wants, words, compared=about or found.compared)


def _definition(level: Level, parent: Level, place: int, at: int) -> Context | None:
    """CREATE TABLE (…), CREATE FUNCTION (…), FROM f() AS x (…)."""
    words = [parent.word(i) for i in range(min(place, 6))]
    start = last_start(level, 0, at)
    count = at - start
    if words[:1] == ["create"] and ("table" in words or "type" in words):
        if parent.word(place - 1) in {"check", "by", "in", "from", "with", "enum"}:
            return None
        if parent.word(place - 1) == "as":
            return _attribute(level, count)
        return _table_entry(level, start, count)
    if words[:1] == ["create"] and _ROUTINES & set(words):
        modes = ("in", "out", "inout", "variadic") if count == 0 else ()
        if count > 1:
            return Context((), ("default",), operand=False)
        return Context((Want.TYPE,), modes)
    if parent.word(place - 1) in {"over"} or (
        parent.word(place - 1) == "as" and _clause_around(parent, place) == "window"
    ):
        return _window(level, at)
    alias = parent.word(place - 1) or parent.text(place - 1)
    if alias and (
        parent.word(place - 2) == "as" and _clause_around(parent, place) == "from"
    ):
        return Context((Want.TYPE,)) if count == 1 else NOTHING
    return None


def _attribute(level: Level, count: int) -> Context:
    return Context((Want.TYPE,)) if count == 1 else NOTHING


def _table_entry(level: Level, start: int, count: int) -> Context:
    if count == 0:
        return Context((), grammar.TABLE_ENTRY)
    at = level.cursor
    before = level.word(at - 1)
    if level.word(start) in {"constraint", "primary", "foreign", "unique", "check"}:
        if before == "references":
            return Context((Want.TABLE,))
        words = ("primary key", "foreign key", "unique", "check", "references", "key")
        return Context((), words)
    if before == "like" or before == "references":
        return Context((Want.TABLE,))
    if count == 1:
        return Context((Want.TYPE,))
    if before == "default":
        return Context((Want.FUNCTION,), grammar.OPERAND)
    if before in {"not", "primary", "generated"}:
        return Context((), _BEHIND[before])
    if before == "double":
        return Context((), ("precision",))
    return Context((), grammar.COLUMN_BEHIND, operand=False)


def _window(level: Level, at: int) -> Context:
    if at and (level.word(at - 1) == "by" or level.kind(at - 1) == "comma"):
        found = expression(level, "order")
        return Context(found.wants, found.keywords)
    if level.word(at - 1) in {"order", "partition"}:
        return Context((), ("by",))
    return Context((), grammar.WINDOW)


def _call(level: Level, parent: Level, place: int, at: int) -> Context | None:
    """Calls with a grammar of their own, and lists to compare with."""
    opener = parent.word(place - 1)
    if opener == "cast" and level.word(at - 1) == "as":
        return Context((Want.TYPE,))
    if opener == "cast" and at and ends_operand(level, at):
        return Context((), ("as",), operand=False)
    if opener == "extract":
        if at == 0:
            return Context((), grammar.FIELDS)
        if at == 1:
            return Context((), ("from",))
    if opener == "explain":
        return Context((), grammar.EXPLAINED)
    if parent.word(0) in {"vacuum", "analyze"} and place == 1:
        return Context((), ("verbose", "analyze", "full", "freeze", "skip_locked"))
    if opener in {"in", "any", "all", "some"}:
        return _compared_list(level, parent, place, at)
    return None


def _compared_list(level: Level, parent: Level, place: int, at: int) -> Context:
    before = place - 1
    if parent.word(before - 1) == "not":
        before -= 1
    if parent.text(before - 1) in COMPARISONS:
        before -= 1
    compared = parent.chain_before(before)
    found = expression(level, "", behind=())
    words = (*grammar.SUBQUERY, *found.keywords) if at == 0 else found.keywords
    if at and level.kind(at - 1) != "comma":
        compared = found.compared
    return Context(found.wants, words, compared=compared, operand=found.operand)
