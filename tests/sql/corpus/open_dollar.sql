select 1;
select $a$ open ; $$ $b$ never closed
select 2;
