"""A statement again and again: what changed, its numbers, and who is left out."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from mdbtui.pool import DBConfig, PoolManager
from mdbtui.query.changes import Answer, Board, Pair, board_of
from mdbtui.query.fanout_outcome import State
from mdbtui.query.points import MOST_POINTS, MOST_SERIES, Points
from mdbtui.query.rounds import MOST_ROWS, Rounds, number_of, numbers_of
from mdbtui.query.rows import Column, Row
from tests.query.conftest import config
from tests.query.support import psql, statement
from tests.support.server import PgServer
from tests.support.waiting import eventually


def answer(names: str, *rows: Row) -> Answer:
    """Columns that begin with # are numeric."""
    columns = [Column(n.strip("#"), 25, "text", "#" in n) for n in names.split()]
    return Answer(tuple(columns), rows)


def told(board: Board) -> list[str]:
    """Each line in short: its database, its change, its values, what changed."""
    return [
        f"{line.database} {line.change or 'same'} {' '.join(map(str, line.row))}"
        + "".join(f" {board.columns[i].name}" for i in line.changed)
        for line in board.lines
    ]


def test_rows_are_matched_by_what_tells_them_apart() -> None:
    before = answer("#n state", ("3", "open"), ("5", "done"), ("1", "late"))
    now = answer("#n state", ("4", "open"), ("5", "done"), ("3", "new"))
    board = board_of({"a": Pair(before, now)})
    assert board.key == (("state", 0),)
    assert told(board) == [
        "a changed 4 open n",
        "a same 5 done",
        "a new 3 new",
        "a gone 1 late",
    ]
    # Nothing is new in a first answer.
    assert told(board_of({"a": Pair(None, now)}))[0] == "a same 4 open"


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [
        # One row needs no key.
        ([("1", "x")], [("2", "x")], ["a changed 2 x n"]),
        # No column is unique: by place.
        (
            [("1", "x"), ("1", "x")],
            [("1", "x"), ("2", "x")],
            ["a same 1 x", "a changed 2 x n"],
        ),
        # NULL is no key; all columns together are one.
        (
            [("1", None), ("2", "y")],
            [("1", None), ("2", "z")],
            ["a same 1 None", "a changed 2 z s"],
        ),
        # Nothing is found again: by place.
        ([("1", "p"), ("2", "q")], [("3", "r"), ("4", "s")], ["a changed 3 r n s"]),
        ([], [("1", "x")], ["a new 1 x"]),
        ([("1", "x")], [], ["a gone 1 x"]),
    ],
)
def test_without_a_key_rows_go_by_their_place(
    before: list[Row], now: list[Row], expected: list[str]
) -> None:
    pair = Pair(answer("#n s", *before), answer("#n s", *now))
    assert told(board_of({"a": pair}))[: len(expected)] == expected


def test_a_key_is_kept_for_rows_that_pass_by() -> None:
    one = answer("#id", ("1",), ("2",))
    two = answer("#id", ("2",), ("3",))
    three = answer("#id", ("8",), ("9",))
    first = board_of({"a": Pair(one, two)})
    assert told(first) == ["a same 2", "a new 3", "a gone 1"]
    second = board_of({"a": Pair(two, three)}, first)
    assert told(second) == ["a new 8", "a new 9", "a gone 2", "a gone 3"]


def test_columns_that_differ_between_databases_are_matched_by_name() -> None:
    board = board_of(
        {
            "a": Pair(answer("k #n", ("x", "1")), answer("k #n", ("x", "2"))),
            "b": Pair(None, answer("#n extra k", ("7", "e", "y"))),
        }
    )
    assert [(c.name, c.mark) for c in board.columns] == [
        ("k", ""),
        ("n", ""),
        ("extra", "≠"),
    ]
    assert told(board) == ["a changed x 2  n", "b same y 7 e"]
    assert board_of({}) == Board()


def test_numbers_are_summed_and_of_few_rows_kept_each() -> None:
    rows = [("open", "2", "NaN"), ("done", "3.5", None)]
    board = board_of({"a": Pair(None, answer("state #n #m", *rows))})
    found = numbers_of(board)
    assert found == {
        ("a", None, ("n", 0)): 5.5,
        ("a", ("open",), ("n", 0)): 2.0,
        ("a", ("done",), ("n", 0)): 3.5,
    }
    # What is gone counts no more.
    gone = Pair(answer("state #n", *[row[:2] for row in rows]), answer("state #n"))
    assert numbers_of(board_of({"a": gone})) == {}
    many = [(str(i), str(i)) for i in range(1000)]
    board = board_of({"a": Pair(None, answer("k #n", *many))})
    assert numbers_of(board) == {("a", None, ("n", 0)): 499_500.0}
    texts = ("1e3", "$1.00", "-inf", None)
    assert [number_of(text) for text in texts] == [1000, None, None, None]


