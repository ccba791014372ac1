-- What \dx+ lists: the objects of extensions.
-- From: PostgreSQL 12. Parameters: as in psql_schemas.sql.
select e.extname as "Extension",
       pg_catalog.pg_describe_object(d.classid, d.objid, 0) as "Object description"
  from pg_catalog.pg_extension e
  join pg_catalog.pg_depend d on d.refobjid = e.oid and d.deptype = 'e'
   and d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass
 where ($2::text is null or e.extname operator(pg_catalog.~) $2 collate pg_catalog.default)
   and $1::text is null and $3::text is null and $4::text is not null
 order by 1, 2
