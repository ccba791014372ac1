-- \d NAME: constraints of a table, and foreign keys that refer to it.
-- From: PostgreSQL 12. Parameters: $1 OID of the relation.
select case when k.confrelid = $1::text::oid and k.conrelid <> k.confrelid then 'referenced by'
            when k.contype = 'f' then 'foreign key' when k.contype = 'c' then 'check'
            when k.contype = 'p' then 'primary key' when k.contype = 'u' then 'unique'
            when k.contype = 'x' then 'exclusion' when k.contype = 'n' then 'not null' end as "Kind",
       k.conname as "Constraint",
       case when k.confrelid = $1::text::oid and k.conrelid <> k.confrelid
            then k.conrelid::pg_catalog.regclass::text end as "Table",
       pg_catalog.pg_get_constraintdef(k.oid, true) as "Definition"
  from pg_catalog.pg_constraint k
 where (k.conrelid = $1::text::oid or k.confrelid = $1::text::oid and k.conparentid = 0)
   and k.contype in ('c', 'f', 'p', 'u', 'x')
 order by k.confrelid = $1::text::oid and k.conrelid <> k.confrelid,
          pg_catalog.strpos('pucxf', k.contype::text), 2
