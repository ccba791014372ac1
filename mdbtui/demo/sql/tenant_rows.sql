-- The rows of the tenant whose database this is; its number n makes them differ.

create temporary table tenant on commit drop as
select position(substr(current_database(), 8, 1) in 'abcd') as n, substr(current_database(), 8) as name;

insert into schema_migrations values
    ('20250110', 'users and projects', '2025-01-10 09:00+00'),
    ('20250402', 'tasks', '2025-04-02 09:30+00'),
    ('20250915', 'invoices', '2025-09-15 08:15+00'),
    ('20260120', 'users.last_login_at', '2026-01-20 10:00+00'),
    ('20260318', 'index on unpaid invoices', '2026-03-18 10:00+00'),
    ('20260602', 'amounts are numeric', '2026-06-02 10:00+00');

insert into users (email, full_name, role, settings, last_login_at, created_at)
select 'user' || i || '@' || name || '.example',
       (array['Ana', 'Bjørn', 'Chloë', 'Dmitri', 'Eva', 'Farid', 'Gül', 'Hana'])[1 + (i * n) % 8] || ' '
       || (array['Álvarez', 'Berg', 'Çelik', 'Durand', 'Eriksson', 'Fuchs', 'González'])[1 + (i + n) % 7],
       case i when 1 then 'owner' when 2 then 'admin' else (array['member', 'member', 'guest'])[1 + i % 3] end,
       jsonb_build_object('tenant', name, 'beta', i % 10 = 0),
       case when i % 6 <> 0 then timestamptz '2026-07-01 07:00+00' + i * n * interval '17 minutes' end,
       timestamptz '2025-01-10 09:00+00' + i * interval '13 hours'
from tenant, generate_series(1, 40 + n * 20) as i;

insert into projects (owner_id, name, budget, runs, archived)
select 1 + i % 40,
       (array['Website', 'Umzug', 'Rebranding', 'ISO 27001', 'Été 2026', 'Warehouse'])[1 + i % 6] || ' ' || i,
       case when i % 5 <> 0 then 1000 * i + 250.50 * n end,
       daterange(date '2026-01-05' + i * 9, date '2026-06-30' + i * 9), i % 7 = 0
from tenant, generate_series(1, 24) as i;

insert into tasks (project_id, assignee_id, title, state, labels, estimate, due_on, created_at)
select 1 + i % 24, case when i % 8 <> 0 then 1 + i % 40 end,
       (array['Write', 'Review', 'Fix', 'Plan', 'Prüfen:'])[1 + i % 5] || ' '
       || (array['the offer', 'the contract', 'login page', 'budget', 'release notes', 'Übergabe'])[1 + i * 5 % 6] || ' #' || i,
       (array['open', 'doing', 'done', 'done', 'review', 'done'])[1 + (i + n) % 6]::task_state,
       case when i % 3 = 0 then '{}' else array['p' || i % 4, 'team ' || chr(65 + i % 5)] end,
       case when i % 4 <> 0 then (1 + i % 30) * interval '30 minutes' end,
       case when i % 5 <> 0 then date '2026-06-01' + i % 120 end,
       timestamptz '2026-01-05 08:00+00' + i * interval '47 minutes'
from tenant, generate_series(1, 1500 + n * 250) as i;

insert into invoices (number, issued_on, amount, paid_on)
select upper(left(name, 2)) || '-2026-' || lpad(i::text, 4, '0'), date '2026-01-02' + i, 90 + i * 7.25 * n,
       case when i % 9 <> 0 then date '2026-01-02' + i + 5 + i % 25 end
from tenant, generate_series(1, 200) as i;
