"""What a statement is, against what PostgreSQL does with it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mdbtui.sql import Kind, classify
from mdbtui.sql.keywords import KEYWORDS, TYPES
from mdbtui.sql.remembered import LARGE
from tests.support.server import PgServer

ROWS, DML, DDL, OTHER = Kind.ROWS, Kind.DML, Kind.DDL, Kind.OTHER


@pytest.mark.parametrize(
    ("sql", "kind", "writes"),
    [
        ("select 1", ROWS, False),
        ("-- c\n/* d */ SELECT 1", ROWS, False),
        ("((select 1) union (select 2))", ROWS, False),
        ("values (1)", ROWS, False),
        ("table t", ROWS, False),
        ("with a as (select 1) select * from a", ROWS, False),
        ("select * from t for update", ROWS, False),
        ("with a as (select 1) select * from t for no key update", ROWS, False),
        ("select 'insert', \"delete\", $$update$$ /* merge */", ROWS, False),
        ("with a as (select 1) select 'insert', t.delete from t", ROWS, False),
        ("with a as (insert into t values (1) returning *) table a", DML, True),
        ("(with a as (delete from t returning *) select * from a)", DML, True),
        ("with a as (select 1) insert into t select * from a", DML, True),
        (
            "with recursive a as (select 1) search depth first by x set y"
            " update t set a = 1",
            DML,
            True,
        ),
        ("select 1 into t", DDL, True),
        ("select * from (select 1 as into_it) x", ROWS, False),
        ("insert into t values (1)", DML, True),
        ("merge into t using s on true when matched then delete", DML, True),
        ("truncate t", DML, True),
        ("copy t from stdin", Kind.COPY_IN, True),
        ('COPY t (a, "from") FROM STDIN WITH (format csv)', Kind.COPY_IN, True),
        ("copy t from '/file'", DML, True),
        ("copy t from program 'x'", DML, True),
        ("copy t to stdout", Kind.COPY_OUT, False),
        ("copy (select * from t) to stdout csv", Kind.COPY_OUT, False),
        ("copy (delete from t returning *) to stdout", Kind.COPY_OUT, True),
        ("copy t to '/file'", OTHER, False),
        ("begin", Kind.TRANSACTION, False),
        ("start transaction read only", Kind.TRANSACTION, False),
        ("prepare transaction 'x'", Kind.TRANSACTION, False),
        ("rollback to savepoint a", Kind.TRANSACTION, False),
        ("set local work_mem = '1MB'", Kind.TRANSACTION, False),
        ("set work_mem = '1MB'", Kind.SESSION, False),
        ("prepare p as insert into t values (1)", Kind.SESSION, False),
        ("listen x", Kind.SESSION, False),
        ("explain delete from t", OTHER, False),
        ("explain (costs off) delete from t", OTHER, False),
        ("explain analyze delete from t", OTHER, True),
        ("explain (analyze, verbose) delete from t", OTHER, True),
        ("explain (analyze false) delete from t", OTHER, False),
        ("explain (analyze 'off') delete from t", OTHER, False),
        ("explain analyze verbose select 1", OTHER, False),
        ("explain (select 1)", OTHER, False),
        ("create table t (a int)", DDL, True),
        ("refresh materialized view v", DDL, True),
        ("show work_mem", OTHER, False),
        ("vacuum t", OTHER, False),
        ("", OTHER, False),
        ("-- only", OTHER, False),
        ("(((", OTHER, False),
        ("nonsense", OTHER, False),
    ],
)
def test_kinds(sql: str, kind: Kind, writes: bool) -> None:
    found = classify(sql)
    assert (found.kind, found.writes) == (kind, writes)


@pytest.mark.parametrize(
    "sql",
    [
        "create temp table t (a int)",
        "select 1 into temp t",
        "set search_path = x",
        "select pg_advisory_lock(1)",
        "select set_config('a.b', 'c', false)",
        "prepare p as select 1",
        "declare c cursor with hold for select 1",
        "listen x",
    ],
)
def test_what_stays_in_the_session(sql: str) -> None:
    assert classify(sql).keeps_session_state


@pytest.mark.parametrize(
    "sql",
    [
        "create table t (a int)",
        "select pg_advisory_xact_lock(1)",
        "set local search_path = x",
        "declare c cursor for select 1",
        "select 1",
        "reset all",
    ],
)
def test_what_does_not(sql: str) -> None:
    assert not classify(sql).keeps_session_state


@pytest.mark.parametrize(
    ("sql", "touches"),
    [
        ("select count(*), pg_catalog.max(a) from t where a in (1) and (b)", False),
        ("select a.b(1)", True),
        ("select f (1)", True),
        ('select "Count"(1)', True),
        ("select app.count(1)", True),
        ("select 'f(1)' /* f(1) */", False),
        ("set a = 1", True),
        ("set local a = 1", False),
        ("deallocate all", True),
        ("declare c cursor for select 1", False),
        ("do $$begin end$$", True),
        ("explain analyze execute p", True),
        ("explain select f(1)", False),
        ("insert into t (a) values (1)", False),
        ("insert into t select pg_advisory_lock(1)", True),
        ("create temporary table t ()", True),
        ("create table t (a int)", False),
    ],
)
def test_what_only_the_server_can_tell_of_the_session(sql: str, touches: bool) -> None:
    assert classify(sql).touches_session == touches


@pytest.mark.parametrize("sql", ["call p()", "do $$ begin end $$", "execute p"])
def test_what_only_the_server_knows(sql: str) -> None:
    assert classify(sql).opaque
    assert classify(f"explain analyze {sql}").opaque


def test_the_catalog_changes_with_definitions_only() -> None:
    assert classify("drop view v").changes_catalog
    assert classify("explain analyze create table t as select 1").changes_catalog
    assert not classify("alter system set work_mem = '1MB'").changes_catalog
    assert not classify("insert into t values (1)").changes_catalog


SIGNS = """select with ( ) , insert copy from to stdin explain analyze set ' into
; . -- /* */ for update declare create temp"""


@settings(max_examples=300, derandomize=True, deadline=None)
@given(st.lists(st.sampled_from(SIGNS.split()), max_size=20).map(" ".join))
def test_any_text_is_classified(sql: str) -> None:
    assert classify(sql).kind in Kind


@pytest.mark.parametrize(
    "sql",
    [
        "insert into t values (1)",
        "insert into t select Pg_Advisory_Lock(1)",
        "insert into t values ('pg_advisory_lock')",
        "insert into t select set_config('a', 'b', false)",
        "update t set n = pg_try_advisory_lock_shared(1)::int",
        "select 1 from t where n in (1)",
        "select f(1)",
        "with a as (delete from t returning 1) table a",
        "",
    ],
)
def test_a_large_text_is_classified_as_a_small_one(sql: str) -> None:
    padding = "-- " + "x" * LARGE
    assert classify(f"{sql}\n{padding}") == classify(sql)
    assert classify(f"{padding}\n{sql}") == classify(sql)


def test_the_words_are_those_of_the_server(pg: PgServer) -> None:
    words = pg.psql("postgres", "-c", "select word from pg_get_keywords()").split()
    assert set(words) == KEYWORDS
    known = pg.psql("postgres", "-c", "select typname from pg_type").split()
    assert {"int4", "jsonb", "timestamptz", "tstzrange"} <= TYPES & set(known)
