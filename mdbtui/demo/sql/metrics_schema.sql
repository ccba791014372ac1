-- Time series of a heating company's devices: exactly 1,000,000 rows in
-- "measurements" (100 devices, one row each quarter of an hour, 10,000 times),
-- partitioned by month. The partitions are made by metrics_partition.sql.

comment on database metrics is 'Telemetry of 100 heat pumps, one row each 15 minutes';

create type device_state as enum ('idle', 'heating', 'defrosting', 'fault');

create table sites (
    id integer primary key,
    name text not null,
    city text not null,
    time_zone text not null
);

create table devices (
    id integer primary key,
    site_id integer not null references sites,
    serial_number text not null unique,
    model text not null,
    firmware text,
    installed_on date not null,
    mac macaddr not null
);

insert into sites values
    (1, 'Altbau Ost', 'Berlin', 'Europe/Berlin'), (2, 'Quai 7', 'Genève', 'Europe/Zurich'),
    (3, 'Fjordhuset', 'Tromsø', 'Europe/Oslo'), (4, 'Casa Azul', 'A Coruña', 'Europe/Madrid'),
    (5, '北の家', '札幌', 'Asia/Tokyo');

insert into devices
select i, 1 + i % 5, 'HP' || lpad((i * 7919 % 100000)::text, 6, '0'),
       (array['Boreas 6', 'Boreas 9', 'Zephyr 12'])[1 + i % 3],
       case when i % 13 <> 0 then '4.' || i % 4 || '.' || i % 9 end,
       date '2021-09-01' + i * 11,
       ('02:00:5e:10:00:' || lpad(to_hex(i), 2, '0'))::macaddr
from generate_series(1, 100) as i;

create table measurements (
    measured_at timestamptz not null,
    device_id integer not null,
    state device_state not null,
    outdoor_celsius numeric(5, 2) not null,
    flow_celsius real not null,
    power_watts integer not null,
    energy_kwh double precision not null,
    error_code text
) partition by range (measured_at);
comment on table measurements is 'One row for each device each 15 minutes; a month to a partition';
comment on column measurements.energy_kwh is 'The meter''s reading: only grows';
