\set quiet on
\echo hello ; world
select 1 \g
select 2 \gx
\echo 'unclosed
select 3;
  \echo indented ; command
select 4 \gx
copy t from stdin;
1	a;b
2	it's "open
\.
select 5;
copy t (a, b) from stdin with (format csv);
1,";"
\.
-- after the data
select 6;
copy t from program 'cat ; x';
copy (select ';') to stdout;
copy t from '/tmp/file;';
select 7
\g
select 8;
\unset x
