-- All functions that are called by name, one page in order of OID: without the system's
-- own that only implement operators, types and aggregates.
-- From: PostgreSQL 12.
-- Parameters: $1 the last OID of the page before (0 for the first), $2 rows in a page.
select p.oid::text as oid,
       n.nspname::text as schema,
       p.proname::text as name,
       pg_catalog.pg_get_function_arguments(p.oid) as arguments,
       pg_catalog.pg_get_function_result(p.oid) as result,
       case p.prokind when 'a' then 'aggregate'
                      when 'w' then 'window function'
                      when 'p' then 'procedure'
                      else 'function' end as kind,
       p.proretset::text as returns_set,
       (select pg_catalog.json_agg(o.name order by o.number)
          from unnest(p.proargnames, p.proargmodes)
               with ordinality as o (name, mode, number)
         where o.mode in ('o', 'b', 't'))::text as outputs,
       pg_catalog.left(d.description, 200) as comment
  from pg_catalog.pg_proc p
  join pg_catalog.pg_namespace n on n.oid = p.pronamespace
  left join pg_catalog.pg_description d
    on d.objoid = p.oid and d.classoid = 'pg_catalog.pg_proc'::pg_catalog.regclass
 where n.nspname !~ '^pg_(toast|temp_)'
   and p.oid > $1::text::oid
   and (n.nspname not in ('pg_catalog', 'information_schema')
        or not ('internal'::pg_catalog.regtype = any (p.proargtypes)
                or p.prorettype = 'internal'::pg_catalog.regtype
                or d.description is null
                or d.description like 'implementation of % operator'
                or d.description ~ '^(I/O|join selectivity|restriction selectivity)'
                or d.description ~ '^(aggregate (transition|final|combine|inverse)|convert|less-equal)'
                or d.description ~ '^(internal conversion function|sort support|hash$|(larger|smaller) of two)'))
 order by p.oid
 limit $2::text::int
