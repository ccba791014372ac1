-- The statement that makes one function or procedure (the server cannot print an
-- aggregate: no row).
-- From: PostgreSQL 12. Parameters: $1 OID of the function.
select pg_catalog.rtrim(pg_catalog.pg_get_functiondef(p.oid), E'\n') || ';' as definition
  from pg_catalog.pg_proc p
 where p.oid = $1::text::oid
   and p.prokind <> 'a'
