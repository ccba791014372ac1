select 1; -- trailing ; comment
-- leading ; comment
select 2;
/* block ; comment */ select 3;
/* nested /* ; */ ; */ select 4;
/* /* /* deep ; */ ; */ ; */ select 5;
select /* ; */ 6 /* ; */;
select 7 -- ; '
;
select 8 /* ' */ ;
select 9 /* " ; */ , '/* ; ' , '*/ ; ';
select 10 --/* ;
;
select 11 /*-- ; */;
select '--;' , "--;" , $$--;$$;
select 12 */* ; */ 2;
select 13 //* ; */ 2;
select 14 - -1, 15 --1;
;
select 16 /**/ /***/ /* **/ ;
select 17 /*/ ; */ /* still */ ; */;
select @-- operator then comment ;
 18;
select 19 +/* ; */- 20;
/* only a comment */
-- only ; a comment
;;
;
select 21
-- between ;
 , 22;
/*+ SeqScan(t) */ select 23;
select 24 ; /* same line */ select 25 ; -- end
select 26 /* open at line end
; still open ' " $$
*/ ;
