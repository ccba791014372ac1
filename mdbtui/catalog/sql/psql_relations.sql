-- What \dt, \dv, \dm, \di, \ds and \d alone list: relations by kind.
-- Lines that end in --+ are for the forms with +, in --i for indexes.
-- From: PostgreSQL 12. Parameters: $1 regular expression for the schema, or NULL for
-- what the search path shows, $2 for the name, or NULL for all, $3 relkinds as an array
-- literal, $4 whether the system's own are listed too.
select n.nspname as "Schema",
       c.relname as "Name",
       case c.relkind when 'r' then 'table' when 'v' then 'view' when 'm' then 'materialized view'
            when 'i' then 'index' when 'S' then 'sequence' when 't' then 'TOAST table'
            when 'f' then 'foreign table' when 'p' then 'partitioned table'
            when 'I' then 'partitioned index' end as "Type",
       pg_catalog.pg_get_userbyid(c.relowner) as "Owner"
       , (select o.relname from pg_catalog.pg_index i join pg_catalog.pg_class o on o.oid = i.indrelid where i.indexrelid = c.oid) as "Table" --i
       , case c.relpersistence when 'p' then 'permanent' when 't' then 'temporary' when 'u' then 'unlogged' end as "Persistence" --+
       , (select am.amname from pg_catalog.pg_am am where am.oid = c.relam) as "Access method" --+
       , pg_catalog.pg_size_pretty(pg_catalog.pg_table_size(c.oid)) as "Size" --+
       , pg_catalog.obj_description(c.oid, 'pg_class') as "Description" --+
  from pg_catalog.pg_class c
  left join pg_catalog.pg_namespace n on n.oid = c.relnamespace
 where c.relkind::text = any ($3::text::text[])
   and ($2::text is null or c.relname operator(pg_catalog.~) $2 collate pg_catalog.default)
   and case when $1::text is null then pg_catalog.pg_table_is_visible(c.oid)
            else n.nspname operator(pg_catalog.~) $1 collate pg_catalog.default end
   and ($4::text::bool or $1 is not null or $2 is not null
        or n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_toast')
 order by 1, 2
