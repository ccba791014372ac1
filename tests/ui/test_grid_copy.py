"""Selected rows as text for other programs."""

from __future__ import annotations

import csv
import io
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mdbtui.query.formats.sql import quote_identifier, quote_literal
from mdbtui.ui.widgets.grid_copy import FORMATS, Bounded, copy_pieces
from tests.support.rows import INT4, JSONB, column

COLUMNS = [column("id", INT4), column('na"me'), column("doc", JSONB, "jsonb")]
ROWS = [
    ("1", 'O\'Hara, "x"', '{"a": [1.0, "b"]}'),
    ("-2", None, None),
    ("3", "two\nlines\tand | \\", "[]"),
    ("4", "", "null"),
]


def copy_text(name, columns, rows, *, limit, **options):
    bounded = Bounded(rows, limit)
    text = "".join(copy_pieces(name, columns, bounded, **options))
    return text, bounded.complete


def copied(name: str, header: bool = True, columns=COLUMNS, rows=ROWS) -> str:
    text, complete = copy_text(name, columns, rows, header=header, limit=10_000)
    assert complete
    return text


def test_csv_is_what_copy_writes() -> None:
    assert copied("csv") == (
        'id,"na""me",doc\n'
        '1,"O\'Hara, ""x""","{""a"": [1.0, ""b""]}"\n'
        "-2,,\n"
        '3,"two\nlines\tand | \\",[]\n'
        '4,"",null'
    )


VALUES = st.text(st.characters(exclude_characters="\x00", codec="utf-8"), max_size=20)


@settings(derandomize=True, max_examples=200, deadline=None)
@given(st.lists(st.tuples(VALUES, VALUES), min_size=1, max_size=5))
@pytest.mark.parametrize(("name", "separator"), [("csv", ","), ("tsv", "\t")])
def test_separated_values_are_read_back(
    name: str, separator: str, rows: list[tuple[str, str]]
) -> None:
    text = copied(name, False, [column("a"), column("b")], rows)
    read = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    assert [tuple(row) for row in read] == rows


def test_json_keeps_numbers_and_documents() -> None:
    assert json.loads(copied("json")) == [
        {"id": 1, 'na"me': 'O\'Hara, "x"', "doc": {"a": [1.0, "b"]}},
        {"id": -2, 'na"me': None, "doc": None},
        {"id": 3, 'na"me': "two\nlines\tand | \\", "doc": []},
        {"id": 4, 'na"me': "", "doc": None},
    ]


def test_json_of_odd_numbers_booleans_and_equal_names() -> None:
    columns = [column("x", 701), column("x", 701), column("x", 16, "bool")]
    rows = [("NaN", "1e-7", "t"), ("Infinity", "0012", "f"), (None, "-0.50", None)]
    text = copied("json", True, columns, rows)
    assert json.loads(text) == [
        {"x": "NaN", "x_2": 1e-7, "x_3": True},
        {"x": "Infinity", "x_2": "0012", "x_3": False},
        {"x": None, "x_2": -0.5, "x_3": None},
    ]
    assert "-0.50" in text
    assert json.loads(copied("json", True, columns, [])) == []


def test_markdown() -> None:
    assert copied("markdown") == (
        '| id | na"me | doc |\n'
        "| ---: | --- | --- |\n"
        '| 1 | O\'Hara, "x" | {"a": [1.0, "b"]} |\n'
        "| -2 | NULL | NULL |\n"
        "| 3 | two<br>lines\tand \\| \\\\ | [] |\n"
        "| 4 |  | null |"
    )


def test_insert_statements() -> None:
    text, _ = copy_text(
        "insert", COLUMNS, ROWS[:2], header=True, table='"s"."t"', limit=1_000
    )
    assert text == (
        'INSERT INTO "s"."t" ("id", "na""me", "doc") VALUES '
        "(1, 'O''Hara, \"x\"', '{\"a\": [1.0, \"b\"]}');\n"
        'INSERT INTO "s"."t" ("id", "na""me", "doc") VALUES (-2, NULL, NULL);'
    )


def test_in_list() -> None:
    rows = [("1",), ("2",), (None,), ("1",), ("x' or 1=1",)]
    assert copied("in", True, COLUMNS[:1], rows) == "(1,\n 2,\n 'x'' or 1=1')"
    pairs = [("1", "a"), ("2", None), ("2", "b")]
    assert copied("in", True, COLUMNS[:2], pairs) == "((1, 'a'),\n (2, 'b'))"


def test_one_value_is_copied_as_it_is() -> None:
    value = 'with "quotes",\ttabs\nand lines'
    assert copied("tsv", False, COLUMNS[1:2], [(value,)]) == value
    assert copied("tsv", False, COLUMNS[1:2], [(None,)]) == ""
    assert copied("tsv", True, COLUMNS[1:2], [("a",)]) == '"na""me"\na'


@pytest.mark.parametrize("name", FORMATS)
def test_a_copy_is_bounded_and_reads_no_more_than_it_needs(name: str) -> None:
    read = 0

    def rows():  # type: ignore[no-untyped-def]
        nonlocal read
        for i in range(10_000_000):
            read += 1
            yield (str(i), "x" * 100, "[]")

    text, complete = copy_text(name, COLUMNS, rows(), limit=50_000)
    assert not complete
    assert read < 600
    assert 10_000 < len(text) < 150_000


async def test_insert_and_in_list_survive_a_real_server(pg, database) -> None:
    """What is pasted back gives the same values and runs nothing else."""
    import asyncpg

    values = ["it's", "back\\slash", "'; drop table t; --", "\\'", "two\nlines", ""]
    connection = await asyncpg.connect(pg.url(database))
    try:
        await connection.execute('create table t (id int, "na""me" text)')
        rows = [(str(i), value) for i, value in enumerate(values)]
        for setting in ("on", "off"):
            await connection.execute(f"set standard_conforming_strings = {setting}")
            await connection.execute("truncate t")
            text, _ = copy_text(
                "insert", COLUMNS[:2], rows, header=True, table="t", limit=9_999
            )
            await connection.execute(text)
            stored = await connection.fetch("select * from t order by id")
            assert [row[1] for row in stored] == values
            wanted, _ = copy_text(
                "in", COLUMNS[1:2], [(v,) for v in values], limit=9_999
            )
            found = await connection.fetchval(
                f'select count(*) from t where "na""me" in {wanted}'
            )
            assert found == len(values)
    finally:
        await connection.close()


def test_quoting() -> None:
    assert quote_identifier('a"b') == '"a""b"'
    assert quote_literal("a'b") == "'a''b'"
    assert quote_literal("a\\b") == "E'a\\\\b'"
