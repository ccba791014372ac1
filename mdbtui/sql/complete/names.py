"""What is known of one database when SQL is completed: all names, compactly.

The values come from outside (see `mdbtui.catalog.names`); here they are only looked
up. A database of 10,000 tables with 20 columns each must fit, so that a relation
holds its columns as two tuples of texts, which the loader shares among relations.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from copy import copy
from itertools import accumulate
from typing import NamedTuple

SYSTEM_SCHEMAS = ("pg_catalog", "information_schema")


class Relation(NamedTuple):
    """A table, or what can be read like one.

    Attributes:
        kind: ``table``, ``view``, ``sequence`` … as the popup calls it.
        columns, types: in the columns' order, equally many.
    """

    schema: str
    name: str
    kind: str
    columns: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    comment: str = ""


class Function(NamedTuple):
    """A function, aggregate, window function or procedure.

    Attributes:
        arguments: as the server writes the signature, without parentheses.
        result: the type it returns; ``""`` for a procedure.
        kind: ``function``, ``aggregate``, ``window function`` or ``procedure``.
        outputs: the columns it gives when it stands in FROM, if it has names for
            them.
    """

    schema: str
    name: str
    arguments: str
    result: str
    kind: str = "function"
    returns_set: bool = False
    outputs: tuple[str, ...] = ()
    comment: str = ""


class Type(NamedTuple):
    """A type that can be written in SQL.

    Attributes:
        kind: ``type``, ``enum``, ``domain``, ``composite`` or ``range``.
    """

    schema: str
    name: str
    kind: str = "type"
    comment: str = ""


class ForeignKey(NamedTuple):
    """A foreign key: these columns of one table name those of another."""

    schema: str
    table: str
    columns: tuple[str, ...]
    to_schema: str
    to_table: str
    to_columns: tuple[str, ...]


class Setting(NamedTuple):
    """A run-time setting.

    Attributes:
        kind: ``bool``, ``enum``, ``integer`` … as ``pg_settings`` has it.
        values: what an ``enum`` may be.
    """

    name: str
    kind: str
    values: tuple[str, ...] = ()
    comment: str = ""


class Index:
    """Relations by name, so that ten thousand can be searched for each key.

    Args:
        relations: those to be found.
    """

    def __init__(self, relations: Iterable[Relation]) -> None:
        # By key, not as pairs: a quarter of the time.
        self._relations = sorted(relations, key=lambda relation: relation.name.lower())
        self._lower = [relation.name.lower() for relation in self._relations]
        self._starts: list[int] = []
        self._lines = ""

    def prepare(self) -> None:
        """Do what else the first search would."""
        if self._lines:
            return
        self._lines = "\n".join(name.replace("\n", " ") for name in self._lower)
        sizes = (len(name) + 1 for name in self._lower[:-1])
        self._starts = list(accumulate(sizes, initial=0))

    def prefixed(self, prefix: str) -> Iterator[Relation]:
        """Those whose name begins so (in lower case), in the order of names."""
        at = bisect_left(self._lower, prefix)
        while at < len(self._lower) and self._lower[at].startswith(prefix):
            yield self._relations[at]
            at += 1

    def scattered(self, letters: str) -> Iterator[Relation]:
        """Those whose name has these characters in this order, in order of names."""
        self.prepare()
        last = -1
        for found in in_order(letters, "\n").finditer(self._lines):
            at = bisect_left(self._starts, found.start() + 1) - 1
            if at != last:
                last = at
                yield self._relations[at]


def in_order(letters: str, end: str = "") -> re.Pattern[str]:
    """A pattern of characters in this order, with anything but `end` between them.

    Linear in the text, since each gap ends at the first of its character.
    """
    gaps = (f"[^{re.escape(c)}{re.escape(end)}]*+{re.escape(c)}" for c in letters[1:])
    return re.compile(re.escape(letters[0]) + "".join(gaps))


class Names:
    """All names of one database. Filled by `add_…`, then only read."""

    def __init__(self, search_path: Iterable[str] = ("public",)) -> None:
        self.search_path: tuple[str, ...] = tuple(search_path)
        self.schemas: list[str] = []
        self.databases: list[str] = []
        self.settings: dict[str, Setting] = {}
        self.types: list[Type] = []
        self.enums: dict[str, tuple[str, ...]] = {}
        """Labels by the type's name, as columns give it: ``mood``, ``audit.kind``."""
        self.column_comments: dict[tuple[str, str, str], str] = {}
        self._relations: dict[str, dict[str, Relation]] = {}
        self._indexes: dict[str, tuple[Index, Index]] = {}
        self._functions: dict[str, list[Function]] = {}
        self._keys: dict[tuple[str, str], list[ForeignKey]] = {}

    # ---- filling ----------------------------------------------------------------

    def add_relations(self, relations: Iterable[Relation]) -> None:
        """Take relations, in place of those with the same names."""
        for relation in relations:
            self._relations.setdefault(relation.schema, {})[relation.name] = relation
            self._indexes.pop(relation.schema, None)

    def add_functions(self, functions: Iterable[Function]) -> None:
        """Take functions; several may share a name."""
        for function in functions:
            self._functions.setdefault(function.name, []).append(function)

    def add_foreign_keys(self, keys: Iterable[ForeignKey]) -> None:
        """Take foreign keys; each is found from both of its tables."""
        for key in keys:
            ends = {(key.schema, key.table), (key.to_schema, key.to_table)}
            for end in ends:
                self._keys.setdefault(end, []).append(key)

    def seen_by(self, search_path: tuple[str, ...]) -> Names:
        """The same names for a session with a search path of its own."""
        if not search_path or search_path == self.search_path:
            return self
        other = copy(self)
        other.search_path = search_path
        return other

    # ---- looking up ---------------------------------------------------------------

    @property
    def relation_count(self) -> int:
        """How many relations are known."""
        return sum(len(of_schema) for of_schema in self._relations.values())

    def is_visible(self, schema: str) -> bool:
        """Whether names of this schema need no qualifier."""
        return schema in self.search_path

    def relation(self, schema: str | None, name: str) -> Relation | None:
        """Return the relation that a name means; None looks along the search path."""
        if schema is not None:
            return self._relations.get(schema, {}).get(name)
        for place in self.search_path:
            if found := self._relations.get(place, {}).get(name):
                return found
        return None

    def relations(self, schema: str) -> Iterable[Relation]:
        """Return the relations of a schema."""
        return self._relations.get(schema, {}).values()

    @property
    def relation_schemas(self) -> list[str]:
        """The schemas that have relations, those of the search path first."""
        first = [place for place in self.search_path if place in self._relations]
        return first + [place for place in self._relations if place not in first]

    def index(self, schema: str) -> tuple[Index, Index]:
        """Return a schema's relations by name: partitions, if any, are the second."""
        found = self._indexes.get(schema)
        if found is None:
            relations = self._relations.get(schema, {}).values()
            found = self._indexes[schema] = (
                Index(r for r in relations if r.kind != "partition"),
                Index(r for r in relations if r.kind == "partition"),
            )
        return found

    def functions(self, name: str | None = None) -> Sequence[Function]:
        """Return the functions of one name, or all."""
        if name is not None:
            return self._functions.get(name, ())
        return [f for same_name in self._functions.values() for f in same_name]

    def foreign_keys(self, schema: str, table: str) -> Sequence[ForeignKey]:
        """Return the keys from and to a table."""
        return self._keys.get((schema, table), ())


EMPTY = Names()
"""Nothing is known: keywords only."""
