-- All locks that one backend holds or waits for, the waited ones first.
-- From: PostgreSQL 12. Parameters: $1 pid, $2 rows at most.
select l.locktype as kind,
       l.mode,
       l.granted,
       l.fastpath,
       l.relation::int8 as relation_oid,
       namesend(n.nspname) as schema,
       namesend(c.relname) as relation,
       l.page,
       l.tuple,
       l.transactionid::text as xid,
       l.virtualxid as virtual_xid
  from pg_locks l
  left join pg_class c
    on c.oid = l.relation
   and l.database in (0, (select d.oid from pg_database d
                           where d.datname = current_database()))
  left join pg_namespace n on n.oid = c.relnamespace
 where l.pid = $1::int
 order by l.granted, l.locktype = 'virtualxid', l.locktype, l.relation, l.mode
 limit $2::int
