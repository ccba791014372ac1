-- The whole text of what one backend runs, or ran last, if it is still the same.
-- From: PostgreSQL 12. Parameters: $1 pid, $2 its start and $3 its query's start, in
-- microseconds since 1970.
select textsend(a.query) as query, pg_encoding_to_char(d.encoding)::text as encoding
  from pg_stat_activity a
  left join pg_database d on d.oid = a.datid
 where a.pid = $1::int
   and (extract(epoch from a.backend_start) * 1000000)::int8 = $2::int8
   and (extract(epoch from a.query_start) * 1000000)::int8 is not distinct from $3::int8
