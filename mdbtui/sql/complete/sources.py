"""What a query reads from: tables, subqueries, functions, with their aliases."""

from __future__ import annotations

from dataclasses import dataclass

from mdbtui.sql.complete.clauses import QUERY_WORDS, clauses, segment, spans
from mdbtui.sql.complete.levels import Level

# A name behind a table is its alias, unless it is one of these.
NO_ALIAS = frozenset(
    """
    as cross default do except fetch for from full group having inner intersect into
    join lateral left limit natural not offset on order ordinality outer overriding
    returning right select set tablesample then union using values when where window
    with and or is in between like ilike
    """.split()  # noqa: SIM905  a list of quoted words is no easier to read
)


@dataclass(frozen=True)
class Source:
    """One thing that columns come from.

    Attributes:
        alias: how its columns are qualified; ``""`` if they can't be.
        schema, name: of a table, CTE or function; both empty for a subquery.
        query: the parentheses of a subquery.
        columns: names given by an alias list, which go before its own.
        function: it is a call.
        target: it is what the statement changes.
        level: where it stands.
    """

    alias: str
    level: Level
    schema: str | None = None
    name: str = ""
    query: Level | None = None
    columns: tuple[str, ...] = ()
    function: bool = False
    target: bool = False
    start: int = 0


def sources_of(level: Level, at: int) -> list[Source]:
    """The sources of the query of a level that an index belongs to, in order."""
    low, high = segment(level, at)
    found: list[Source] = []
    for clause, end in spans(level, low, high):
        if clause.name in {"from", "target"}:
            _items(level, clause.start, end, clause.name == "target", found)
    return found


def _items(
    level: Level, at: int, end: int, target: bool, found: list[Source], depth: int = 0
) -> None:
    """Read the items of a FROM list, which commas separate."""
    while at < end:
        source, behind = _item(level, at, target, found, depth)
        if source is not None:
            found.append(source)
        at = max(behind, at + 1)
        while at < end and level.kind(at) != "comma":
            at += 1
        at += 1


def _item(
    level: Level, at: int, target: bool, found: list[Source], depth: int
) -> tuple[Source | None, int]:
    start = at
    while level.word(at) in {"lateral", "only"}:
        at += 1
    if level.kind(at) == "level":
        inner = level.items[at]
        assert isinstance(inner, Level)
        if not is_query(inner) and depth < 20:
            _joined(inner, found, depth)
            return None, at + 1
        alias, columns, end = _alias(level, at + 1)
        return Source(alias, level, query=inner, columns=columns, start=start), end
    end = level.chain_end(at)
    names = level.chain(at, end)
    if not names or (len(names) == 1 and level.word(at) in NO_ALIAS):
        return None, at
    function = level.kind(end) == "level" and not target
    if level.text(end) == "*" or level.kind(end) == "level":
        end += 1  # "only t *", a call's arguments, or an INSERT's columns
    if level.word(end) == "with" and level.word(end + 1) == "ordinality":
        end += 2
    alias, columns, end = _alias(level, end)
    schema = names[-2] if len(names) > 1 else None
    return (
        Source(
            alias or names[-1],
            level,
            schema,
            names[-1],
            columns=columns,
            function=function,
            target=target,
            start=start,
        ),
        end,
    )


def _joined(inner: Level, found: list[Source], depth: int) -> None:
    """Read a join in parentheses."""
    _items(inner, 0, len(inner.items), False, found, depth + 1)
    for at in range(len(inner.items)):
        if inner.word(at) == "join":
            _items(inner, at + 1, at + 2, False, found, depth + 1)


def _alias(level: Level, at: int) -> tuple[str, tuple[str, ...], int]:
    """The alias at an index, the column names given with it, the index behind."""
    said = level.word(at) == "as"
    if said:
        at += 1
    kind = level.kind(at)
    if kind == "quoted" or (kind == "word" and level.word(at) not in NO_ALIAS):
        alias = level.text(at)
        at += 1
    else:
        alias = ""
    columns: tuple[str, ...] = ()
    if (alias or said) and level.kind(at) == "level":
        columns = first_names(level.items[at])
        at += 1
    return alias, columns, at


def first_names(inner: object) -> tuple[str, ...]:
    """The first name behind the parenthesis and each comma: of a list of columns."""
    if not isinstance(inner, Level):
        return ()
    return tuple(
        inner.text(at)
        for at in range(len(inner.items))
        if inner.kind(at) in {"word", "quoted"}
        and (at == 0 or inner.kind(at - 1) == "comma")
    )


def is_query(inner: Level) -> bool:
    """Whether parentheses hold a query, as far as it is written."""
    at = 0
    while inner.kind(at) == "level" and at == 0:
        nested = inner.items[0]
        assert isinstance(nested, Level)
        inner, at = nested, 0
    if inner.cursor == 0:
        at = 1
    return inner.word(at) in QUERY_WORDS


def opens_source(level: Level) -> bool:
    """Whether a level stands where FROM wants a table."""
    parent = level.parent
    if parent is None:
        return False
    low, _ = segment(parent, level.place)
    known = clauses(parent, low, level.place)
    if not known or known[-1].name != "from":
        return False
    begins = known[-1].start == level.place
    before = parent.word(level.place - 1)
    return begins or before == "lateral" or parent.kind(level.place - 1) == "comma"


def is_lateral(level: Level) -> bool:
    """Whether a level may name the tables before it."""
    return level.opener == "lateral"


def visible_sources(within: Level) -> list[list[Source]]:
    """What can be named at the cursor: for each query around it, from the inside.

    A subquery in FROM does not see its neighbours, unless it is LATERAL; a CTE sees
    none of the query that it belongs to.
    """
    out: list[list[Source]] = []
    at = within.cursor
    hidden = False
    for level in within.outward():
        if not hidden:
            found = sources_of(level, at)
            if out and is_behind_lateral(found, level, at):
                found = [source for source in found if source.start < at]
            out.append(found)
        hidden = (opens_source(level) and not is_lateral(level)) or is_cte(level)
        at = level.place
    return [found for found in out if found]


def is_behind_lateral(found: list[Source], level: Level, at: int) -> bool:
    """Whether the place is LATERAL, which only sees what stands before it."""
    inner = level.items[at] if at < len(level.items) else None
    return isinstance(inner, Level) and is_lateral(inner)


def is_cte(level: Level) -> bool:
    """Whether a level is the query of a CTE."""
    return cte_name(level) is not None


def cte_name(level: Level) -> str | None:
    """The name of the CTE whose query a level is, or None."""
    parent = level.parent
    if parent is None:
        return None
    at = level.place - 1
    while parent.word(at) in {"not", "materialized"}:
        at -= 1
    if parent.word(at) != "as":
        return None
    at -= 1
    if parent.kind(at) == "level":
        at -= 1
    if parent.kind(at) not in {"word", "quoted"}:
        return None
    before = parent.word(at - 1)
    if before in {"with", "recursive"}:
        return parent.text(at)
    if parent.kind(at - 1) == "comma" and "with" in {
        parent.word(i) for i in range(at - 1)
    }:
        low, _ = segment(parent, at)
        known = clauses(parent, low, at)
        return parent.text(at) if known and known[-1].name == "with" else None
    return None
