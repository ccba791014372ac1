"""psql's commands, patterns and \\copy, read as psql reads them."""

from __future__ import annotations

import pytest

from mdbtui.pool import QueryError
from mdbtui.sql.manual import manual_page, sql_commands
from mdbtui.sql.patterns import BadPattern, name_pattern
from mdbtui.sql.psql import Command, CopyWithData, arguments, steps
from mdbtui.sql.psql_copy import copy_request
from mdbtui.ui.watching import Watch, watch_of


@pytest.mark.parametrize(
    ("written", "schema", "name"),
    [
        ("", None, None),
        ("*", None, "^(.*)$"),
        ("Foo?", None, "^(foo.)$"),
        ("foo.*", "^(foo)$", "^(.*)$"),
        ('"Foo".b"A"r', "^(Foo)$", "^(bAr)$"),
        ('"a.b*".c', r"^(a\.b\*)$", "^(c)$"),
        ('"a""b"', None, '^(a"b)$'),
        ("a$b", None, r"^(a\$b)$"),
        ("int[]", None, r"^(int\[])$"),
        ("a|b", None, "^(a|b)$"),
        (".x", "^(.*)$", "^(x)$"),
    ],
)
def test_patterns(written: str, schema: str | None, name: str | None) -> None:
    found = name_pattern(written)
    assert (found.schema, found.name) == (schema, name)


def test_patterns_of_what_has_no_schema() -> None:
    assert name_pattern("a.b", schemas=False).name == r"^(a\.b)$"
    with pytest.raises(BadPattern):
        name_pattern("a.b.c")


def test_steps_come_in_order_with_their_places() -> None:
    text = (
        "select 1;\n\\dt foo.*\\x\nselect 2 \\gx\nselect 3\n\\watch 2\n"
        "copy t from stdin;\n1\t2\n\\.\n\\copy t to 'a \\b' csv\n"
        '\\d "A \\b"\nselect 4'
    )
    found = list(steps(text))
    assert [(s.name, s.rest) for s in found if isinstance(s, Command)] == [
        ("dt", "foo.*"),
        ("x", ""),
        ("gx", ""),
        ("watch", "2"),
        ("copy", "t to 'a \\b' csv"),
        ("d", '"A \\b"'),
    ]
    assert all(text[s.start : s.end] == s.text for s in found)
    assert all(text.count("\n", 0, s.start) == s.line for s in found)
    copied = next(s for s in found if isinstance(s, CopyWithData))
    assert copied.data == "1\t2\n"
    watched = found[4]
    assert isinstance(watched, Command)
    assert watched.query is not None
    assert watched.query.text == "select 3"


def test_a_semicolon_ends_a_command_as_it_does_a_statement() -> None:
    found = list(steps("\\dt;\n\\x;\\l ;"))
    assert [s.name for s in found if isinstance(s, Command)] == ["dt", "x", "l"]


def test_arguments() -> None:
    assert arguments("'it''s' \"A b\".c  x\\ny 'a\\nb'") == [
        "it's",
        '"A b".c',
        "x\\ny",
        "a\nb",
    ]
    # Who is used to end statements with a semicolon does so here, too.
    assert arguments("a;b;; 'c;' \"d;\"; '' ;") == ["a;b", "c;", '"d;"', ""]


@pytest.mark.parametrize(
    ("rest", "sql", "file"),
    [
        ("t from 'a b.csv' csv", "COPY t FROM STDIN csv", "a b.csv"),
        ("t (a, b) to x.txt", "COPY t (a, b) TO STDOUT", "x.txt"),
        (
            "(select 'from' from f) TO 'it''s' (format csv)",
            "COPY (select 'from' from f) TO STDOUT (format csv)",
            "it's",
        ),
        ('"from" from stdin', 'COPY "from" FROM STDIN', ""),
    ],
)
def test_copy_requests(rest: str, sql: str, file: str) -> None:
    found = copy_request(rest)
    assert found is not None
    assert (found.sql, found.file, found.program) == (sql, file, False)


def test_no_copy_requests() -> None:
    for rest in ("", "t", "t from", "from 'x'", "t to 'open"):
        assert copy_request(rest) is None
    asked = copy_request("t from program 'rm x'")
    assert asked is not None
    assert asked.program


def test_watching() -> None:
    assert watch_of("") == Watch()
    assert watch_of("0.5 c=3 m=2") == Watch(0.5, 3, 2)
    assert watch_of("i=7") == Watch(7.0)
    for wrong in ("0", "x", "c=0", "1.2.3", "1e9", "99999999"):
        with pytest.raises(QueryError):
            watch_of(wrong)


def test_pages_of_the_manual() -> None:
    assert {"create table as", "drop owned", "alter system"} <= set(sql_commands())
    assert manual_page("create table as", "18").endswith("18/sql-createtableas.html")
    assert manual_page("rollback to savepoint").endswith("sql-rollback-to.html")
    assert manual_page("set role").endswith("current/sql-set-role.html")
