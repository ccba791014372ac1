-- What a session sees at once, as one row of JSON: the search path, schemas,
-- databases, settings and the labels of enums by the type's name as columns show it.
-- Without the schemas of temporary tables and of values that are stored apart.
-- From: PostgreSQL 12.
-- Parameters: none.
select pg_catalog.array_to_json(pg_catalog.current_schemas(true))::text as path,
       (select pg_catalog.json_agg(n.nspname order by n.nspname)
          from pg_catalog.pg_namespace n
         where n.nspname !~ '^pg_(toast|temp_)')::text as schemas,
       (select pg_catalog.json_agg(d.datname order by d.datname)
          from pg_catalog.pg_database d
         where not d.datistemplate)::text as databases,
       (select pg_catalog.json_agg(pg_catalog.json_build_array(
                   s.name, s.vartype, s.enumvals, s.short_desc) order by s.name)
          from pg_catalog.pg_settings s)::text as settings,
       (select pg_catalog.json_agg(pg_catalog.json_build_array(
                   pg_catalog.format_type(e.oid, null), e.labels))
          from (select l.enumtypid as oid,
                       pg_catalog.json_agg(l.enumlabel order by l.enumsortorder) as labels
                  from pg_catalog.pg_enum l
                 group by l.enumtypid) e)::text as enums
