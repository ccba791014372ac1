"""Proposals: schemas, databases, settings and their values."""

from __future__ import annotations

from mdbtui.sql.complete.collector import Collector
from mdbtui.sql.complete.items import Item, literal
from mdbtui.sql.complete.names import SYSTEM_SCHEMAS, Setting

_KNOWN = tuple(
    Setting(name, "")
    for name in (
        *("search_path", "statement_timeout", "lock_timeout", "work_mem", "role"),
        *("idle_in_transaction_session_timeout", "TimeZone", "DateStyle"),
        *("client_min_messages", "application_name"),
    )
)
"""Settings that every server has, for when none was asked yet."""


def schemas(c: Collector) -> None:
    """Schemas by name."""
    if c.qualifier:
        return
    for name in c.names.schemas:
        weight = 8 if name in SYSTEM_SCHEMAS else 4
        key = f"schema {name}"
        c.add(name, weight, c.named, name, "schema", key, key=key)


def schema_texts(c: Collector) -> None:
    """Schemas as string constants."""
    for name in c.names.schemas:
        weight = 8 if name in SYSTEM_SCHEMAS else 0
        text = literal(name)
        c.add(name, weight, Item, text, text, "schema", "schema")


def databases(c: Collector) -> None:
    """Databases of the server."""
    for name in c.names.databases:
        c.add(name, 0, c.named, name, "database")


def settings(c: Collector) -> None:
    """Settings; some have dots in their names."""
    begun = "".join(f"{part}." for part in c.qualifier)
    for setting in c.names.settings.values() or _KNOWN:
        if not setting.name.lower().startswith(begun.lower()):
            continue
        rest = setting.name[len(begun) :]
        key = f"setting {setting.name}"
        item = (rest, rest, "setting", setting.kind, setting.comment, None, key)
        c.add(rest, 0, Item, *item, key=key)


def setting_values(c: Collector) -> None:
    """What a setting can be."""
    wanted = ".".join(c.context.about).lower()
    for setting in c.names.settings.values():
        if setting.name.lower() != wanted:
            continue
        values = ("on", "off") if setting.kind == "bool" else setting.values
        for number, value in enumerate(values):
            quoted = c.reading.inside or not value.isidentifier()
            text = literal(value) if quoted else value
            c.add(value, 0, Item, text, text, "value", order=f"{number:04}")
