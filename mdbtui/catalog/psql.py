r"""What psql's \d family lists, as queries with bound patterns.

psql's own queries are built by pasting patterns into text; these are files, one for
each listing, that take them as parameters. So they work for any name, and through any
connection that a session has. (The library pgspecial, which knows most of psql's
commands, wants a psycopg cursor, writes by its own formatter and lists less for \d.)
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from mdbtui.catalog.queries import query
from mdbtui.sql.patterns import name_pattern

MAX_DESCRIBED = 4
r"""Relations that one \d describes; each may take five tabs."""

_FLAG = re.compile(r"^(.*\S)[ \t]+--([+a-z])$")
_D = re.compile(r"d([tvmisE]*)([S+]*)")
_DF = re.compile(r"df([antpw]*)([S+]*)")
_PLAIN = re.compile(r"(dn|du|dg|dx|dT|l|list)([S+]*)")
_KINDS = {"t": "rp", "v": "v", "m": "m", "i": "iI", "s": "S", "E": "f"}
_FILES = {
    "dn": ("psql_schemas", False),
    "du": ("psql_roles", False),
    "dg": ("psql_roles", False),
    "dx": ("psql_extensions", False),
    "dT": ("psql_types", True),
    "l": ("psql_databases", False),
    "list": ("psql_databases", False),
}


@dataclass(frozen=True)
class Listing:
    """A query and the values of its parameters.

    Attributes:
        label: What its rows are, in a word or two; empty for the command itself.
        sql: The query.
        values: Bound to ``$1`` and so on.
    """

    label: str
    sql: str
    values: tuple[str | None, ...] = ()


@dataclass(frozen=True)
class Relation:
    """What one line of the query that `finding` gives says."""

    oid: str
    schema: str
    name: str
    kind: str


def listing(name: str, pattern: str) -> Listing | None:
    r"""Return what a command of the \d family lists.

    Args:
        name: The command without its backslash: ``dt+``.
        pattern: psql's name pattern; empty for none.

    Returns:
        The query; None for another command, or for one that describes a relation.

    Raises:
        BadPattern: The pattern is none.
    """
    if (found := _D.fullmatch(name)) and (found[1] or not pattern):
        kinds = "".join(_KINDS[letter] for letter in found[1]) or "rpvmSf"
        flags = found[2] + ("i" if "i" in found[1] else "")
        return _listing("psql_relations", flags, pattern, _array(kinds))
    if found := _DF.fullmatch(name):
        return _listing(
            "psql_functions", found[2], pattern, _array(found[1] or "antpw")
        )
    if found := _PLAIN.fullmatch(name):
        file, schemas = _FILES[found[1]]
        if found[1] == "dx" and "+" in found[2]:
            file = "psql_extension_objects"
        return _listing(file, found[2], pattern, None, schemas=schemas)
    if name == "conninfo":
        return Listing("", _flagged("psql_connection", ""))
    return None


def describes(name: str) -> bool:
    """Say whether a command with a pattern describes the relations it names."""
    found = _D.fullmatch(name)
    return found is not None and not found[1]


def finding(pattern: str) -> Listing:
    """Return the query for the relations that a pattern names; one more than shown.

    Raises:
        BadPattern: The pattern is none.
    """
    wanted = name_pattern(pattern)
    values = (wanted.schema, wanted.name, str(MAX_DESCRIBED + 1))
    return Listing("", query("psql_find"), values)


def description(relation: Relation, name: str) -> list[Listing]:
    r"""Return the queries whose rows describe a relation; some may have none.

    Args:
        relation: What is described.
        name: The command: ``d`` or ``d+`` …
    """
    flags = "+" if "+" in name else ""
    oid = (relation.oid,)
    if relation.kind == "S":
        columns = Listing("", query("psql_d_sequence"), oid)
    else:
        index = relation.kind in "iI"
        columns = Listing("", _flagged("psql_d_columns", flags + "tx"[index]), oid)
    return [
        columns,
        Listing("indexes", _flagged("psql_d_indexes", flags), oid),
        Listing("constraints", query("psql_d_constraints"), oid),
        Listing("triggers", query("psql_d_triggers"), oid),
        Listing("more", query("psql_d_about"), oid),
    ]


def _listing(
    file: str, flags: str, pattern: str, kinds: str | None, *, schemas: bool = True
) -> Listing:
    wanted = name_pattern(pattern, schemas=schemas)
    system = "true" if "S" in flags else "false"
    values = (wanted.schema, wanted.name, kinds, system)
    return Listing("", _flagged(file, flags), values)


def _array(letters: str) -> str:
    return "{" + ",".join(letters) + "}"


def _flagged(name: str, flags: str) -> str:
    """Return a query with those of its marked lines that are asked for."""
    lines = []
    for line in query(name).splitlines():
        marked = _FLAG.match(line)
        if marked is None:
            lines.append(line)
        elif marked[2] in flags:
            lines.append(marked[1])
    return "\n".join(lines)
