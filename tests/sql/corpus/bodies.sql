create function f1() returns int language sql as 'select 1; select 2;';
create function f2() returns int language sql as $$ select 1; select 2; $$;
create or replace function f3() returns int language plpgsql as $body$
begin
  if true then return 1; end if; -- ;
  return 'x;$$';
end;
$body$;
create function f4() returns int language sql begin atomic select 1; select 2; end;
create or replace function f5(a int default (1)) returns int begin atomic
  select case when a = 1 then 2 else 3 end;
  select case a when 1 then case when true then 1 end end; end;
CREATE OR REPLACE PROCEDURE p1() LANGUAGE SQL BEGIN ATOMIC INSERT INTO t VALUES (1); END;
create procedure p2(a int) begin atomic insert into t values (a); insert into t values ((a)); end;
create function "begin"() returns int language sql as 'select 1;';
create function f6() returns int begin atomic select "end"; select 'end;'; /* end; */ end;
create function case_when() returns int return case when true then 1 end;
create function f7() returns int begin atomic end;
create or replace function begin_x() returns int language sql as $$ select 1; $$;
create rule r1 as on insert to t do also insert into u values (1);
create rule r2 as on insert to t do instead (insert into u values (1); delete from v;);
create or replace rule r3 as on update to t do also (update u set a = 1; update v set b = ((2)););
create view v as select (select (1)) ; select 2;
do $$ begin perform 1; end $$;
do language plpgsql 'begin perform 1; end';
create table t (a int, b text default ';', check (b <> ';'));
create trigger tr before insert on t for each row execute function f();
create /* or */ function -- x
 f8() returns int begin atomic select 1; end;
create table function_like (begin int);
begin; select 1; end;
begin work; commit;
select case when true then 1 end; select 2;
create schema s create table t (a int) create view v as select a from t;
create operator === (leftarg = int, rightarg = int, procedure = f);
explain (analyze, costs off) select 1;
select ) ; select 3;
select (1)); select ((4;5));
(select 1); (select 2) union (values (3));
with a as (insert into t values (1) returning *) select * from a;
copy (select 1; ) to stdout;
select array[1,2]::int[], '{;}'::text[], a[1:2], b['x;'];
select '{"a": ";"}'::jsonb ->> 'a', x @> '{";"}', y ?| array[';'];
select 1 as ";" ;select 2as b;
