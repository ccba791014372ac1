"""The columns that a source gives: of a table, a CTE, a subquery, a function."""

from __future__ import annotations

from typing import NamedTuple

from mdbtui.sql.complete.clauses import SET_OPERATORS, spans
from mdbtui.sql.complete.levels import Level
from mdbtui.sql.complete.names import Names
from mdbtui.sql.complete.sources import Source, cte_name, first_names, sources_of
from mdbtui.sql.identifiers import RESERVED

_BEGINNINGS = frozenset(
    {"from", "where", "group", "order", "by", "having", "limit", "offset", "fetch"}
    | {"into", "for", "window"}
)
_MOST = 20_000
"""Columns of one subquery that are followed: stars of stars grow without end."""


class Column(NamedTuple):
    """A column of a source."""

    name: str
    type: str = ""
    comment: str = ""


class Cte(NamedTuple):
    """A common table expression: the names given to its columns, and its query."""

    name: str
    columns: tuple[str, ...]
    query: Level


class Columns:
    """Tells columns, each query's once: for one completion.

    Args:
        names: what is known of the database.
    """

    def __init__(self, names: Names) -> None:
        self._names = names
        self._outputs: dict[int, list[Column]] = {}
        self._ctes: dict[int, dict[str, Cte]] = {}

    def ctes(self, level: Level) -> dict[str, Cte]:
        """The CTEs that a place in a level can name."""
        known = self._ctes.get(id(level))
        if known is not None:
            return known
        # Not by recursion: parentheses may be nested deeper than Python's stack.
        chain = []
        for around in level.outward():
            if id(around) in self._ctes:
                known = self._ctes[id(around)]
                break
            chain.append(around)
        known = known or {}
        for around in reversed(chain):
            own = {
                name: Cte(name, _cte_columns(around, item), item)
                for item in around.items
                if isinstance(item, Level) and (name := cte_name(item)) is not None
            }
            known = {**known, **own} if own else known
            self._ctes[id(around)] = known
        return known

    def of(self, source: Source) -> list[Column]:
        """The columns of a source, as far as they can be told."""
        return _renamed(self._own(source), source.columns)

    def _own(self, source: Source) -> list[Column]:
        if source.query is not None:
            return self.output(source.query)
        if source.function:
            return self._results(source)
        if source.schema is None and not source.target:
            cte = self.ctes(source.level).get(source.name)
            if cte is not None:
                return _renamed(self.output(cte.query), cte.columns)
        return self.of_table(source.schema, source.name)

    def of_table(self, schema: str | None, name: str) -> list[Column]:
        """The columns of a table, by its name as it is written."""
        relation = self._names.relation(schema, name)
        if relation is None:
            return []
        comments = self._names.column_comments
        return [
            Column(c, t, comments.get((relation.schema, relation.name, c), ""))
            for c, t in zip(relation.columns, relation.types, strict=True)
        ]

    def _results(self, source: Source) -> list[Column]:
        for function in self._names.functions(source.name):
            if source.schema not in {None, function.schema}:
                continue
            if function.outputs:
                return [Column(name) for name in function.outputs]
            schema, _, table = function.result.removeprefix("SETOF ").rpartition(".")
            if columns := self.of_table(schema or None, table):
                return columns
        return [] if source.columns else [Column(source.alias)]

    def output(self, query: Level) -> list[Column]:
        """The columns that a query gives."""
        known = self._outputs.get(id(query))
        if known is None:
            self._outputs[id(query)] = []  # what a query says of itself is not known
            known = self._outputs[id(query)] = self._output(query)[:_MOST]
        return known

    def _output(self, query: Level) -> list[Column]:
        while query.kind(0) == "level":
            inner = query.items[0]
            assert isinstance(inner, Level)
            query = inner
        high = len(query.items)
        for at in range(high):
            if query.word(at) in SET_OPERATORS:
                high = at
                break
        known = spans(query, 0, high)
        for clause, end in known:
            if clause.name in {"select", "returning"}:
                return self._listed(query, clause.start, _before_words(query, end))
        for clause, _ in known:
            if clause.name == "values":
                return _value_columns(query, clause.start)
        if known and known[0][0].name == "from":  # TABLE name
            return self._star(sources_of(query, 0), ())
        return []

    def _listed(self, query: Level, start: int, end: int) -> list[Column]:
        found: list[Column] = []
        if query.word(start) in {"all", "distinct"}:
            start += 1
            if query.word(start) == "on" and query.kind(start + 1) == "level":
                start += 2
        sources = sources_of(query, start)
        if query.nesting > _DEEP:
            sources = []
        typed: dict[tuple[str, str], Column] = {}
        for source in sources:
            for column in self.of(source):
                typed.setdefault(("", column.name), column)
                typed.setdefault((source.alias, column.name), column)
        first = start
        for i in range(start, end + 1):
            if i == end or query.kind(i) == "comma":
                found += self._entry(query, first, i, sources, typed)
                first = i + 1
        return found

    def _entry(
        self,
        query: Level,
        first: int,
        end: int,
        sources: list[Source],
        typed: dict[tuple[str, str], Column],
    ) -> list[Column]:
        """The columns that one entry of a SELECT list gives."""
        if query.kind(end - 1) == "cursor":
            end -= 1
        if first >= end:
            return []
        if query.text(end - 1) == "*" and query.kind(end - 1) == "operator":
            dotted = query.kind(end - 2) == "dot"
            return self._star(sources, query.chain_before(end - 2) if dotted else ())
        behind = query.chain_end(first)
        chain = query.chain(first, behind)
        if behind == end and chain:
            qualifier = chain[-2] if len(chain) > 1 else ""
            return [typed.get((qualifier, chain[-1]), Column(chain[-1]))]
        name = _entry_name(query, first, end)
        return [Column(name)] if name else []

    def _star(self, sources: list[Source], qualifier: tuple[str, ...]) -> list[Column]:
        if qualifier:
            sources = [source for source in sources if source.alias == qualifier[-1]]
        return [column for source in sources for column in self.of(source)]


