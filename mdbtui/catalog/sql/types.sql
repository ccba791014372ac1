-- Types of one schema that someone made on purpose, one page in order of OID:
-- without arrays, row types of tables, multiranges (they come with their range) and
-- the types of extensions.
-- From: PostgreSQL 12.
-- Parameters: $1 OID of the schema, $2 the last OID of the page before (0 for the
-- first), $3 rows in a page.
select t.oid::text as oid,
       t.typname::text as name,
       t.typtype::text as typtype,
       t.typrelid::text as relation,
       case t.typtype when 'd' then pg_catalog.format_type(t.typbasetype, t.typtypmod)
                      when 'r' then pg_catalog.format_type(g.rngsubtype, null) end as base,
       pg_catalog.obj_description(t.oid, 'pg_type') as comment
  from pg_catalog.pg_type t
  left join pg_catalog.pg_class r on r.oid = t.typrelid
  left join pg_catalog.pg_range g on g.rngtypid = t.oid
 where t.typnamespace = $1::text::oid
   and t.oid > $2::text::oid
   and (t.typtype in ('b', 'd', 'e', 'r') or r.relkind = 'c')
   and not (t.typtype = 'b' and t.typelem <> 0 and t.typlen = -1)
   and not exists (select from pg_catalog.pg_depend d
                    where d.classid = 'pg_catalog.pg_type'::regclass
                      and d.objid = t.oid and d.deptype = 'e')
 order by t.oid
 limit $3::text::int
