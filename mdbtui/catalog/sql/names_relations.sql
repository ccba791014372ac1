-- All relations that hold rows, and sequences, with their columns as JSON, one page in
-- order of OID; without temporary ones and those of other sessions.
-- From: PostgreSQL 12.
-- Parameters: $1 the last OID of the page before (0 for the first), $2 rows in a page.
select c.oid::text as oid,
       n.nspname::text as schema,
       c.relname::text as name,
       case when c.relispartition then 'partition'
            else case c.relkind when 'r' then 'table'
                                when 'p' then 'partitioned table'
                                when 'v' then 'view'
                                when 'm' then 'materialized view'
                                when 'f' then 'foreign table'
                                else 'sequence' end
       end as kind,
       pg_catalog.left(pg_catalog.obj_description(c.oid, 'pg_class'), 200) as comment,
       case when c.relkind <> 'S' then
           (select pg_catalog.json_agg(pg_catalog.json_build_array(
                       a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod))
                       order by a.attnum)
              from pg_catalog.pg_attribute a
             where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped)::text
       end as columns
  from pg_catalog.pg_class c
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
 where c.relkind in ('r', 'p', 'v', 'm', 'f', 'S')
   and n.nspname !~ '^pg_(toast|temp_)'
   and c.oid > $1::text::oid
 order by c.oid
 limit $2::text::int
