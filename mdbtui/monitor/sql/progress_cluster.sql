-- Tables being rewritten by CLUSTER or VACUUM FULL.
-- From: PostgreSQL 12. Parameters: none.
select p.pid,
       p.command as command,
       p.phase as phase,
       namesend(p.datname) as database,
       namesend(n.nspname) as schema,
       namesend(c.relname) as relation,
       p.relid::int8 as relation_oid,
       (case when p.heap_blks_total > 0 then p.heap_blks_scanned
        else p.heap_tuples_scanned end)::int8 as done,
       (p.heap_blks_total)::int8 as total,
       case when p.heap_blks_total > 0 then 'blocks' else 'rows' end as unit
  from pg_stat_progress_cluster p
  left join pg_class c on c.oid = p.relid and p.datname = current_database()
  left join pg_namespace n on n.oid = c.relnamespace
