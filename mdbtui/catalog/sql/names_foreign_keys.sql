-- All foreign keys with both sides' columns as JSON, one page in order of OID; without
-- those that partitions inherit.
-- From: PostgreSQL 12.
-- Parameters: $1 the last OID of the page before (0 for the first), $2 rows in a page.
select k.oid::text as oid,
       n.nspname::text as schema,
       c.relname::text as name,
       fn.nspname::text as to_schema,
       f.relname::text as to_name,
       (select pg_catalog.json_agg(pg_catalog.json_build_array(a.attname, b.attname)
                   order by p.number)
          from unnest(k.conkey, k.confkey)
               with ordinality as p (mine, theirs, number)
          join pg_catalog.pg_attribute a
            on a.attrelid = k.conrelid and a.attnum = p.mine
          join pg_catalog.pg_attribute b
            on b.attrelid = k.confrelid and b.attnum = p.theirs)::text as pairs
  from pg_catalog.pg_constraint k
  join pg_catalog.pg_class c on c.oid = k.conrelid
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  join pg_catalog.pg_class f on f.oid = k.confrelid
  join pg_catalog.pg_namespace fn on fn.oid = f.relnamespace
 where k.contype = 'f'
   and k.conparentid = 0
   and k.oid > $1::text::oid
 order by k.oid
 limit $2::text::int
