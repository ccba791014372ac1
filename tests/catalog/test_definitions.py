from __future__ import annotations

from pathlib import Path

import pytest

from mdbtui.catalog import Catalog, Node, NodeKind
from mdbtui.catalog.queries import query
from mdbtui.pool import PoolError, PoolManager
from tests.catalog.conftest import SAMPLE, Reader, config
from tests.support.server import PgServer

SQL = Path(__file__).parents[2] / "mdbtui/catalog/sql"


@pytest.mark.parametrize(
    ("names", "kind", "text"),
    [
        (("Views", "v"), NodeKind.VIEW, "CREATE OR REPLACE VIEW sales.v AS\n SELECT"),
        (
            ("Materialised views", "mv"),
            NodeKind.MATERIALIZED_VIEW,
            "CREATE MATERIALIZED VIEW sales.mv AS\n SELECT",
        ),
        (
            ("Functions", "f(a integer, b text)"),
            NodeKind.FUNCTION,
            "CREATE OR REPLACE FUNCTION sales.f(a integer, b text DEFAULT 'x'::text)",
        ),
        (
            ("Functions", "p(INOUT a integer)"),
            NodeKind.PROCEDURE,
            "CREATE OR REPLACE PROCEDURE sales.p(",
        ),
        (
            ("Types", "mood"),
            NodeKind.ENUM,
            "CREATE TYPE sales.mood AS ENUM (\n    'sad',\n    'ok',\n    'it''s'\n);",
        ),
        (
            ("Tables", "orders", "Indexes", "orders_expr"),
            NodeKind.INDEX,
            "CREATE INDEX orders_expr ON sales.orders USING btree (((cust + 1)))",
        ),
        (
            ("Tables", "orders", "Keys", "orders_pkey"),
            NodeKind.KEY,
            "ALTER TABLE sales.orders\n    ADD CONSTRAINT orders_pkey PRIMARY KEY",
        ),
        (
            ("Tables", "orders", "Triggers", "t1"),
            NodeKind.TRIGGER,
            "CREATE TRIGGER t1 BEFORE INSERT OR UPDATE ON sales.orders",
        ),
    ],
)
async def test_definitions(
    reader: Reader, names: tuple[str, ...], kind: NodeKind, text: str
) -> None:
    node = await reader.find("sales", *names)
    assert node.kind is kind
    assert node.has_definition
    definition = await reader.catalog.definition(reader.db_id, node)
    assert definition.startswith(text)
    assert definition.endswith(";")


async def test_an_aggregate_has_none(reader: Reader) -> None:
    aggregate = await reader.find("sales", "Functions", "agg(integer)")
    assert not aggregate.has_definition
    with pytest.raises(PoolError, match="no definition of this aggregate"):
        await reader.catalog.definition(reader.db_id, aggregate)


TABLES = [
    ("public", "base"),
    ("public", "child"),
    ("public", "t2"),
    ("sales", "customer"),
    ("sales", "orders"),
    ("sales", "ev"),
    ('we"ird [/x]', "t'1\nx"),
]


@pytest.mark.parametrize("names", TABLES)
async def test_a_table_made_from_its_definition_is_the_same(
    pg: PgServer, database: str, names: tuple[str, str]
) -> None:
    """Drop it, make it from what was printed, and print it again."""
    pg.psql(database, "-f", str(SAMPLE))
    async with PoolManager() as pools:
        reader = Reader(Catalog(pools), pools.register(config(pg, database)))
        before = await described(reader, *names)
        table = await reader.find(names[0], "Tables", names[1])
        assert table.sql_name
        script = (
            "drop sequence if exists kept; create sequence kept;"
            f"alter sequence if exists sales.orders_id_seq owned by none;"
            f"drop table {table.sql_name} cascade; {before[0]}"
        )
        pg.psql(database, "-f", "-", stdin=script)
        assert await described(reader, *names) == before


async def test_a_partition_is_made_below_its_table(
    reader: Reader, pg: PgServer, sample: str
) -> None:
    node = await reader.find("sales", "Tables", "ev", "Partitions", "ev_10")
    definition = await reader.catalog.definition(reader.db_id, node)
    assert definition == (
        "CREATE TABLE sales.ev_10\n    PARTITION OF sales.ev\n"
        "    FOR VALUES FROM ('2024-10-01') TO ('2024-11-01')\nPARTITION BY LIST (n);"
    )
    foreign = await reader.find("sales", "Foreign tables", "remote")
    assert (await reader.catalog.definition(reader.db_id, foreign)).endswith(
        "\nSERVER \"far away\"\nOPTIONS (x 'y''z');"
    )


async def described(reader: Reader, *names: str) -> list[object]:
    """A table's definition, and all that the tree says of its columns and parts."""
    table = await reader.find(names[0], "Tables", names[1])
    definition = await reader.catalog.definition(reader.db_id, table)
    below = await reader.catalog.children(reader.db_id, table)
    parts: list[object] = [definition]
    for node in below:
        if node.kind in (NodeKind.TRIGGERS, NodeKind.PARTITIONS):
            continue
        parts.append((node.name, node.label_detail, node.comment))
        parts += [n.name for n in await _below(reader, node)]
    return parts


async def _below(reader: Reader, node: Node) -> list[Node]:
    return await reader.catalog.children(reader.db_id, node) if node.is_folder else []


@pytest.mark.parametrize("path", sorted(SQL.glob("*.sql")), ids=lambda path: path.stem)
def test_each_query_says_what_it_is(path: Path) -> None:
    text = query(path.stem)
    header = [line for line in text.splitlines() if line.startswith("--")]
    assert text.startswith("-- ")
    assert any("From: PostgreSQL 12" in line for line in header)
    assert any("Parameters: " in line for line in header)
    # A function of a schema in the search path must not come before the server's.
    assert "pg_catalog." in text
