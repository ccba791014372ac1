"""psql's listings: the same objects as psql's own, whatever they are called."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from mdbtui.catalog.psql import (
    MAX_DESCRIBED,
    Relation,
    describes,
    description,
    finding,
    listing,
)
from mdbtui.pool import DBConfig, PoolManager
from mdbtui.query import driver_options
from tests.support.server import PgServer

SCHEMA = """
create schema "We '; Ird";
create table "We '; Ird"."T.x" (id int primary key, "A b" text default 'x'
    check ("A b" <> 'y'), g int generated always as (id * 2) stored);
create index on "We '; Ird"."T.x" ("A b");
create table p (a int references "We '; Ird"."T.x") partition by range (a);
create table p1 partition of p for values from (1) to (5);
create view seen as select 1 as one;
create materialized view kept as select 2 as two;
create type mood as enum ('a', 'b');
create sequence counter;
create function trg() returns trigger language plpgsql as 'begin return new; end';
create trigger tr before insert on p1 for each row execute function trg();
create policy only_some on p1 using (a > 1);
create procedure pr() language sql as '';
"""
COMMANDS = (
    ("d", ""),
    ("d+", ""),
    ("dt", ""),
    ("dt", "*.*x"),
    ("dtv+", "p*"),
    ("dtS", ""),
    ("dv", "se*"),
    ("dm", ""),
    ("di", '"We \'; Ird".*'),
    ("ds+", "COUNTER"),
    ("df", ""),
    ("dft", ""),
    ("dfp+", "*.pr"),
    ("df", "pg_catalog.ab?"),
    ("dn", ""),
    ("dn", "pub*"),
    ("dnS", ""),
    ("du", ""),
    ("du+", "post*"),
    ("dx", ""),
    ("dT", ""),
    ("dT+", "mood"),
    ("l", ""),
    ("l+", "templ*"),
)


@pytest.fixture(scope="module")
def listed(pg: PgServer) -> Iterator[str]:
    pg.psql("postgres", "-c", "create database listed")
    pg.psql("listed", "-c", SCHEMA)
    yield "listed"
    pg.psql("postgres", "-c", "drop database listed with (force)")


async def test_the_same_names_as_psql(pg: PgServer, listed: str) -> None:
    config = DBConfig(
        host=pg.host,
        port=pg.port,
        user=pg.user,
        password=pg.password,
        database=listed,
    )
    async with PoolManager(driver_options=driver_options) as pools:
        db_id = await pools.create_pool(config)
        for name, pattern in COMMANDS:
            ours = listing(name, pattern)
            assert ours is not None
            rows = await pools.execute_query(db_id, ours.sql, *ours.values)
            width = 1 if name.rstrip("S+") in ("dn", "du", "dx", "l") else 2
            got = sorted([*row.values()][:width] for row in rows)
            said = pg.psql(
                listed, "-XAt", "-F\x1f", "-R\x1e", "-c", rf"\{name} {pattern}"
            )
            wanted = sorted(
                line.split("\x1f")[:width]
                for line in said.strip().split("\x1e")
                if line
            )
            assert got == wanted, (name, pattern)


async def test_descriptions_have_their_parts(pg: PgServer, listed: str) -> None:
    config = DBConfig(
        host=pg.host,
        port=pg.port,
        user=pg.user,
        password=pg.password,
        database=listed,
    )
    async with PoolManager(driver_options=driver_options) as pools:
        db_id = await pools.create_pool(config)

        async def parts(pattern: str, name: str = "d") -> dict[str, list[list[str]]]:
            found = finding(pattern)
            (row,) = await pools.execute_query(db_id, found.sql, *found.values)
            out = {}
            for part in description(Relation(*row.values()), name):
                rows = await pools.execute_query(db_id, part.sql, *part.values)
                out[part.label] = [list(each.values()) for each in rows]
            return out

        table = await parts('"We \'; Ird"."T.x"')
        assert [row[0] for row in table[""]] == ["id", "A b", "g"]
        assert table[""][2][4] == "generated always as ((id * 2)) stored"
        assert [row[1] for row in table["indexes"]] == ["primary key", ""]
        assert [row[0] for row in table["constraints"]] == [
            "primary key",
            "check",
            "referenced by",
        ]
        part = await parts("p1", "d+")
        assert part["triggers"][0][:2] == ["tr", "enabled"]
        assert [row[0] for row in part["more"]] == ["Partition of", "Policy"]
        assert (await parts("counter"))[""][0][0] == "bigint"
        assert (await parts("seen"))["more"][0][0] == "View definition"
        index = await parts('"We \'; Ird"."T.x_pkey"')
        assert index[""] == [["id", "integer", "yes", "id"]]
        many = finding("pg_catalog.pg_*")
        rows = await pools.execute_query(db_id, many.sql, *many.values)
        assert len(rows) == MAX_DESCRIBED + 1


def test_what_is_a_listing_and_what_a_description() -> None:
    assert listing("d", "x") is None
    assert describes("d")
    assert describes("dS+")
    assert not describes("dt")
    assert listing("dz", "") is None
