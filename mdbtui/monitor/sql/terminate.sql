-- End a backend, if it is the same as the one that was looked at.
-- From: PostgreSQL 12. Parameters: $1 pid, $2 its start in microseconds since 1970
-- (null: not visible), $3 its role's OID.
select case when a.pid is null then 'gone'
            when (extract(epoch from a.backend_start) * 1000000)::int8
                 is distinct from $2::int8
              or a.usesysid::int8 is distinct from $3::int8 then 'another'
            when pg_terminate_backend(a.pid) then 'sent'
            else 'not sent' end as outcome
  from (select $1::int as pid) wanted
  left join pg_stat_activity a on a.pid = wanted.pid
