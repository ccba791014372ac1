-- \d NAME: the indexes of a table.
-- From: PostgreSQL 12. Parameters: $1 OID of the relation.
select c.relname as "Index",
       pg_catalog.concat_ws(', ', case when i.indisprimary then 'primary key' when i.indisunique then 'unique' end,
           case when k.contype = 'u' then 'constraint' when k.contype = 'x' then 'exclusion' end,
           case when i.indisclustered then 'clustered' end, case when not i.indisvalid then 'INVALID' end,
           case when i.indisreplident then 'replica identity' end) as "Properties",
       pg_catalog.substring(pg_catalog.pg_get_indexdef(i.indexrelid, 0, true), ' USING (.*)$') as "Definition"
       , pg_catalog.pg_size_pretty(pg_catalog.pg_relation_size(c.oid)) as "Size" --+
       , (select s.spcname from pg_catalog.pg_tablespace s where s.oid = c.reltablespace) as "Tablespace" --+
  from pg_catalog.pg_index i
  join pg_catalog.pg_class c on c.oid = i.indexrelid
  left join pg_catalog.pg_constraint k on k.conindid = i.indexrelid and k.conrelid = i.indrelid
   and k.contype in ('p', 'u', 'x')
 where i.indrelid = $1::text::oid
 order by i.indisprimary desc, 1
