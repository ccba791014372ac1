-- Partitions directly below one partitioned table, one page in order of OID, with
-- their bounds. The bounds hold no column, so that pg_get_expr needs no relation
-- (given one, newer servers lock it).
-- From: PostgreSQL 12.
-- Parameters: $1 OID of the parent, $2 the last OID of the page before (0 for the
-- first), $3 rows in a page.
select c.oid::text as oid,
       n.nspname::text as schema,
       c.relname::text as name,
       c.relkind::text as relkind,
       case when c.reltuples > 0 or (c.reltuples = 0 and (c.relpages > 0
                 or pg_catalog.current_setting('server_version_num')::int >= 140000))
            then c.reltuples::int8::text end as rows,
       pg_catalog.pg_get_expr(c.relpartbound, 0) as bound,
       pg_catalog.obj_description(c.oid, 'pg_class') as comment
  from pg_catalog.pg_inherits i
  join pg_catalog.pg_class c on c.oid = i.inhrelid
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
 where i.inhparent = $1::text::oid
   and c.relispartition
   and c.oid > $2::text::oid
 order by c.oid
 limit $3::text::int
