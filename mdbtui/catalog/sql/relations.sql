-- Relations of one schema, one page in order of OID: tables, views, sequences …
-- Rows and bytes are the planner's estimates from pg_class. pg_total_relation_size
-- would be exact, but it takes a lock on each relation: one ALTER TABLE somewhere
-- would hold up the whole list. Partitioned tables add up their partitions.
-- From: PostgreSQL 12. Before 14 an unknown row count is 0 (with 0 pages), not -1.
-- Parameters: $1 OID of the schema, $2 relkinds as an array literal, $3 the last
-- OID of the page before (0 for the first), $4 rows in a page.
with recursive page as materialized (
    select c.oid, c.relname, c.relkind, c.reltuples, c.relpages, c.reltoastrelid
      from pg_catalog.pg_class c
     where c.relnamespace = $1::text::oid
       and c.relkind::text = any ($2::text::text[])
       and not c.relispartition
       and c.oid > $3::text::oid
     order by c.oid
     limit $4::text::int
), tree (root, oid) as (
    select p.oid, p.oid from page p where p.relkind = 'p'
    union all
    select t.root, i.inhrelid
      from tree t
      join pg_catalog.pg_inherits i on i.inhparent = t.oid
), stored as (
    select p.oid as root, p.oid, p.reltuples, p.relpages, p.reltoastrelid
      from page p
     where p.relkind in ('r', 'm')
    union all
    select t.root, c.oid, c.reltuples, c.relpages, c.reltoastrelid
      from tree t
      join pg_catalog.pg_class c on c.oid = t.oid and c.relkind = 'r'
), measured as (
    select s.root,
           pg_catalog.sum(case when s.reltuples > 0 then s.reltuples::float8 else 0 end) as tuples,
           pg_catalog.bool_and(s.reltuples < 0 or (s.reltuples = 0 and s.relpages = 0
               and pg_catalog.current_setting('server_version_num')::int < 140000)) as unknown,
           pg_catalog.sum(s.relpages::int8
               + coalesce((select o.relpages from pg_catalog.pg_class o
                            where o.oid = s.reltoastrelid), 0)
               + coalesce((select pg_catalog.sum(x.relpages)
                             from pg_catalog.pg_index i
                             join pg_catalog.pg_class x on x.oid = i.indexrelid
                            where i.indrelid = s.oid), 0)) as pages
      from stored s
     group by s.root
)
select p.oid::text as oid,
       p.relname::text as name,
       p.relkind::text as relkind,
       case when not m.unknown then pg_catalog.trunc(m.tuples)::int8::text end as rows,
       (m.pages * pg_catalog.current_setting('block_size')::int8)::text as bytes,
       coalesce(pg_catalog.format_type(s.seqtypid, null), fs.srvname::text) as extra,
       pg_catalog.obj_description(p.oid, 'pg_class') as comment
  from page p
  left join measured m on m.root = p.oid
  left join pg_catalog.pg_sequence s on s.seqrelid = p.oid
  left join pg_catalog.pg_foreign_table ft on ft.ftrelid = p.oid
  left join pg_catalog.pg_foreign_server fs on fs.oid = ft.ftserver
 order by p.oid
