"""Which keywords may stand where. Several words that belong together are one entry."""

from __future__ import annotations


def words(text: str) -> tuple[str, ...]:
    """Entries of one or more words, with commas or line ends between them."""
    entries = text.replace("\n", ",").split(",")
    return tuple(" ".join(entry.split()) for entry in entries if entry.strip())


QUERY = words("select, with, values, table")
CHANGE = words("insert into, update, delete from, merge into")
START = (
    *words("select, with, insert into, update, delete from, merge into, values, table"),
    *words(
        """
        explain, explain analyze, create, alter, drop, truncate, begin, commit,
        rollback, savepoint, release savepoint, rollback to savepoint, set, show,
        reset, copy, call, do, grant, revoke, comment on, analyze, vacuum, reindex,
        cluster, refresh materialized view, lock table, listen, unlisten, notify,
        prepare, execute, deallocate, declare, fetch, move, close, discard all,
        start transaction, end, abort, checkpoint, import foreign schema,
        security label, create table, create view, create index, create function,
        create or replace function, create schema, create type, create extension,
        create materialized view, create trigger, alter table, drop table, drop view,
        drop index, drop schema, drop function
        """
    ),
)
SUBQUERY = words("select, with, values")

OPERAND = words(
    """
    case, not, exists, null, true, false, array, row, interval, cast, extract,
    coalesce, nullif, greatest, least, any, all, some, current_date, current_time,
    current_timestamp, localtime, localtimestamp, current_user, session_user,
    current_role, current_schema, current_catalog, date, timestamp, default
    """
)
CALLED = frozenset(
    {"cast", "coalesce", "extract", "greatest", "least", "nullif", "exists"}
)
"""Keywords that are written like a function."""
OPERATORS = words(
    """
    and, or, is null, is not null, in, not in, like, ilike, not like, not ilike,
    between, not between, is, is distinct from, is not distinct from, is true,
    is false, is not true, is not false, similar to, not similar to, collate,
    at time zone, isnull, notnull, overlaps, not, operator
    """
)
CASE = words("when, then, else, end")
CALL_BEHIND = words("over, filter, within group")
TAIL = words(
    """
    where, group by, having, window, order by, limit, offset, fetch first, for update,
    for share, for no key update, for key share, union, union all, intersect,
    intersect all, except, except all
    """
)
JOINS = words(
    """
    join, left join, inner join, right join, full join, cross join, natural join,
    left outer join, right outer join, full outer join, join lateral,
    left join lateral, cross join lateral
    """
)
_AFTER_WHERE = TAIL[1:]

OPERAND_OF = {
    "select": (*words("distinct, all, distinct on"), *OPERAND, "from"),
    "group": (*words("rollup, cube, grouping sets, distinct, all"), *OPERAND),
    "limit": words("all, null"),
}
"""Keywords where an expression may begin, if they differ from `OPERAND`."""

BEHIND = {
    "select": (*words("from, as, into"), *OPERATORS, *CALL_BEHIND, *TAIL),
    "from": (
        *words("where"),
        *JOINS,
        *TAIL[1:],
        *words("as, on, using, tablesample, with ordinality, set, returning"),
    ),
    "on": (
        *words("and, or, where"),
        *JOINS,
        *OPERATORS,
        *_AFTER_WHERE,
        *words("when matched then, when not matched then, set, returning"),
    ),
    "where": (*OPERATORS, *_AFTER_WHERE, "returning"),
    "having": (*OPERATORS, *TAIL[3:]),
    "group": (*TAIL[2:], *OPERATORS),
    "order": (
        *words("asc, desc, nulls first, nulls last, using, collate"),
        *TAIL[5:],
        *OPERATORS,
    ),
    "limit": words("offset, limit, rows only, row only, rows with ties, first, next")
    + TAIL[8:],
    "returning": (*words("as, into"), *OPERATORS),
    "values": words("on conflict, returning, order by, limit, offset, union all"),
    "set": (*words("where, from, returning, when matched then"), *OPERATORS),
    "window": TAIL[4:],
    "for": words("of, nowait, skip locked") + TAIL[8:12],
    "conflict": words("do nothing, do update set, on constraint, where"),
    "merge": words(
        """
        when matched then, when not matched then, when not matched by source then,
        update set, insert, delete, do nothing, values, then, and, returning
        """
    ),
    "into": words("from, where, values, select"),
    "": OPERATORS,
}
"""Keywords behind an expression or a table, by clause."""

