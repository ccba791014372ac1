"""Who deviates, and in what."""

from __future__ import annotations

from random import Random

import pytest

from mdbtui.query import Column, MemoryBudget, RowStore, copytext
from mdbtui.query.differ import (
    Answers,
    Comparison,
    Kind,
    TooManyRows,
    answers_of,
    between,
    compare,
    find_key,
)
from mdbtui.query.merged import MergedRows
from mdbtui.query.rows import Row


def answers(*columns: str, **rows: list[Row]) -> Answers:
    return Answers(columns, rows, dict.fromkeys(rows, ()))


def found(comparison: Comparison) -> dict[str, list[tuple[str, ...]]]:
    """What each deviating database deviates in, in short."""
    return {
        each.name: [
            (str(d.kind), *[k or "" for k in d.key], d.column) for d in each.listed
        ]
        for each in comparison.deviations
        if each
    }


A, B, C = ("1", "x", "p"), ("2", "y", "q"), ("3", None, "r")


def test_the_same_everywhere_in_any_order() -> None:
    comparison = compare(answers("id", "v", "w", a=[A, B, C], b=[C, B, A]))
    assert comparison.same
    assert comparison.key_names == ("id",)
    assert comparison.verdict == "= the same everywhere: 3 rows in 2 databases"


def test_the_one_that_deviates_and_in_what() -> None:
    same = [A, B, C]
    odd = [("1", "x", "P"), B, ("9", "n", "e")]
    comparison = compare(answers("id", "v", "w", a=same, b=same, c=odd, d=same))
    assert found(comparison) == {
        "c": [("value", "1", "w"), ("missing", "3", ""), ("only here", "9", "")]
    }
    (deviation,) = [each for each in comparison.deviations if each]
    first = deviation.listed[0]
    assert (first.here, first.there, first.usual) == ("P", "p", True)
    assert deviation.listed[1].there == "NULL | r"
    assert comparison.verdict == (
        "≠ 1 of 4 deviates · c: 1 missing, 1 only here, 1 value differs"
    )
    assert deviation.example == "missing: 3; only here: 9; value: w of 1"


def test_without_a_majority_nobody_is_right() -> None:
    comparison = compare(answers("n", a=[("1",)], b=[("2",)]))
    assert comparison.verdict == "≠ the two differ"
    assert [d.listed[0].usual for d in comparison.deviations] == [False, False]
    comparison = compare(answers("n", a=[("1",)], b=[("2",)], c=[("3",)]))
    assert comparison.verdict == "≠ all 3 differ"
    comparison = compare(answers("n", a=[("1",)], b=[("2",)], c=[("2",)]))
    assert found(comparison) == {"a": [("value", "n")]}


@pytest.mark.parametrize(
    ("rows", "key"),
    [
        ([("1", "a"), ("2", "a")], (0,)),
        ([("1", "a"), ("1", "b")], (1,)),
        ([("1", "a", "x"), ("1", "b", "x"), ("2", "a", "x")], (0, 1)),
        ([("1", None), ("2", None)], (0,)),
        ([("1", "a"), ("1", "a")], (0, 1)),
        ([("1", "a")], ()),
        ([], ()),
    ],
)
def test_rows_are_matched_by_what_is_unique(
    rows: list[Row], key: tuple[int, ...]
) -> None:
    width = len(rows[0]) if rows else 2
    names = tuple("abc"[:width])
    assert find_key(answers(*names, x=rows, y=rows)) == key


def test_equal_rows_are_counted() -> None:
    one, two = [("1",)], [("1",), ("1",)]
    comparison = compare(answers("n", a=two, b=two, c=one))
    assert found(comparison) == {"c": [("missing", "1", "(2)", "")]}


def test_each_value_has_a_majority_of_its_own() -> None:
    table = answers("n", "total", a=[("200", "1")], b=[("200", "2")], c=[("202", "3")])
    comparison = compare(table)
    assert found(comparison) == {
        "a": [("value", "total")],
        "b": [("value", "total")],
        "c": [("value", "n"), ("value", "total")],
    }
    assert comparison.deviations[2].listed[0].there == "200"


def test_a_key_can_be_chosen_and_two_compared() -> None:
    table = answers("id", "v", "w", a=[A, B], b=[A, ("2", "y", "Q")], c=[A, B])
    comparison = compare(table, [1])
    assert found(comparison) == {"b": [("value", "y", "w")]}
    of_two = between(comparison, "b", "a")
    assert [(d.column, d.here, d.there) for d in of_two.listed] == [("w", "Q", "q")]
    assert not between(comparison, "a", "c")


def test_against_a_plain_model() -> None:
    """Random answers: a database deviates just where it is not with the most."""
    random = Random(6)
    for _ in range(200):
        names = [f"d{i}" for i in range(random.randrange(2, 6))]
        tables: dict[str, list[Row]] = {
            name: [
                (str(i), random.choice("aaaab"))
                for i in range(8)
                if random.random() < 0.9
            ]
            for name in names
        }
        comparison = compare(answers("id", "v", **tables), [0])
        for deviation in comparison.deviations:
            mine = dict(tables[deviation.name])
            expected = set()
            for i in map(str, range(8)):
                values = [dict(tables[name]).get(i) for name in names]
                having = [v for v in values if v is not None]
                lacking = len(values) - len(having)
                counts = sorted(map(having.count, set(having)))
                leads = len(counts) == 1 or (counts and counts[-1] > counts[-2])
                usual = max(having, key=having.count) if leads else None
                if not having:
                    continue
                if mine.get(i) is None:
                    odd = len(having) >= lacking
                elif lacking >= len(having):
                    odd = lacking > 0
                else:
                    odd = mine[i] != usual
                if odd:
                    expected.add(i)
            assert {d.key[0] for d in deviation.listed} == expected
            assert deviation.counts.total() == len(expected)


def _store(columns: list[Column], rows: list[Row]) -> RowStore:
    store = RowStore(columns, MemoryBudget())
    if rows:
        store.append(copytext.encode(rows))
    store.finish()
    return store


async def test_schemas_are_told_apart_and_common_columns_compared() -> None:
    number, text = Column("n", 23, "int4", True), Column("n", 25, "text", False)
    more = Column("more", 25, "text", False)
    merged = MergedRows(["a", "b", "c", "down"])
    merged.begin(0, _store([number], [("1",)]))
    merged.begin(1, _store([number], [("1",)]))
    merged.begin(2, _store([text, more], [("1", "x")]))
    merged.finish(complete=True)
    table = await answers_of(merged, [0, 1, 2])
    assert table.columns == ("n",)
    comparison = compare(table)
    assert [each.schema for each in comparison.deviations] == [
        (),
        (),
        ("n is text, elsewhere int4", "has column more"),
    ]
    assert not comparison.deviations[2].counts
    assert comparison.verdict == "≠ 1 of 3 deviates · c: 2 in its columns"
    await merged.close()


async def test_too_many_rows_are_not_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mdbtui.query.differ.MOST_ROWS", 1)
    merged = MergedRows(["a"])
    merged.begin(0, _store([Column("n", 23, "int4", True)], [("1",), ("2",)]))
    with pytest.raises(TooManyRows):
        await answers_of(merged, [0])
    await merged.close()


def test_kinds_are_words() -> None:
    assert [str(kind) for kind in Kind] == ["missing", "only here", "value"]
