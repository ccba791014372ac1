"""Colours of lines, and what is carried from line to line."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from mdbtui.sql.highlight import KINDS, START, LineState, line_tokens, next_state
from mdbtui.sql.positions import (
    location_to_offset,
    offset_to_location,
    position_to_offset,
)


def coloured(text: str) -> list[list[tuple[str, str]]]:
    """For each line its coloured pieces and their kinds."""
    out, state = [], START
    for line in text.split("\n"):
        spans, state = line_tokens(line, state)
        out.append([(line[start:end], kind) for start, end, kind in spans])
    return out


def test_a_statement() -> None:
    text = """select count(x), "Q", $1, 1.5e3::numeric from t where a = 'x' -- c"""
    assert coloured(text) == [
        [
            ("select", "keyword"),
            ("count", "function"),
            ('"Q"', "identifier"),
            ("$1", "parameter"),
            ("1.5e3", "number"),
            ("numeric", "type"),
            ("from", "keyword"),
            ("where", "keyword"),
            ("'x'", "string"),
            ("-- c", "comment"),
        ]
    ]


def test_what_is_open_goes_on_in_the_next_line() -> None:
    assert coloured("/* a /* b */\nstill */ select") == [
        [("/* a /* b */", "comment")],
        [("still */", "comment"), ("select", "keyword")],
    ]
    assert coloured("'a\nselect' select")[1] == [
        ("select'", "string"),
        ("select", "keyword"),
    ]
    assert coloured("select $x$ a\nselect $$ $x$ from")[1] == [
        ("select $$ $x$", "string"),
        ("from", "keyword"),
    ]
    assert coloured("E'a\\'\n' select")[1] == [("'", "string"), ("select", "keyword")]
    assert coloured("E'a'\n 'b\\' select'")[1] == [("'b\\' select'", "string")]


def test_a_body_is_code_up_to_its_tag() -> None:
    lines = coloured("do $b$\nraise notice 'x'; /*\n $b$ select $$ raise $$")
    assert lines[0] == [("do", "keyword"), ("$b$", "string")]
    assert lines[1][:3] == [
        ("raise", "keyword"),
        ("notice", "keyword"),
        ("'x'", "string"),
    ]
    assert lines[2] == [
        (" ", "comment"),
        ("$b$", "string"),
        ("select", "keyword"),
        ("$$ raise $$", "string"),
    ]
    assert coloured("create function f() as\n$$ begin")[1][-1] == ("begin", "keyword")


def test_a_table_with_columns_is_no_function() -> None:
    assert ("t", "function") not in coloured("insert into t(a) values (f(1))")[0]
    assert ("f", "function") in coloured("insert into t(a) values (f(1))")[0]


SIGNS = r"""select 'a' ' " $$ $x$ as do AS /* */ -- E' \ \' é 日 1 ( ) ; _as xas $1"""
PIECES = st.sampled_from([*SIGNS.split(), " ", "\t", "\0"])
LINES = st.lists(
    st.lists(PIECES, max_size=8).map("".join)
    | st.text(max_size=12).map(lambda text: text.replace("\n", "")),
    max_size=8,
)


@settings(max_examples=500, derandomize=True, deadline=None)
@given(LINES)
def test_any_line_is_coloured_in_order_and_the_quick_way_agrees(
    lines: list[str],
) -> None:
    state = START
    for line in lines:
        spans, after = line_tokens(line, state)
        at = 0
        for start, end, kind in spans:
            assert at <= start < end <= len(line)
            assert kind in KINDS
            at = end
        assert next_state(line, state) == after
        assert isinstance(after, LineState)
        state = after


def test_positions_count_characters_from_one() -> None:
    sql = "select 'é日𝒳' ,\n  x from t"
    offset = position_to_offset(sql, sql.index("x") + 1)
    assert sql[offset] == "x"
    assert offset_to_location(sql, offset) == (1, 2)
    assert location_to_offset(sql, 1, 2) == offset
    assert location_to_offset(sql, 0, 999) == sql.index("\n")
    assert location_to_offset(sql, 9, 0) == len(sql)
    assert position_to_offset(sql, 999) == len(sql)
    assert position_to_offset(sql, 0) == 0
