from __future__ import annotations

import pytest

from mdbtui.sql import Statement
from mdbtui.sql.explained import explained, lasting_calls


@pytest.mark.parametrize(
    ("sql", "part"),
    [
        ("select 1", "select 1"),
        ("-- why\n select 1", "select 1"),
        ("(select 1) union select 2", "(select 1) union select 2"),
        ("explain select 1", "select 1"),
        ("EXPLAIN ANALYZE VERBOSE delete from t", "delete from t"),
        ("explain (analyze, format json, buffers (on)) select 1", "select 1"),
        ("explain (select 1)", "(select 1)"),
        ("explain ((select 1))", "((select 1))"),
        ("explain (analyze) (select 1)", "(select 1)"),
        ("with x as (select 1) table x", "with x as (select 1) table x"),
        ("create table t as select 1", "create table t as select 1"),
        ("execute p(1)", "execute p(1)"),
        ("set x = 1", None),
        ("explain", None),
        ("explain (analyze", None),
        ("vacuum t", None),
        ("", None),
        ("((", None),
    ],
)
def test_the_part_that_has_a_plan(sql: str, part: str | None) -> None:
    found = explained(Statement(sql, 10, 10 + len(sql), 2))
    assert (found.text if found else None) == part
    if found:
        assert sql[found.start - 10 : found.end - 10] == found.text
        assert found.line == 2 + sql[: found.start - 10].count("\n")


@pytest.mark.parametrize(
    ("sql", "calls"),
    [
        ("select 1", ()),
        ("select 'nextval' -- setval", ()),
        ("select nextval('s'), NEXTVAL('t')", ("nextval",)),
        ('select "pg_reload_conf"()', ("pg_reload_conf",)),
        ("select dblink_exec('x')", ("dblink_exec",)),
        ("select pg_try_advisory_lock(1)", ("pg_try_advisory_lock",)),
    ],
)
def test_what_no_rollback_takes_back(sql: str, calls: tuple[str, ...]) -> None:
    assert lasting_calls(sql) == calls
