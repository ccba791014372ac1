-- The statements that matter most by any of the measures, with their whole numbers
-- since the last reset. {schema} is the extension's schema, as the server quotes it.
-- From: PostgreSQL 12. Parameters: $1 how many by each measure, $2 bytes of each text.
select s.userid::int8 as user_oid,
       s.dbid::int8 as database_oid,
       s.queryid::text as query_id,
       namesend(d.datname) as database,
       namesend(r.rolname) as username,
       pg_encoding_to_char(d.encoding)::text as encoding,
       d.datname is not distinct from current_database() as is_here,
       s.calls, s.total_ms, s.rows, s.hit, s.read, s.temp,
       substring(textsend(s.query) from 1 for $2::int) as query,
       octet_length(textsend(s.query)) > $2::int as is_cut
  from (select t.*,
               least(row_number() over (order by t.total_ms desc),
                     row_number() over (order by t.total_ms / greatest(t.calls, 1) desc),
                     row_number() over (order by t.calls desc),
                     row_number() over (order by t.rows desc),
                     row_number() over (order by t.read desc),
                     row_number() over (order by t.temp desc)) as place
          from (select p.userid, p.dbid, p.queryid, p.query, p.calls, p.rows,
                       p.total_exec_time as total_ms, -- from: 13
                       p.total_time as total_ms, -- before: 13
                       p.shared_blks_hit as hit,
                       p.shared_blks_read as read,
                       p.temp_blks_read + p.temp_blks_written as temp
                  from {schema}.pg_stat_statements p) t) s
  left join pg_database d on d.oid = s.dbid
  left join pg_roles r on r.oid = s.userid
 where s.place <= $1::int
 order by s.total_ms desc
