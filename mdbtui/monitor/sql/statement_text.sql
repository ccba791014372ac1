-- The whole text of one of the gathered statements.
-- {schema} is the extension's schema, as the server quotes it.
-- From: PostgreSQL 12. Parameters: $1 its role's OID, $2 its database's, $3 its id.
select textsend(p.query) as query
  from {schema}.pg_stat_statements p
 where p.userid::int8 = $1::int8
   and p.dbid::int8 = $2::int8
   and p.queryid::text = $3::text
 limit 1
