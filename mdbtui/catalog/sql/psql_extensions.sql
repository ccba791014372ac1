-- What \dx lists: extensions.
-- From: PostgreSQL 12. Parameters: as in psql_schemas.sql.
select e.extname as "Name",
       e.extversion as "Version",
       a.default_version as "Default version",
       n.nspname as "Schema",
       pg_catalog.obj_description(e.oid, 'pg_extension') as "Description"
  from pg_catalog.pg_extension e
  left join pg_catalog.pg_namespace n on n.oid = e.extnamespace
  left join pg_catalog.pg_available_extensions() a (name, default_version, comment) on a.name = e.extname
 where ($2::text is null or e.extname operator(pg_catalog.~) $2 collate pg_catalog.default)
   and $1::text is null and $3::text is null and $4::text is not null
 order by 1
