"""Names as SQL writes them."""

from __future__ import annotations

import re

# pg_get_keywords() of PostgreSQL 18 without the unreserved ones; older servers have
# fewer, and quotes that one of them does not need do no harm there.
RESERVED = frozenset(
    """
all analyse analyze and any array as asc asymmetric authorization between bigint
binary bit boolean both case cast char character check coalesce collate
collation column concurrently constraint create cross current_catalog
current_date current_role current_schema current_time current_timestamp
current_user dec decimal default deferrable desc distinct do else end except
exists extract false fetch float for foreign freeze from full grant greatest
group grouping having ilike in initially inner inout int integer intersect
interval into is isnull join json json_array json_arrayagg json_exists
json_object json_objectagg json_query json_scalar json_serialize json_table
json_value lateral leading least left like limit localtime localtimestamp
merge_action national natural nchar none normalize not notnull null nullif
numeric offset on only or order out outer overlaps overlay placing position
precision primary real references returning right row select session_user setof
similar smallint some substring symmetric system_user table tablesample then
time timestamp to trailing treat trim true union unique user using values
varchar variadic verbose when where window with xmlattributes xmlconcat
xmlelement xmlexists xmlforest xmlnamespaces xmlparse xmlpi xmlroot xmlserialize
xmltable
""".split()  # noqa: SIM905  164 quoted words are not easier to read
)
"""Words that are not a name, or not one everywhere, unless they are quoted."""

_PLAIN = re.compile(r"[a-z_][a-z0-9_]*")
_SURROGATE = re.compile("[\ud800-\udfff]")


def quote_ident(name: str) -> str:
    """Return a name as SQL writes it, quoted only when it needs to be.

    The same as the server's own ``quote_ident``.

    Args:
        name: Any name that a server can have.

    Raises:
        ValueError: It holds a NUL or half of a surrogate pair. No server has such a
            name, and quoting it would send something else than was checked.
    """
    if "\0" in name or _SURROGATE.search(name):
        raise ValueError("not a name that PostgreSQL can have")
    if _PLAIN.fullmatch(name) and name not in RESERVED:
        return name
    return '"' + name.replace('"', '""') + '"'
