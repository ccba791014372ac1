-- The counters of every database; they grow until somebody resets them.
-- From: PostgreSQL 12. Parameters: none.
select d.datid::int8 as oid,
       namesend(d.datname) as name,
       d.numbackends as backends,
       d.xact_commit as commits,
       d.xact_rollback as rollbacks,
       d.blks_read as blocks_read,
       d.blks_hit as blocks_hit,
       d.tup_returned as rows_read,
       d.tup_fetched as rows_fetched,
       d.tup_inserted as rows_inserted,
       d.tup_updated as rows_updated,
       d.tup_deleted as rows_deleted,
       d.temp_files,
       d.temp_bytes,
       d.deadlocks,
       d.conflicts,
       extract(epoch from d.stats_reset)::float8 as reset_at
  from pg_stat_database d
 where d.datname is not null
 order by d.datid
