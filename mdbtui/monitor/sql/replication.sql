-- What is sent to standbys and subscribers, what is received, and the slots, one row
-- each. A cascading standby sends from what it has received.
-- From: PostgreSQL 12. Parameters: none.
with here as materialized (
    select case when pg_is_in_recovery()
                then coalesce(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn())
                else pg_current_wal_lsn() end as lsn
)
select 'sender' as kind,
       textsend(s.application_name) as name,
       namesend(s.usename) as username,
       null::bytea as database,
       host(s.client_addr) as address,
       s.pid,
       s.state,
       s.sync_state as mode,
       s.sent_lsn::text as lsn,
       pg_wal_lsn_diff(here.lsn, s.replay_lsn)::int8 as behind_bytes,
       extract(epoch from s.replay_lag)::float8 as behind_s
  from pg_stat_replication s, here
union all
select 'receiver', null, null, null, r.sender_host, r.pid, r.status, null,
       pg_last_wal_receive_lsn()::text,
       pg_wal_lsn_diff(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn())::int8,
       extract(epoch from clock_timestamp() - pg_last_xact_replay_timestamp())::float8
  from pg_stat_wal_receiver r
 where r.pid is not null
union all
select 'slot', namesend(s.slot_name), null, namesend(s.database), null, s.active_pid,
       case when s.active then 'active' else 'inactive' end
           || coalesce(', wal ' || s.wal_status, '') -- from: 13
       , s.slot_type || case when s.temporary then ', temporary' else '' end,
       s.restart_lsn::text,
       pg_wal_lsn_diff(here.lsn, coalesce(s.confirmed_flush_lsn, s.restart_lsn))::int8,
       null
  from pg_replication_slots s, here
