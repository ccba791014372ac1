-- Base backups under way.
-- From: PostgreSQL 13. Parameters: none.
select p.pid,
       'BASE BACKUP' as command,
       p.phase,
       null::bytea as database,
       null::bytea as schema,
       null::bytea as relation,
       0::int8 as relation_oid,
       p.backup_streamed as done,
       coalesce(p.backup_total, 0) as total,
       'bytes' as unit
  from pg_stat_progress_basebackup p
