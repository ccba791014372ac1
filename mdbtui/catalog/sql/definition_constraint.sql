-- The statement that adds one key or constraint to its table.
-- From: PostgreSQL 12. Parameters: $1 OID of the constraint.
select pg_catalog.format(E'ALTER TABLE %I.%I\n    ADD CONSTRAINT %I %s;', n.nspname,
           c.relname, k.conname, pg_catalog.pg_get_constraintdef(k.oid)) as definition
  from pg_catalog.pg_constraint k
  join pg_catalog.pg_class c on c.oid = k.conrelid
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
 where k.oid = $1::text::oid
