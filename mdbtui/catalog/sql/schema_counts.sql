-- How many objects of each kind one schema holds; partitions count with their
-- parent, and what an extension brought along counts with the extension.
-- From: PostgreSQL 12. Parameters: $1 OID of the schema.
select k.kind, pg_catalog.count(*)::text as count
  from (select case c.relkind when 'r' then 'tables' when 'p' then 'tables'
                              when 'v' then 'views' when 'm' then 'materialized_views'
                              when 'f' then 'foreign_tables' when 'S' then 'sequences'
               end as kind
          from pg_catalog.pg_class c
         where c.relnamespace = $1::text::oid
           and c.relkind in ('r', 'p', 'v', 'm', 'f', 'S')
           and not c.relispartition
        union all
        select 'functions'
          from pg_catalog.pg_proc p
         where p.pronamespace = $1::text::oid
           and not exists (select from pg_catalog.pg_depend d
                            where d.classid = 'pg_catalog.pg_proc'::regclass
                              and d.objid = p.oid and d.deptype in ('e', 'i'))
        union all
        select 'types'
          from pg_catalog.pg_type t
          left join pg_catalog.pg_class r on r.oid = t.typrelid
         where t.typnamespace = $1::text::oid
           and (t.typtype in ('b', 'd', 'e', 'r') or r.relkind = 'c')
           and not (t.typtype = 'b' and t.typelem <> 0 and t.typlen = -1)
           and not exists (select from pg_catalog.pg_depend d
                            where d.classid = 'pg_catalog.pg_type'::regclass
                              and d.objid = t.oid and d.deptype = 'e')) k
 group by k.kind
