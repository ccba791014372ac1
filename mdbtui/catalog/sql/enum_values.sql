-- Values of one enum type, in their order.
-- From: PostgreSQL 12. Parameters: $1 OID of the type.
select e.oid::text as oid, e.enumlabel::text as name
  from pg_catalog.pg_enum e
 where e.enumtypid = $1::text::oid
 order by e.enumsortorder
