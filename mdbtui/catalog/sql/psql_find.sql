-- The relations that \d NAME describes.
-- From: PostgreSQL 12. Parameters: $1, $2 as in psql_relations.sql, $3 how many at most.
select c.oid::text as oid, n.nspname as schema, c.relname as name, c.relkind::text as kind
  from pg_catalog.pg_class c
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
 where ($2::text is null or c.relname operator(pg_catalog.~) $2 collate pg_catalog.default)
   and case when $1::text is null then pg_catalog.pg_table_is_visible(c.oid)
            else n.nspname operator(pg_catalog.~) $1 collate pg_catalog.default end
 order by 2, 3
 limit $3::text::int
