-- The comments on columns, one page in order of relation and column.
-- From: PostgreSQL 12.
-- Parameters: $1 OID of the last relation of the page before (0 for the first), $2 its
-- last column's number, $3 rows in a page.
select c.oid::text as oid,
       a.attnum::text as number,
       n.nspname::text as schema,
       c.relname::text as name,
       a.attname::text as column,
       pg_catalog.left(d.description, 200) as comment
  from pg_catalog.pg_description d
  join pg_catalog.pg_attribute a on a.attrelid = d.objoid and a.attnum = d.objsubid
  join pg_catalog.pg_class c on c.oid = d.objoid
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
 where d.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass
   and d.objsubid > 0
   and (d.objoid, d.objsubid) > ($1::text::oid, $2::text::int)
 order by d.objoid, d.objsubid
 limit $3::text::int
