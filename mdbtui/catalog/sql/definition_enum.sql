-- The statement that makes one enum type.
-- From: PostgreSQL 12. Parameters: $1 OID of the type.
select pg_catalog.format(E'CREATE TYPE %I.%I AS ENUM (\n%s\n);', n.nspname, t.typname,
           (select pg_catalog.string_agg(pg_catalog.format('    %L', e.enumlabel), E',\n'
                                         order by e.enumsortorder)
              from pg_catalog.pg_enum e where e.enumtypid = t.oid)) as definition
  from pg_catalog.pg_type t
  join pg_catalog.pg_namespace n on n.oid = t.typnamespace
 where t.oid = $1::text::oid
