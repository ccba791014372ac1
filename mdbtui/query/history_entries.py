"""The entries of the history: their table, and how they are found in it."""

from __future__ import annotations

import itertools
import json
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

MAX_FOUND = 200
MAX_SCANNED = 20_000
"""Entries that match of which the distinct ones are looked for."""

DONE, FAILED, CANCELLED, OPEN = "done", "error", "cancelled", "open"

WROTE = "wrote"
"""The tag of what writes on several databases: each run of it matters."""

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
LATER = {"targets": "text not null default ''", "report": "text not null default ''"}
"""Columns that files of older versions lack."""
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
        targets: The databases, where it ran on several.
        report: What became of each of them, a line each, below a summary.
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
    targets: tuple[str, ...] = ()
    report: str = ""

    @property
    def where(self) -> str:
        """The database's name, or how many they are."""
        if not self.targets:
            return self.db
        count = len(self.targets)
        return f"⇉ {count} database{'s' * (count != 1)}"


@dataclass(frozen=True)
class Wanted:
    """What is looked for: all words, in any order, and what the filters say."""

    words: str = ""
    db: str | None = None
    failed: bool = False
    starred: bool = False


def upgrade(connection: sqlite3.Connection) -> None:
    """Add to a file of an older version what it lacks."""
    if not _missing(connection):
        return
    connection.execute("begin immediate")  # others open it at the same time
    for name in _missing(connection):
        connection.execute(f"alter table entry add column {name} {LATER[name]}")
    connection.execute("commit")


def _missing(connection: sqlite3.Connection) -> list[str]:
    known = {row[1] for row in connection.execute("pragma table_info(entry)")}
    return [name for name in LATER if name not in known]


def together(targets: Sequence[str]) -> str:
    """Return what stands for several databases in place of one's name."""
    return f"⇉ {', '.join(targets)}"


def kept_targets(targets: Sequence[str]) -> str:
    """Return the names of several databases as they are kept; nothing for none."""
    return json.dumps(list(targets), ensure_ascii=False) if targets else ""


def _targets(kept: str) -> tuple[str, ...]:
    try:
        return tuple(str(name) for name in json.loads(kept)) if kept else ()
    except (ValueError, TypeError, RecursionError):
        return ()


def _escaped(text: str) -> str:
    return re.sub(r"([\\%_])", r"\\\1", text)


def search(connection: sqlite3.Connection, wanted: Wanted, limit: int) -> list[Entry]:
    """Return what matches, newest first; the same statement only once.

    Of what wrote on several databases each run is there.
    """
    conditions, values = ["1"], []
    for word in wanted.words.split():
        conditions.append("(sql like ? escape '\\' or db like ? escape '\\')")
        values += [f"%{_escaped(word)}%"] * 2
    if wanted.db is not None:
        conditions.append("(db = ? or targets like ? escape '\\')")
        name = json.dumps(wanted.db, ensure_ascii=False)
        values += [wanted.db, f"%{_escaped(name)}%"]
    if wanted.failed:
        conditions.append("outcome = 'error'")
    if wanted.starred:
        conditions.append(STARRED)
    rows = connection.execute(
        "select id, at, db, sql, outcome, sqlstate, ms, rows, more, tag,"
        f" {STARRED}, targets from entry where {' and '.join(conditions)}"
        " order by id desc",
        values,
    )
    found: dict[tuple[str, str, int], Entry] = {}
    kept: dict[tuple[str, str, int], str] = {}
    for row in itertools.islice(rows, MAX_SCANNED):
        entry = Entry(*row[:-1])
        key = entry.db, entry.sql, entry.id if entry.tag == WROTE else 0
        if key in found:
            found[key] = replace(found[key], times=found[key].times + 1)
        elif len(found) == limit:
            break
        else:
            found[key], kept[key] = entry, row[-1]
    for key, targets in kept.items():
        if targets:
            found[key] = _with_targets(connection, found[key], targets)
    return list(found.values())


def _with_targets(connection: sqlite3.Connection, entry: Entry, kept: str) -> Entry:
    # Reports are long, so only those of what was found are read.
    asked = connection.execute("select report from entry where id = ?", (entry.id,))
    (report,) = asked.fetchone() or ("",)
    return replace(entry, targets=_targets(kept), report=report)
