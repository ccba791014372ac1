-- Triggers of one relation that a user made (those behind foreign keys are internal).
-- From: PostgreSQL 12. Parameters: $1 OID of the relation.
select t.oid::text as oid,
       t.tgname::text as name,
       case when t.tgtype & 2 <> 0 then 'before' when t.tgtype & 64 <> 0 then 'instead of'
            else 'after' end as timing,
       pg_catalog.concat_ws(', ', case when t.tgtype & 4 <> 0 then 'insert' end,
                                  case when t.tgtype & 16 <> 0 then 'update' end,
                                  case when t.tgtype & 8 <> 0 then 'delete' end,
                                  case when t.tgtype & 32 <> 0 then 'truncate' end) as events,
       (t.tgenabled = 'D')::text as disabled,
       pg_catalog.obj_description(t.oid, 'pg_trigger') as comment
  from pg_catalog.pg_trigger t
 where t.tgrelid = $1::text::oid
   and not t.tgisinternal
