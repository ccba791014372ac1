"""Joins and their conditions, proposed from foreign keys and from equal names."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from mdbtui.sql.complete.columns import Columns
from mdbtui.sql.complete.items import in_case, written
from mdbtui.sql.complete.names import ForeignKey, Names, Relation
from mdbtui.sql.complete.sources import Source

_GENERIC = frozenset({"created_at", "updated_at", "created", "updated", "deleted_at"})


class Joined(NamedTuple):
    """A proposal.

    Attributes:
        text: of the join, or of its condition.
        table: the table that is joined.
        by_key: a foreign key says so, not only equal names.
    """

    text: str
    table: str
    by_key: bool


def relation_of(source: Source, names: Names, columns: Columns) -> Relation | None:
    """The table that a source is; None for a CTE, a subquery or a function."""
    if source.query is not None or source.function:
        return None
    if source.schema is None and source.name in columns.ctes(source.level):
        return None
    return names.relation(source.schema, source.name)


def joins(
    sources: list[Source],
    names: Names,
    columns: Columns,
    *,
    upper: bool,
    schema: str | None = None,
) -> Iterator[Joined]:
    """Whole joins to what the sources' foreign keys lead to, or come from.

    Args:
        sources: what is joined already.
        names: the database.
        columns: of this completion.
        upper: how keywords are written.
        schema: only tables of this one, whose name is typed already.
    """
    taken = {source.alias for source in sources}
    for source in reversed(sources):
        relation = relation_of(source, names, columns)
        if relation is None:
            continue
        keys = names.foreign_keys(relation.schema, relation.name)
        # Joined with itself last: that is rarely meant.
        for key in sorted(keys, key=_is_own):
            for mine, theirs, other in _directions(key, relation):
                if schema is not None and other[0] != schema:
                    continue
                alias = _free(other[1], taken)
                target = written(other[1])
                if schema is None and names.relation(None, other[1]) != names.relation(
                    *other
                ):
                    target = f"{written(other[0])}.{target}"
                if alias != other[1]:
                    target += f" {written(alias)}"
                on = in_case("on", upper=upper)
                pairs = [
                    (alias, t, source.alias, m)
                    for t, m in zip(theirs, mine, strict=False)
                ]
                text = f"{target} {on} {_condition(pairs, upper=upper)}"
                yield Joined(text, other[1], True)


def _is_own(key: ForeignKey) -> bool:
    return (key.schema, key.table) == (key.to_schema, key.to_table)


def _directions(
    key: ForeignKey, relation: Relation
) -> Iterator[tuple[tuple[str, ...], tuple[str, ...], tuple[str, str]]]:
    """Own columns, the other's columns and the other table; both ways if both fit."""
    here = (relation.schema, relation.name)
    if (key.schema, key.table) == here:
        yield key.columns, key.to_columns, (key.to_schema, key.to_table)
    if (key.to_schema, key.to_table) == here:
        yield key.to_columns, key.columns, (key.schema, key.table)


def _free(name: str, taken: set[str]) -> str:
    if name not in taken:
        return name
    number = 2
    while f"{name}{number}" in taken:
        number += 1
    return f"{name}{number}"


def _condition(pairs: list[tuple[str, str, str, str]], *, upper: bool) -> str:
    both = f" {in_case('and', upper=upper)} "
    return both.join(
        f"{written(left)}.{written(a)} = {written(right)}.{written(b)}"
        for left, a, right, b in pairs
    )


def conditions(
    sources: list[Source],
    names: Names,
    columns: Columns,
    *,
    upper: bool,
    only: str | None = None,
) -> Iterator[Joined]:
    """Conditions that join the last source to those before it.

    Args:
        sources: in scope; the last one is being joined.
        names: the database.
        columns: of this completion.
        upper: how keywords are written.
        only: the alias that is typed already: of the last source, whose columns
            then come first, or of another.
    """
    if len(sources) < 2:
        return
    last = sources[-1]
    for by_key in (True, False):
        for other in reversed(sources[:-1]):
            if only not in {None, last.alias, other.alias}:
                continue
            first = other if only == other.alias else last
            second = last if first is other else other
            pairs_of = _by_keys if by_key else _by_names
            for pairs in pairs_of(first, second, names, columns):
                named = [(first.alias, a, second.alias, b) for a, b in pairs]
                text = _condition(named, upper=upper)
                if only is not None:
                    text = text[len(written(first.alias)) + 1 :]
                yield Joined(text, last.alias, by_key)


def _by_keys(
    first: Source, second: Source, names: Names, columns: Columns
) -> Iterator[list[tuple[str, str]]]:
    one, two = (relation_of(s, names, columns) for s in (first, second))
    if one is None or two is None:
        return
    for key in names.foreign_keys(one.schema, one.name):
        for mine, theirs, other in _directions(key, one):
            if other == (two.schema, two.name):
                yield list(zip(mine, theirs, strict=False))


def _by_names(
    first: Source, second: Source, names: Names, columns: Columns
) -> Iterator[list[tuple[str, str]]]:
    theirs = {column.name: column.type for column in columns.of(second)}
    for column in columns.of(first):
        kind = theirs.get(column.name)
        if kind is None or column.name in _GENERIC:
            continue
        if kind == column.type or not kind or not column.type:
            yield [(column.name, column.name)]
