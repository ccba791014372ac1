"""Statements are what psql sends; recorded from psql itself, and from hostile text."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mdbtui.sql import Statement, psql_commands, split, statement_at
from mdbtui.sql.lexer import Scanner
from tests.sql.recording import sent_by_psql
from tests.support.server import PgServer

CORPUS = sorted((Path(__file__).parent / "corpus").glob("*.sql"))
# psql drops leading "--" lines and empty lines between; we keep them.
_LEADING = re.compile(
    r"\A(?:\s+|--[^\n]*(?:\n|\Z)|/\*(?:(?!\*/|/\*).)*\*/)*", re.DOTALL
)


def _comparable(text: str) -> str:
    return re.sub(r"\s+", "", _LEADING.sub("", text))


@pytest.mark.parametrize("script", CORPUS, ids=lambda path: path.stem)
def test_statements_are_what_psql_sends(pg: PgServer, script: Path) -> None:
    sent = [_comparable(text) for text in sent_by_psql(pg.bin_dir / "psql", script)]
    text = script.read_bytes().decode()
    found = [
        _comparable(s.text) + ";" * text[s.end :].lstrip().startswith(";")
        for s in split(text)
    ]
    assert found == [s for s in sent if s.strip(";")]


def test_a_continued_escape_string_is_read_as_the_server_reads_it(
    pg: PgServer,
) -> None:
    # psql reads line by line and would cut it; the server joins the two parts.
    text = "select E'one\\''\n  ' two\\';' -- c"
    assert [s.text for s in split(text)] == [text]
    assert pg.psql("postgres", "-c", text) == "one' two';\n"


def test_the_corpus_is_large_enough_to_mean_something() -> None:
    assert sum(len(split(path.read_text())) for path in CORPUS) > 130


SIGNS = r"""; ' '' " $$ $a$ $1 /* */ -- ( ) E' U&' \ \; \g \. select begin end case é"""
LONGER = ["create function f() begin atomic", "copy t from stdin;"]
PIECES = st.sampled_from([*SIGNS.split(), *LONGER, "\n", "\r\n", "\r", " ", "\0"])
TEXTS = st.lists(PIECES, max_size=40).map("".join) | st.text(max_size=60)


@settings(max_examples=500, derandomize=True, deadline=None)
@given(TEXTS)
def test_any_text_is_cut_without_loss(text: str) -> None:
    found = split(text)
    position = 0
    for statement in found:
        assert text[statement.start : statement.end] == statement.text
        assert statement.start >= position
        assert statement.text.strip()
        assert statement.line == text.count("\n", 0, statement.start)
        position = statement.end
    tokens = list(Scanner(text))
    assert "".join(text[start:end] for _, start, end in tokens) == text
    coarse = Scanner(text)
    coarse.coarse = True
    assert "".join(text[start:end] for _, start, end in coarse) == text


@settings(max_examples=300, derandomize=True, deadline=None)
@given(TEXTS, st.integers(0, 80))
def test_some_statement_is_meant_wherever_the_cursor_is(text: str, offset: int) -> None:
    found = statement_at(text, offset)
    assert found is None or found in split(text)
    for statement in split(text):
        if statement.start <= offset < statement.end:
            assert found == statement


ADVERSARIAL = {
    "quotes": "'",
    "double quotes": '"',
    "dollars": "$",
    "tags": "$a$ $b$ ",
    "comments": "/*",
    "dashes": "E'a' " + "-" * 20,
    "dash lines": "E'a'\n--\n",
    "backslashes": "E'\\",
    "parentheses": "(",
    "bodies": "create function f() begin atomic case ",
    "semicolons": ";",
    "copies": "copy t from stdin;\n",
    "words": "select a b c ",
    "slashes": "/",
    "stars": "*/",
    "spaces": " ",
}


