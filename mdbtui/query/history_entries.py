"""The entries of the history: their table, and how they are found in it."""

from __future__ import annotations

import itertools
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from mdbtui.records import dataclass

if TYPE_CHECKING:
    import sqlite3

MAX_FOUND = 200
MAX_SCANNED = 20_000
"""Entries that match of which the distinct ones are looked for."""

DONE, FAILED, CANCELLED, OPEN = "done", "error", "cancelled", "open"

SCHEMA = """
create table if not exists entry (
    id integer primary key,
    at real not null,
    db text not null,
    sql text not null,
    outcome text not null default 'open',
    sqlstate text not null default '',
    ms real,
    rows integer,
    more integer not null default 0,
    tag text not null default ''
)
"""
STARS = """
create table if not exists star (
    db text not null, sql text not null, primary key (db, sql)
) without rowid
"""
STARRED = (
    "exists (select 1 from star where star.db = entry.db and star.sql = entry.sql)"
)


@dataclass(frozen=True)
class Entry:
    """One statement that was run.

    Attributes:
        id: Its number.
        at: When it began, in seconds since 1970.
        db: The database's name in the console.
        sql: The statement.
        outcome: ``done``, ``error``, ``cancelled``, or ``open`` when it has not ended,
            or nobody knows how it did.
        sqlstate: Of an error of the server.
        ms: How long it took, in milliseconds; None if that is not known.
        rows: How many rows came at once; None for a statement without rows.
        more: There were more rows.
        tag: The server's command tag.
        starred: The user marked it.
        times: How often the same was run there.
    """

    id: int
    at: float
    db: str
    sql: str
    outcome: str
    sqlstate: str
    ms: float | None
    rows: int | None
    more: bool
    tag: str
    starred: bool
    times: int = 1


@dataclass(frozen=True)
class Wanted:
    """What is looked for: all words, in any order, and what the filters say."""

    words: str = ""
    db: str | None = None
    failed: bool = False
    starred: bool = False


def search(connection: sqlite3.Connection, wanted: Wanted, limit: int) -> list[Entry]:
    """Return what matches, newest first; the same statement only once."""
    conditions, values = ["1"], []
    for word in wanted.words.split():
        escaped = re.sub(r"([\\%_])", r"\\\1", word)
        conditions.append("(sql like ? escape '\\' or db like ? escape '\\')")
        values += [f"%{escaped}%"] * 2
    if wanted.db is not None:
        conditions.append("db = ?")
        values.append(wanted.db)
    if wanted.failed:
        conditions.append("outcome = 'error'")
    if wanted.starred:
        conditions.append(STARRED)
    rows = connection.execute(
        "select id, at, db, sql, outcome, sqlstate, ms, rows, more, tag,"
        f" {STARRED} from entry where {' and '.join(conditions)} order by id desc",
        values,
    )
    found: dict[tuple[str, str], Entry] = {}
    for row in itertools.islice(rows, MAX_SCANNED):
        entry = Entry(*row)
        key = entry.db, entry.sql
        if key in found:
            found[key] = replace(found[key], times=found[key].times + 1)
        elif len(found) == limit:
            break
        else:
            found[key] = entry
    return list(found.values())
