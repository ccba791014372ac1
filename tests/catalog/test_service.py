from __future__ import annotations

import asyncio
import time

import asyncpg
import pytest

from mdbtui.catalog import Catalog, Node, NodeKind
from mdbtui.pool import (
    ConnectionRefused,
    PoolError,
    PoolManager,
    QueryError,
    UnknownDatabase,
)
from mdbtui.query.text import driver_options
from tests.catalog.conftest import Reader, config
from tests.support.server import PgServer


def shown(nodes: list[Node]) -> list[tuple[str, str]]:
    return [(node.name, node.label_detail) for node in nodes]


async def test_a_database_opens_into_schemas_and_what_stands_beside_them(
    reader: Reader,
) -> None:
    top = await reader.at()
    assert [node.name for node in top] == [
        "public",
        "sales",
        'we"ird [/x]',
        "Extensions",
        "System schemas",
        "Other databases",
    ]
    assert top[2].sql_name == '"we""ird [/x]"'
    assert not any(node.open_first for node in top)


async def test_a_schema_opens_into_what_it_has(reader: Reader) -> None:
    assert shown(await reader.at("sales")) == [
        ("Tables", "4"),
        ("Views", "1"),
        ("Materialised views", "1"),
        ("Foreign tables", "1"),
        ("Functions", "4"),
        ("Sequences", "3"),
        ("Types", "5"),
    ]
    assert [node.name for node in await reader.at("sales") if node.open_first] == [
        "Tables"
    ]


async def test_tables_say_how_many_rows_and_how_big(reader: Reader) -> None:
    tables = {node.name: node for node in await reader.at("sales", "Tables")}
    assert list(tables) == ["customer", "ev", "fresh", "orders"]
    assert tables["customer"].label_detail.startswith("~1.5k · ")
    assert tables["customer"].comment == "people [/x]"
    # Partitions are folded below, and add up.
    assert tables["ev"].kind is NodeKind.PARTITIONED_TABLE
    assert tables["ev"].label_detail.startswith("~5k · ")
    # Never analysed: nobody knows, which is not the same as none.
    assert tables["fresh"].label_detail == "?"


async def test_an_estimated_size_is_near_the_real_one(
    reader: Reader, pg: PgServer, sample: str
) -> None:
    real = int(
        pg.psql(sample, "-c", "select pg_total_relation_size('sales.customer')").strip()
    )
    detail = (await reader.find("sales", "Tables", "customer")).label_detail
    shown_kb = float(detail.split(" · ")[1].removesuffix(" kB"))
    # Without the free space and visibility maps.
    assert real / 1024 - 80 <= shown_kb <= real / 1024 + 1


async def test_names_sort_naturally_and_any_character_is_kept(reader: Reader) -> None:
    names = [node.name for node in await reader.at("public", "Tables")]
    assert names == ["base", "child", "t2", "T3", "t10"]
    weird = await reader.find('we"ird [/x]', "Tables", "t'1\nx")
    assert weird.sql_name == '"we""ird [/x]"."t\'1\nx"'
    columns = await reader.catalog.children(reader.db_id, weird)
    assert [node.name for node in columns] == [" c", 'sel"ect']
    assert [node.sql_name for node in columns] == ['" c"', '"sel""ect"']


async def test_a_table_opens_into_columns_and_parts(reader: Reader) -> None:
    assert shown(await reader.at("sales", "Tables", "customer")) == [
        ("id", "bigint · PK · identity"),
        ("email", "sales.email · not null"),
        ("name", "text · default 'x'::text"),
        ("m", "sales.mood"),
        ("a", "sales.addr"),
        ("total", "numeric(10,2) · default 0"),
        ("twice", "numeric · generated"),
        ("created", "timestamp with time zone · default now()"),
        ("Keys", "2"),
        ("Indexes", "2"),
        ("Constraints", "1"),
    ]
    orders = ("sales", "Tables", "orders")
    assert shown(await reader.at(*orders, "Keys")) == [
        ("orders_pkey", "PRIMARY KEY (id)"),
        (
            "orders_cust_fkey",
            "FOREIGN KEY (cust) REFERENCES sales.customer(id) ON DELETE CASCADE",
        ),
    ]
    assert shown(await reader.at(*orders, "Triggers")) == [
        ("t1", "disabled · before insert, update")
    ]
    assert shown(await reader.at(*orders, "Constraints")) == [
        ("orders_during_excl", "EXCLUDE USING gist (during WITH &&)")
    ]
    indexes = dict(shown(await reader.at(*orders, "Indexes")))
    assert indexes["orders_pkey"] == "primary · btree (id) · 8 kB"
    assert (
        indexes["orders_expr"] == "btree (((cust + 1))) WHERE (id > 3) · 8 kB"
    )  # psql's own words


