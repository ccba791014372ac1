"""What of a statement can be explained, and what it does that can't be rolled back."""

from __future__ import annotations

from mdbtui.sql.lexer import Scanner
from mdbtui.sql.statements import Statement

_EXPLAINABLE = frozenset(
    {"select", "values", "table", "with", "insert", "update", "delete", "merge"}
    | {"execute", "declare", "create", "refresh"}
)
_READING = frozenset({"select", "values", "table", "with", "("})
_BARE_OPTIONS = frozenset({"analyze", "analyse", "verbose"})
# Their effects stay when the transaction is rolled back.
_LASTING = frozenset(
    {"nextval", "setval", "lo_export", "pg_terminate_backend", "pg_cancel_backend"}
    | {"pg_reload_conf", "pg_rotate_logfile", "pg_switch_wal", "pg_promote"}
    | {"pg_stat_reset", "pg_wal_replay_pause", "pg_wal_replay_resume"}
)
_LASTING_BEGIN = (
    "dblink",
    "pg_file_",
    "pg_advisory_lock",
    "pg_try_advisory_lock",
    "pg_advisory_unlock",
    "pg_stat_reset_",
    "pg_replication_",
    "pg_create_",
    "pg_drop_",
    "pg_logical_",
)


def explained(statement: Statement) -> Statement | None:
    """Return the part of a statement that EXPLAIN is put before.

    Of an EXPLAIN that is what follows its options.

    Returns:
        The part; None when nothing in it has a plan.
    """
    tokens = [
        (statement.text[start:end].lower(), start)
        for kind, start, end in Scanner(statement.text)
        if kind not in {"ws", "comment"}
    ]
    at = _after_options(tokens) if tokens and tokens[0][0] == "explain" else 0
    first = at
    while first < len(tokens) and tokens[first][0] == "(":
        first += 1
    if first == len(tokens) or tokens[first][0] not in _EXPLAINABLE:
        return None
    begin = tokens[at][1]
    return Statement(
        statement.text[begin:],
        statement.start + begin,
        statement.end,
        statement.line + statement.text.count("\n", 0, begin),
        values=statement.values,
    )


def _after_options(tokens: list[tuple[str, int]]) -> int:
    at = 1
    if at + 1 < len(tokens) and tokens[at][0] == "(":
        if tokens[at + 1][0] in _READING:
            return at
        depth = 0
        while at < len(tokens):
            depth += (tokens[at][0] == "(") - (tokens[at][0] == ")")
            at += 1
            if not depth:
                break
    while at < len(tokens) and tokens[at][0] in _BARE_OPTIONS:
        at += 1
    return at


def lasting_calls(sql: str) -> tuple[str, ...]:
    """Return the functions named whose effects no rollback takes back.

    Only what the server itself and its usual extensions bring is known here; what a
    function of the user's own does is not.
    """
    words = (
        sql[start:end].strip('"').lower()
        for kind, start, end in Scanner(sql)
        if kind in {"word", "quoted"}
    )
    found = (w for w in words if w in _LASTING or w.startswith(_LASTING_BEGIN))
    return tuple(dict.fromkeys(found))
