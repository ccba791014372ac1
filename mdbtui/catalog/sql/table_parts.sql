-- What else belongs to one relation, counted: the folders below its columns.
-- NOT NULL constraints (rows of their own from PostgreSQL 18) show at the columns.
-- From: PostgreSQL 12. Parameters: $1 OID of the relation.
select k.kind, pg_catalog.count(*)::text as count
  from (select case when k.contype in ('p', 'u', 'f') then 'keys' else 'constraints' end as kind
          from pg_catalog.pg_constraint k
         where k.conrelid = $1::text::oid
           and k.contype in ('p', 'u', 'f', 'c', 'x')
        union all
        select 'indexes' from pg_catalog.pg_index i where i.indrelid = $1::text::oid
        union all
        select 'triggers'
          from pg_catalog.pg_trigger t
         where t.tgrelid = $1::text::oid
           and not t.tgisinternal
        union all
        select 'partitions'
          from pg_catalog.pg_inherits i
          join pg_catalog.pg_class c on c.oid = i.inhrelid and c.relispartition
         where i.inhparent = $1::text::oid
           and c.relkind in ('r', 'p', 'f')) k
 group by k.kind
