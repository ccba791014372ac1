-- The server behind a connection, and what this role may see of it. Asked once for
-- each connection: nothing here changes without a restart or a grant.
-- From: PostgreSQL 12. Parameters: none.
select current_setting('server_version_num')::int as version_num,
       split_part(current_setting('server_version'), ' ', 1) as version,
       current_setting('max_connections')::int as max_connections,
       extract(epoch from pg_postmaster_start_time())::float8 as started_at,
       pg_backend_pid() as own_pid,
       pg_encoding_to_char(d.encoding)::text as encoding,
       namesend(d.datname) as database,
       namesend(current_user) as username,
       (pg_has_role(current_user, 'pg_read_all_stats', 'usage')
           or r.rolsuper) as sees_all
  from pg_database d, pg_roles r
 where d.datname = current_database()
   and r.rolname = current_user
