-- Vacuums under way, autovacuum included; the total is of the phase that scans, or of
-- the indexes while those are vacuumed.
-- From: PostgreSQL 12. Parameters: none.
select p.pid,
       'VACUUM' as command,
       p.phase as phase,
       namesend(p.datname) as database,
       namesend(n.nspname) as schema,
       namesend(c.relname) as relation,
       p.relid::int8 as relation_oid,
       (case when p.phase = 'vacuuming heap' then p.heap_blks_vacuumed
             when p.indexes_total > 0 then p.indexes_processed -- from: 17
             else p.heap_blks_scanned end)::int8 as done,
       (case when p.phase = 'vacuuming heap' then p.heap_blks_total
             when p.indexes_total > 0 then p.indexes_total -- from: 17
             else p.heap_blks_total end)::int8 as total,
       case when p.phase = 'vacuuming heap' then 'blocks'
            when p.indexes_total > 0 then 'indexes' -- from: 17
            else 'blocks' end as unit
  from pg_stat_progress_vacuum p
  left join pg_class c on c.oid = p.relid and p.datname = current_database()
  left join pg_namespace n on n.oid = c.relnamespace
