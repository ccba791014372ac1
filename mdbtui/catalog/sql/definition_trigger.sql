-- The statement that makes one trigger.
-- From: PostgreSQL 12. Parameters: $1 OID of the trigger.
select pg_catalog.pg_get_triggerdef(t.oid, true) || ';' as definition
  from pg_catalog.pg_trigger t
 where t.oid = $1::text::oid
