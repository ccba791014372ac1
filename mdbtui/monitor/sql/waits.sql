-- The locks that are waited for, with the relation where it is of this database.
-- From: PostgreSQL 12. Parameters: none.
select l.pid,
       l.locktype as kind,
       l.mode,
       l.relation::int8 as relation_oid,
       namesend(n.nspname) as schema,
       namesend(c.relname) as relation,
       extract(epoch from clock_timestamp() - l.waitstart)::float8 as waiting_s -- from: 14
       null::float8 as waiting_s -- before: 14
  from pg_locks l
  left join pg_class c
    on c.oid = l.relation
   and l.database in (0, (select d.oid from pg_database d
                           where d.datname = current_database()))
  left join pg_namespace n on n.oid = c.relnamespace
 where not l.granted
   and l.pid is not null
