-- What \l lists: databases.
-- From: PostgreSQL 12. Parameters: as in psql_schemas.sql.
select d.datname as "Name",
       pg_catalog.pg_get_userbyid(d.datdba) as "Owner",
       pg_catalog.pg_encoding_to_char(d.encoding) as "Encoding",
       case pg_catalog.to_jsonb(d) ->> 'datlocprovider' when 'b' then 'builtin' when 'i' then 'icu'
            else 'libc' end as "Locale provider",
       d.datcollate as "Collate",
       d.datctype as "Ctype",
       pg_catalog.array_to_string(d.datacl, E'\n') as "Access privileges"
       , case when pg_catalog.has_database_privilege(d.oid, 'CONNECT') then pg_catalog.pg_size_pretty(pg_catalog.pg_database_size(d.oid)) else 'No Access' end as "Size" --+
       , t.spcname as "Tablespace" --+
       , pg_catalog.shobj_description(d.oid, 'pg_database') as "Description" --+
  from pg_catalog.pg_database d
  join pg_catalog.pg_tablespace t on t.oid = d.dattablespace
 where ($2::text is null or d.datname operator(pg_catalog.~) $2 collate pg_catalog.default)
   and $1::text is null and $3::text is null and $4::text is not null
 order by 1
