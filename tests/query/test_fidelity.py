"""Every cell is what psql prints, through each of the row sources."""

from __future__ import annotations

import asyncpg
import pytest

from tests.query.support import SOURCES, connected, psql, rows_by

SETUP = r"""
create extension hstore; create extension citext; create extension ltree;
create extension cube; create extension seg; create extension isn;
create extension vector; create extension intarray;
create type mood as enum ('sad', 'so so', 'happy, "very"');
create type pair as (a int, b text);
create type nested as (p pair, m mood[], "odd name" numeric);
create domain positive as int check (value > 0);
create domain words as text[];
create domain pairs as pair;
create type timerange as range (subtype = time);
create type deep as range (subtype = numeric);
create table parts (a int, b text, c pair);
insert into parts values (1, 'x', row(2, 'y')), (null, '', null);
"""

EXPRESSIONS = r"""
true
false
null::bool
''
null::text
' '
E'a\tb\nc\rd\\e\bf\fg\vh'
'\N'
E'\\'
'\\N'
'null'
'NULL'
E'\u00e4\u00f6\u00fc \u6f22\u5b57 \U0001F600 e\u0301'
E'\u202e\u200b\ufeff'
repeat('x', 100000)
'abc'::char(10)
'abc'::varchar(10)
'a'::"char"
''::"char"
'\377'::"char"
'name'::name
0::int2
(-32768)::int2
2147483647
(-9223372036854775808)::int8
1::numeric
1.0::numeric
1.500::numeric(10,3)
1e-20::numeric
1e50::numeric
-0.0::numeric
12345678901234567890123456789012345678901234567890.12345678901234567890
'NaN'::numeric
'Infinity'::numeric
'-Infinity'::numeric
0.1::float4
3.4028235e38::float4
1e-45::float4
'NaN'::float4
0.1::float8
1e15::float8
1e16::float8
1.0::float8
'-0'::float8
'Infinity'::float8
'-Infinity'::float8
5e-324::float8
1.7976931348623157e308::float8
12.34::money
(-1234567.89)::money
''::bytea
'\x00ff5c'::bytea
decode('deadbeef', 'hex')
'2024-02-29'::date
'infinity'::date
'-infinity'::date
'0044-03-15 BC'::date
'5874897-12-31'::date
'04:05:06.789'::time
'24:00:00'::time
'04:05:06.789+02'::timetz
'24:00:00-15:59:59'::timetz
'04:05:06+02:03:04'::timetz
'2024-02-29 04:05:06.789'::timestamp
'infinity'::timestamp
'-infinity'::timestamp
'0044-03-15 12:00:00 BC'::timestamp
'294276-12-31 23:59:59.999999'::timestamp
'2024-02-29 04:05:06.789+05:30'::timestamptz
'infinity'::timestamptz
'4713-01-01 00:00:00+00 BC'::timestamptz
'1 year 2 mons 3 days'::interval
'-1 mons +2 days'::interval
'1 mon -1 day -00:00:00.000001'::interval
'178000000 years'::interval
'0'::interval
'1.5 years 36:00:00.5'::interval
interval '1' year
'infinity'::interval
'B'::bit
B'1'
B'10101'::bit varying
''::bit varying
'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid
'192.168.0.1'::inet
'192.168.0.0/24'::inet
'::1'::inet
'::ffff:1.2.3.4'::inet
'192.168.100.128/25'::cidr
'2001:4f8:3:ba::/64'::cidr
'08:00:2b:01:02:03'::macaddr
'08:00:2b:01:02:03:04:05'::macaddr8
'(1,2)'::point
'(1.5,-2.25)'::point
'{1,2,3}'::line
'[(1,2),(3,4)]'::lseg
'(3,4),(1,2)'::box
'[(1,2),(3,4)]'::path
'((1,2),(3,4))'::path
'((0,0),(1,1),(2,0))'::polygon
'<(1,2),3>'::circle
'{"a": 1, "b": [null, "x\ty"]}'::json
'{"b":1,   "a":2}'::json
'{"b":1,   "a":1.50, "c": "\u00e4"}'::jsonb
'null'::jsonb
'$.a[*] ? (@ > 1)'::jsonpath
'a fat cat sat'::tsvector
$$'joe''s':1A,2B 'x\\y':3$$::tsvector
'fat & (rat | !cat:*)'::tsquery
array[1,2,3]
'{}'::int[]
'[0:2]={1,2,3}'::int[]
'[-2:-1][5:6]={{1,2},{3,4}}'::int[]
array[[1,2],[3,4]]
array['a', null, 'null', '', 'x y', 'q"uote', E'back\\slash', 'c,omma', '{b}']
array[array['a','b'],array['c',null]]
array[true,false,null]
array['2024-01-01'::date, 'infinity']
array[1.10, 'NaN']::numeric[]
array[row(1,'a,b')::pair, null, row(null,'"')::pair]
array['{"a":1}'::jsonb]
array[E'\\x00'::bytea, E'\\x5c']
array['(1,2)'::point]
array['(3,4),(1,2)'::box, '(1,1),(0,0)']
array['1 mon'::interval]
'1 2 3'::int2vector
'1 2 3'::oidvector
array['1 2'::int2vector]
row(1, 'a', null)
row()
row(null)
row('', ' ', 'a"b', E'c\\d', 'e,f', '(g)')
row(1, row(2, row(3, 'x y')), array[1,2])
row(1,'x')::pair
row(row(1,'x y'), array['sad','so so']::mood[], 1.50)::nested
row(1,2)::pairs
'happy, "very"'::mood
array['happy, "very"', 'so so']::mood[]
5::positive
array['a','b']::words
(select c from parts where a = 1)
(select parts from parts where a is null)
(select array_agg(parts order by a) from parts)
'[1,10)'::int4range
'empty'::int4range
'(,5)'::int8range
'[1.5,2.50]'::numrange
'[2024-01-01,infinity)'::daterange
'["2024-01-01 00:00:00","2024-01-02 00:00:00"]'::tsrange
'[2024-01-01 00:00:00+00,)'::tstzrange
'[04:00,05:00)'::timerange
'[1.0,2.00)'::deep
array['[1,2)'::int4range, 'empty']
'{[1,3),[5,7)}'::int4multirange
'{}'::nummultirange
'{[04:00,05:00)}'::timemultirange
'{["2024-01-01 00:00:00","2024-01-02 00:00:00"]}'::tsmultirange
'(0,1)'::tid
'16/B374D848'::pg_lsn
'10:20:10,14,15'::txid_snapshot
'10:20:10,14,15'::pg_snapshot
'123'::xid
'123456789012'::xid8
'7'::cid
26::oid
4294967295::oid
'pg_class'::regclass
'"char"'::regtype
'int[]'::regtype
'sum(int)'::regprocedure
'pg_sleep'::regproc
'+(int,int)'::regoperator
'english'::regconfig
'simple'::regdictionary
'pg_catalog'::regnamespace
current_user::regrole
'"C"'::regcollation
'a=>1, "b c"=>NULL, "d"=>"x\"y"'::hstore
array['a=>1'::hstore]
'CiText'::citext
array['CiText'::citext]
'Top.Science'::ltree
'Top.*{2}.!x'::lquery
'a & b*'::ltxtquery
array['a.b'::ltree]
'(1,2),(3,4)'::cube
'5(+-)0.3'::seg
'978-0-393-04002-9'::isbn13
'[1,2.5,-3e-10]'::vector
array['[1,2]'::vector]
'1&(2|!3)'::query_int
'{1,2}'::int[] # 1
pg_notify('x', 'y')
acldefault('r', 10)
array[acldefault('r', 10)]
1::int4 = any(null)
count(*) filter (where false)
(select stanumbers1 from pg_statistic where stanumbers1 is not null limit 1)
(select stavalues1 from pg_statistic where starelid = 1255 and staattnum = 2)
(select relacl from pg_class where relname = 'pg_class')
(select proargdefaults from pg_proc where proname = 'json_populate_record')
(select prosrc from pg_proc where oid = 'upper(text)'::regprocedure)
(select adbin from pg_attrdef limit 1)
(select attmissingval from pg_attribute limit 1)
"""

