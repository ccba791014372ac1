-- One tenant of a project planner. All tenants have this same schema, each in a
-- database of its own; migrations are noted in schema_migrations.

create type task_state as enum ('open', 'doing', 'review', 'done');

create table schema_migrations (
    version text primary key,
    name text not null,
    applied_at timestamptz not null
);

create table users (
    id integer generated always as identity primary key,
    email text not null,
    full_name text not null,
    role text not null default 'member' check (role in ('owner', 'admin', 'member', 'guest')),
    settings jsonb not null default '{}',
    last_login_at timestamptz,
    created_at timestamptz not null
);
create unique index users_email on users (lower(email));

create table projects (
    id integer generated always as identity primary key,
    owner_id integer not null references users,
    name text not null unique,
    budget numeric(12, 2),
    runs daterange,
    archived boolean not null default false
);

create table tasks (
    id bigint generated always as identity primary key,
    project_id integer not null references projects on delete cascade,
    assignee_id integer references users on delete set null,
    title text not null,
    state task_state not null default 'open',
    labels text[] not null default '{}',
    estimate interval,
    due_on date,
    created_at timestamptz not null
);
create index tasks_project_state on tasks (project_id, state);
create index tasks_assignee on tasks (assignee_id) where state <> 'done';

create table invoices (
    number text primary key,
    issued_on date not null,
    amount numeric(12, 2) not null check (amount >= 0),
    currency char(3) not null default 'EUR',
    paid_on date,
    check (paid_on >= issued_on)
);
create index invoices_unpaid on invoices (issued_on) where paid_on is null;

create view overdue_tasks as
select t.id, p.name as project, t.title, u.full_name as assignee, t.due_on
from tasks as t join projects as p on p.id = t.project_id left join users as u on u.id = t.assignee_id
where t.state <> 'done' and t.due_on < date '2026-08-01';

create function project_progress(project integer) returns numeric
language sql stable
as $$
    select round(100.0 * count(*) filter (where state = 'done') / nullif(count(*), 0), 1)
    from tasks where project_id = project
$$;
