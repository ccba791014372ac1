select 1;
select /* open ; /* nested */ never closed
select 2;
