-- Constraints of one relation of the wanted kinds, primary keys first.
-- From: PostgreSQL 12.
-- Parameters: $1 OID of the relation, $2 contypes as an array literal.
select k.oid::text as oid,
       k.conname::text as name,
       k.contype::text as contype,
       pg_catalog.pg_get_constraintdef(k.oid, true) as definition,
       pg_catalog.obj_description(k.oid, 'pg_constraint') as comment
  from pg_catalog.pg_constraint k
 where k.conrelid = $1::text::oid
   and k.contype::text = any ($2::text::text[])
 order by pg_catalog.strpos('pufcx', k.contype::text)
