"""Rows of the catalog queries → nodes.

Every column may come as text (a console's connections return nothing else) or as the
driver's own type; both are read here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from mdbtui.catalog.details import joined, row_estimate, size
from mdbtui.catalog.models import Node, NodeKind

Row = Mapping[str, Any]
Build = Callable[[Row], Node]

RELATIONS = {
    "r": NodeKind.TABLE,
    "p": NodeKind.PARTITIONED_TABLE,
    "v": NodeKind.VIEW,
    "m": NodeKind.MATERIALIZED_VIEW,
    "f": NodeKind.FOREIGN_TABLE,
    "S": NodeKind.SEQUENCE,
}
_ROUTINES = {"p": NodeKind.PROCEDURE, "a": NodeKind.AGGREGATE}
_TYPES = {"e": NodeKind.ENUM, "c": NodeKind.COMPOSITE}
_TYPE_WORDS = {"d": "domain", "r": "range", "b": "base type"}
_INDEX_METHOD = re.compile(r" USING (.*)", re.DOTALL)


def number(value: object) -> int | None:
    """Return a number that came as text or as itself; None stays None."""
    return None if value is None else int(str(value))


def truth(value: object) -> bool:
    """Return a boolean that came as text or as itself."""
    return value is True or value in ("t", "true")


def oid_of(row: Row) -> int:
    """Return the row's OID."""
    return number(row["oid"]) or 0


def schema(row: Row) -> Node:
    """A schema; one that may not be used says so, since opening it shows nothing."""
    name = row["name"]
    return Node(
        NodeKind.SCHEMA,
        name,
        (name,),
        "" if truth(row["usable"]) else "no access",
        oid_of(row),
        expandable=True,
        comment=row["comment"],
    )


def relation(owner: Node) -> Build:
    """Build relations of the schema whose folder is given."""
    schema_name = owner.path[0]

    def build(row: Row) -> Node:
        kind = RELATIONS[row["relkind"]]
        detail = row["extra"] or ""
        if row["bytes"] is not None:
            rows = number(row["rows"])
            # Never analysed: then the pages were not counted either.
            detail = joined(
                row_estimate(rows), size(number(row["bytes"])) if rows else ""
            )
        name = row["name"]
        return Node(
            kind,
            name,
            (schema_name, name),
            detail,
            oid_of(row),
            expandable=kind is not NodeKind.SEQUENCE,
            comment=row["comment"],
        )

    return build


def partition(owner: Node) -> Build:
    """Build the partitions of the table whose folder is given."""

    def build(row: Row) -> Node:
        path = (row["schema"], row["name"])
        bound = (row["bound"] or "").removeprefix("FOR VALUES ")
        return Node(
            RELATIONS[row["relkind"]],
            row["name"] if path[0] == owner.path[0] else ".".join(path),
            path,
            joined(row_estimate(number(row["rows"])), bound),
            oid_of(row),
            expandable=True,
            comment=row["comment"],
        )

    return build


def column(owner: Node) -> Build:
    """Build the columns of one relation, or the attributes of a composite type."""

    def build(row: Row) -> Node:
        identity = {"a": "identity", "d": "identity"}.get(row["identity"] or "")
        preset = f"default {row['preset']}" if row["preset"] is not None else ""
        primary = truth(row["primary_key"])
        return Node(
            NodeKind.COLUMN,
            row["name"],
            (*owner.path, row["name"]),
            joined(
                row["type"],
                "PK" if primary else "",
                "FK" if truth(row["foreign_key"]) else "",
                "not null" if truth(row["not_null"]) and not primary else "",
                "generated" if row["generated"] else identity or preset,
            ),
            oid_of(row),
            comment=row["comment"],
        )

    return build


def key(owner: Node) -> Build:
    """Build the primary, unique and foreign keys of one relation."""
    return _constraint(owner, NodeKind.KEY)


