"""The index over a changing text always agrees with splitting the text afresh."""

from __future__ import annotations

import time

from hypothesis import given, settings
from hypothesis import strategies as st

from mdbtui.sql.index import StatementIndex
from mdbtui.sql.statements import split, statement_at

SIGNS = r"""; ' " $$ $a$ /* */ -- ( ) E'\' \d \g \. \; a é end case"""
LONGER = ["\\.\n", "copy t from stdin;\n", "create function f() begin atomic "]
FRAGMENTS = st.sampled_from([*SIGNS.split(), *LONGER, "\n", " ", ";\n", "\r\n"])
TEXTS = st.lists(FRAGMENTS, max_size=25).map("".join)
EDITS = st.lists(
    st.tuples(st.integers(0, 10_000), st.integers(0, 12), TEXTS), max_size=6
)


@settings(max_examples=400, derandomize=True, deadline=None)
@given(TEXTS, EDITS, st.booleans())
def test_edits_leave_what_a_fresh_split_gives(
    text: str, edits: list[tuple[int, int, str]], finish: bool
) -> None:
    index = StatementIndex(text)
    index.work()
    for start, removed, added in edits:
        start %= len(text) + 1
        removed = min(removed, len(text) - start)
        text = text[:start] + added + text[start + removed :]
        index.edited(text, start, removed, len(added))
        if finish:
            index.work()
        else:
            index.work(0)
    assert index.statements() == split(text)
    for offset in range(0, len(text) + 1, 3):
        found = statement_at(text, offset)
        want = (found.start, found.end) if found else None
        assert index.span_at(offset) == want


def test_a_key_in_a_large_text_reads_one_statement() -> None:
    text = "select a, 'b' from c where d = 1;\n" * 30_000
    index = StatementIndex(text)
    started = time.process_time()
    index.work()
    whole = time.process_time() - started
    at = len(text) // 2 + 3
    text = text[:at] + "x" + text[at:]
    started = time.process_time()
    index.edited(text, at, 0, 1)
    assert index.work()
    assert time.process_time() - started < whole / 5
    assert len(index.statements()) == 30_000


def test_a_pause_comes_in_time_and_the_cursor_is_served_first() -> None:
    text = "select a, 'b' from c where d = 1;\n" * 30_000
    index = StatementIndex(text)
    assert not index.work(0.002)
    assert index.span_at(len(text) // 3 * 2) is not None
    assert not index.complete
