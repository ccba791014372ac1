-- Installed extensions.
-- From: PostgreSQL 12. Parameters: none.
select e.oid::text as oid,
       e.extname::text as name,
       e.extversion as version,
       n.nspname::text as schema,
       pg_catalog.obj_description(e.oid, 'pg_extension') as comment
  from pg_catalog.pg_extension e
  join pg_catalog.pg_namespace n on n.oid = e.extnamespace
