"""Which query gives the level below which kind of node."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from mdbtui.catalog import build
from mdbtui.catalog.models import Node, NodeKind


@dataclass(frozen=True)
class Level:
    """How one level is read.

    Attributes:
        query: The SQL file; its first parameter is the node's OID.
        make: Gives the function that turns rows into nodes below a given one.
        args: More parameters.
        paged: The query takes the last OID and a number of rows as well.
        ordered: Its order means something; else the names are sorted.
    """

    query: str
    make: Callable[[Node], build.Build]
    args: tuple[str, ...] = ()
    paged: bool = False
    ordered: bool = False


def _relations(relkinds: str) -> Level:
    return Level("relations", build.relation, (relkinds,), paged=True)


_COLUMNS = Level("columns", build.column, ordered=True)

LEVELS: dict[NodeKind, Level] = {
    NodeKind.TABLES: _relations("{r,p}"),
    NodeKind.VIEWS: _relations("{v}"),
    NodeKind.MATERIALIZED_VIEWS: _relations("{m}"),
    NodeKind.FOREIGN_TABLES: _relations("{f}"),
    NodeKind.SEQUENCES: _relations("{S}"),
    NodeKind.FUNCTIONS: Level("functions", build.routine, paged=True),
    NodeKind.TYPES: Level("types", build.type_, paged=True),
    NodeKind.TABLE: _COLUMNS,
    NodeKind.PARTITIONED_TABLE: _COLUMNS,
    NodeKind.VIEW: _COLUMNS,
    NodeKind.MATERIALIZED_VIEW: _COLUMNS,
    NodeKind.FOREIGN_TABLE: _COLUMNS,
    NodeKind.COMPOSITE: _COLUMNS,
    NodeKind.KEYS: Level("constraints", build.key, ("{p,u,f}",), ordered=True),
    NodeKind.CONSTRAINTS: Level("constraints", build.constraint, ("{c,x}",)),
    NodeKind.INDEXES: Level("indexes", build.index),
    NodeKind.TRIGGERS: Level("triggers", build.trigger),
    NodeKind.PARTITIONS: Level("partitions", build.partition, paged=True),
    NodeKind.ENUM: Level("enum_values", build.enum_value, ordered=True),
    NodeKind.EXTENSION: Level("extension_members", build.member),
}

SCHEMA_FOLDERS = {
    "tables": NodeKind.TABLES,
    "views": NodeKind.VIEWS,
    "materialized_views": NodeKind.MATERIALIZED_VIEWS,
    "foreign_tables": NodeKind.FOREIGN_TABLES,
    "functions": NodeKind.FUNCTIONS,
    "sequences": NodeKind.SEQUENCES,
    "types": NodeKind.TYPES,
}
"""Folders of a schema, by their name in ``schema_counts.sql``."""

TABLE_FOLDERS = {
    "keys": NodeKind.KEYS,
    "indexes": NodeKind.INDEXES,
    "constraints": NodeKind.CONSTRAINTS,
    "triggers": NodeKind.TRIGGERS,
    "partitions": NodeKind.PARTITIONS,
}
"""Folders of a relation, by their name in ``table_parts.sql``."""

DEFINITIONS = {
    NodeKind.TABLE: "definition_table",
    NodeKind.PARTITIONED_TABLE: "definition_table",
    NodeKind.FOREIGN_TABLE: "definition_table",
    NodeKind.VIEW: "definition_view",
    NodeKind.MATERIALIZED_VIEW: "definition_view",
    NodeKind.FUNCTION: "definition_function",
    NodeKind.PROCEDURE: "definition_function",
    NodeKind.INDEX: "definition_index",
    NodeKind.KEY: "definition_constraint",
    NodeKind.CONSTRAINT: "definition_constraint",
    NodeKind.TRIGGER: "definition_trigger",
    NodeKind.ENUM: "definition_enum",
}
"""The query that prints an object's definition."""
