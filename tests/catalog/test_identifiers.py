from __future__ import annotations

import asyncio
from collections.abc import Iterator

import asyncpg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mdbtui.catalog import natural_key, quote_ident
from tests.support.server import PgServer

NAMES = st.one_of(
    st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])),
    st.text("ab_Z0$\" '.é-", max_size=6),
)


class Server:
    """The server's own quote_ident, on one connection and loop for all examples."""

    def __init__(self, pg: PgServer) -> None:
        self._runner = asyncio.Runner()
        self._connection = self._runner.run(asyncpg.connect(pg.url("postgres")))

    def quoted(self, names: list[str]) -> list[str]:
        return [
            row[0]
            for row in self._run(
                "select quote_ident(n) from unnest($1::text[])"
                " with ordinality as u (n, i) order by i",
                names,
            )
        ]

    def keywords(self) -> list[str]:
        return [row[0] for row in self._run("select word from pg_get_keywords()")]

    def _run(self, sql: str, *args: object) -> list[asyncpg.Record]:
        return self._runner.run(self._connection.fetch(sql, *args))

    def close(self) -> None:
        self._runner.run(self._connection.close())
        self._runner.close()


@pytest.fixture(scope="module")
def server(pg: PgServer) -> Iterator[Server]:
    server = Server(pg)
    yield server
    server.close()


def test_every_keyword_is_quoted_as_the_server_does(server: Server) -> None:
    words = server.keywords()
    assert len(words) > 400
    assert [quote_ident(word) for word in words] == server.quoted(words)


def test_any_name_is_quoted_as_the_server_does(server: Server) -> None:
    @given(st.lists(NAMES, min_size=1, max_size=30))
    @settings(max_examples=200, derandomize=True, deadline=None)
    def check(names: list[str]) -> None:
        assert [quote_ident(name) for name in names] == server.quoted(names)

    check()


@pytest.mark.parametrize("name", ["a\0b", "\ud800", "ok\udfff"])
def test_what_no_server_can_have_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="not a name"):
        quote_ident(name)


def test_names_sort_as_people_expect() -> None:
    names = ["t10", "T2", "t1", "a", "B", "t02", "t2", "", "t2x10", "t2x9", "ä"]
    assert sorted(names, key=natural_key) == [
        "", "a", "B", "t1", "T2", "t02", "t2", "t2x9", "t2x10", "t10", "ä",
    ]  # fmt: skip


@given(st.lists(st.text("aAbB019_", max_size=8)))
@settings(max_examples=200, derandomize=True)
def test_different_names_never_sort_as_equals(names: list[str]) -> None:
    assert len({natural_key(name) for name in names}) == len(set(names))
