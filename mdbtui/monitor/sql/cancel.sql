-- Cancel what a backend runs, if it is the same backend and still runs the same.
-- From: PostgreSQL 12. Parameters: $1 pid, $2 its start in microseconds since 1970
-- (null: not visible), $3 its role's OID, $4 the start of its query, likewise.
select case when a.pid is null then 'gone'
            when (extract(epoch from a.backend_start) * 1000000)::int8
                 is distinct from $2::int8
              or a.usesysid::int8 is distinct from $3::int8 then 'another'
            when (extract(epoch from a.query_start) * 1000000)::int8
                 is distinct from $4::int8 then 'moved on'
            when pg_cancel_backend(a.pid) then 'sent'
            else 'not sent' end as outcome
  from (select $1::int as pid) wanted
  left join pg_stat_activity a on a.pid = wanted.pid