async def test_partitions_are_below_their_table_with_their_bounds(
    reader: Reader,
) -> None:
    ev = ("sales", "Tables", "ev", "Partitions")
    partitions = await reader.at(*ev)
    assert [node.name for node in partitions] == ["ev_2", "ev_10", "public.ev_d"]
    assert partitions[0].label_detail == ("~5k · FROM ('2024-02-01') TO ('2024-03-01')")
    assert partitions[2].sql_name == "public.ev_d"
    assert partitions[2].label_detail == "~0 · DEFAULT"
    below = await reader.at(*ev, "ev_10", "Partitions")
    assert shown(below) == [("ev_10_1", "~0 · IN (1)")]


async def test_functions_types_and_the_rest(reader: Reader) -> None:
    assert shown(await reader.at("sales", "Functions")) == [
        ("agg(integer)", "integer · aggregate"),
        ("f(a integer, b text)", "integer"),
        ("p(INOUT a integer)", "procedure"),
        ("trg()", "trigger"),
    ]
    assert (await reader.find("sales", "Functions", "trg()")).sql_name == "sales.trg"
    assert shown(await reader.at("sales", "Types")) == [
        ("addr", "composite type"),
        ("email", "domain of text"),
        ("fr", "range of double precision"),
        ("mood", "enum"),
        ("tags", "domain of integer[]"),
    ]
    mood = await reader.at("sales", "Types", "mood")
    assert [node.name for node in mood] == ["sad", "ok", "it's"]
    assert shown(await reader.at("sales", "Types", "addr")) == [
        ("street", "text"),
        ("zip", "integer"),
    ]
    assert ("s", "integer") in shown(await reader.at("sales", "Sequences"))
    assert shown(await reader.at("sales", "Views", "v")) == [
        ("id", "bigint"),
        ("name", "text"),
    ]
    assert shown(await reader.at("sales", "Materialised views")) == [
        ("mv", "~1 · 8 kB")
    ]
    assert shown(await reader.at("sales", "Foreign tables")) == [("remote", "far away")]


async def test_extensions_open_into_what_they_brought(reader: Reader) -> None:
    extensions = {node.name: node for node in await reader.at("Extensions")}
    assert set(extensions) == {"hstore", "plpgsql"}
    assert extensions["hstore"].label_detail.endswith(" · in public")
    members = await reader.catalog.children(reader.db_id, extensions["hstore"])
    assert "type hstore" in [node.name for node in members]
    # … and do not crowd the schema that they were put into.
    assert [node.name for node in await reader.at("public")] == ["Tables"]


async def test_system_schemas_are_one_level_down(reader: Reader) -> None:
    names = [node.name for node in await reader.at("System schemas")]
    assert names == ["information_schema", "pg_catalog", "pg_toast"]
    tables = await reader.at("System schemas", "pg_catalog", "Tables")
    assert "pg_class" in [node.name for node in tables]
    functions = await reader.at("System schemas", "pg_catalog", "Functions")
    assert len(functions) > 2500
    assert len({(node.kind, node.name) for node in functions}) == len(functions)


async def test_other_databases_are_listed_with_their_size(
    reader: Reader, database: str
) -> None:
    databases = {node.name: node for node in await reader.at("Other databases")}
    assert database in databases
    assert "catalog_sample" not in databases
    assert databases[database].label_detail.endswith(" MB")
    sibling = reader.catalog.sibling(reader.db_id, database)
    assert (sibling.database, sibling.name) == (database, f"cat/{database}")


async def test_what_was_dropped_meanwhile_is_empty(
    reader: Reader, pg: PgServer, sample: str
) -> None:
    pg.psql(sample, "-c", "create table public.gone (id int)")
    gone = await reader.find("public", "Tables", "gone")
    pg.psql(sample, "-c", "drop table public.gone")
    assert await reader.catalog.children(reader.db_id, gone) == []
    with pytest.raises(PoolError, match="no definition of this table"):
        await reader.catalog.definition(reader.db_id, gone)


