"""Statements with values, asked for and bound on a real server."""

from __future__ import annotations

import pytest

from mdbtui.pool import QueryError
from mdbtui.query import Row, Session
from mdbtui.query.asking import Parameter, parameters, refused_values
from mdbtui.query.explain import explain
from mdbtui.query.export_rows import QueryAgain
from mdbtui.sql import Statement


def st(sql: str, *values: str | None) -> Statement:
    return Statement(sql, 0, len(sql), values=values or None)


async def rows_of(session: Session, statement: Statement) -> list[Row]:
    result = await session.run(statement)
    assert result.rows is not None
    return [row async for chunk in result.rows.chunks() for row in chunk]


async def asked(session: Session, sql: str) -> list[tuple[str, str]]:
    return [(each.name, each.type_name) for each in await parameters(session, st(sql))]


async def test_types_come_from_the_server(session: Session) -> None:
    await session.run(st("create type mood as enum ('ok', 'bad')"))
    sql = "select :m::mood, :many::mood[], $1 + 1.5::numeric, :d > current_date"
    assert await asked(session, sql) == [
        ("$1", "numeric"),
        (":m", "mood"),
        (":many", "mood[]"),
        (":d", "date"),
    ]
    # A function's own $1 is nobody's to give.
    assert await asked(session, "create function f(int) returns int return $1") == []
    assert session.backend_pid is None


async def test_values_are_bound_and_come_back_as_psql_shows_them(
    session: Session,
) -> None:
    await session.run(st("create table t (a int, b text, c timestamptz[])"))
    hostile = "'); drop table t; --\n$1 :b \\"
    insert = "insert into t values (:a, :b, :c) returning *"
    values = ("7", hostile, "{infinity,NULL}")
    assert await rows_of(session, st(insert, *values)) == [values]
    assert await rows_of(session, st(insert, None, "", None)) == [(None, "", None)]
    again = "select b is null, b = '' from t where a is not distinct from :a"
    assert await rows_of(session, st(again, None)) == [("f", "t")]


@pytest.mark.parametrize("begin", [False, True])
async def test_many_rows_arrive_as_they_are_wanted(
    session: Session, begin: bool
) -> None:
    if begin:
        await session.run(st("begin"))
    result = await session.run(st("select generate_series(1, :n)", "50000"))
    rows = result.rows
    assert rows is not None
    assert 0 < rows.count < 50_000
    await session.run(st("select 1"))
    assert rows.truncated
    # Stopped half-way, nothing of ours is left open.
    assert session.in_transaction is begin
    everything = await rows_of(session, st("select generate_series(1, :n)", "5000"))
    assert len(everything) == 5000
    assert everything[-1] == ("5000",)
    assert session.in_transaction is begin


async def test_what_a_query_does_lasts_as_it_would_without_parameters(
    session: Session,
) -> None:
    await session.run(st("create table t (a int)"))
    await session.run(
        st(
            "create function note(a int) returns int language sql"
            " as 'insert into t values (a) returning a'"
        )
    )
    assert await rows_of(session, st("select note(:a)", "5")) == [("5",)]
    assert await rows_of(session, st("select a from t")) == [("5",)]
    with pytest.raises(QueryError):
        await rows_of(session, st("select note(:a), 1 / (:a - 6)", "6"))
    assert await rows_of(session, st("select a from t")) == [("5",)]


async def test_places_and_numbers_in_errors_are_those_that_were_written(
    session: Session,
) -> None:
    with pytest.raises(QueryError) as refused:
        await parameters(session, st("select :first::int, nope from x"))
    assert refused.value.position == 31
    with pytest.raises(QueryError) as refused:
        await parameters(session, st("select :first::int, :last is null"))
    assert refused.value.hint == "$2 stands for :last"
    sql = "create view v as select :a::int"
    with pytest.raises(QueryError, match="CREATE takes no parameters") as refused:
        await parameters(session, st(sql))
    assert refused.value.position == sql.index(":a") + 1
    with pytest.raises(QueryError, match="no values"):
        await session.run(st("select $1::int"))


async def test_refused_values_leave_a_transaction_as_it_is(session: Session) -> None:
    await session.run(st("create domain short as text check (length(value) < 3)"))
    sql = "select :a::int, :b::text, :c::date, :d::short"
    found = await parameters(session, st(sql))
    await session.run(st("begin"))
    bad = st(sql, "x", "x", "2026-02-30", "long")
    refused = await refused_values(session, bad, found)
    assert sorted(refused) == [0, 2, 3]
    assert 'integer: "x"' in refused[0].message
    assert session.in_transaction
    assert not session.transaction_failed
    assert await refused_values(session, st(sql, "1", "x", None, "ab"), found) == {}
    assert await rows_of(session, st(sql, "1", "", None, "ab")) == [
        ("1", "", None, "ab")
    ]


async def test_a_plan_and_an_export_take_the_values(session: Session) -> None:
    statement = st("select n from generate_series(1, :n) n where n % 2 = $1", "0", "9")
    plan = await explain(session, statement, analyze=True)
    assert "Function Scan" in plan.root.title
    result = await session.run(statement)
    assert result.rows is not None
    again = QueryAgain(session, statement, result.rows.columns)
    found: list[Row] = []

    async def take(rows: object) -> None:
        found.extend(rows)  # type: ignore[arg-type]

    assert await again.copy(lambda data: take([]), {"format": "csv"}) is None
    assert (await again.size())[0] is not None
    await again.send(take)
    assert found == [("2",), ("4",), ("6",), ("8",)]


async def test_no_more_is_asked_than_can_be_answered(session: Session) -> None:
    many = ", ".join(f"${n}::int" for n in range(1, 102))
    with pytest.raises(QueryError, match="100 parameters"):
        await parameters(session, st(f"select {many}"))
    assert await parameters(session, st("select 1")) == ()
    (only,) = await parameters(session, st("select $1::int8"))
    assert only == Parameter("$1", 20, "int8")
