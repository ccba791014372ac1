"""What a session holds at the server that would be lost with its connection."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mdbtui.sql import Classified

ASK_LIMIT = 2.0
"""Seconds the server has to say what it holds. It needs about one millisecond."""
_MAX_CUSTOM = 50
_MAX_NAMES = 5

# One round trip. Not in pg_settings: role, session_authorization, and settings of the
# user's own making, which can only be asked for by name. Everything in the temporary
# schema depends on it, and pg_depend has the index for that.
_QUERY = f"""
select
  (select pg_catalog.string_agg(name, e'\\n' order by name)
     from pg_catalog.pg_settings
    where source = 'session' and setting is distinct from reset_val),
  (select pg_catalog.string_agg(name, e'\\n')
     from pg_catalog.unnest($1::pg_catalog.text::pg_catalog.text[]) name
    where pg_catalog.current_setting(name, true) <> ''),
  nullif(pg_catalog.current_setting('role'), 'none'),
  nullif(session_user::pg_catalog.text,
         pg_catalog.pg_get_userbyid(me.usesysid)::pg_catalog.text),
  (select pg_catalog.string_agg(name, e'\\n') from
     (select coalesce(c.relname, p.proname, t.typname,
                      d.classid::pg_catalog.regclass::pg_catalog.name) as name
        from pg_catalog.pg_depend d
        left join pg_catalog.pg_class c
          on d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and c.oid = d.objid
        left join pg_catalog.pg_proc p
          on d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass and p.oid = d.objid
        left join pg_catalog.pg_type t
          on d.classid = 'pg_catalog.pg_type'::pg_catalog.regclass and t.oid = d.objid
       where d.refclassid = 'pg_catalog.pg_namespace'::pg_catalog.regclass
         and d.refobjid = pg_catalog.pg_my_temp_schema() limit {_MAX_NAMES + 1}) x),
  (select pg_catalog.string_agg(name, e'\\n')
     from pg_catalog.pg_prepared_statements where from_sql),
  (select pg_catalog.string_agg(name, e'\\n')
     from pg_catalog.pg_cursors where is_holdable),
  (select pg_catalog.string_agg(name, e'\\n')
     from pg_catalog.pg_listening_channels() name),
  (select pg_catalog.string_agg(
            pg_catalog.concat_ws(',', nullif(classid, 0), objid), e'\\n')
     from pg_catalog.pg_locks
    where locktype = 'advisory' and pid = pg_catalog.pg_backend_pid()),
  (select pg_catalog.string_agg(name, e'\\n' order by place)
     from pg_catalog.unnest(pg_catalog.current_schemas(true))
          with ordinality as path (name, place))
from pg_catalog.pg_stat_get_activity(pg_catalog.pg_backend_pid()) me
"""
_KINDS = (
    ("setting", "settings"),
    ("setting", "settings"),
    ("role", "roles"),
    ("session user", "session users"),
    ("temporary object", "temporary objects"),
    ("prepared statement", "prepared statements"),
    ("cursor", "cursors"),
    ("LISTEN", "LISTEN"),
    ("advisory lock", "advisory locks"),
)
LIBRARY = "loaded library"
"""The one thing that only the end of the connection takes away."""


@dataclass(frozen=True, slots=True)
class Held:
    """Things of one kind that a session holds.

    Attributes:
        kind: What they are, as a noun: ``setting``, ``temporary object``.
        plural: The same for several.
        names: The server's names for them; nothing if they are not known.
    """

    kind: str
    plural: str
    names: tuple[str, ...] = ()

    @property
    def brief(self) -> str:
        """Two words: ``2 settings``, ``advisory lock``."""
        several = len(self.names) > 1
        return f"{len(self.names)} {self.plural}" if several else self.kind

    @property
    def full(self) -> str:
        """With names: ``settings work_mem, search_path``. Names are a server's text."""
        names = ", ".join(self.names[:_MAX_NAMES])
        more = ", …" if len(self.names) > _MAX_NAMES else ""
        kind = self.plural if len(self.names) > 1 else self.kind
        return f"{kind} {names}{more}".strip()


async def ask(
    connection: Any, custom: Iterable[str] = ()
) -> tuple[tuple[Held, ...], tuple[str, ...]]:
    """Ask the server what the session holds; it must not be in a transaction.

    (There the question would take the snapshot, after which SET TRANSACTION fails.)

    Args:
        connection: The driver's.
        custom: Settings of the user's own making that may be set.

    Returns:
        What is held, and the schemas in which names are looked for.

    Raises:
        Exception: Whatever the driver raises.
    """
    array = "{" + ",".join(custom) + "}"
    (asked,) = await connection.fetch(_QUERY, array, timeout=ASK_LIMIT)
    *row, path = asked
    found: dict[str, Held] = {}
    for (kind, plural), value in zip(_KINDS, row, strict=True):
        if value:
            names = (*found[kind].names,) if kind in found else ()
            found[kind] = Held(kind, plural, (*names, *str(value).split("\n")))
    return tuple(found.values()), tuple(str(path or "").split("\n"))


_CUSTOM = re.compile(
    r"\bset\s+(?:session\s+)?([a-z_]\w*(?:\.[a-z_]\w*)+)"
    r"|\bset_config\s*\(\s*'([a-z_]\w*(?:\.[a-z_]\w*)+)'",
    re.IGNORECASE | re.ASCII,
)


def custom_settings(sql: str, known: set[str]) -> None:
    """Add the settings of the user's own making that a statement names."""
    for match in _CUSTOM.finditer(sql):
        if len(known) < _MAX_CUSTOM:
            known.add((match[1] or match[2]).lower())


def believed(classified: Classified) -> Held:
    """What a statement that keeps state has left, told by its first word alone."""
    return _BELIEVED.get(classified.keyword, Held("session state", "session state"))


_BELIEVED = {
    "SET": Held("setting", "settings"),
    "CREATE": Held("temporary object", "temporary objects"),
    "PREPARE": Held("prepared statement", "prepared statements"),
    "LISTEN": Held("LISTEN", "LISTEN"),
    "DECLARE": Held("cursor", "cursors"),
    "LOAD": Held(LIBRARY, "loaded libraries"),
}