_DEEP = 40
"""Levels of queries that are followed: Python's own stack has an end."""


def _cte_columns(around: Level, query: Level) -> tuple[str, ...]:
    at = query.place - 1
    while around.word(at) in {"not", "materialized", "as"}:
        at -= 1
    return first_names(around.items[at]) if around.kind(at) == "level" else ()


def _renamed(columns: list[Column], given: tuple[str, ...]) -> list[Column]:
    if not given:
        return columns
    types = [column.type for column in columns] + [""] * len(given)
    renamed = [Column(name, types[i]) for i, name in enumerate(given)]
    return renamed + columns[len(given) :]


def _value_columns(query: Level, at: int) -> list[Column]:
    row = query.items[at] if query.kind(at) == "level" else None
    if not isinstance(row, Level):
        return []
    commas = sum(row.kind(i) == "comma" for i in range(len(row.items)))
    return [Column(f"column{i + 1}") for i in range(commas + 1)]


def _before_words(query: Level, end: int) -> int:
    """The end of a clause without the words that begin the next one."""
    while end > 0 and query.word(end - 1) in _BEGINNINGS:
        end -= 1
    return end


def _entry_name(query: Level, first: int, end: int) -> str:
    """The name that the server gives to an expression; ``""`` if it has none."""
    last, word = query.kind(end - 1), query.word(end - 1)
    if last == "quoted":
        return query.text(end - 1)
    if word == "end":
        return "case"
    if query.text(end - 2) == "::":  # a cast keeps the name of what it casts
        chain = query.chain_before(end - 2)
        return chain[-1] if chain else word
    if word and (query.word(end - 2) == "as" or word not in RESERVED):
        return word
    if last == "level" and query.kind(end - 2) in {"word", "quoted"}:
        return query.text(end - 2)
    return ""
