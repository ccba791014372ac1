-- The other databases of the same server that accept connections.
-- From: PostgreSQL 12. Parameters: none.
select d.oid::text as oid,
       d.datname::text as name,
       pg_catalog.has_database_privilege(d.oid, 'CONNECT')::text as usable,
       pg_catalog.shobj_description(d.oid, 'pg_database') as comment
  from pg_catalog.pg_database d
 where d.datallowconn
   and not d.datistemplate
   and d.datname <> pg_catalog.current_database()
