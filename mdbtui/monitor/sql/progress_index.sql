-- Indexes being built, by blocks, or by rows in the phases that count those.
-- From: PostgreSQL 12. Parameters: none.
select p.pid,
       p.command as command,
       p.phase as phase,
       namesend(p.datname) as database,
       namesend(n.nspname) as schema,
       namesend(c.relname) as relation,
       p.relid::int8 as relation_oid,
       (case when p.blocks_total > 0 then p.blocks_done
        when p.tuples_total > 0 then p.tuples_done else p.lockers_done end)::int8 as done,
       (case when p.blocks_total > 0 then p.blocks_total
        when p.tuples_total > 0 then p.tuples_total else p.lockers_total end)::int8 as total,
       case when p.blocks_total > 0 then 'blocks'
            when p.tuples_total > 0 then 'rows' else 'lockers' end as unit
  from pg_stat_progress_create_index p
  left join pg_class c on c.oid = p.relid and p.datname = current_database()
  left join pg_namespace n on n.oid = c.relnamespace
