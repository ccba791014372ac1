-- What one extension brought along, in the server's own words.
-- From: PostgreSQL 12. Parameters: $1 OID of the extension.
select d.objid::text as oid,
       pg_catalog.pg_describe_object(d.classid, d.objid, 0) as name
  from pg_catalog.pg_depend d
 where d.refclassid = 'pg_catalog.pg_extension'::regclass
   and d.refobjid = $1::text::oid
   and d.deptype = 'e'
