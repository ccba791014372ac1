-- Sizes of the databases that this role may measure. A statement of its own: it
-- looks at every file of every database, so it may be slow or fail, and the names
-- must not wait for it.
-- From: PostgreSQL 12. Parameters: none.
select d.oid::text as oid, pg_catalog.pg_database_size(d.oid)::text as bytes
  from pg_catalog.pg_database d
 where d.datallowconn
   and not d.datistemplate
   and (pg_catalog.has_database_privilege(d.oid, 'CONNECT')
        or pg_catalog.pg_has_role('pg_read_all_stats', 'USAGE'))
