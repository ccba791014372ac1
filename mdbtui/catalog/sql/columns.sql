-- Columns of one relation (or attributes of a composite type) in their order, with
-- type, keys, default and comment. A generated column's expression is left out: to
-- print it, newer servers lock the table.
-- From: PostgreSQL 12. Parameters: $1 OID of the relation.
select a.attnum::text as oid,
       a.attname::text as name,
       pg_catalog.format_type(a.atttypid, a.atttypmod) as type,
       a.attnotnull::text as not_null,
       a.attidentity::text as identity,
       a.attgenerated::text as generated,
       case when a.attgenerated = '' then pg_catalog.pg_get_expr(d.adbin, 0) end as preset,
       exists (select from pg_catalog.pg_constraint k where k.conrelid = a.attrelid
                  and k.contype = 'p' and a.attnum = any (k.conkey))::text as primary_key,
       exists (select from pg_catalog.pg_constraint k where k.conrelid = a.attrelid
                  and k.contype = 'f' and a.attnum = any (k.conkey))::text as foreign_key,
       pg_catalog.col_description(a.attrelid, a.attnum) as comment
  from pg_catalog.pg_attribute a
  left join pg_catalog.pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
 where a.attrelid = $1::text::oid
   and a.attnum > 0
   and not a.attisdropped
 order by a.attnum
