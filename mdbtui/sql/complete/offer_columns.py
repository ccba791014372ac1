"""Proposals: columns, aliases, what a ``*`` stands for, values of a column."""

from __future__ import annotations

from collections.abc import Iterable

from mdbtui.sql.complete.collector import Collector
from mdbtui.sql.complete.columns import Column
from mdbtui.sql.complete.items import Item, literal, written
from mdbtui.sql.complete.match import PREFIX
from mdbtui.sql.complete.names import SYSTEM_SCHEMAS
from mdbtui.sql.complete.offer_relations import of_schema
from mdbtui.sql.complete.sources import Source

FAR_RELATIONS = 300
"""Tables whose columns are offered where no table is in scope yet."""
_FAR_COLUMNS = 100


def columns(c: Collector) -> None:
    """Columns of what is in scope, qualified if several things are."""
    if c.qualifier:
        _qualified(c)
        return
    several = len(c.scope.sources) > 1
    for number, (depth, source) in enumerate(c.scope.flat()):
        before = f"{written(source.alias)}." if several and source.alias else ""
        _of_source(c, source, before, min(depth, 1), number)
    if not c.scope.groups and len(c.reading.prefix) > 1:
        _far(c)


def _of_source(
    c: Collector, source: Source, before: str, weight: int, number: int
) -> None:
    for place, column in enumerate(c.scope.columns.of(source)):
        key = f"column {source.name}.{column.name}"
        order = f"{number:03}{place:05}"
        c.add(column.name, weight, _item, c, before, column, key, order=order, key=key)


def _item(c: Collector, before: str, column: Column, key: str) -> Item:
    # Who has begun with a quote has written no qualifier.
    text = before + written(column.name, quoted=c.reading.quoted and not before)
    return Item(text, text, "column", column.type, column.comment, key=key)


def _listed(c: Collector, found: Iterable[Column]) -> None:
    for place, column in enumerate(found):
        if column.name not in c.context.taken:
            key = f"column {column.name}"
            c.add(
                column.name, 0, _item, c, "", column, key, order=f"{place:05}", key=key
            )


def _qualified(c: Collector) -> None:
    source = c.scope.by_alias(c.qualifier)
    if source is not None:
        _of_source(c, source, "", 0, 0)
    elif len(c.qualifier) > 1:
        _listed(c, c.scope.columns.of_table(*c.qualifier[-2:]))
    elif c.qualifier[0] in c.names.schemas:
        of_schema(c, c.qualifier[0], 3)


def _far(c: Collector) -> None:
    """Columns of visible tables, before there is a FROM."""
    seen: dict[str, tuple[str, str]] = {}
    typed = c.reading.prefix.lower()
    for schema in c.names.search_path:
        if schema in SYSTEM_SCHEMAS:
            continue
        for number, relation in enumerate(c.names.relations(schema)):
            if number >= FAR_RELATIONS or len(seen) >= _FAR_COLUMNS:
                break
            for name, kind in zip(relation.columns, relation.types, strict=True):
                if name.lower().startswith(typed) and name not in seen:
                    seen[name] = (kind, relation.name)
    for name, (kind, table) in seen.items():
        key = f"column {table}.{name}"
        column = Column(name, kind, f"of {table}")
        c.take(PREFIX, 6, name.lower(), key, _item, c, "", column, key)


def targets(c: Collector) -> None:
    """Columns of the table that the place is about."""
    _listed(c, c.scope.target_columns(c.context))


def common(c: Collector) -> None:
    """Columns that both sides of a join have."""
    _listed(c, c.scope.common_columns())


def own(c: Collector) -> None:
    """Columns behind the name of their table."""
    if c.qualifier:
        schema = c.qualifier[-2] if len(c.qualifier) > 1 else None
        _listed(c, c.scope.columns.of_table(schema, c.qualifier[-1]))


def aliases(c: Collector) -> None:
    """The names of what is in scope."""
    if c.qualifier:
        return
    for depth, source in c.scope.flat():
        if source.alias:
            c.add(source.alias, 2 + min(depth, 1), _alias, c, source)


def _alias(c: Collector, source: Source) -> Item:
    text = c.written(source.alias)
    return Item(text, text, "alias", source.name if source.name != source.alias else "")


def _about(c: Collector) -> list[Column]:
    return c.scope.target_columns(c.context) if c.context.about else []


def star(c: Collector) -> None:
    """The columns that the ``*`` before the cursor stands for."""
    level, sources = c.scope.level, c.scope.sources
    if c.context.about:  # the list of an INSERT
        sources = []
    several = len(sources) > 1
    typed = ""
    if level.kind(level.cursor - 2) == "dot":
        alias = level.chain_before(level.cursor - 2)[-1:]
        sources = [source for source in sources if (source.alias,) == alias]
        typed = f"{written(alias[0])}." if alias else ""
    texts = []
    for source in sources:
        before = f"{written(source.alias)}." if several and source.alias else ""
        columns = c.scope.columns.of(source)
        texts += [(typed or before) + written(column.name) for column in columns]
    texts += [written(column.name) for column in _about(c)]
    if texts:
        text = ", ".join(texts).removeprefix(typed)
        c.reading.start = c.reading.end - 1
        c.reading.prefix = "*"
        c.take(PREFIX, 0, "", "", Item, text, text, "columns", f"{len(texts)} columns")


def values(c: Collector) -> None:
    """Labels of the enum that a column is of."""
    kind = c.scope.compared_type(c.context.compared).removesuffix("[]")
    for number, label in enumerate(c.names.enums.get(kind, ())):
        text = literal(label)
        c.add(label, -1, Item, text, text, "value", kind, order=f"{number:04}")