def test_points_have_gaps_and_bounds() -> None:
    points = Points()
    for number in range(5):
        points.add({"a": number, "b": -number} if number != 2 else {"b": 0})
    assert points.last("a", 7) == [None, None, 0, 1, None, 3, 4]
    assert points.last("a", 2) == [3, 4]
    assert points.last("nobody", 2) == [None, None]
    points.add({"b": 9})
    assert points.last("a", 3) == [3, 4, None]
    assert points.last("a", 1) == [None]
    for number in range(2 * MOST_POINTS):
        points.add({"b": number})
    assert points.last("a", 3) == [None] * 3
    assert points.last("b", 10**6)[-MOST_POINTS - 1 :][:2] == [None, MOST_POINTS]
    points.add({"a": 1})
    assert points.last("a", 2) == [None, 1]
    # Series that ended make room for new ones; nothing else does.
    for number in range(MOST_SERIES + 50):
        points.add({number: 1.0, "kept": 1.0})
    assert len(points) == MOST_SERIES
    assert points.last("kept", 1) == points.last(MOST_SERIES + 49, 1) == [1.0]
    full = Points()
    full.add(dict.fromkeys(range(MOST_SERIES + 10), 1.0))
    assert len(full) == MOST_SERIES


@pytest.fixture(scope="module")
def databases(pg: PgServer) -> Iterator[list[str]]:
    names = ["watch_a", "watch_b"]
    for name in names:
        pg.psql("postgres", "-c", f"create database {name} template template1")
        pg.psql(name, "-c", "create table t as select 1 as n")
    yield names
    for name in names:
        pg.psql("postgres", "-c", f"drop database {name} with (force)")


async def test_many_rounds_take_no_more_than_few(
    pools: PoolManager, pg: PgServer, databases: list[str]
) -> None:
    for name in databases:
        pools.register(config(pg, name, name=name))
    pools.register(DBConfig(host="127.0.0.1", port=1, name="dead"))
    news = 0

    def changed() -> None:
        nonlocal news
        news += 1

    sql = "select n, g from t, generate_series(1, 3000) g order by g"
    rounds = Rounds(
        pools, [*databases, "dead"], statement(sql), seconds=0.0, changed=changed
    )
    rounds.start()
    try:
        most = 2 * (MOST_ROWS // 3)
        await eventually(lambda: len(rounds.board.lines) == most)
        await eventually(lambda: "dead" in rounds.outcomes)
        assert rounds.outcomes["dead"].state in (State.FAILED, State.SKIPPED)
        assert rounds.cut
        rounds.seconds = 3600.0
        await eventually(lambda: not rounds.under_way)
        psql(pg, databases[0], "update t set n = 2")
        rounds.hurry()
        await eventually(lambda: any(line.changed for line in rounds.board.lines))
        rounds.hurry()
        await eventually(lambda: not any(line.changed for line in rounds.board.lines))
        rounds.seconds = 0.0
        await eventually(lambda: rounds.number >= 25)
        assert rounds.failure == ""
        # Each round gave its rows back: those of the last ones are all there are.
        assert rounds._fan.rows.count <= 2 * 3000
        assert len(rounds._fan.rows._owners) <= 6
        assert len(rounds.points) <= most + 4
        assert rounds.points.last(("dead", None, ("n", 0)), 5) == [None] * 5
        rounds.paused = True
        await eventually(lambda: not rounds.under_way)
        number, told_before = rounds.number, news
        assert rounds.next_in is None
        rounds.paused = False
        await eventually(lambda: rounds.number > number and news > told_before)
    finally:
        await rounds.close()
    await rounds.close()
    for name in databases:
        await eventually(lambda n=name: pools.snapshot().by_id(n).in_use == 0)
        assert pools.snapshot().by_id(name).size <= 2


async def test_who_is_slow_is_asked_once_at_a_time_and_holds_up_nobody(
    pools: PoolManager, pg: PgServer, databases: list[str]
) -> None:
    for name in databases:
        pools.register(config(pg, name, name=name))
    sql = (
        "select pg_sleep(60 * (select n = 9 from t)::int)::text as s,"
        " (select count(*) from pg_stat_activity where query like '%once\\_at%'"
        " and datname = 'watch_b' and state = 'active') as once_at"
    )
    rounds = Rounds(pools, databases, statement(sql), seconds=0.02)
    rounds.start()
    series = ("watch_b", None, ("once_at", 0))
    try:
        await eventually(lambda: len(rounds.outcomes) == 2)
        psql(pg, "watch_b", "update t set n = 9")
        await eventually(lambda: rounds.under_way.get("watch_b", 0) > 0.5)
        number = rounds.number
        await eventually(lambda: rounds.number >= number + 5)
        assert "watch_b" in rounds.under_way
        # Its last answer is shown still; in these rounds it has none.
        assert {line.database for line in rounds.board.lines} == set(databases)
        assert rounds.points.last(series, 3) == [None] * 3
        assert rounds.points.last(series, MOST_POINTS) != [None] * MOST_POINTS
        await eventually(lambda: rounds.board.lines[0].row[1] == "1")
        rounds.seconds = 3600.0
        await eventually(lambda: set(rounds.under_way) == {"watch_b"})
        number = rounds.number
        rounds.hurry()
        await eventually(lambda: rounds.number > number)
        await eventually(lambda: (rounds.next_in or 0) > 3000)
    finally:
        async with asyncio.timeout(10):
            await rounds.close()
    for name in databases:
        await eventually(lambda n=name: pools.snapshot().by_id(n).in_use == 0)
