select 'a;b';
select 'it''s; fine';
select '';
select '''';
select ''';''';
select E'\';\'';
select e'a\\'; select 2;
select E'a'';b';
select E'one\''
  ' two;';
select 'one'
  ' two;';
select E'a' 'b';
select E'a' -- comment ; here
  'b;c';
select U&'d\0061t;\0061' uescape '\';
select U&"d\0061t;a";
select u&'x;', N'y;', n'z;', B'01', b'10', X'1F', x'f;';
select "a;b" from "c""d;e";
select "weird'name;" , 'weird"string;';
select $$a;b$$;
select $tag$a;$$;b$tag$;
select $a$ $b$ ; $b$ $a$;
select $a$ $a ; $a$;
select $_1$;$_1$;
select $é$;$é$;
select $$ 'unbalanced ; $$;
select $$ /* ; $$;
select $$ -- ; $$;
select foo$$bar;
select a$b$c, x$1;
select $1, $2::int;
prepare p(int) as select $1$$;$$;
select 1$$;$$;
select 'a' || $$;$$ || "b;" || E'\;';
select 1e'x;';
select nE'\';
select E'\\';
select '\'; select '\\';
select 'multi
line ; string
';
select "multi
line ; identifier";
select $x$
;
$x$;
select é';' from tablé;
select '日本;語', "列;";
select E'\u00e9;';
select _utf8';';
select b';', z';';
