select 1;
select 2 -- c
;
select 'a
;b';
select 'a'
'b;c';
