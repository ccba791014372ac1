-- The statement that makes one index.
-- From: PostgreSQL 12. Parameters: $1 OID of the index.
select pg_catalog.pg_get_indexdef(i.indexrelid) || ';' as definition
  from pg_catalog.pg_index i
 where i.indexrelid = $1::text::oid
