-- \d NAME: triggers of a table.
-- From: PostgreSQL 12. Parameters: $1 OID of the relation.
select t.tgname as "Trigger",
       case t.tgenabled when 'O' then 'enabled' when 'D' then 'disabled' when 'R' then 'replica only' else 'always' end as "Fires",
       pg_catalog.pg_get_triggerdef(t.oid, true) as "Definition"
  from pg_catalog.pg_trigger t
 where t.tgrelid = $1::text::oid and not t.tgisinternal
 order by 1
