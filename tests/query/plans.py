"""Statements whose plans hold every kind of node that is told apart."""

from __future__ import annotations

SCHEMA = """
create table a(id int primary key, g int, t text);
create table b(id int primary key, a_id int, v int);
create table target(id int primary key, v int);
create table parts(k int, v int) partition by range (k);
create table parts_1 partition of parts for values from (0) to (500);
create table parts_2 partition of parts for values from (500) to (1000);
create table child(a_id int references a(id));
create function loud() returns trigger language plpgsql as
  $$ begin return new; end $$;
create trigger told after insert on target for each row execute function loud();
create sequence counter;
create function calls_nextval() returns bigint language sql volatile as
  $$ select nextval('counter') $$;
insert into a select i, i % 50, repeat('x', 20) || i from generate_series(1, 5000) i;
insert into b select i, 1 + i % 5000, i % 7 from generate_series(1, 20000) i;
insert into parts select i, i from generate_series(0, 999) i;
insert into target select i, i from generate_series(1, 100) i;
create index on b(a_id);
create index on b(v);
create index "Odd Index" on a(g);
analyze;
"""

PARALLEL = (
    "set parallel_setup_cost = 0",
    "set parallel_tuple_cost = 0",
    "set min_parallel_table_scan_size = 0",
    "set max_parallel_workers_per_gather = 2",
)
_NO_HASH = ("set enable_hashjoin = off", "set enable_mergejoin = off")

# A name, the settings, the statement.
PLANS: tuple[tuple[str, tuple[str, ...], str], ...] = (
    ("result", (), "select 1"),
    ("seq scan", (), "select * from a where t like '%99'"),
    ("index scan", (), "select * from a where id = 7"),
    ("backward", (), "select id from a order by id desc limit 3"),
    ("odd index", ("set enable_bitmapscan=off",), "select t from a where g = 3"),
    ("bitmap", (), "select * from b where v = 3 and a_id < 400"),
    ("bitmap or", (), "select * from b where a_id = 3 or id < 40"),
    ("hash join", (), "select * from a join b on b.a_id = a.id where a.g < 9"),
    ("left join", (), "select * from a left join b on b.a_id = a.id and b.v = 9"),
    ("merge join", ("set enable_hashjoin=off", "set enable_nestloop=off"),
     "select count(*) from a x join a y on x.id = y.id"),
    ("nested loop", _NO_HASH,
     "select * from a join b on b.a_id = a.id where a.id < 40"),
    ("memoize", _NO_HASH,
     "select count(*) from b join a on a.id = b.v where b.id < 5000"),
    ("semi join", (), "select * from a where exists (select from b where a_id = a.id)"),
    ("anti join", (), "select * from a where not exists"
     " (select from b where a_id = a.id and v = 3)"),
    ("group", (), "select g, count(*) from a group by g having count(*) > 3"),
    ("sorted group", ("set enable_hashagg = off",),
     "select g, count(distinct t) from a group by g"),
    ("grouping sets", (), "select g, id % 3, count(*) from a group by cube(1, 2)"),
    ("hash spill", ("set work_mem = '64kB'", "set enable_sort = off"),
     "select id, count(*) from b group by id"),
    ("hash join spill", ("set work_mem = '64kB'", "set enable_mergejoin = off",
     "set enable_nestloop = off"),
     "select count(*) from b x join b y on x.id = y.a_id"),
    ("sort spill", ("set work_mem = '64kB'",), "select * from b order by v, id"),
    ("top sort", (), "select * from b order by v, id limit 5"),
    ("incremental sort", (), "select * from b order by a_id, v limit 50"),
    ("window", (), "select id, sum(g) over (partition by g order by id) from a"),
    ("cte", (), "with c as materialized (select g, count(*) n from a group by g)"
     " select * from c x join c y using (g) where x.n > (select avg(n) from c)"),
    ("recursive", (), "with recursive r(n) as (select 1 union all"
     " select n + 1 from r where n < 50) select sum(n) from r"),
    ("init plan", (), "select * from a where g = (select max(v) from b)"),
    ("nested init plans", (), "select (select count(*) from b where v ="
     " (select min(g) from a where id > (select avg(v) from b))), 2"),
    ("sub plan", (), "select id, (select max(v) from b where a_id = a.id) from a"
     " where id < 300"),
    ("hashed sub plan", (), "select count(*) from a where g not in (select v from b)"),
    ("never executed", (), "select * from a join b on b.a_id = a.id where a.id = -1"),
    ("one-time filter", (), "select * from a where now() is null"),
    ("append", (), "select sum(v) from parts where v > 10"),
    ("union", (), "select id from a union all select id from b limit 10000"),
    ("intersect", (), "select id from a intersect select v from b"),
    ("except all", (), "select v from b except all select g from a"),
    ("values", (), "select * from (values (1, 'a'), (2, 'b')) v(x, y) where x > 1"),
    ("function", (), "select * from generate_series(1, 100) g where g > 50"),
    ("table sample", (), "select * from a tablesample system (50) repeatable (1)"),
    ("project set", (), "select generate_series(1, id) from a where id < 5"),
    ("lock rows", (), "select * from a where id < 9 for update"),
    ("limit", (), "select * from a, b limit 10"),
    ("tid scan", (), "select * from a where ctid = '(0,1)'"),
    ("parallel", PARALLEL, "select count(*), sum(v) from b where v < 5"),
    ("parallel join", PARALLEL,
     "select g, count(*) from a join b on b.a_id = a.id group by g order by g"),
    ("gather merge", (*PARALLEL, "set enable_hashagg = off"),
     "select * from b order by v, id"),
    ("parallel init plan", PARALLEL,
     "select count(*) from b where v > (select avg(g) from a) / 10"),
    ("parallel sub plan", PARALLEL,
     "select count(*) from b where v = (select count(*) from parts where k = b.v)"),
    ("jit", ("set jit = on", "set jit_above_cost = 0", "set jit_inline_above_cost = 0",
     "set jit_optimize_above_cost = 0"), "select sum(g + 1) from a"),
    ("insert", (), "insert into target select i, i from generate_series(200, 299) i"),
    ("conflict", (), "insert into target select i, i from generate_series(90, 110) i"
     " on conflict (id) do update set v = excluded.v where target.v > 95"),
    ("update", (), "update a set g = g + 1 where id < 50"),
    ("delete", (), "delete from b using a where a.id = b.a_id and a.g = 3"),
    ("foreign key", (), "insert into child select i from generate_series(1, 50) i"),
    ("merge", (), "merge into target using a on a.id = target.id when matched and"
     " a.g < 20 then update set v = a.g when not matched and a.id < 200 then insert"
     " values (a.id, 0) when matched then delete"),
    ("writing cte", (), "with gone as (delete from b where v = 1 returning a_id)"
     " select count(*) from gone"),
    ("as table", (), "create table copied as select * from a"),
    ("empty loops", _NO_HASH,
     "select * from a join b on b.a_id = a.id and b.v = 99 where a.g = 3"),
)  # fmt: skip
