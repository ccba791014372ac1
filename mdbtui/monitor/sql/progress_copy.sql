-- COPY under way: bytes where their number is known (a file), else rows.
-- From: PostgreSQL 14. Parameters: none.
select p.pid,
       p.command as command,
       p.type as phase,
       namesend(p.datname) as database,
       namesend(n.nspname) as schema,
       namesend(c.relname) as relation,
       p.relid::int8 as relation_oid,
       (case when p.bytes_total > 0 then p.bytes_processed
        else p.tuples_processed end)::int8 as done,
       (p.bytes_total)::int8 as total,
       case when p.bytes_total > 0 then 'bytes' else 'rows' end as unit
  from pg_stat_progress_copy p
  left join pg_class c on c.oid = p.relid and p.datname = current_database()
  left join pg_namespace n on n.oid = c.relnamespace
