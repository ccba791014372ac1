-- What \conninfo shows: this connection.
-- From: PostgreSQL 12. Parameters: none.
select k.parameter as "Parameter", k.value as "Value"
  from (values (1, 'Database', pg_catalog.current_database()::text),
               (2, 'User', current_user::text),
               (3, 'Session user', session_user::text),
               (4, 'Server', coalesce(pg_catalog.host(pg_catalog.inet_server_addr()), 'local socket')),
               (5, 'Port', pg_catalog.current_setting('port')),
               (6, 'Version', pg_catalog.current_setting('server_version')),
               (7, 'Backend PID', pg_catalog.pg_backend_pid()::text),
               (8, 'Superuser', pg_catalog.current_setting('is_superuser')),
               (9, 'Hot standby', case when pg_catalog.pg_is_in_recovery() then 'on' else 'off' end),
               (10, 'TLS', coalesce((select s.version || ', ' || s.cipher from pg_catalog.pg_stat_ssl s
                                      where s.pid = pg_catalog.pg_backend_pid() and s.ssl), 'off')),
               (11, 'Search path', pg_catalog.current_setting('search_path'))) k (place, parameter, value)
 order by k.place
