"""What the rules of statements are written with."""

from __future__ import annotations

from mdbtui.sql.complete.grammar import words
from mdbtui.sql.complete.wants import Want

N = r"[^\s(),']+"
IF = r"(?: if exists)?(?: if not exists)?"
LISTED = rf"(?: {N} ,)*"
SCOPE = r"(?:session |local )?"
TABLE = rf"alter (?:foreign )?table{IF}(?: only)? (?P<t>{N})"
ROUTINE = r"(?:function|procedure|routine|aggregate)"
CREATED = r"create(?: or replace)?(?: temp| temporary| unlogged| recursive)*"
CONFIGURED = rf"alter system|alter (?:database|role|user) {N}"
TOUCH = "drop|alter|comment on"
ISOLATION = words(
    """
    isolation level serializable, isolation level repeatable read,
    isolation level read committed, read only, read write, deferrable
    """
)
ROUTINE_BEHIND = words(
    """
    language, as, immutable, stable, volatile, strict, security definer,
    security invoker, parallel safe, parallel restricted, parallel unsafe, leakproof,
    called on null input, returns null on null input, cost, rows, set, begin atomic,
    return, window
    """
)
ALTERED = words(
    """
    add column, alter column, drop column, rename column, rename to, add constraint,
    drop constraint, add primary key, add foreign key, add unique, add check,
    owner to, set schema, set tablespace, set logged, set unlogged, set (,
    enable row level security, disable row level security, force row level security,
    enable trigger, disable trigger, attach partition, detach partition, inherit,
    no inherit, validate constraint, cluster on, replica identity, rename constraint
    """
)
PRIVILEGES = words(
    """
    select, insert, update, delete, truncate, references, trigger, all privileges,
    usage, execute, connect, create, temporary, maintain, set
    """
)
GRANTED = words(
    """
    all tables in schema, all sequences in schema, all functions in schema, schema,
    database, table, sequence, function, procedure, type, domain, language,
    tablespace, foreign server
    """
)
TABLES = frozenset({"table", "partitioned table", "partition", "foreign table"})
WRITABLE = TABLES | {"view"}
VIEWS = frozenset({"view"})
MATERIALIZED = frozenset({"materialized view"})
SEQUENCES = frozenset({"sequence"})
ANY = frozenset()  # type: frozenset[str]

W = Want
Rule = tuple[str, tuple[Want, ...], tuple[str, ...], frozenset[str]]


def rule(
    pattern: str,
    *wants: Want,
    kw: str | tuple[str, ...] = (),
    kinds: frozenset[str] = ANY,
) -> Rule:
    """Make a rule: a pattern, and what may stand behind the words that fit it."""
    return pattern, wants, words(kw) if isinstance(kw, str) else kw, kinds
