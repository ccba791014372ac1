"""Rules: settings, transactions, and what drops, alters or maintains objects."""

from __future__ import annotations

from mdbtui.sql.complete.grammar import COLUMN_BEHIND, OBJECTS, words
from mdbtui.sql.complete.rule_parts import (
    ALTERED,
    ANY,
    CONFIGURED,
    CREATED,
    IF,
    ISOLATION,
    LISTED,
    MATERIALIZED,
    ROUTINE,
    SCOPE,
    SEQUENCES,
    TABLE,
    TABLES,
    TOUCH,
    VIEWS,
    N,
    Rule,
    W,
    rule,
)

RULES: tuple[Rule, ...] = (
    # -- settings
    rule(rf"set {SCOPE}search_path (?:to|=)(?: .* ,)?", W.SCHEMA, kw="default"),
    rule(rf"set {SCOPE}schema", W.SCHEMA_TEXT),
    rule(rf"set {SCOPE}time zone", kw="local, default, interval"),
    rule(
        rf"set {SCOPE}(?:transaction|session characteristics as transaction).*",
        kw=ISOLATION,
    ),
    rule(rf"set {SCOPE}constraints", kw="all"),
    rule(
        rf"(?:{CONFIGURED} )?set {SCOPE}(?P<t>{N}) (?:to|=)",
        W.SETTING_VALUE,
        kw="default",
    ),
    rule(
        rf"(?:{CONFIGURED}|(?:{CREATED}|alter) {ROUTINE} .*) (?:set|reset)",
        W.SETTING,
        kw="all",
    ),
    rule(
        r"set(?: session| local)?",
        W.SETTING,
        kw="""
            session, local, time zone, transaction, schema, role, constraints,
            session authorization, session characteristics as transaction
        """,
    ),
    rule(rf"set {SCOPE}{N}", kw="to"),
    rule(
        r"show|reset",
        W.SETTING,
        kw="""
            all, time zone, session authorization, transaction isolation level
        """,
    ),
    rule(r"alter system", kw="set, reset, reset all"),
    # -- transactions
    rule(
        r"(?:begin|start)(?: transaction| work)?(?: .*)?",
        kw=("transaction", "work", *ISOLATION),
    ),
    rule(
        r"commit|end|rollback|abort",
        kw="and chain, to savepoint, work, transaction, prepared",
    ),
    rule(r"discard", kw="all, plans, sequences, temporary"),
    # -- whole databases and schemas
    rule(rf"create database {N}(?: .*)? template(?: =)?", W.DATABASE),
    rule(
        rf"create database {N}.*",
        kw="""
            with, template, owner, encoding, locale, tablespace, connection limit
        """,
    ),
    rule(rf"(?:{TOUCH}|reindex) database{IF}", W.DATABASE, kw="if exists"),
    rule(
        rf"(?:{TOUCH}|reindex) schema{IF}{LISTED}",
        W.SCHEMA,
        kw="if exists",
    ),
    rule(r".* (?:set schema|in schema(?: .* ,)?)", W.SCHEMA),
    rule(r"import foreign schema", kw=""),
    rule(rf"create schema{IF}", kw="if not exists, authorization"),
    # -- relations by kind
    rule(
        rf"(?:{TOUCH}|lock|reindex|truncate) table{IF}(?: only)?{LISTED}",
        W.TABLE,
        kw="if exists, only",
        kinds=TABLES,
    ),
    rule(
        rf"(?:{TOUCH}) foreign table{IF}{LISTED}",
        W.TABLE,
        kw="if exists",
        kinds=frozenset({"foreign table"}),
    ),
    rule(
        rf"(?:{TOUCH}) view{IF}{LISTED}",
        W.TABLE,
        kw="if exists",
        kinds=VIEWS,
    ),
    rule(
        rf"(?:{TOUCH}|refresh) materialized view{IF}(?: concurrently)?{LISTED}",
        W.TABLE,
        kw="if exists, concurrently",
        kinds=MATERIALIZED,
    ),
    rule(
        rf"(?:{TOUCH}) sequence{IF}{LISTED}",
        W.TABLE,
        kw="if exists",
        kinds=SEQUENCES,
    ),
    rule(
        rf"(?:truncate|lock|cluster)(?: only)?{LISTED}",
        W.TABLE,
        kw="table, only",
        kinds=TABLES,
    ),
    rule(
        rf"(?:analyze|vacuum)(?: verbose| full| freeze| analyze| \(\))*{LISTED}",
        W.TABLE,
        kw="verbose, analyze, full, freeze",
        kinds=TABLES | MATERIALIZED,
    ),
    rule(
        rf"truncate.* {N}", kw="cascade, restrict, restart identity, continue identity"
    ),
    rule(
        rf"lock.* {N}",
        kw="""
            in access share mode, in share mode, in exclusive mode, in access
            exclusive mode, in row exclusive mode, nowait
        """,
    ),
    rule(rf"comment on column(?: {N})?", W.TABLE, W.OWN_COLUMN, kinds=ANY),
    rule(
        rf"(?:{TOUCH}) (?:type|domain){IF}{LISTED}",
        W.OWN_TYPE,
        kw="if exists",
    ),
    rule(
        rf"(?:{TOUCH}|{CREATED}) {ROUTINE}{IF}(?: .* ,)?",
        W.SIGNATURE,
        kw="if exists",
    ),
    rule(r"comment on", kw=("column", "constraint", *OBJECTS)),
    rule(r"comment on .* .*", kw="is"),
    rule(r"drop|alter", kw=(*OBJECTS, "system", "default privileges", "owned by")),
    rule(r"drop .*", kw="cascade, restrict, if exists, concurrently"),
    rule(r"refresh", kw="materialized view"),
    rule(r"refresh materialized view .*", kw="with data, with no data"),
    rule(r"reindex", kw="table, index, schema, database, system"),
    # -- ALTER TABLE
    rule(rf"{TABLE}(?: .* ,)?", kw=ALTERED),
    rule(
        rf"{TABLE}(?: .*)? (?:alter|drop|rename)(?: column)?{IF}",
        W.TARGET_COLUMN,
        kw="column, constraint, to, if exists",
    ),
    rule(rf"{TABLE}(?: .*)? alter(?: column)? {N}(?: set data)? type", W.TYPE),
    rule(
        rf"{TABLE}(?: .*)? alter(?: column)? {N}(?: set)?",
        kw="""
            type, set data type, set default, drop default, set not null, drop not
            null, set statistics, set storage, add generated always as identity,
            drop identity, not null, default
        """,
    ),
    rule(rf"{TABLE}(?: .*)? rename(?: column)? {N}", kw="to"),
    rule(
        rf"{TABLE}(?: .*)? add",
        kw="""
            column, constraint, primary key, foreign key, unique, check, column if
            not exists
        """,
    ),
    rule(
        rf"{TABLE}(?: .*)? add constraint {N}",
        kw="""
            primary key, foreign key, unique, check, exclude using, not null
        """,
    ),
    rule(rf"{TABLE}(?: .*)? add(?: column)?{IF} {N}", W.TYPE),
    rule(r".* references", W.TABLE, kinds=TABLES),
    rule(rf"{TABLE} (?:attach|detach) partition", W.TABLE, kinds=TABLES),
    rule(
        rf"{TABLE} .*",
        kw=(*COLUMN_BEHIND, *words("cascade, restrict, using, not valid, references")),
    ),
    rule(
        rf"alter type {N}(?: .*)?",
        kw="""
            add value, rename to, rename value, owner to, set schema, add attribute,
            before, after, if not exists
        """,
    ),
    rule(
        rf"alter (?:view|materialized view|sequence|schema|database|{ROUTINE}) .*",
        kw="""
            rename to, owner to, set schema, set, reset, rename column, restart,
            owned by
        """,
    ),
)