CELLS = [line for line in EXPRESSIONS.splitlines() if line.strip()]


@pytest.mark.parametrize("source", SOURCES)
async def test_cells_of_every_type(pg, database, source):
    pg.psql(database, "-c", SETUP, "-c", "analyze pg_proc")
    sql = "select " + ",\n".join(CELLS)
    async with connected(pg, database) as connection:
        (ours,) = await rows_by(source, connection, sql)
    (theirs,) = psql(pg, database, sql)
    assert len(ours) == len(theirs) == len(CELLS) > 200
    wrong = {
        expression: (our, their)
        for expression, our, their in zip(CELLS, ours, theirs, strict=True)
        if our != their
    }
    assert wrong == {}


@pytest.mark.parametrize("source", SOURCES)
async def test_null_is_not_the_empty_string(pg, database, source):
    sql = "values (null, ''), ('', null), (E'\\\\N', 'N')"
    async with connected(pg, database) as connection:
        rows = await rows_by(source, connection, sql)
    assert rows == [(None, ""), ("", None), ("\\N", "N")]


@pytest.mark.parametrize(
    "setting",
    [
        "datestyle = 'SQL, DMY'",
        "intervalstyle = iso_8601",
        "bytea_output = escape",
        "extra_float_digits = -3",
        "timezone = 'Asia/Kathmandu'",
    ],
)
@pytest.mark.parametrize("source", SOURCES)
async def test_the_sessions_settings_show(pg, database, source, setting):
    sql = (
        "select date '2024-12-31', interval '1 day 2 s', bytea '\\x00ff41',"
        " 0.1::float8 * 3, timestamptz '2024-01-01 00:00+00'"
    )
    async with connected(pg, database) as connection:
        await connection.execute(f"set {setting}")
        ours = await rows_by(source, connection, sql)
    pg.psql(database, "-c", f"alter database {database} set {setting}")
    assert ours == psql(pg, database, sql)


