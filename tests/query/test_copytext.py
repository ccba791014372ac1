from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from mdbtui.query import copytext

CELLS = st.none() | st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0")
    | st.sampled_from("\\\b\f\n\r\t\vN"),
    max_size=12,
)
TABLES = st.integers(0, 5).flatmap(
    lambda width: st.tuples(
        st.just(width),
        st.lists(st.tuples(*[CELLS] * width), max_size=20),
    )
)


@given(TABLES)
@settings(derandomize=True, max_examples=300)
def test_rows_survive(table):
    width, rows = table
    data = copytext.encode(rows)
    assert data.count(b"\n") == len(rows)
    assert copytext.decode(data, width) == rows


def test_the_servers_own_escapes():
    data = rb"a\tb\nc\\d" + b"\t\\N\t\t\\\\N\n\\b\\f\\r\\v\t1\t2\t3\n"
    assert copytext.decode(data, 4) == [
        ("a\tb\nc\\d", None, "", "\\N"),
        ("\b\f\r\v", "1", "2", "3"),
    ]


def test_no_column_and_one_empty_column_differ():
    assert copytext.decode(b"\n\n", 0) == [(), ()]
    assert copytext.decode(b"\n\n", 1) == [("",), ("",)]


def test_bytes_that_are_not_utf8_are_shown_not_hidden():
    assert copytext.decode(b"caf\xe9\tok\n", 2) == [("caf\\xe9", "ok")]


def test_values_that_are_not_text_are_written_as_python_does():
    assert copytext.decode(copytext.encode([(1, True, "x")]), 3) == [("1", "True", "x")]
