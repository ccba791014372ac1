"""Formatting changes white space only, and only where that means nothing."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import mdbtui
from mdbtui.sql import Statement, formatting, split
from mdbtui.sql.formatting import applied, format_statement, format_text
from mdbtui.sql.lexer import Scanner
from mdbtui.sql.meaning import significant
from tests.support.server import PgServer

FILES = [
    *sorted((Path(__file__).parent / "corpus").glob("*.sql")),
    *sorted(Path(mdbtui.__file__).parent.rglob("*.sql")),
]


def _tokens(text: str) -> str:
    """All but the white space between tokens; written apart from what is tested."""
    return "".join(text[a:b] for kind, a, b in Scanner(text) if kind != "ws")


def _check(text: str) -> None:
    new = applied(text, format_text(text, 60).changes)
    old_ones, new_ones = split(text), split(new)
    assert [_tokens(each.text) for each in new_ones] == [
        _tokens(each.text) for each in old_ones
    ]
    assert _between(new, new_ones) == _between(text, old_ones)
    for old, made in zip(old_ones, new_ones, strict=True):
        assert made.text == old.text or significant(made.text) == significant(old.text)


def _between(text: str, statements: list[Statement]) -> list[str]:
    """What is no statement, without the blanks that end or begin a line of one."""
    ends = [0, *(each.end for each in statements)]
    starts = [*(each.start for each in statements), len(text)]
    between = [text[a:b] for a, b in zip(ends, starts, strict=True)]
    return [re.sub(r"[ \t]+\Z|(?<=^;)[ \t\n]+\Z", "", each) for each in between]


@pytest.mark.parametrize(
    "path", FILES, ids=lambda path: f"{path.parent.parent.name}-{path.stem}"
)
def test_real_statements_keep_their_tokens(path: Path) -> None:
    _check(path.read_bytes().decode())


SIGNS = r"""
select from where , ( ) ; a "B c" 1 1.5 'x' 'it''s' E'\\' $$a;b$$ $1 :v :: := - -1 + * @
# #- @> ->> ?| . .. [ ] /* */ -- create table begin atomic end case as on conflict do
update set returning when matched then filter union \d \ ""
"""
PIECES = SIGNS.split()


@settings(max_examples=250, derandomize=True, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(PIECES), st.sampled_from(["", " ", "\n", "  \n"])),
        max_size=25,
    )
)
def test_any_tokens_stay(pieces: list[tuple[str, str]]) -> None:
    _check("".join(piece + blank for piece, blank in pieces))


DIFFERENT = [
    ("select @-1", "select @ -1"),
    ("select 'a'\n'b'", "select 'a' 'b'"),
    ("select 'a' -- c\n 'b'", "select 'a' -- d\n 'b'"),
    ("select :a", "select : a"),
    ("select E'a'", "select E 'a'"),
    ("select 1 -- a\n, 2", "select 1 -- a , 2"),
    ("select 1a", "select 1 a"),
    ('select a."b"', 'select a."b "'),
    ("select $$a b$$", "select $$a  b$$"),
    ("select a <> -1", "select a < > -1"),
    ("select x::int", "select x: :int"),
    ("select /* a  b */ 1", "select /* a b */ 1"),
    ("select a", "select A"),
]
SAME = [
    ("select a=-1", "select a = - 1"),
    ("select a,b[1],c", "select a, b[1] ,\n c"),
    ("select 'a'  ,\n 'b'", "select 'a','b'"),
    ("select a\n->>'b'", "select a ->> 'b'"),
    ("select count(*),-(1)", "select count( * ), - (1)"),
]


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_what_white_space_means_is_seen(one: str, other: str) -> None:
    assert significant(one) != significant(other)


@pytest.mark.parametrize(("one", "other"), SAME)
def test_what_white_space_does_not_mean_is_passed_over(one: str, other: str) -> None:
    assert significant(one) == significant(other)


LAYOUTS = [
    (
        "select a,b from t join u using(id) where x=1 and y=2",
        "select a,\n       b\nfrom t\njoin u using(id)\nwhere x=1\n    and y=2",
    ),
    (
        "create table s.t (id int, -- key\n b numeric(10,2)[], c text)"
        " partition by list (b)",
        "create table s.t (\n    id int, -- key\n    b numeric(10,2)[],\n    c text\n)"
        " partition by list (b)",
    ),
    (
        "insert into t(a) values (1) on conflict (a) do update set a=2 returning a",
        "insert into t(a)\nvalues (1)\non conflict (a) do update\nset a=2\nreturning a",
    ),
    ("do $$ begin  null; end $$", "do $$ begin  null; end $$"),
]


@pytest.mark.parametrize(("sql", "wanted"), LAYOUTS)
def test_statements_are_laid_out_as_people_write_them(sql: str, wanted: str) -> None:
    assert format_statement(sql) == (wanted, "")
    assert format_statement(wanted) == (wanted, "")


@pytest.mark.parametrize(
    ("sql", "why"),
    [
        ("select  'a", "not finished"),
        ("select  (a", "not finished"),
        ("select  a)", "not finished"),
        ("select  1 \\ 2", "not finished"),
        (f"select  {'1,' * 60_000} 1", "too long"),
        (f"select  {'1,' * 9_000} 1", "not understood"),
    ],
    ids=["string", "open", "closed", "backslash", "long", "tokens"],
)
def test_what_can_not_be_judged_is_left(sql: str, why: str) -> None:
    assert format_statement(sql) == (sql, why)


def test_a_library_that_changes_the_meaning_is_not_believed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for wrong in ("select  'A'", "select  'a' -- b", "", "select  'a"):
        monkeypatch.setattr(formatting, "_plain", lambda sql, wrong=wrong: wrong)
        assert format_statement("select  'a'") == ("select  'a'", "not understood")


def test_only_statements_change() -> None:
    head = "\\d  foo\n"
    tail = "\n1\t  2\n\\.\n/* a  note */\n\n\nselect f("
    text = f"  select a,b; select  1 -- end\n;\n{head}copy  t from stdin;{tail}"
    done = format_text(text, 60)
    assert applied(text, done.changes) == (
        f"select a,\n       b;\nselect 1 -- end\n;\n{head}copy t\nfrom stdin;{tail}"
    )
    assert done.left == {"not finished": 1}
    assert format_text("select  1;select  2", -1).changes == []


def test_the_server_gives_the_same_rows(pg: PgServer) -> None:
    sql = (
        "with a(x) as (values (1),(-2)), b as (select x, @ -x as y from a where x<>-9)"
        " select 'it''s', E'\\\\'||$$ q $$, (array[1,2])[1:1], x::numeric(4,1), case"
        " when y>1 then 'p' else 'q' end, count(*) filter (where x>0) over (order by x)"
        " from b order by 1,2"
    )
    new, why = format_statement(sql)
    assert not why
    assert new.count("\n") > 10
    assert pg.psql("postgres", "-Atc", new) == pg.psql("postgres", "-Atc", sql)