def constraint(owner: Node) -> Build:
    """Build the other constraints of one relation."""
    return _constraint(owner, NodeKind.CONSTRAINT)


def _constraint(owner: Node, kind: NodeKind) -> Build:
    def build(row: Row) -> Node:
        return Node(
            kind,
            row["name"],
            (*owner.path, row["name"]),
            row["definition"],
            oid_of(row),
            comment=row["comment"],
        )

    return build


def index(_: Node) -> Build:
    """Build indexes: what each is for, how it is built, how big it is."""

    def build(row: Row) -> Node:
        unique = "unique" if truth(row["is_unique"]) else ""
        how = _INDEX_METHOD.search(row["definition"])
        return Node(
            NodeKind.INDEX,
            row["name"],
            (row["schema"], row["name"]),
            joined(
                "" if truth(row["is_valid"]) else "INVALID",
                "primary" if truth(row["is_primary"]) else unique,
                how[1] if how else row["definition"],
                size(number(row["bytes"])),
            ),
            oid_of(row),
            comment=row["comment"],
        )

    return build


def trigger(owner: Node) -> Build:
    """Build the triggers of one relation."""

    def build(row: Row) -> Node:
        return Node(
            NodeKind.TRIGGER,
            row["name"],
            (*owner.path, row["name"]),
            joined(
                "disabled" if truth(row["disabled"]) else "",
                f"{row['timing']} {row['events']}",
            ),
            oid_of(row),
            comment=row["comment"],
        )

    return build


def routine(owner: Node) -> Build:
    """Build functions, procedures and aggregates of one schema."""
    schema_name = owner.path[0]

    def build(row: Row) -> Node:
        kind = _ROUTINES.get(row["prokind"], NodeKind.FUNCTION)
        return Node(
            kind,
            f"{row['name']}({row['arguments']})",
            (schema_name, row["name"]),
            joined(
                row["result"] or "",
                "" if kind is NodeKind.FUNCTION else kind.value,
            ),
            oid_of(row),
            comment=row["comment"],
        )

    return build


def type_(owner: Node) -> Build:
    """Build the types of one schema."""
    schema_name = owner.path[0]

    def build(row: Row) -> Node:
        kind = _TYPES.get(row["typtype"], NodeKind.TYPE)
        word = _TYPE_WORDS.get(row["typtype"], kind.value)
        composite = kind is NodeKind.COMPOSITE
        return Node(
            kind,
            row["name"],
            (schema_name, row["name"]),
            f"{word} of {row['base']}" if row["base"] else word,
            (number(row["relation"]) or 0) if composite else oid_of(row),
            expandable=kind is not NodeKind.TYPE,
            comment=row["comment"],
        )

    return build


def enum_value(owner: Node) -> Build:
    """Build the values of one enum."""

    def build(row: Row) -> Node:
        path = (*owner.path, row["name"])
        return Node(NodeKind.ENUM_VALUE, row["name"], path, oid=oid_of(row))

    return build


def extension(row: Row) -> Node:
    """An extension, which opens into what it brought along."""
    return Node(
        NodeKind.EXTENSION,
        row["name"],
        (row["name"],),
        joined(row["version"], f"in {row['schema']}"),
        oid_of(row),
        expandable=True,
        comment=row["comment"],
    )


def member(owner: Node) -> Build:
    """Build the members of one extension."""

    def build(row: Row) -> Node:
        name = row["name"] or "?"  # dropped in between
        return Node(NodeKind.MEMBER, name, (*owner.path, name), oid=oid_of(row))

    return build


def database(sizes: Mapping[int, int]) -> Build:
    """Build the server's other databases, with their sizes where known."""

    def build(row: Row) -> Node:
        oid = oid_of(row)
        detail = size(sizes.get(oid)) if truth(row["usable"]) else "no access"
        path = (row["name"],)
        return Node(
            NodeKind.DATABASE, row["name"], path, detail, oid, comment=row["comment"]
        )

    return build
