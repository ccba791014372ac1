"""Completion: how it ranks, writes and bounds what it proposes."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mdbtui.sql.complete import Completion, Item, Names, complete
from mdbtui.sql.complete.items import LIMIT, literal, written
from mdbtui.sql.complete.match import (
    EXACT,
    PREFIX,
    SCATTERED,
    WITHIN,
    WORD_START,
    matcher,
)
from mdbtui.sql.complete.names import EMPTY, Index, Relation
from tests.sql.test_complete_positions import CASES
from tests.support.sql_names import sample

NAMES = sample()
BOUND_S = 1.0
"""Of the processor: far more than is needed (some 20 ms), and far less than anything
quadratic takes."""


def at(sql: str, **options: object) -> Completion:
    """What is proposed at the mark."""
    offset = sql.index("|")
    text = sql[:offset] + sql[offset + 1 :]
    return complete(text, offset, NAMES, **options)  # type: ignore[arg-type]


def inserts(sql: str, **options: object) -> list[str]:
    return [item.insert for item in at(sql, **options).items]


def item(sql: str, insert: str) -> Item:
    return next(item for item in at(sql).items if item.insert == insert)


def accepted(sql: str, insert: str) -> str:
    """The text after a proposal was taken, with the cursor as a mark."""
    found = at(sql)
    text = sql.replace("|", "", 1)
    taken = next(item for item in found.items if item.insert == insert)
    caret = found.start + (len(insert) if taken.caret is None else taken.caret)
    whole = text[: found.start] + insert + text[found.end :]
    return whole[:caret] + "|" + whole[caret:]


# ---- what goes into the text -----------------------------------------------------


@pytest.mark.parametrize(
    ("sql", "insert", "result"),
    [
        ("sel| from users", "select", "select| from users"),
        ("select em| from users", "email", "select email| from users"),
        ("select u.em| from users u", "email", "select u.email| from users u"),
        ("select st| from users u, orders o", "o.status", None),
        ("select * from Us|", '"Users"', 'select * from "Users"|'),
        ('select * from "Us|', '"Users"', 'select * from "Users"|'),
        ('select * from "Us|"', '"Users"', 'select * from "Users"|'),
        ('select * from "Us|" where', '"Users"', 'select * from "Users"| where'),
        ('select * from custom."pr|', '"products"', 'select * from custom."products"|'),
        ("select * from prod|", "custom.products", "select * from custom.products|"),
        ("select ma|", "max()", "select max(|)"),
        ("select no|", "now()", "select now()|"),
        ("select ma|(id)", "max", "select max|(id)"),
        ("select coal|", "coalesce()", "select coalesce(|)"),
        (
            "select 1 from users where mood = 'do|",
            "'don''t know'",
            "select 1 from users where mood = 'don''t know'|",
        ),
        (
            "select 1 from users where mood = 'o|' and x",
            "'ok'",
            "select 1 from users where mood = 'ok'| and x",
        ),
        (
            'select "select".*| from "select"',
            'id, "select"."localtime", "select"."ABC"',
            'select "select".id, "select"."localtime", "select"."ABC"| from "select"',
        ),
        ("set auto_explain.lo|", "log_analyze", "set auto_explain.log_analyze|"),
    ],
)
def test_the_text_after_a_proposal_was_taken(
    sql: str, insert: str, result: str | None
) -> None:
    assert accepted(sql, insert) == (
        result or "select o.status| from users u, orders o"
    )


def test_names_are_quoted_as_the_server_would() -> None:
    assert written("users") == "users"
    assert written("Users") == '"Users"'
    assert written("select") == '"select"'
    assert written('a"b c') == '"a""b c"'
    assert written("users", quoted=True) == '"users"'
    assert literal("it's") == "'it''s'"
    assert literal("a\\b'c") == "E'a\\\\b''c'"


def test_type_signature_and_comment_stand_beside_the_name() -> None:
    column = item("select em| from users", "email")
    assert (column.kind, column.detail, column.comment) == (
        "column",
        "text",
        "lower case only",
    )
    function = item("select custom_func2|", "custom_func2()")
    assert function.label == "custom_func2"
    assert function.detail == "(a integer) → text"
    assert item("select * from user_em|", "user_emails").kind == "view"
    assert item("select * from orders o join us|", "users").kind == "table"


# ---- snippets and uses -------------------------------------------------------------

SNIPPETS = (("top", "select *\nfrom $0\nlimit 10"), ("sizes", "select 1"))


def test_snippets_are_offered_where_a_statement_begins() -> None:
    found = at("to|", snippets=SNIPPETS).items[0]
    assert (found.label, found.kind) == ("top", "snippet")
    assert found.insert == "select *\nfrom \nlimit 10"
    assert found.caret == len("select *\nfrom ")
    assert at("select 1; si|", snippets=SNIPPETS).items[0].label == "sizes"
    kinds = {item.kind for item in at("select to|", snippets=SNIPPETS).items}
    assert "snippet" not in kinds
    assert at("to|", snippets=[("top", "x")]).items[0].caret is None


def test_what_was_used_goes_first_among_equals() -> None:
    assert inserts("select * from e|")[:2] == ["events", "events_2025"]
    plain = inserts("select * from |")
    used = inserts("select * from |", uses={"table totals": 3, "table users": 1})
    assert used[:2] == ["totals", "users"]
    assert sorted(used) == sorted(plain)
    # How well a name fits goes before how often it was used.
    assert inserts("select * from or|", uses={"table orders": 0})[0] == "orders"
    assert inserts("select * from us|", uses={"table orders": 99})[0] != "orders"
    key = item("select em| from users", "email").key
    assert inserts("select | from users", uses={key: 1})[0] == "email"


def test_proposals_do_not_depend_on_chance() -> None:
    for case in CASES[::7]:
        assert inserts(case.sql) == inserts(case.sql)


# ---- fit -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "name", "fit"),
    [
        ("", "anything", PREFIX),
        ("users", "users", EXACT),
        ("USERS", "users", EXACT),
        ("us", "users", PREFIX),
        ("na", "first_name", WORD_START),
        ("name", "firstName", WORD_START),
        ("fn", "first_name", WORD_START),
        ("fN", "firstName", WORD_START),
        ("2", "log_2025", WORD_START),
        ("in", "min", WITHIN),
        ("ord", "coordinates", WITHIN),
        ("fame", "first_name", SCATTERED),
        ("i", "min", None),
        ("nf", "first_name", None),
        ("xyz", "users", None),
        ("a]b", "a]b", EXACT),
        ("a^", "xa-^", SCATTERED),
        ("x" * 100, "x" * 101, None),
    ],
)
def test_fit(typed: str, name: str, fit: int | None) -> None:
    assert matcher(typed)(name) == fit


@settings(derandomize=True, max_examples=300)
@given(st.text(max_size=8), st.text(max_size=20))
def test_what_fits_has_all_characters_in_their_order(typed: str, name: str) -> None:
    fit = matcher(typed)(name)
    rest = iter(name.lower())
    if fit is not None:
        assert all(letter in rest for letter in typed.lower())
    if typed and name.lower().startswith(typed.lower()):
        assert fit in (EXACT, PREFIX)


@settings(derandomize=True, max_examples=200)
@given(
    st.lists(st.text("abc_\n", min_size=1, max_size=6), max_size=30),
    st.text("abc_", min_size=1, max_size=3),
)
def test_the_index_finds_what_a_look_at_every_name_finds(
    names: list[str], typed: str
) -> None:
    relations = [Relation("s", name, "table") for name in dict.fromkeys(names)]
    index = Index(relations)
    fits = matcher(typed)
    expected = {r.name for r in relations if fits(r.name) is not None}
    found = [r.name for r in index.prefixed(typed)]
    assert found == sorted(r.name for r in relations if r.name.startswith(typed))
    assert expected <= {*found, *(r.name for r in index.scattered(typed))}


# ---- never in the way ----------------------------------------------------------------

_PIECES = st.sampled_from(
    [
        *("select ", "from ", "join ", "on ", "where ", "with ", "as ", "insert into "),
        *("values ", "update ", "set ", "delete ", "using ", "(", ")", "((", ",", "."),
        *(";", "'", '"', "$$", "$a$", "--", "/*", "*/", "\n", " ", "\\", "*", "::"),
        *(
            "users ",
            "u ",
            "orders o ",
            "id",
            "=",
            "union ",
            "lateral ",
            "create table ",
        ),
        *(
            "recursive ",
            "not ",
            "is ",
            "case ",
            "when ",
            "end ",
            "alter table ",
            "é",
            "\0",
        ),
        *(
            "grant ",
            "order by ",
            "over ",
            "[",
            "]",
            "1",
            "1.",
            "$1",
            "conflict ",
            "do ",
        ),
    ]
)


@settings(derandomize=True, max_examples=600)
@given(st.lists(_PIECES, max_size=25).map("".join), st.integers(0, 120))
def test_any_text_and_place_are_bearable(text: str, offset: int) -> None:
    found = complete(text, offset, NAMES)
    place = min(offset, len(text))
    assert 0 <= found.start <= place <= found.end <= len(text) or not found.items
    assert len(found.items) <= LIMIT


@settings(derandomize=True, max_examples=200)
@given(
    st.text(), st.integers(-5, 200), st.sampled_from(["", "'", "e", '"', "/2", "$$"])
)
def test_any_characters_are_bearable(text: str, offset: int, carry: str) -> None:
    complete(text, offset, NAMES, carry=carry)
    complete(f"select {text}", offset, EMPTY)


@pytest.mark.parametrize("case", CASES[::3], ids=lambda case: case.sql)
def test_every_part_of_a_statement_is_bearable(case: object) -> None:
    text = case.sql.replace("|", "")  # type: ignore[attr-defined]
    for offset in range(len(text) + 1):
        complete(text, offset, NAMES)
        complete(text[:offset], offset, NAMES)


_LONG = {
    "values": "insert into orders values " + "(1, 'abc', now()), " * 5500,
    "parentheses": "(" * 100_000,
    "calls": "f(" * 50_000,
    "quotes": "select '" + "''" * 50_000,
    "open quote": 'select "' + "x y " * 25_000,
    "commas": "select " + "a, " * 33_000,
    "dots": "select " + "a." * 50_000,
    "statements": "select a from users;\n" * 5000,
    "subqueries": "select * from (" * 6500,
    "ctes": "with " + "a as (select 1), " * 6000,
    "joins": "select * from users " + "join users u on true " * 5000,
    "stars": "with a as (select * from users) "
    + "".join(
        f", a{i} as (select x.*, y.* from {before} x, {before} y)"
        for i, before in enumerate(("a", *(f"a{k}" for k in range(39))))
    ),
    "words": "drop " + "table " * 16_000,
    "settings": "set " + "a to " * 20_000,
    "grants": "grant " + "select on , to " * 7000,
    "comments": "/*" * 50_000,
    "dollars": "do $a$ " + "select $b$ " * 9000,
    "one line": "select " + "a" * 100_000,
    "spaces": " " * 100_000,
    "operators": "select " + "+" * 100_000,
    "cases": "select " + "case when a then " * 6000,
}


@pytest.mark.parametrize("text", _LONG.values(), ids=_LONG)
def test_a_hundred_kilobytes_take_no_time(text: str) -> None:
    for offset in (len(text), len(text) // 2, 8):
        begun = time.thread_time()
        complete(text, offset, NAMES)
        assert time.thread_time() - begun < BOUND_S


def test_what_stands_above_the_statement_changes_nothing() -> None:
    above = "select 1;\n" * 30
    text = "select  from users; select 2"
    below = complete(above + text, len(above) + 7, NAMES)
    assert below.items == complete(text, 7, NAMES).items
    assert [item.insert for item in below.items][:2] == ["id", "parent_id"]


@pytest.mark.parametrize(
    ("carry", "text"),
    [
        ("'", "it''s'; select | from users"),
        ("/2", "inner */ outer */ select | from users"),
        ("$a$", "$$ $a$; select | from users"),
        ('"', '""x" from users where |'),
    ],
)
def test_a_text_may_begin_within_a_literal(carry: str, text: str) -> None:
    assert inserts(text, carry=carry)[:2] == ["id", "parent_id"]
    assert not inserts("us|", carry=carry)


@pytest.mark.parametrize(
    ("sql", "awaited"),
    [
        ("select * from |", True),
        ("select * from users u join |", True),
        ("select * from users u join orders o on |", True),
        ("insert into |", True),
        ("insert into users (|", True),
        ("update users set |", True),
        ("drop table |", True),
        ("set |", True),
        ("select x::|", True),
        ("select * from users where mood = |", True),
        ("select * from users where id = |", False),
        ("select |", False),
        ("select | from users", False),
        ("select * from users |", False),
        ("select * from users where |", False),
        ("|", False),
        ("create |", False),
    ],
)
def test_a_place_that_waits_for_a_name_says_so(sql: str, awaited: bool) -> None:
    assert at(sql).awaited is awaited


def test_with_nothing_known_keywords_are_offered() -> None:
    assert complete("sel", 3).items[0].insert == "select"
    assert complete("select * fr", 11).items[0].insert == "from"
    found = complete("with x as (select 1 as one) select  from x", 35)
    assert found.items[0].insert == "one"
    assert not complete("select * from ord", 17, Names()).items
