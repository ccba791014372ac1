-- All types that can be written in SQL, one page in order of OID: without arrays, the
-- row types of tables, and pseudo-types.
-- From: PostgreSQL 12.
-- Parameters: $1 the last OID of the page before (0 for the first), $2 rows in a page.
select t.oid::text as oid,
       n.nspname::text as schema,
       t.typname::text as name,
       case t.typtype when 'e' then 'enum'
                      when 'd' then 'domain'
                      when 'c' then 'composite'
                      when 'r' then 'range'
                      when 'm' then 'range'
                      else 'type' end as kind,
       pg_catalog.left(pg_catalog.obj_description(t.oid, 'pg_type'), 200) as comment
  from pg_catalog.pg_type t
  join pg_catalog.pg_namespace n on n.oid = t.typnamespace
  left join pg_catalog.pg_class c on c.oid = t.typrelid
 where n.nspname !~ '^pg_(toast|temp_)'
   and t.oid > $1::text::oid
   and t.typtype <> 'p'
   and (t.typtype <> 'c' or c.relkind = 'c')
   and not (t.typelem <> 0 and t.typlen = -1 and t.typcategory = 'A')
 order by t.oid
 limit $2::text::int
