-- Functions, procedures and aggregates of one schema, one page in order of OID;
-- without those of extensions (listed below their extension) and the constructors of
-- range types.
-- From: PostgreSQL 12.
-- Parameters: $1 OID of the schema, $2 the last OID of the page before (0 for the
-- first), $3 rows in a page.
select p.oid::text as oid,
       p.proname::text as name,
       p.prokind::text as prokind,
       pg_catalog.pg_get_function_identity_arguments(p.oid) as arguments,
       pg_catalog.pg_get_function_result(p.oid) as result,
       pg_catalog.obj_description(p.oid, 'pg_proc') as comment
  from pg_catalog.pg_proc p
 where p.pronamespace = $1::text::oid
   and p.oid > $2::text::oid
   and not exists (select from pg_catalog.pg_depend d
                    where d.classid = 'pg_catalog.pg_proc'::regclass
                      and d.objid = p.oid and d.deptype in ('e', 'i'))
 order by p.oid
 limit $3::text::int
