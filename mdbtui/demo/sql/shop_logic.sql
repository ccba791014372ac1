-- The shop's indexes, functions, triggers, views and roles; run after the rows are in.

create index on addresses (customer_id);
create unique index one_default_address on addresses (customer_id) where is_default;
create index on categories (parent_id);
create index on products (category_id);
create index on products using gin (search);
create index on products using gin (tags);
create index on products using gin (attributes jsonb_path_ops);
create index on customers (lower(full_name));
create index on orders (customer_id, placed_at desc);
create index open_orders on orders (placed_at) where status in ('placed', 'paid');
create index on order_items (product_id);
create index on payments (order_id);
create index on reviews (product_id, rating) include (helpful);
create index on orders using brin (updated_at);

create function order_total(order_id bigint) returns numeric
language sql stable
begin atomic
    select coalesce(sum(i.line_total), 0) from order_items as i where i.order_id = order_total.order_id;
end;
comment on function order_total(bigint) is 'The sum of an order''s lines';

create function search_products(query text, max_rows integer default 20)
returns table (id integer, name text, price price, rank real)
language sql stable
as $$
    select p.id, p.name, p.price, ts_rank(p.search, websearch_to_tsquery('simple', query))
    from products as p
    where p.search @@ websearch_to_tsquery('simple', query)
    order by 4 desc, 1
    limit max_rows
$$;

create function category_path(category integer) returns text[]
language sql stable
begin atomic
    with recursive up as (
        select c.id, c.parent_id, c.name, 0 as depth from categories as c where c.id = category
        union all
        select c.id, c.parent_id, c.name, up.depth + 1 from up join categories as c on c.id = up.parent_id
    )
    select array_agg(name order by depth desc) from up;
end;

create function touch_updated_at() returns trigger
language plpgsql
as $$
begin
    new.updated_at := clock_timestamp();
    return new;
end
$$;

create function audit.note_status() returns trigger
language plpgsql
as $$
begin
    insert into audit.order_events (order_id, old_status, new_status)
    values (new.id, case when tg_op = 'UPDATE' then old.status end, new.status);
    return null;
end
$$;

create function keep_order_total() returns trigger
language plpgsql
as $$
begin
    update orders set total = order_total(id) where id in (old.order_id, new.order_id);
    return null;
end
$$;

create procedure cancel_order(order_id bigint, reason text default 'no reason given')
language plpgsql
as $$
begin
    update orders as o set status = 'cancelled', note = concat_ws(E'\n', o.note, 'Cancelled: ' || reason)
    where o.id = cancel_order.order_id and o.status in ('placed', 'paid');
    if not found then
        raise exception 'order % cannot be cancelled', order_id
            using hint = 'Only placed and paid orders can be.', errcode = 'P0001';
    end if;
    raise notice 'order % cancelled: %', order_id, reason;
end
$$;

create trigger touch before update on orders
    for each row execute function touch_updated_at();
create trigger note_status after insert or update of status on orders
    for each row execute function audit.note_status();
create trigger keep_total after insert or update or delete on order_items
    for each row execute function keep_order_total();

insert into audit.order_events (order_id, new_status, changed_by, changed_at)
select id, status, 'import', updated_at from orders where id % 10 = 0 order by id;

create view reporting.open_orders as
select o.number, c.full_name, o.status, o.total, o.currency, o.placed_at
from orders as o join customers as c on c.id = o.customer_id
where o.status in ('placed', 'paid');
comment on view reporting.open_orders is 'What the warehouse has to send';

create view reporting.revenue_by_month as
select date_trunc('month', o.placed_at, 'UTC')::date as month, o.currency, count(*) as orders,
       sum(o.total) as revenue,
       round(avg(o.total), 2) as average,
       sum(sum(o.total)) over (partition by o.currency
                               order by date_trunc('month', o.placed_at, 'UTC')) as running
from orders as o
where o.status in ('paid', 'shipped', 'delivered')
group by 1, date_trunc('month', o.placed_at, 'UTC'), 2;

create view reporting."Odd ""names"" [/x]" as
select id as "select", name as "Name with spaces", price as "Preis in €" from products;

create materialized view reporting.best_sellers as
select p.id, p.name, category_path(p.category_id) as category, sum(i.quantity) as sold,
       sum(i.line_total) as revenue, round(avg(r.rating), 2) as rating
from products as p
    join order_items as i on i.product_id = p.id
    left join (select product_id, avg(rating) as rating from reviews group by 1) as r on r.product_id = p.id
group by p.id
order by sold desc, p.id;
create unique index on reporting.best_sellers (id);

create sequence invoice_number start 20260001;

-- Not every PostgreSQL has the contrib modules beside it.
do $$
begin
    if exists (select from pg_available_extensions where name = 'pg_trgm') then
        create extension pg_trgm;
        create index product_name_like on products using gin (name gin_trgm_ops);
    end if;
    if exists (select from pg_available_extensions where name = 'hstore') then
        create extension hstore;
        alter table products add column labels hstore;
        update products set labels = hstore(array['aisle', 'fragile'], array[(id % 9)::text, null])
        where id % 4 = 0;
    end if;
end
$$;

alter table customers enable row level security;
create policy own_row on customers for select to shop_app using (true);
grant usage on schema reporting to shop_readonly;
grant select on all tables in schema public, reporting to shop_readonly;
grant select, insert, update, delete on orders, order_items, payments, addresses, reviews to shop_app;

analyze;
