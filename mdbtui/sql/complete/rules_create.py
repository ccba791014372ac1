"""Rules: CREATE, GRANT and all the rest."""

from __future__ import annotations

from mdbtui.sql.complete.grammar import OBJECTS, QUERY, words
from mdbtui.sql.complete.rule_parts import (
    CREATED,
    GRANTED,
    IF,
    LISTED,
    MATERIALIZED,
    PRIVILEGES,
    ROUTINE,
    ROUTINE_BEHIND,
    SEQUENCES,
    TABLES,
    WRITABLE,
    N,
    Rule,
    W,
    rule,
)

RULES: tuple[Rule, ...] = (
    # -- CREATE
    rule(
        r"create(?: or replace)?",
        kw=(
            *OBJECTS,
            *words(
                """
                    or replace, temporary table, temporary view, unlogged table,
                    unique index, or replace function, or replace view, or replace
                    procedure, or replace trigger, recursive view
                """
            ),
        ),
    ),
    rule(r"create(?: temp| temporary| unlogged)+", kw="table, view, sequence"),
    rule(r"create unique", kw="index, index concurrently"),
    rule(
        rf"create(?: unique)? index(?: concurrently)?{IF}(?: {N})? on(?: only)?",
        W.TABLE,
        kinds=TABLES | MATERIALIZED,
    ),
    rule(
        rf"create(?: unique)? index(?: concurrently)?{IF}(?: {N})?",
        kw="on, concurrently, if not exists",
    ),
    rule(
        rf"create(?: unique)? index .* on (?:only )?{N} using",
        kw="btree, hash, gin, gist, brin, spgist",
    ),
    rule(
        r"create(?: unique)? index .* on .*",
        kw="using, where, include, with, tablespace",
    ),
    rule(r".* execute (?:function|procedure)", W.TRIGGER_FUNCTION),
    rule(r"create .*trigger .* on", W.TABLE, kinds=WRITABLE),
    rule(
        r"create .*trigger.*",
        kw="""
            before, after, instead of, insert, update, delete, truncate, or, on, for
            each row, for each statement, when, execute function, referencing, of
        """,
    ),
    rule(
        rf"(?:create|alter|drop) (?:policy|rule){IF} .* on(?: .* to)?",
        W.TABLE,
        kinds=WRITABLE,
    ),
    rule(
        r"create (?:policy|rule).*",
        kw="""
            on, for, to, using, with check, as permissive, as restrictive, as on, do
            instead, do also
        """,
    ),
    rule(
        rf"{CREATED} {ROUTINE} .* returns(?: setof)?",
        W.TYPE,
        kw="table, setof, trigger, void, record",
    ),
    rule(
        rf"(?:{CREATED} {ROUTINE} .*|do(?: .*)?) language",
        kw="sql, plpgsql, c, internal",
    ),
    rule(rf"{CREATED} {ROUTINE} {N} \(\)", kw=("returns", *ROUTINE_BEHIND)),
    rule(rf"{CREATED} {ROUTINE} .* \(\) .*", kw=ROUTINE_BEHIND),
    rule(rf"{CREATED} table{IF} {N} partition of", W.TABLE, kinds=TABLES),
    rule(
        rf"{CREATED} (?:table|view|materialized view){IF} {N}(?: \(\))?(?: .*)? as",
        kw=(*QUERY, "execute"),
    ),
    rule(rf"{CREATED} table{IF}", kw="if not exists"),
    rule(
        rf"{CREATED} table{IF} {N}(?: .*)?",
        kw="""
            as, partition of, partition by range, partition by list, partition by
            hash, inherits, for values from, for values in, default, with, on commit
            drop, on commit delete rows, tablespace
        """,
    ),
    rule(rf"{CREATED} (?:view|materialized view){IF} {N}.*", kw="as, with"),
    rule(rf"create type {N}", kw="as enum, as range, as"),
    rule(rf"create type {N} as", kw="enum, range"),
    rule(rf"create domain {N}(?: as)?", W.TYPE, kw="as"),
    rule(
        rf"create domain {N} .*",
        kw="not null, check, default, constraint, collate, null",
    ),
    rule(
        rf"create sequence{IF} {N}.*",
        kw="""
            increment by, minvalue, maxvalue, start with, cache, cycle, no cycle,
            owned by, as
        """,
    ),
    rule(r"create extension.*", kw="if not exists, with schema, cascade, version"),
    # -- rights
    rule(rf"(?:grant|revoke) .* on(?: table)?{LISTED}", W.TABLE, kw=GRANTED),
    rule(rf"(?:grant|revoke) .* on schema{LISTED}", W.SCHEMA),
    rule(rf"(?:grant|revoke) .* on database{LISTED}", W.DATABASE),
    rule(rf"(?:grant|revoke) .* on sequence{LISTED}", W.TABLE, kinds=SEQUENCES),
    rule(
        rf"(?:grant|revoke) .* on (?:function|procedure|routine){LISTED}", W.SIGNATURE
    ),
    rule(rf"(?:grant|revoke) .* on (?:type|domain){LISTED}", W.OWN_TYPE),
    rule(
        r"(?:grant|revoke) .* on .* (?:to|from)",
        kw="public, current_user, session_user, group",
    ),
    rule(r"grant .* on .*", kw="to, with grant option, in schema"),
    rule(r"revoke .* on .*", kw="from, cascade, restrict, in schema"),
    rule(r"(?:grant|revoke)(?: .* ,)?", kw=("grant option for", *PRIVILEGES)),
    rule(r"(?:grant|revoke) .*", kw="on, to, from"),
    rule(
        r"alter default privileges.*",
        kw=(
            "in schema",
            "for role",
            "grant",
            "revoke",
            *PRIVILEGES,
            *words(
                """
                    on tables, on sequences, on functions, on types, on schemas, to,
                    from
                """
            ),
        ),
    ),
    # -- the rest
    rule(r"copy", W.TABLE, kinds=WRITABLE),
    rule(r"copy .* from", kw="stdin, program"),
    rule(r"copy .* to", kw="stdout, program"),
    rule(
        r"copy .* (?:from|to) .*",
        kw="with, format csv, header, delimiter, null, where, csv",
    ),
    rule(r"copy .*", kw="from, to"),
    rule(r"call", W.PROCEDURE),
    rule(
        r"explain(?: analyze| verbose)*(?: \(\))?",
        kw=(
            *QUERY,
            *words(
                """
                    insert into, update, delete from, merge into, analyze, verbose,
                    execute, create table
                """
            ),
        ),
    ),
    rule(
        rf"prepare {N}(?: \(\))? as",
        kw=(*QUERY, *words("insert into, update, delete from, merge into")),
    ),
    rule(rf"declare {N} .*for", kw=QUERY),
    rule(
        rf"(?:declare|prepare) {N}(?: .*)?",
        kw="cursor for, cursor with hold for, scroll cursor for, as",
    ),
    rule(
        r"fetch|move",
        kw="""
            next, prior, first, last, absolute, relative, all, forward, backward,
            from
        """,
    ),
    rule(r"do", kw="language"),
)
