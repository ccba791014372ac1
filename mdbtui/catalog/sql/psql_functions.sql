-- What \df lists: functions, procedures, aggregates, window and trigger functions.
-- From: PostgreSQL 12. Parameters: as in psql_relations.sql, but $3 is an array of a
-- (aggregate), n (normal), p (procedure), t (trigger) and w (window).
select n.nspname as "Schema",
       p.proname as "Name",
       pg_catalog.pg_get_function_result(p.oid) as "Result data type",
       pg_catalog.pg_get_function_arguments(p.oid) as "Argument data types",
       case k.kind when 'a' then 'agg' when 'w' then 'window' when 'p' then 'proc'
            when 't' then 'trigger' else 'func' end as "Type"
       , case p.provolatile when 'i' then 'immutable' when 's' then 'stable' else 'volatile' end as "Volatility" --+
       , case p.proparallel when 's' then 'safe' when 'r' then 'restricted' else 'unsafe' end as "Parallel" --+
       , pg_catalog.pg_get_userbyid(p.proowner) as "Owner" --+
       , case when p.prosecdef then 'definer' else 'invoker' end as "Security" --+
       , pg_catalog.array_to_string(p.proacl, E'\n') as "Access privileges" --+
       , l.lanname as "Language" --+
       , case when l.lanname in ('internal', 'c') then p.prosrc end as "Internal name" --+
       , pg_catalog.obj_description(p.oid, 'pg_proc') as "Description" --+
  from pg_catalog.pg_proc p
  join pg_catalog.pg_namespace n on n.oid = p.pronamespace
  join pg_catalog.pg_language l on l.oid = p.prolang
 cross join lateral (select case when p.prokind = 'f' then case when p.prorettype =
           'pg_catalog.trigger'::pg_catalog.regtype then 't' else 'n' end
           else p.prokind::text end as kind) k
 where k.kind = any ($3::text::text[])
   and ($2::text is null or p.proname operator(pg_catalog.~) $2 collate pg_catalog.default)
   and case when $1::text is null then pg_catalog.pg_function_is_visible(p.oid)
            else n.nspname operator(pg_catalog.~) $1 collate pg_catalog.default end
   and ($4::text::bool or $1 is not null or $2 is not null
        or n.nspname not in ('pg_catalog', 'information_schema'))
 order by 1, 2, 4