@pytest.mark.parametrize("name", ADVERSARIAL)
def test_time_grows_with_the_text_alone(name: str) -> None:
    unit = ADVERSARIAL[name]

    def seconds(size: int) -> float:
        text = unit * (size // len(unit))
        best = float("inf")
        for _ in range(3):
            started = time.thread_time()
            split(text)
            best = min(best, time.thread_time() - started)
        return best

    seconds(1_000)
    # Linear is 8; quadratic would be 64.
    assert seconds(160_000) < 24 * max(seconds(20_000), 0.0004)


@pytest.mark.parametrize(
    ("marked", "meant"),
    [
        ("sel|ect 1; select 2", "select 1"),
        ("|select 1; select 2", "select 1"),
        ("select 1|; select 2", "select 1"),
        ("select 1;| select 2", "select 1"),
        ("select 1; |select 2", "select 2"),
        ("select 1;|select 2", "select 2"),
        ("select 1; -- not|e\nselect 2", "select 1"),
        ("select 1;\n|\nselect 2;", "select 1"),
        ("select 1;\n\n|select 2;", "select 2"),
        ("select 1;\n-- ab|out 2\nselect 2;", "-- about 2\nselect 2"),
        ("\n|\nselect 1;", "select 1"),
        ("select 1;\nselect 2;\n|", "select 2"),
        ("select 1\n\n|", "select 1"),
        ("select 1;\n\\d fo|o\nselect 2;", None),
        ("|", None),
        ("-- only a comment|", None),
        (";;|;", None),
        ("select ';|'", "select ';'"),
    ],
)
def test_the_statement_at_the_cursor(marked: str, meant: str | None) -> None:
    offset = marked.index("|")
    found = statement_at(marked.replace("|", "", 1), offset)
    assert (found and found.text) == meant


def test_a_backslash_never_cuts_a_condition_off() -> None:
    text = r"delete from t \ where id = 1"
    assert [s.text for s in split(text)] == [text]
    text = r"delete from t \where id = 1; select 1"
    assert split(text)[0].text == r"delete from t \where id = 1"


def test_a_copy_without_data_takes_nothing_away() -> None:
    text = "copy t from stdin;\nselect 1;\nselect 2;"
    assert [s.text for s in split(text)] == [
        "copy t from stdin",
        "select 1",
        "select 2",
    ]


def test_psqls_separator_ends_a_statement() -> None:
    assert [s.text for s in split(r"select 1 \; select 2;")] == ["select 1", "select 2"]


def test_a_hint_stays_with_its_statement() -> None:
    assert split("select 1; /*+ SeqScan(t) */ select 2")[1].text.startswith("/*+")


def test_statements_are_equal_by_text_and_place() -> None:
    assert split("select 1;") == [Statement("select 1", 0, 8)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("\\d", [("\\d", 0)]),
        ("select 1;\n  \\copy big to stdout \nselect 2", [("\\copy big to stdout", 1)]),
        ("-- why\n\\set a 1\r\nselect 1; \\q", [("\\set a 1", 1), ("\\q", 2)]),
        # It is sent, but not with what it asks for.
        ("select 1 \\gx\nselect 2 \\g out", [("\\gx", 0), ("\\g out", 1)]),
        # No more than a semicolon, or no command at all.
        ("select 1 \\g\nselect 2 \\; select '\\d', $$\n\\d\n$$ -- \\d", []),
        ("delete from t \\ where false", []),
    ],
)
def test_what_is_meant_for_psql_is_listed(
    text: str, found: list[tuple[str, int]]
) -> None:
    assert [(each.text, each.line) for each in psql_commands(text)] == found


def test_what_is_meant_for_psql_is_listed_for_a_part() -> None:
    text = "select 1 \\gx\nselect 2;\n\\d"
    first, second = split(text)
    assert [c.text for c in psql_commands(text, first.start, first.end)] == ["\\gx"]
    assert psql_commands(text, second.start, second.end) == []
    assert [c.line for c in psql_commands(text, text.index("\\d"))] == [2]