CATALOG = """
select format('%I.%I', nspname, relname) from pg_class c
join pg_namespace n on n.oid = relnamespace
where relkind in ('r', 'v') and nspname in ('pg_catalog', 'information_schema')
order by 1
"""

STABLE = (
    "select * from pg_attribute order by attrelid, attnum",
    "select * from pg_statistic order by starelid, staattnum, stainherit",
    "select * from pg_stats order by 1, 2, 3",
    "select t from pg_type t order by oid",
    "select p from pg_proc p order by oid",
    "select * from information_schema.columns order by 1, 2, 3, 4",
)


async def test_whole_catalogs_are_the_same(pg, database):
    pg.psql(database, "-c", SETUP)
    pg.psql(database, "-c", "analyze")
    async with connected(pg, database) as connection:
        for sql in STABLE:
            for source in SOURCES:
                assert await rows_by(source, connection, sql) == psql(
                    pg, database, sql
                ), (source, sql)


async def test_every_catalog_relation_can_be_read(pg, database):
    refused = set()
    async with connected(pg, database) as connection:
        relations = [name for (name,) in await connection.fetch(CATALOG)]
        assert len(relations) > 200
        for name in relations:
            for number, sql in enumerate(
                (f"select * from {name}", f"select x from {name} x limit 200")
            ):
                try:
                    rows = await rows_by(SOURCES[number * 2], connection, sql)
                except asyncpg.PostgresError as exc:
                    refused.add((name, exc.sqlstate))
                    continue
                assert all(
                    cell is None or type(cell) is str for row in rows for cell in row
                )
    # The server itself can't tell this one here.
    assert {name for name, _ in refused} <= {"pg_catalog.pg_shmem_allocations_numa"}
