select 1;
select (open ; never closed
select 2;
