"""Parameters as psql reads them, and places mapped back to what was written."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mdbtui.sql.parameters import numbered

CASES = {
    "select :a, :b, :a": ("select $1, $2, $1", (":a", ":b")),
    "select $2, :x": ("select $2, $3", ("$1", "$2", ":x")),
    "select a::int, :v::int": ("select a::int, $1::int", (":v",)),
    "select x:::y": ("select x::$1", (":y",)),
    "f(a:=:b)": ("f(a:=$1)", (":b",)),
    "x>=:b": ("x>=$1", (":b",)),
    "x = :'name'": ("x = $1", (":name",)),
    "array[:a, [:b]]": ("array[$1, [$2]]", (":a", ":b")),
    "any(array[:a])": ("any(array[$1])", (":a",)),
    "a[(:x)]": ("a[($1)]", (":x",)),
    "a[1::k]": ("a[1::k]", ()),
    "(arr)[f(:x):y]": ("(arr)[f($1):y]", (":x",)),
    "x::numeric(:n)": ("x::numeric($1)", (":n",)),
    "a['k'] = :v": ("a['k'] = $1", (":v",)),
    "$$x$$ || :müller": ("$$x$$ || $1", (":müller",)),
    "e'\\' :x', :y": ("e'\\' :x', $1", (":y",)),
}
NONE = (
    "a[1:2]",
    "a[lo:hi]",
    "a[1:n][2:m]",
    "a[b[1:n]:m]",
    "a[:n]",
    "select ':a', \":b\", $$ :c $1 $$ -- :d $1\n /* :e */",
    "select :1, : a",
    'select :"column"',
    "select $0",
    "select $65536, :a",
)


@pytest.mark.parametrize("sql", CASES)
def test_numbers_stand_for_names(sql: str) -> None:
    found = numbered(sql)
    assert (found.text, found.names) == CASES[sql]


@pytest.mark.parametrize("sql", NONE)
def test_what_only_looks_like_a_parameter_stays(sql: str) -> None:
    assert (numbered(sql).text, numbered(sql).names) == (sql, ())


PIECES = st.sampled_from(
    [":a", ":long_name", "$1", "$12", " ", ",", "[", "]", "x", "(", ")", "::", "'s'"]
)


@settings(derandomize=True, max_examples=300)
@given(st.lists(PIECES, max_size=20).map("".join))
def test_places_are_mapped_back(sql: str) -> None:
    found = numbered(sql)
    places = [found.original(at) for at in range(1, len(found.text) + 2)]
    assert places == sorted(places)
    assert places[-1] == len(sql) + 1
    for at, place in enumerate(places):
        sent, written = found.text[at : at + 1], sql[place - 1 : place]
        inside = sent == "$" or sent.isdigit()
        assert sent == written or inside, (sql, at)
