"""Proposals: types."""

from __future__ import annotations

from mdbtui.sql.complete.collector import Collector
from mdbtui.sql.complete.grammar import TYPES
from mdbtui.sql.complete.items import Item, in_case, written
from mdbtui.sql.complete.match import SCATTERED, WORD_START
from mdbtui.sql.complete.names import SYSTEM_SCHEMAS, Type
from mdbtui.sql.complete.offer_relations import row_types
from mdbtui.sql.complete.offer_schemas import schemas

_STANDARD = frozenset(TYPES)


def types(c: Collector) -> None:
    """Types that a column, a cast or an argument can have."""
    if c.schema is None and not c.reading.quoted:
        for number, name in enumerate(TYPES):
            key = f"type {name}"
            order = f"{number:04}"
            c.add(name, 1, _standard, c, name, order=order, key=key, loosest=WORD_START)
    for kind in c.names.types:
        system = kind.schema in SYSTEM_SCHEMAS
        if c.schema is None and system and kind.name in _STANDARD:
            continue
        if c.schema in {None, kind.schema}:
            loosest = WORD_START if system and c.schema is None else SCATTERED
            weight = 5 if system else _weight(c, kind)
            c.add(kind.name, weight, _type, c, kind, loosest=loosest)
    row_types(c)
    schemas(c)


def own_types(c: Collector) -> None:
    """Types that are not the server's own."""
    for kind in c.names.types:
        system = kind.schema in SYSTEM_SCHEMAS
        if kind.schema == c.schema or (c.schema is None and not system):
            c.add(kind.name, _weight(c, kind), _type, c, kind)
    schemas(c)


def _weight(c: Collector, kind: Type) -> int:
    return 0 if c.schema is not None or c.names.is_visible(kind.schema) else 3


def _standard(c: Collector, name: str) -> Item:
    text = in_case(name, upper=c.upper)
    return Item(text, text, "type", key=f"type {name}")


def _type(c: Collector, kind: Type) -> Item:
    text = c.written(kind.name)
    if c.schema is None and not c.names.is_visible(kind.schema):
        text = f"{written(kind.schema)}.{text}"
    return Item(text, text, "type", kind.kind, kind.comment)
