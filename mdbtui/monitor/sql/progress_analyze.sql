-- Statistics being gathered.
-- From: PostgreSQL 13. Parameters: none.
select p.pid,
       'ANALYZE' as command,
       p.phase as phase,
       namesend(p.datname) as database,
       namesend(n.nspname) as schema,
       namesend(c.relname) as relation,
       p.relid::int8 as relation_oid,
       (p.sample_blks_scanned)::int8 as done,
       (p.sample_blks_total)::int8 as total,
       'blocks' as unit
  from pg_stat_progress_analyze p
  left join pg_class c on c.oid = p.relid and p.datname = current_database()
  left join pg_namespace n on n.oid = c.relnamespace