async def test_the_only_schema_opens_by_itself(pg: PgServer, database: str) -> None:
    async with PoolManager() as pools:
        top = await Catalog(pools).children(pools.register(config(pg, database)))
    assert (top[0].name, top[0].open_first) == ("public", True)


async def test_a_locked_table_holds_nobody_up(
    reader: Reader, pg: PgServer, sample: str
) -> None:
    connection = await asyncpg.connect(pg.url(sample))
    try:
        await connection.execute(
            "begin; lock table sales.customer, sales.ev, sales.orders, sales.v"
            " in access exclusive mode"
        )
        async with asyncio.timeout(5):
            for names in (
                ("sales", "Tables", "customer"),
                ("sales", "Tables", "customer", "Keys"),
                ("sales", "Tables", "orders", "Triggers"),
                ("sales", "Tables", "ev", "Partitions"),
                ("sales", "Views", "v"),
            ):
                assert await reader.at(*names)
    finally:
        await connection.close()


async def test_a_role_without_rights_sees_what_it_may(
    pg: PgServer, database: str
) -> None:
    pg.psql(
        database,
        "-c",
        "create role nobody_much login password 'x'; create schema closed;"
        "create table closed.t (id int);"
        "revoke select on pg_proc from public; revoke connect on database"
        f" {database} from public; grant connect on database {database} to nobody_much",
    )
    try:
        async with PoolManager(driver_options=driver_options) as pools:
            mine = config(pg, database, user="nobody_much", password="x")
            reader = Reader(Catalog(pools), pools.register(mine))
            assert ("closed", "no access") in shown(await reader.at())
            # The functions can't be counted, the tables can still be listed.
            folders = await reader.at("closed")
            assert ("Tables", "") in shown(folders)
            assert [n.name for n in await reader.at("closed", "Tables")] == ["t"]
            with pytest.raises(QueryError) as caught:
                await reader.at("closed", "Functions")
            assert caught.value.sqlstate == "42501"
            assert "postgres" in [n.name for n in await reader.at("Other databases")]
    finally:
        pg.psql(database, "-c", "drop owned by nobody_much; drop role nobody_much")


async def test_a_database_that_is_not_there_is_an_error_of_ours(pg: PgServer) -> None:
    async with PoolManager() as pools:
        catalog = Catalog(pools)
        missing = pools.register(config(pg, "no such", name="a"))
        down = pools.register(config(pg, "postgres", name="b", port=1))
        with pytest.raises(UnknownDatabase):
            await catalog.children(missing)
        with pytest.raises(ConnectionRefused):
            await catalog.children(down)


async def test_ten_thousand_tables(pg: PgServer, database: str) -> None:
    loop = "do $$ begin for i in {}..{} loop execute format('create table t_%s ()', i);"
    for first in range(0, 10_000, 500):  # each transaction holds a lock for each table
        pg.psql(database, "-c", loop.format(first, first + 499) + " end loop; end $$")
    async with PoolManager(driver_options=driver_options) as pools:
        reader = Reader(Catalog(pools), pools.register(config(pg, database)))
        folder = await reader.find("public", "Tables")
        runs = [await _measured(reader, folder) for _ in range(4)]
    # 0.2 s on an idle machine; this bound is for a busy one.
    assert min(seconds for seconds, _ in runs) < 20.0
    # The loop's own time, not that of other processes; the first run is a cold one.
    assert min(stall for _, stall in runs) < 0.05


async def _measured(reader: Reader, folder: Node) -> tuple[float, float]:
    """How long listing takes, and the longest that the loop was busy with it."""
    longest = 0.0

    async def beat() -> None:
        nonlocal longest
        while True:
            before = time.thread_time()
            await asyncio.sleep(0)
            longest = max(longest, time.thread_time() - before)

    beating = asyncio.create_task(beat())
    start = time.monotonic()
    nodes = await reader.catalog.children(reader.db_id, folder)
    took = time.monotonic() - start
    beating.cancel()
    assert [node.name for node in nodes] == [f"t_{i}" for i in range(10_000)]
    return took, longest
