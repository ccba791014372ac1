-- The months become partitions; indexes, keys and roll-ups over all of them.

{attach}

alter table measurements
    add primary key (device_id, measured_at),
    add foreign key (device_id) references devices;
create index on measurements using brin (measured_at);

create view latest as
select distinct on (d.id) d.id as device_id, d.serial_number, m.measured_at, m.state, m.outdoor_celsius, m.power_watts
from devices as d join measurements as m on m.device_id = d.id
where m.measured_at >= timestamptz '2026-08-12 00:00+00'
order by d.id, m.measured_at desc;

create view hourly as
select date_trunc('hour', measured_at, 'UTC') as hour, device_id, round(avg(outdoor_celsius), 2) as outdoor_celsius,
       max(power_watts) as peak_watts, count(*) filter (where state = 'fault') as faults
from measurements group by 1, 2;
comment on view hourly is 'Roll-up, computed when asked';

create materialized view daily as
select date_trunc('day', measured_at, 'UTC')::date as day, site_id, count(*) as samples,
       round(avg(outdoor_celsius), 2) as outdoor_celsius,
       round(sum(power_watts) / 4000.0, 1) as energy_kwh,
       count(*) filter (where state = 'fault') as faults
from measurements join devices on devices.id = device_id
group by 1, 2;
create unique index on daily (day, site_id);
comment on materialized view daily is 'Roll-up, refreshed at night';

create function energy_between(device integer, since timestamptz, until timestamptz) returns double precision
language sql stable
as $$
    select max(energy_kwh) - min(energy_kwh) from measurements
    where device_id = device and measured_at >= since and measured_at < until
$$;

analyze;
