-- \d NAME: a sequence.
-- From: PostgreSQL 12. Parameters: $1 OID of the relation.
select pg_catalog.format_type(s.seqtypid, null) as "Type", s.seqstart as "Start", s.seqmin as "Minimum",
       s.seqmax as "Maximum", s.seqincrement as "Increment",
       case when s.seqcycle then 'yes' else 'no' end as "Cycles?", s.seqcache as "Cache",
       (select pg_catalog.format('%s.%I', d.refobjid::pg_catalog.regclass, a.attname)
          from pg_catalog.pg_depend d
          join pg_catalog.pg_attribute a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid
         where d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.objid = s.seqrelid
           and d.deptype in ('a', 'i') limit 1) as "Owned by"
  from pg_catalog.pg_sequence s
 where s.seqrelid = $1::text::oid
