-- Whether statement statistics can be had in this database, and if not, what is missing.
-- From: PostgreSQL 12. Parameters: none.
select (select quote_ident(n.nspname)
          from pg_extension e
          join pg_namespace n on n.oid = e.extnamespace
         where e.extname = 'pg_stat_statements') as schema,
       exists (select from pg_available_extensions x
                where x.name = 'pg_stat_statements') as available,
       coalesce(current_setting('pg_stat_statements.max', true), '') <> '' as loaded
