-- Schemas of the current database: the system's own, or all others.
-- Temporary schemas are left out: they belong to single connections of a pool.
-- From: PostgreSQL 12. Parameters: $1 whether the system's own are wanted.
select n.oid::text as oid,
       n.nspname::text as name,
       pg_catalog.has_schema_privilege(n.oid, 'USAGE')::text as usable,
       pg_catalog.obj_description(n.oid, 'pg_namespace') as comment
  from pg_catalog.pg_namespace n
 where n.nspname !~ '^pg_(toast_)?temp_'
   and (n.nspname = 'information_schema' or n.nspname ~ '^pg_') = $1::text::bool
