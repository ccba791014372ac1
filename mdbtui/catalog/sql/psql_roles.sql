-- What \du and \dg list: roles.
-- From: PostgreSQL 12. Parameters: as in psql_schemas.sql.
select r.rolname as "Role name",
       pg_catalog.concat_ws(', ', case when r.rolsuper then 'Superuser' end,
           case when not r.rolinherit then 'No inheritance' end,
           case when r.rolcreaterole then 'Create role' end,
           case when r.rolcreatedb then 'Create DB' end,
           case when not r.rolcanlogin then 'Cannot login' end,
           case when r.rolreplication then 'Replication' end,
           case when r.rolbypassrls then 'Bypass RLS' end,
           case when r.rolconnlimit = 0 then 'No connections'
                when r.rolconnlimit > 0 then r.rolconnlimit || ' connections' end,
           'Password valid until ' || r.rolvaliduntil::text) as "Attributes",
       (select pg_catalog.string_agg(b.rolname, ', ' order by b.rolname)
          from pg_catalog.pg_auth_members m
          join pg_catalog.pg_roles b on b.oid = m.roleid
         where m.member = r.oid) as "Member of"
       , pg_catalog.shobj_description(r.oid, 'pg_authid') as "Description" --+
  from pg_catalog.pg_roles r
 where ($2::text is null or r.rolname operator(pg_catalog.~) $2 collate pg_catalog.default)
   and ($4::text::bool or $2 is not null or r.rolname !~ '^pg_')
   and $1::text is null and $3::text is null
 order by 1
