"""Names of the types in a result, asked of the server once."""

from __future__ import annotations

import weakref
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from mdbtui.query.rows import Column
from mdbtui.query.text import NO_LIMIT

if TYPE_CHECKING:
    from mdbtui.pool import PoolManager

# int2 int4 int8 float4 float8 numeric oid xid xid8 cid money: what psql puts to the
# right (column_type_alignment in its sources).
_NUMERIC = frozenset({20, 21, 23, 26, 28, 29, 700, 701, 790, 1700, 5069})

_MAX_NAMES = 20_000
"""Types remembered for a database; a bound for one that makes types all day."""

_QUERY = """
select t.oid::text,
       case when t.typelem <> 0 and t.typlen = -1 and e.typarray = t.oid
            then e.typname || '[]' else t.typname end
  from pg_catalog.pg_type t left join pg_catalog.pg_type e on e.oid = t.typelem
 where t.oid = any ($1::text::pg_catalog.oid[])
"""


class TypeNames:
    """The type names of one database."""

    def __init__(self) -> None:
        self._names: dict[int, str] = {}

    async def columns(self, connection: Any, attributes: Iterable[Any]) -> list[Column]:
        """Describe a prepared statement's columns, asking for unknown types' names."""
        attributes = list(attributes)
        names = await self.named(connection, [each.type for each in attributes])
        return [
            Column(
                name=each.name,
                type_oid=each.type.oid,
                type_name=name,
                numeric=each.type.oid in _NUMERIC,
            )
            for each, name in zip(attributes, names, strict=True)
        ]

    async def named(self, connection: Any, types: Sequence[Any]) -> list[str]:
        """Return the names of the driver's types, asking for unknown ones."""
        # The driver knows core types' names and calls the others by their number.
        missing = {
            each.oid
            for each in types
            if each.name == str(each.oid) and each.oid not in self._names
        }
        if missing:
            await self._ask(connection, missing)
        return [self._names.get(each.oid, each.name) for each in types]

    async def _ask(self, connection: Any, missing: set[int]) -> None:
        if len(self._names) > _MAX_NAMES:
            self._names.clear()
        rows = await connection.fetch(
            _QUERY, "{" + ",".join(map(str, missing)) + "}", timeout=NO_LIMIT
        )
        # What isn't found (dropped meanwhile) is remembered as its number.
        self._names.update((oid, str(oid)) for oid in missing)
        self._names.update((int(oid), name) for oid, name in rows)


_known: weakref.WeakKeyDictionary[PoolManager, dict[tuple[str, int, str], TypeNames]]
_known = weakref.WeakKeyDictionary()


def type_names(pools: PoolManager, db_id: str) -> TypeNames:
    """Return the names known for a database, shared by all its sessions."""
    config = pools.config(db_id)
    place = (config.host, config.port, config.database)
    return _known.setdefault(pools, {}).setdefault(place, TypeNames())
