"""What may run on many databases at once."""

from __future__ import annotations

import pytest

from mdbtui.sql.reading import Reading, reading


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("select 1", Reading.PLAIN),
        ("with x as (select 1) table x", Reading.PLAIN),
        ("values (1)", Reading.PLAIN),
        ("explain select 1", Reading.PLAIN),
        ("explain analyze select 1", Reading.PLAIN),
        ("show all", Reading.PLAIN),
        ("select nextval('s')", Reading.UNSURE),
        ("select pg_terminate_backend(1)", Reading.UNSURE),
        ("select set_config('a.b', 'c', false)", Reading.UNSURE),
        ("do $$ begin end $$", Reading.WRITES),
        ("call p()", Reading.WRITES),
        ("explain analyze execute x", Reading.WRITES),
        ("selec 1", Reading.UNSURE),
        ("insert into t values (1)", Reading.WRITES),
        ("with x as (delete from t returning *) select * from x", Reading.WRITES),
        ("explain analyze update t set a = 1", Reading.WRITES),
        ("select 1 into t", Reading.WRITES),
        ("create table t ()", Reading.WRITES),
        ("begin", Reading.ALONE),
        ("set work_mem = '1MB'", Reading.ALONE),
        ("copy t to stdout", Reading.ALONE),
        ("vacuum", Reading.WRITES),
        ("lock t", Reading.ALONE),
        ("execute x", Reading.ALONE),
        ("notify x", Reading.WRITES),
    ],
)
def test_what_is_expected_of_a_statement(sql: str, expected: Reading) -> None:
    verdict = reading(sql)
    assert verdict.reading is expected
    assert bool(verdict.why) == (expected is not Reading.PLAIN)
