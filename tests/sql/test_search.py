"""Finding and replacing: by slices as in one go, and errors that say what is wrong."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mdbtui.sql import search
from mdbtui.sql.search import Needle, SearchError, found, plain_slices, replaced

TEXTS = st.text("aAbß_ .\n", max_size=40)


def _pairs(spans: search.Spans) -> list[tuple[int, int]]:
    return list(zip(spans[::2], spans[1::2], strict=True))


@settings(max_examples=400, derandomize=True, deadline=None)
@given(
    st.text("aAb_. ", min_size=1, max_size=3),
    TEXTS,
    st.booleans(),
    st.booleans(),
    st.integers(0, 10),
    st.integers(0, 45),
    st.sampled_from([1, 3, 100]),
)
def test_slices_find_what_one_go_finds(
    wanted: str, text: str, case: bool, word: bool, start: int, end: int, size: int
) -> None:
    needle = Needle(wanted, case, word)
    pattern = needle.compile()
    expected, at = [], start
    while (match := pattern.search(text, at)) and match.end() <= min(end, len(text)):
        expected.append(match.span())
        at = match.end()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(search, "SLICE", size)
        slices = list(plain_slices(needle, text, start, end))
    assert [pair for spans in slices for pair in _pairs(spans)] == expected


def test_a_plain_text_is_no_expression() -> None:
    spans = list(plain_slices(Needle("a.*("), "aab A.*( a.*("))
    assert [pair for each in spans for pair in _pairs(each)] == [(4, 8), (9, 13)]


def test_expressions_find_over_lines_and_at_their_ends() -> None:
    text = "select 1\nfrom t\n"
    assert _pairs(found(Needle("^[a-z]+", regex=True), text)) == [(0, 6), (9, 13)]
    assert _pairs(found(Needle("1\\s+FROM", regex=True), text)) == [(7, 13)]
    assert _pairs(found(Needle("FROM", case=True, regex=True), text)) == []
    assert _pairs(found(Needle("t|s", word=True, regex=True), text)) == [(14, 15)]
    assert _pairs(found(Needle("t", regex=True), text, 6, 14)) == []


def test_no_more_is_found_than_can_be_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "MOST_FOUND", 3)
    assert len(_pairs(found(Needle("a", regex=True), "a" * 10))) == 3


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ("(a", "missing ), unterminated subpattern (at character 1)"),
        ("a**", "multiple repeat (at character 3)"),
        ("[b-a]", "bad character range b-a (at character 2)"),
        ("(" * 5000 + ")" * 5000, "nested"),
    ],
)
def test_a_bad_expression_says_what_is_wrong(wanted: str, words: str) -> None:
    with pytest.raises(SearchError, match=re.escape(words)):
        Needle(wanted, regex=True).compile()


def test_groups_are_put_back() -> None:
    needle = Needle(r"(\w+)=(?P<v>\w+)", regex=True)
    text = "set a=1, b=2, c=3"
    got = replaced(needle, text, r"\g<v>=\1\n", 0, len(text), 9)
    assert got == (4, 17, "1=a\n, 2=b\n, 3=c\n", 3)
    assert replaced(needle, text, "x", 9, len(text), 1) == (9, 12, "x", 1)
    assert replaced(Needle("^", regex=True), "a\nb", "--", 0, 3, 9)[2] == "--a\n--"


@pytest.mark.parametrize("template", [r"\2", r"\g<w>", "\\"])
def test_a_bad_replacement_says_what_is_wrong(template: str) -> None:
    with pytest.raises(SearchError, match="the replacement"):
        replaced(Needle("(a)", regex=True), "a", template, 0, 1, 1)
