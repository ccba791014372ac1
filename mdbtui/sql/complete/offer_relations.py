"""Proposals: tables and what can be read like one, and joins."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice

from mdbtui.sql.complete.collector import Collector
from mdbtui.sql.complete.items import LIMIT, Item, written
from mdbtui.sql.complete.joins import conditions, joins
from mdbtui.sql.complete.match import PREFIX
from mdbtui.sql.complete.names import SYSTEM_SCHEMAS, Index, Relation
from mdbtui.sql.complete.offer_routines import functions_in_from
from mdbtui.sql.complete.offer_schemas import schemas
from mdbtui.sql.complete.sources import Source

_ENOUGH = 2 * LIMIT
_CLOSELY = 1000
"""Names with the right characters that are looked at closely."""


def readable(c: Collector) -> None:
    """What FROM takes."""
    if not c.qualifier:
        for name in c.scope.columns.ctes(c.scope.level):
            c.add(name, 1, _cte, c, name)
    _relations(c, lambda relation: relation.kind != "sequence")
    functions_in_from(c)


def tables(c: Collector) -> None:
    """Relations of the kinds that a command takes."""
    kinds = c.context.kinds
    _relations(c, lambda relation: not kinds or relation.kind in kinds)


def _relations(c: Collector, wanted: Callable[[Relation], bool]) -> None:
    if c.schema is not None:
        of_schema(c, c.schema, 2, wanted)
        return
    for schema in c.names.relation_schemas:
        weight = 2
        if schema in SYSTEM_SCHEMAS:
            weight = 8
        elif not c.names.is_visible(schema):
            weight = 5
        _of_schema(c, schema, weight, wanted, qualified=True)
    schemas(c)


def of_schema(
    c: Collector,
    schema: str,
    weight: int,
    wanted: Callable[[Relation], bool] = lambda relation: True,
) -> None:
    """The relations of a schema whose name is typed already."""
    _of_schema(c, schema, weight, wanted, qualified=False)


def _of_schema(
    c: Collector,
    schema: str,
    weight: int,
    wanted: Callable[[Relation], bool],
    *,
    qualified: bool,
) -> None:
    make = _qualified if qualified else _plain
    system = qualified and schema in SYSTEM_SCHEMAS
    if system and (schema == "information_schema" or not c.reading.prefix):
        return
    for index in c.names.index(schema):
        for relation in _found(c, index):
            if not wanted(relation):
                continue
            how = c.fits(relation.name)
            if how is None or (system and how > PREFIX):
                continue
            key = f"table {relation.name}"
            c.take(how, weight, c.closeness(relation.name), key, make, c, relation)
        weight += 1


def _found(c: Collector, index: Index) -> Iterator[Relation]:
    """What may fit, at least all that can be among the best."""
    typed = c.reading.prefix.lower()
    count = 0
    # What was used before goes first, wherever it stands in the order of names.
    for key in c.uses:
        kind, _, name = key.partition(" ")
        if kind == "table" and name.lower().startswith(typed):
            yield from (r for r in index.prefixed(name.lower()) if r.name == name)
    for relation in islice(index.prefixed(typed), _ENOUGH):
        count += 1
        yield relation
    if typed and count < _ENOUGH:
        for relation in islice(index.scattered(typed), _CLOSELY):
            if not relation.name.lower().startswith(typed):
                yield relation


def _cte(c: Collector, name: str) -> Item:
    text = c.written(name)
    return Item(text, text, "cte", "CTE")


def _plain(c: Collector, relation: Relation) -> Item:
    return _item(relation, c.written(relation.name))


def _qualified(c: Collector, relation: Relation) -> Item:
    text = c.written(relation.name)
    if c.names.relation(None, relation.name) is not relation:
        text = f"{written(relation.schema)}.{text}"
    return _item(relation, text)


def _item(relation: Relation, text: str) -> Item:
    kind, key = relation.kind, f"table {relation.name}"
    return Item(text, text, kind, kind, relation.comment, key=key)


def row_types(c: Collector) -> None:
    """Tables as the types of their rows."""
    typed = c.reading.prefix.lower()
    for schema in c.names.search_path if c.schema is None else (c.schema,):
        if schema in SYSTEM_SCHEMAS or (c.schema is None and not typed):
            continue
        for relation in islice(c.names.index(schema)[0].prefixed(typed), LIMIT):
            order = relation.name.lower()
            c.take(PREFIX, 6, order, "", c.named, relation.name, "row type")


def _joined(c: Collector) -> list[Source]:
    """What is joined before the cursor."""
    level = c.scope.level
    return [
        source
        for source in c.scope.sources
        if source.level is not level or source.start < level.cursor
    ]


def whole_joins(c: Collector) -> None:
    """Tables with their conditions, by foreign keys."""
    found = joins(_joined(c), c.names, c.scope.columns, upper=c.upper, schema=c.schema)
    for number, join in enumerate(islice(found, LIMIT)):
        key = f"join {join.text}"
        item = (join.text, join.text, "join", "foreign key", "", None, key)
        # A table that does not fit may be meant by a column of its condition.
        name = join.table if c.fits(join.table) is not None else join.text
        c.add(name, -1, Item, *item, order=f"{number:04}", key=key)


def join_conditions(c: Collector) -> None:
    """Conditions, by foreign keys or by equal names."""
    found = conditions(
        _joined(c), c.names, c.scope.columns, upper=c.upper, only=c.schema
    )
    for number, condition in enumerate(islice(found, LIMIT)):
        weight, why = (-1, "foreign key") if condition.by_key else (1, "same name")
        item = (condition.text, condition.text, "join", why)
        c.add(condition.text, weight, Item, *item, order=f"{number:04}")
