-- What \dT lists: types, without those of tables and arrays.
-- From: PostgreSQL 12. Parameters: as in psql_relations.sql, $3 being NULL.
select n.nspname as "Schema",
       pg_catalog.format_type(t.oid, null) as "Name"
       , t.typname as "Internal name" --+
       , case when t.typrelid <> 0 then 'tuple' when t.typlen < 0 then 'var' else t.typlen::text end as "Size" --+
       , (select pg_catalog.string_agg(e.enumlabel, E'\n' order by e.enumsortorder) from pg_catalog.pg_enum e where e.enumtypid = t.oid) as "Elements" --+
       , pg_catalog.pg_get_userbyid(t.typowner) as "Owner" --+
       , pg_catalog.array_to_string(t.typacl, E'\n') as "Access privileges" --+
       , pg_catalog.obj_description(t.oid, 'pg_type') as "Description"
  from pg_catalog.pg_type t
  join pg_catalog.pg_namespace n on n.oid = t.typnamespace
 where (t.typrelid = 0 or (select c.relkind = 'c' from pg_catalog.pg_class c where c.oid = t.typrelid))
   and not exists (select from pg_catalog.pg_type e where e.oid = t.typelem and e.typarray = t.oid)
   and ($2::text is null or t.typname operator(pg_catalog.~) $2 collate pg_catalog.default
        or pg_catalog.format_type(t.oid, null) operator(pg_catalog.~) $2 collate pg_catalog.default)
   and case when $1::text is null then pg_catalog.pg_type_is_visible(t.oid)
            else n.nspname operator(pg_catalog.~) $1 collate pg_catalog.default end
   and ($4::text::bool or $1 is not null or $2 is not null
        or n.nspname not in ('pg_catalog', 'information_schema'))
   and $3::text is null
 order by 1, 2
