"""The names of a database, read from a server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from mdbtui.catalog import names as loading
from mdbtui.catalog.names import NameService
from mdbtui.pool import PoolManager
from mdbtui.query import driver_options
from mdbtui.sql.complete.names import EMPTY, Names
from tests.catalog.conftest import config
from tests.support.server import PgServer
from tests.support.waiting import eventually

SCHEMA = """
create schema sales;
create schema "Odd one";
create type mood as enum ('sad', 'ok', 'don''t know');
create type sales.size as enum ('s', 'm');
create domain positive as int check (value > 0);
create type pair as (a int, b text);
create table people (id int primary key, "Full Name" text, mood mood, gone int);
alter table people drop column gone;
comment on table people is 'who they are';
comment on column people."Full Name" is 'as they say it';
create table sales.orders (
    id int, line int, person int references people, size sales.size[],
    primary key (id, line));
create table sales.notes (
    order_id int, line int, foreign key (order_id, line) references sales.orders);
create table events (at date) partition by range (at);
create table events_1 partition of events for values from (minvalue) to (maxvalue);
create view sales.open as select id, person from sales.orders;
create materialized view totals as select 1 as total;
create sequence counter;
create function total_of(order_id int, "when" date default now()) returns numeric
    language sql as 'select 1.0';
comment on function total_of is 'what it costs';
create function listed(out a int, out b text) returns setof record
    language sql as 'select 1, null::text';
create procedure tidy() language sql as 'select 1';
alter database {database} set search_path to sales, public;
"""


@pytest.fixture
async def service(pg: PgServer, database: str) -> AsyncIterator[NameService]:
    """Names of databases that are called like their connections."""
    pg.psql(database, "-c", SCHEMA.format(database=database))
    async with PoolManager(driver_options=driver_options) as pools:
        pools.register(config(pg, database, name=database))
        names = NameService(pools)
        yield names
        await names.close()


async def read(service: NameService, db_id: str) -> Names:
    service.want(db_id)
    await eventually(lambda: not service.loading(db_id))
    return service.known(db_id)


async def test_everything_that_can_be_named_is_read(
    service: NameService, database: str
) -> None:
    names = await read(service, database)
    people = names.relation("public", "people")
    assert people is not None
    assert people.columns == ("id", "Full Name", "mood")
    assert people.types == ("integer", "text", "mood")
    assert people.comment == "who they are"
    assert names.column_comments["public", "people", "Full Name"] == "as they say it"
    kinds = {
        r.name: r.kind for place in ("public", "sales") for r in names.relations(place)
    }
    assert kinds == {
        "people": "table",
        "orders": "table",
        "notes": "table",
        "events": "partitioned table",
        "events_1": "partition",
        "open": "view",
        "totals": "materialized view",
        "counter": "sequence",
    }
    assert names.search_path == ("pg_catalog", "sales", "public")
    assert {"sales", "public", "Odd one", "pg_catalog"} <= set(names.schemas)
    assert {database, "postgres"} <= set(names.databases)
    assert names.settings["enable_seqscan"].kind == "bool"
    assert "warning" in names.settings["client_min_messages"].values
    assert names.relation(None, "pg_class") is not None


async def test_keys_types_and_functions_are_read(
    service: NameService, database: str
) -> None:
    names = await read(service, database)
    (to_orders,) = names.foreign_keys("sales", "notes")
    assert to_orders.columns == ("order_id", "line")
    assert (to_orders.to_schema, to_orders.to_table) == ("sales", "orders")
    assert to_orders.to_columns == ("id", "line")
    assert len(names.foreign_keys("sales", "orders")) == 2
    own = {kind.name: kind.kind for kind in names.types if kind.schema == "public"}
    assert own == {"mood": "enum", "positive": "domain", "pair": "composite"}
    assert names.enums["mood"] == ("sad", "ok", "don't know")
    assert "size" in names.enums  # visible along the search path
    (total,) = names.functions("total_of")
    assert total.arguments.startswith('order_id integer, "when" date DEFAULT')
    assert (total.result, total.comment) == ("numeric", "what it costs")
    (listed,) = names.functions("listed")
    assert (listed.outputs, listed.returns_set) == (("a", "b"), True)
    assert names.functions("tidy")[0].kind == "procedure"
    assert names.functions("now")
    assert not names.functions("int4in")


async def test_pages_lose_nothing(
    service: NameService, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = await read(service, database)
    monkeypatch.setattr(loading, "RELATIONS_PAGE", 3)
    monkeypatch.setattr(loading, "PAGE", 7)
    service.refresh(database)
    await eventually(lambda: service.known(database) is not whole)
    paged = service.known(database)
    for place in whole.relation_schemas:
        assert list(paged.relations(place)) == list(whole.relations(place))
    assert paged.functions() == whole.functions()
    assert paged.types == whole.types
    assert paged.column_comments == whole.column_comments


async def test_a_database_is_read_once_and_anew_when_asked(
    pg: PgServer, service: NameService, database: str
) -> None:
    heard: list[str] = []
    forget = service.subscribe(heard.append)
    names = await read(service, database)
    for _ in range(5):
        service.want(database)
    assert not service.loading(database)
    pg.psql(database, "-c", "create table later (a int)")
    # Asked for twice while it reads: once more is enough, and comes behind it.
    for _ in range(3):
        service.refresh(database)
    assert service.known(database) is names  # until the new ones are there
    await eventually(lambda: len(heard) == 3 and not service.loading(database))
    assert service.known(database).relation("sales", "later")
    forget()
    service.forget(database)
    assert service.known(database) is EMPTY


async def test_what_cannot_be_read_is_only_missing(pg: PgServer, database: str) -> None:
    async with PoolManager(driver_options=driver_options) as pools:
        pools.register(config(pg, "no_such_database", name="none"))
        names = NameService(pools)
        assert (await read(names, "none")) is EMPTY
        names.want("none")
        assert not names.loading("none")  # not at each key
        names.refresh("none")
        assert names.loading("none")  # but when it is asked for
        names.want("never registered")
        await eventually(lambda: not names.loading("never registered"))
        await names.close()
        assert not [t for t in asyncio.all_tasks() if t.get_name().startswith("names")]