TARGET = {
    "insert": words("values, select, default values, with, as, overriding system value")
    + words("overriding user value, on conflict, returning"),
    "update": words("set, as"),
    "delete": words("where, using, returning, as"),
    "merge": words("using, as"),
}

FOLLOWING = {
    "group": words("by"),
    "order": words("by"),
    "partition": words("by"),
    "is": words("null, not null, true, false, unknown, not true, not false")
    + words("distinct from, not distinct from, document, json"),
    "nulls": words("first, last"),
    "not": words("in, like, ilike, between, similar to"),
    "insert": words("into"),
    "delete": words("from"),
    "merge": words("into"),
    "left": words("join, outer join, join lateral"),
    "right": words("join, outer join"),
    "full": words("join, outer join"),
    "outer": words("join"),
    "inner": words("join"),
    "cross": words("join, join lateral"),
    "natural": words("join, left join, right join, inner join, full join"),
    "fetch": words("first, next"),
    "similar": words("to"),
    "within": words("group"),
    "filter": words("where"),
    "nothing": words("returning"),
    "tablesample": words("bernoulli, system"),
    "at": words("time zone, local"),
    "overriding": words("system value, user value"),
    "primary": words("key"),
    "foreign": words("key, table, data wrapper"),
    "skip": words("locked"),
    "matched": words("then, and, by source, by target"),
    "recursive": (),
}
"""Words that only these can follow in a query."""

FOR = words("update, share, no key update, key share")
WINDOW = words(
    """
    partition by, order by, rows between, range between, groups between, rows, range,
    groups, unbounded preceding, unbounded following, current row, preceding,
    following, and, exclude current row, exclude group, exclude ties,
    exclude no others, asc, desc, nulls first, nulls last
    """
)
FIELDS = words(
    """
    year, month, day, hour, minute, second, epoch, dow, doy, isodow, isoyear, week,
    quarter, decade, century, millennium, milliseconds, microseconds, timezone,
    timezone_hour, timezone_minute, julian
    """
)
TYPES = words(
    """
    integer, bigint, smallint, numeric, real, double precision, text, varchar, char,
    character varying, boolean, date, time, timestamp, timestamptz, timetz,
    timestamp with time zone, timestamp without time zone, interval, uuid, json,
    jsonb, bytea, inet, cidr, macaddr, money, xml, bit, bit varying, serial,
    bigserial, smallserial, point, tsvector, tsquery, int4range, int8range, numrange,
    tsrange, tstzrange, daterange, oid, regclass, regproc, regtype, name, decimal,
    int, bool, float
    """
)
COLUMN_BEHIND = words(
    """
    not null, primary key, default, references, unique, check, null,
    generated always as identity, generated by default as identity,
    generated always as, collate, constraint, on delete cascade, on delete set null,
    on delete restrict, on update cascade, deferrable, initially deferred, compression,
    storage
    """
)
TABLE_ENTRY = words(
    "constraint, primary key, foreign key, unique, check, like, exclude using"
)
OBJECTS = words(
    """
    table, view, materialized view, index, schema, sequence, function, procedure,
    type, domain, database, extension, trigger, role, user, policy, rule, aggregate,
    operator, cast, collation, conversion, publication, subscription, server,
    foreign table, foreign data wrapper, event trigger, statistics, tablespace,
    text search configuration, user mapping, language
    """
)
EXPLAINED = words(
    """
    analyze, buffers, verbose, costs, settings, wal, timing, summary, memory,
    format json, format text, format yaml, format xml
    """
)
