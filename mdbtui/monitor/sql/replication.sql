-- What is sent to standbys and subscribers, what is received, the subscriptions, and
-- the slots, one row each. A cascading standby sends from what it has received.
-- A standby that streams and has replayed all that it got has no lag, however long ago
-- the last transaction was.
-- From: PostgreSQL 12. Parameters: none.
with here as materialized (
    select case when pg_is_in_recovery()
                then coalesce(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn())
                else pg_current_wal_lsn() end as lsn
), standby as materialized (
    select pg_last_wal_replay_lsn() as replayed,
           greatest(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()) as received,
           extract(epoch from clock_timestamp()
                              - pg_last_xact_replay_timestamp())::float8 as age,
           case when pg_is_wal_replay_paused() then ', replay paused' else '' end as paused
     where pg_is_in_recovery()
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
       extract(epoch from s.replay_lag)::float8 as behind_s,
       pg_wal_lsn_diff(here.lsn, s.sent_lsn)::int8 as unsent_bytes,
       null::int8 as kept_bytes,
       null::int8 as room_bytes,
       null::float8 as inactive_s,
       age(s.backend_xmin) as xmin_age
  from pg_stat_replication s, here
union all
select 'receiver', textsend(r.slot_name), null, null, r.sender_host, r.pid,
       coalesce(r.status, case when r.pid is null then 'not streaming' end) || h.paused,
       null,
       h.received::text,
       pg_wal_lsn_diff(h.received, h.replayed)::int8,
       case when r.status = 'streaming' and h.received = h.replayed then 0 else h.age end,
       null, null, null, null, null
  from standby h
  left join pg_stat_wal_receiver r on r.pid is not null
union all
select 'subscription', namesend(s.subname), null, null, null, s.pid,
       case when s.pid is null then 'not running'
            when s.relid is not null then 'copying a table'
            else 'streaming' end,
       null,
       s.received_lsn::text,
       pg_wal_lsn_diff(s.received_lsn, s.latest_end_lsn)::int8,
       null, null, null, null, null, null
  from pg_stat_subscription s
union all
select 'slot', namesend(s.slot_name), null, namesend(s.database), null, s.active_pid,
       case when s.active then 'active' else 'inactive' end
           || coalesce(', wal ' || nullif(s.wal_status, 'reserved'), '') -- from: 13
           || coalesce(', ' || nullif(s.invalidation_reason, 'wal_removed'), '') -- from: 17
       , s.slot_type || case when s.temporary then ', temporary' else '' end,
       s.restart_lsn::text,
       pg_wal_lsn_diff(here.lsn, coalesce(s.confirmed_flush_lsn, s.restart_lsn))::int8,
       null,
       null,
       pg_wal_lsn_diff(here.lsn, s.restart_lsn)::int8,
       s.safe_wal_size, -- from: 13
       null, -- before: 13
       extract(epoch from clock_timestamp() - s.inactive_since)::float8, -- from: 17
       null, -- before: 17
       greatest(age(s.xmin), age(s.catalog_xmin))
  from pg_replication_slots s, here
