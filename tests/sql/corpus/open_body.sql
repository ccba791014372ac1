select 1;
create function f() begin atomic select 1; select 2;
select 3;
