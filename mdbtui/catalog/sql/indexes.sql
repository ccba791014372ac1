-- Indexes of one relation, with their estimated size.
-- From: PostgreSQL 12. Parameters: $1 OID of the relation.
select c.oid::text as oid,
       n.nspname::text as schema,
       c.relname::text as name,
       i.indisprimary::text as is_primary,
       i.indisunique::text as is_unique,
       i.indisvalid::text as is_valid,
       pg_catalog.pg_get_indexdef(c.oid) as definition,
       (c.relpages::int8 * pg_catalog.current_setting('block_size')::int8)::text as bytes,
       pg_catalog.obj_description(c.oid, 'pg_class') as comment
  from pg_catalog.pg_index i
  join pg_catalog.pg_class c on c.oid = i.indexrelid
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
 where i.indrelid = $1::text::oid
