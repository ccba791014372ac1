-- One month of "measurements": all quarters of an hour n in [{first}, {last}) counted
-- from 2026-05-01. CREATE TABLE AS, since that needs no write-ahead log here, and
-- integers and floats, since a million numerics cost seconds.

create table measurements_{month} as
select
    timestamptz '2026-05-01 00:00+00' + n * interval '15 minutes' as measured_at,
    d as device_id,
    case when noise % 997 = 3 then 'fault'::device_state
         when noise % 29 = 0 then 'defrosting'
         when wave < 600 then 'heating'
         else 'idle' end as state,
    ((wave + noise % 200) * 0.01)::numeric(5, 2) as outdoor_celsius,
    ((280 + d % 12 * 10 + noise % 90) / 10::double precision)::real as flow_celsius,
    case when wave < 600 then 900 + d * 3 + noise % 700 else 15 + noise % 20 end as power_watts,
    (d * 1000000 + n * (210 + d % 10 * 13)) / 1000::double precision as energy_kwh,
    case when noise % 997 = 3 then 'E' || 100 + noise % 40 end as error_code
from
    -- One day's temperatures, in hundredths of a degree.
    (select array_agg((800 - 700 * cos(i * pi() / 48))::integer order by i) as waves
     from generate_series(0, 95) as i) as day,
    generate_series({first}, {last} - 1) as n,
    generate_series(1, 100) as d,
    lateral (select (n * 7919 + d * 104729 + n * d % 1013) % 10007 as noise,
                    waves[1 + (n + d) % 96] as wave) as weather;

alter table measurements_{month}
    alter measured_at set not null, alter device_id set not null, alter state set not null,
    alter outdoor_celsius set not null, alter flow_celsius set not null,
    alter power_watts set not null, alter energy_kwh set not null,
    add primary key (device_id, measured_at),
    add constraint in_month check (measured_at >= '{month_start}' and measured_at < '{month_end}');
create index on measurements_{month} using brin (measured_at);
