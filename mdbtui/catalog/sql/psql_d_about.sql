-- \d NAME: whatever else psql prints below a relation.
-- From: PostgreSQL 12. Parameters: $1 OID of the relation.
with this as (
    select c.*, pg_catalog.to_jsonb(c) as j from pg_catalog.pg_class c where c.oid = $1::text::oid
)
select f.about as "About", f.detail as "Detail"
  from (
    select 1, 'Index of', i.indrelid::pg_catalog.regclass::text
      from pg_catalog.pg_index i join this t on t.oid = i.indexrelid
    union all
    select 2, 'View definition', pg_catalog.pg_get_viewdef(t.oid, true) from this t where t.relkind in ('v', 'm')
    union all
    select 3, 'Partition key', pg_catalog.pg_get_partkeydef(t.oid) from this t where t.relkind = 'p'
    union all
    select 4, case when t.relispartition then 'Partition of' else 'Inherits' end,
           pg_catalog.concat_ws(' ', i.inhparent::pg_catalog.regclass::text, pg_catalog.pg_get_expr(t.relpartbound, t.oid))
      from this t join pg_catalog.pg_inherits i on i.inhrelid = t.oid
    union all
    select 5, case when t.relkind in ('p', 'I') then 'Partitions' else 'Child tables' end, pg_catalog.count(*)::text
      from this t join pg_catalog.pg_inherits i on i.inhparent = t.oid group by t.relkind
    union all
    (select 6, case when c.relispartition then 'Partition' else 'Child table' end,
           pg_catalog.concat_ws(' ', i.inhrelid::pg_catalog.regclass::text, pg_catalog.pg_get_expr(c.relpartbound, c.oid))
      from pg_catalog.pg_inherits i join pg_catalog.pg_class c on c.oid = i.inhrelid
     where i.inhparent = $1::text::oid order by c.relname limit 100)
    union all
    select 7, 'Policy' || case when not p.polpermissive then ' (restrictive)' else '' end,
           pg_catalog.concat_ws(' ', p.polname, 'for ' || case p.polcmd when 'r' then 'select' when 'a' then 'insert' when 'w' then 'update' when 'd' then 'delete' else 'all' end,
               'using (' || pg_catalog.pg_get_expr(p.polqual, p.polrelid) || ')',
               'with check (' || pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid) || ')')
      from pg_catalog.pg_policy p where p.polrelid = $1::text::oid
    union all
    select 8, 'Row security', case when t.relforcerowsecurity then 'forced' else 'enabled' end
      from this t where t.relrowsecurity
    union all
    select 9, 'Rule', pg_catalog.pg_get_ruledef(r.oid, true)
      from pg_catalog.pg_rewrite r where r.ev_class = $1::text::oid and r.rulename <> '_RETURN'
    union all
    select 10, 'Statistics', pg_catalog.pg_get_statisticsobjdef(s.oid)
      from pg_catalog.pg_statistic_ext s where s.stxrelid = $1::text::oid
    union all
    select 11, 'Publication', p.pubname from pg_catalog.pg_publication p
      left join pg_catalog.pg_publication_rel r on r.prpubid = p.oid and r.prrelid = $1::text::oid
     where r.oid is not null or p.puballtables and exists (select from this t where t.relkind in ('r', 'p'))
    union all
    select 12, 'Server', s.srvname || coalesce(' (' || pg_catalog.array_to_string(f.ftoptions, ', ') || ')', '')
      from pg_catalog.pg_foreign_table f join pg_catalog.pg_foreign_server s on s.oid = f.ftserver
     where f.ftrelid = $1::text::oid
    union all
    select 13, 'Persistence', case t.relpersistence when 'u' then 'unlogged' else 'temporary' end
      from this t where t.relpersistence <> 'p'
    union all
    select 14, 'Tablespace', s.spcname from this t join pg_catalog.pg_tablespace s on s.oid = t.reltablespace
    union all
    select 15, 'Options', pg_catalog.array_to_string(t.reloptions, ', ') from this t where t.reloptions is not null
    union all
    select 16, 'Typed table of', t.reloftype::pg_catalog.regtype::text from this t where t.reloftype <> 0
    union all
    select 17, 'Replica identity', case t.relreplident when 'f' then 'full' when 'n' then 'nothing' else 'index' end
      from this t where t.relkind in ('r', 'p') and t.relreplident in ('f', 'n', 'i')
    union all
    select 18, 'Access method', a.amname from this t join pg_catalog.pg_am a on a.oid = t.relam and a.amname <> 'heap'
    union all
    select 19, 'Description', pg_catalog.obj_description(t.oid, 'pg_class') from this t
     where pg_catalog.obj_description(t.oid, 'pg_class') is not null
  ) f (place, about, detail)
 order by f.place
