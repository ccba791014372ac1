-- What \dn lists: schemas.
-- From: PostgreSQL 12. Parameters: $1 NULL, $2 regular expression for the name, or NULL
-- for all, $3 NULL, $4 whether the system's own are listed too.
select n.nspname as "Name",
       pg_catalog.pg_get_userbyid(n.nspowner) as "Owner"
       , pg_catalog.array_to_string(n.nspacl, E'\n') as "Access privileges" --+
       , pg_catalog.obj_description(n.oid, 'pg_namespace') as "Description" --+
  from pg_catalog.pg_namespace n
 where ($2::text is null or n.nspname operator(pg_catalog.~) $2 collate pg_catalog.default)
   and ($4::text::bool or $2 is not null or n.nspname !~ '^pg_' and n.nspname <> 'information_schema')
   and $1::text is null and $3::text is null
 order by 1
