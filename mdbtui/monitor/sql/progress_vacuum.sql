-- Vacuums under way, autovacuum included; the total is of the phase that scans.
-- From: PostgreSQL 12. Parameters: none.
select p.pid,
       'VACUUM' as command,
       p.phase as phase,
       namesend(p.datname) as database,
       namesend(n.nspname) as schema,
       namesend(c.relname) as relation,
       p.relid::int8 as relation_oid,
       (case when p.phase = 'vacuuming heap' then p.heap_blks_vacuumed
        else p.heap_blks_scanned end)::int8 as done,
       (p.heap_blks_total)::int8 as total,
       'blocks' as unit
  from pg_stat_progress_vacuum p
  left join pg_class c on c.oid = p.relid and p.datname = current_database()
  left join pg_namespace n on n.oid = c.relnamespace
