-- Every backend and what it does now. Text and names go out as raw bytes (see
-- text.py): they are in the encoding of whoever wrote them, or in none.
-- pg_blocking_pids holds up the lock manager, so it is asked only of those that wait.
-- The number of clients counts those too that are beyond the last row.
-- Who may not see the others' states finds the waiting ones among the locks.
-- From: PostgreSQL 12. Parameters: $1 bytes of each query, $2 rows at most, $3 whether
-- states of other roles are hidden from us.
select a.pid,
       textsend(a.backend_type) as kind,
       namesend(a.datname) as database,
       a.usesysid::int8 as user_oid,
       namesend(a.usename) as username,
       textsend(a.application_name) as application,
       host(a.client_addr) as address,
       a.client_port,
       textsend(a.client_hostname) as hostname,
       a.state,
       textsend(a.wait_event_type) as wait_type,
       textsend(a.wait_event) as wait_event,
       (extract(epoch from a.backend_start) * 1000000)::int8 as started_us,
       (extract(epoch from a.query_start) * 1000000)::int8 as query_us,
       extract(epoch from clock_timestamp() - a.backend_start)::float8 as backend_s,
       extract(epoch from clock_timestamp() - a.xact_start)::float8 as transaction_s,
       extract(epoch from clock_timestamp() - a.query_start)::float8 as query_s,
       extract(epoch from clock_timestamp() - a.state_change)::float8 as state_s,
       a.backend_xid::text as xid,
       age(a.backend_xmin) as xmin_age,
       a.leader_pid, -- from: 13
       null::int as leader_pid, -- before: 13
       a.query_id::text as query_id, -- from: 14
       null::text as query_id, -- before: 14
       substring(textsend(a.query) from 1 for $1::int) as query,
       octet_length(textsend(a.query)) > $1::int as is_cut,
       a.backend_start is null and a.usesysid is not null as hidden,
       pg_encoding_to_char(d.encoding)::text as encoding,
       (count(*) filter (where a.backend_type = 'client backend'
                            or a.backend_start is null and a.usesysid is not null)
           over ())::int as clients,
       pg_is_in_recovery() as in_recovery,
       case when a.wait_event_type = 'Lock'
              or $3::bool and a.pid in (select l.pid from pg_locks l where not l.granted)
            then array_to_string(pg_blocking_pids(a.pid), ',') end as blocked_by
  from pg_stat_activity a
  left join pg_database d on d.oid = a.datid
 order by a.state is not distinct from 'idle', a.xact_start, a.pid
 limit $2::int
