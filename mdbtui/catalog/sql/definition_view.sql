-- The statement that makes one view or materialised view.
-- From: PostgreSQL 12. Parameters: $1 OID of the view.
select pg_catalog.format(E'CREATE %s %I.%I AS\n%s',
           case c.relkind when 'm' then 'MATERIALIZED VIEW' else 'OR REPLACE VIEW' end,
           n.nspname, c.relname, pg_catalog.pg_get_viewdef(c.oid, true)) as definition
  from pg_catalog.pg_class c
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
 where c.oid = $1::text::oid
