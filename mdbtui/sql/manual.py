"""The SQL commands, and where PostgreSQL's manual describes each."""

from __future__ import annotations

MANUAL = "https://www.postgresql.org/docs/"

_OBJECTS = (
    "aggregate collation conversion database domain|event trigger|extension"
    "|foreign data wrapper|foreign table|function group index language"
    "|materialized view|operator|operator class|operator family|policy procedure"
    " publication role rule schema sequence server statistics subscription table"
    " tablespace|text search configuration|text search dictionary"
    "|text search parser|text search template|trigger type user|user mapping|view"
)
_ONLY_ALTERED = ("default privileges", "large object", "routine", "system")
_ONLY_CREATED = ("access method", "cast", "table as", "transform")
_ONLY_DROPPED = ("access method", "cast", "owned", "routine", "transform")
_OTHERS = (
    "abort analyze begin call checkpoint close cluster comment commit copy"
    " deallocate declare delete discard do end execute explain fetch grant insert"
    " listen load lock merge move notify prepare reindex reset revoke rollback"
    " savepoint select set show truncate unlisten update vacuum values"
)
# Their pages are named with hyphens.
_HYPHENED = (
    "commit prepared",
    "prepare transaction",
    "reassign owned",
    "release savepoint",
    "rollback prepared",
    "rollback to savepoint",
    "security label",
    "set constraints",
    "set role",
    "set session authorization",
    "set transaction",
    "start transaction",
    "drop owned",
    "create access method",
    "drop access method",
)
_OTHER_PAGES = {"rollback to savepoint": "rollback-to"}


def sql_commands() -> list[str]:
    """The names of the SQL commands, in lower case and in order."""
    objects = [
        name
        for part in _OBJECTS.split("|")
        for name in ([part] if _is_one(part) else part.split())
    ]
    names = {
        f"{verb} {name}" for verb in ("create", "alter", "drop") for name in objects
    }
    names.update(f"alter {name}" for name in _ONLY_ALTERED)
    names.update(f"create {name}" for name in _ONLY_CREATED)
    names.update(f"drop {name}" for name in _ONLY_DROPPED)
    names.update(_OTHERS.split(), _HYPHENED)
    names.update(("import foreign schema", "refresh materialized view", "select into"))
    return sorted(names)


def _is_one(part: str) -> bool:
    first = part.split()[0]
    return first in ("event", "foreign", "materialized", "text") or part in (
        "operator class",
        "operator family",
        "user mapping",
    )


def manual_page(command: str, version: str = "current") -> str:
    """The address of a command's page.

    Args:
        command: One of `sql_commands`.
        version: A major version, as the manual's addresses have it.
    """
    page = _OTHER_PAGES.get(command)
    if page is None:
        page = command.replace(" ", "-" if command in _HYPHENED else "")
    return f"{MANUAL}{version}/sql-{page}.html"
