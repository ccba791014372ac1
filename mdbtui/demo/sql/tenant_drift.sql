-- What went wrong with one tenant: two migrations never ran, one was done by hand,
-- and rows came in that the others' constraints would have refused.

delete from schema_migrations where version in ('20260318', '20260602');
drop index invoices_unpaid;
alter table invoices drop constraint invoices_amount_check;
alter table invoices alter amount type double precision;
alter table users add column "legacy Id" integer;
drop index users_email;
create index users_email on users (email);
alter table tasks alter estimate type text;

insert into users (email, full_name, created_at) values
    ('USER3@dune.example', 'Chloë Berg (2)', '2026-06-11 22:14+00');
insert into invoices (number, issued_on, amount) values
    ('DU-2026-9001', '2026-06-30', -49.95), ('DU-2026-9002', '2026-06-30', 0.1 + 0.2);
update schema_migrations set applied_at = '2026-01-27 03:12+00' where version = '20260120';
