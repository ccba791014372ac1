select 1;
select 'open ; and never closed
select 2;
