"""What statements mean for the transaction, told by their words."""

from __future__ import annotations

import pytest

from mdbtui.sql import classify
from mdbtui.sql.transactions import (
    Control,
    Verb,
    control,
    needs_transaction,
    outside_only,
)


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("begin", Control(Verb.BEGIN)),
        ("START TRANSACTION READ ONLY", Control(Verb.BEGIN)),
        ("/* now */ Commit work", Control(Verb.COMMIT)),
        ("end", Control(Verb.COMMIT)),
        ("commit and chain", Control(Verb.COMMIT, chain=True)),
        ("commit and no chain", Control(Verb.COMMIT)),
        ("abort", Control(Verb.ROLLBACK)),
        ("rollback and chain", Control(Verb.ROLLBACK, chain=True)),
        ("savepoint A", Control(Verb.SAVEPOINT, "a")),
        ('savepoint "A ""b"""', Control(Verb.SAVEPOINT, 'A "b"')),
        ("release savepoint a", Control(Verb.RELEASE, "a")),
        ("release a", Control(Verb.RELEASE, "a")),
        ("rollback to a", Control(Verb.ROLLBACK_TO, "a")),
        ("rollback work to savepoint a -- b", Control(Verb.ROLLBACK_TO, "a")),
        ("prepare transaction 'x'", Control(Verb.PREPARE)),
        ("commit prepared 'x'", None),
        ("rollback prepared 'x'", None),
        ("prepare x as select 1", None),
        ("select 1", None),
        ("", None),
    ],
)
def test_what_a_statement_does_to_the_transaction(sql, expected):
    assert control(sql) == expected


@pytest.mark.parametrize(
    ("sql", "name"),
    [
        ("vacuum (analyze) t", "VACUUM"),
        ("create database x", "CREATE DATABASE"),
        ("drop tablespace x", "DROP TABLESPACE"),
        ("create unique index concurrently i on t (a)", "CREATE … CONCURRENTLY"),
        ("drop index concurrently i", "DROP … CONCURRENTLY"),
        ("reindex table concurrently t", "REINDEX … CONCURRENTLY"),
        ("reindex (concurrently) table t", "REINDEX … CONCURRENTLY"),
        ("reindex database x", "REINDEX DATABASE"),
        ("alter system set a = 1", "ALTER SYSTEM"),
        ("alter table t detach partition p concurrently", "DETACH PARTITION …"),
        ("discard all", "DISCARD ALL"),
        ("cluster", "CLUSTER"),
        ("rollback prepared 'x'", "ROLLBACK PREPARED"),
        ("cluster t", ""),
        ("create index concurrently_used on t (a)", ""),
        ("create table concurrently (a int)", ""),
        ("refresh materialized view concurrently v", ""),
        ("discard temp", ""),
        ("analyze", ""),
        ("create table database ()", ""),
    ],
)
def test_what_cannot_run_in_a_transaction(sql, name):
    found = outside_only(sql)
    assert found.startswith(name.rstrip("…")) if name else not found


@pytest.mark.parametrize(
    ("sql", "needs"),
    [
        ("select 1", True),
        ("insert into t values (1)", True),
        ("create table t ()", True),
        ("do $$begin end$$", True),
        ("lock table t", True),
        ("declare c cursor for select 1", True),
        ("savepoint a", True),
        ("set local a = 1", True),
        ("set transaction read only", True),
        ("explain analyze select 1", True),
        ("explain select 1", False),
        ("set a = 1", False),
        ("listen x", False),
        ("show a", False),
        ("begin", False),
        ("commit", False),
        ("rollback to a", False),
        ("commit prepared 'x'", False),
        ("vacuum", False),
        ("-- nothing", False),
    ],
)
def test_what_manual_mode_begins_a_transaction_for(sql, needs):
    assert needs_transaction(sql, classify(sql)) == needs
