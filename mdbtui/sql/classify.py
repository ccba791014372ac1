"""What a statement is, as far as its words tell, without parsing it.

Only the words at the head and a few telling ones further in are looked at, with
comments, strings and quoted identifiers out of the way. Where PostgreSQL's grammar
leaves a doubt, the answer is the careful one: a name that looks like a writing
command counts as one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from mdbtui.sql.functions import HARMLESS
from mdbtui.sql.lexer import Scanner
from mdbtui.sql.remembered import LARGE, once_if_large


class Kind(StrEnum):
    """The family of a statement; decides how it is run."""

    ROWS = "rows"
    """SELECT, VALUES, TABLE or WITH that only reads: may be streamed by COPY."""
    COPY_IN = "copy in"
    """COPY … FROM STDIN: the client must send the data."""
    COPY_OUT = "copy out"
    """COPY … TO STDOUT: the client receives the data."""
    TRANSACTION = "transaction"
    """BEGIN, COMMIT, ROLLBACK, SAVEPOINT … and what only holds within one."""
    SESSION = "session"
    """SET, RESET, PREPARE, LISTEN, DECLARE … : about the session itself."""
    DML = "dml"
    """INSERT, UPDATE, DELETE, MERGE, TRUNCATE, such a WITH, COPY FROM a file."""
    DDL = "ddl"
    """CREATE, ALTER, DROP, GRANT, COMMENT, SELECT INTO …"""
    OTHER = "other"
    """EXPLAIN, SHOW, CALL, DO, EXECUTE, FETCH, VACUUM … and what is not known."""


@dataclass(frozen=True)
class Classified:
    """What `classify` found out.

    Attributes:
        kind: the family.
        keyword: the first word in upper case; ``""`` for an empty statement.
        writes: whether it changes data or definitions (an EXPLAIN only if it
            runs the statement, a WITH or COPY if a part of it writes).
        opaque: whether only the server knows if it writes (CALL, DO, EXECUTE).
        changes_catalog: whether the schema tree may look different afterwards.
        keeps_session_state: whether it leaves behind something that lives in the
            session: settings, temporary tables, prepared statements, advisory
            locks, held cursors, LISTEN.
        touches_session: whether it may have left something there, or taken it away,
            so that only the server knows: it is about the session, or calls what
            may be.
        explain_analyze: whether it is an EXPLAIN that runs its statement.
    """

    kind: Kind
    keyword: str = ""
    writes: bool = False
    opaque: bool = False
    changes_catalog: bool = False
    keeps_session_state: bool = False
    explain_analyze: bool = False
    touches_session: bool = False


_WRITING = frozenset({"insert", "update", "delete", "merge"})
_LOCKING = ("set_config", "pg_advisory_lock", "pg_try_advisory_lock")
_READING = frozenset({"select", "values", "table", "with"})
_TRANSACTION = frozenset(
    {"begin", "start", "commit", "end", "rollback", "abort", "savepoint", "release"}
)
_DDL = frozenset(
    {"create", "alter", "drop", "comment", "security", "grant", "revoke", "reassign"}
    | {"import", "refresh"}
)
_OPAQUE = frozenset({"call", "do", "execute"})
# Session statements; True: they leave state behind.
_SESSION = {
    "set": True,
    "prepare": True,
    "listen": True,
    "load": True,
    "declare": False,  # a cursor ends with its transaction, unless WITH HOLD
    "reset": False,
    "deallocate": False,
    "unlisten": False,
    "discard": False,
    "close": False,
}
_WITHIN_TRANSACTION = frozenset({"local", "transaction", "constraints"})
_OFF = frozenset({"off", "false", "0", "no", "'off'", "'false'", "'0'"})

# A word (in lower case) or a symbol, with the depth of parentheses around it.
_Word = tuple[str, int]


@once_if_large
def classify(sql: str) -> Classified:
    """Tell what one statement is. Never raises; linear in the statement's size."""
    words = list(_words(sql) if len(sql) < LARGE else _telling_words(sql))
    at = 0
    while at < len(words) and words[at][0] == "(":
        at += 1
    return _classify(words, at)


def _telling_words(sql: str) -> Iterator[_Word]:
    """All words, but of what is plainly a writing statement the first alone."""
    words = _words(sql)
    first = next(words, None)
    if first is None:
        return
    yield first
    lower = sql.lower()
    if first[0] in _WRITING and not any(name in lower for name in _LOCKING):
        return
    yield from words


def _words(sql: str) -> Iterator[_Word]:
    depth = 0
    for kind, start, end in Scanner(sql):
        if kind in {"ws", "comment"}:
            continue
        if kind == "close":
            depth = max(0, depth - 1)
        # Short literals too: they may be an option's value, as in (analyze 'off').
        if kind == "word" or (kind in {"string", "number"} and end - start <= 8):
            yield sql[start:end].lower(), depth
        elif kind in {"open", "close"}:
            yield sql[start:end], depth
        elif kind == "quoted":
            yield '"', depth
        else:
            yield "." if sql[start:end] == "." else "?", depth
        if kind == "open":
            depth += 1


def _classify(words: list[_Word], at: int) -> Classified:
    first = _word(words, at)
    keyword = first.upper() if first.isidentifier() else ""
    if first in _READING:
        return _reading(words, at, keyword)
    if first in _WRITING or first == "truncate":
        state = _locks(words)
        return Classified(
            Kind.DML,
            keyword,
            writes=True,
            keeps_session_state=state,
            touches_session=state,
        )
    if first == "copy":
        return _copy(words, at)
    if first == "explain":
        return _explain(words, at)
    if first in _TRANSACTION or (
        first == "prepare" and _word(words, at + 1) == "transaction"
    ):
        return Classified(Kind.TRANSACTION, keyword)
    if first in _SESSION:
        return _session(words, at, keyword)
    if first in _DDL:
        return _ddl(words, at, keyword)
    opaque = first in _OPAQUE
    return Classified(Kind.OTHER, keyword, opaque=opaque, touches_session=opaque)


def _word(words: list[_Word], at: int) -> str:
    return words[at][0] if at < len(words) else ""


def _reading(words: list[_Word], at: int, keyword: str) -> Classified:
    state = _locks(words)
    touches = _calls(words)
    if any(w == "with" for w, _ in words) and _writes_in_with(words):
        return Classified(
            Kind.DML,
            keyword,
            writes=True,
            keeps_session_state=state,
            touches_session=touches,
        )
    depth = words[at][1]
    for i in range(at, len(words)):
        if words[i] == ("into", depth) and _word(words, i - 1) != ".":
            temporary = _word(words, i + 1) in {"temp", "temporary"}
            return Classified(
                Kind.DDL,
                keyword,
                writes=True,
                changes_catalog=True,
                keeps_session_state=state or temporary,
                touches_session=touches or temporary,
            )
    return Classified(
        Kind.ROWS, keyword, keeps_session_state=state, touches_session=touches
    )


def _writes_in_with(words: list[_Word]) -> bool:
    """Whether a writing command's word occurs other than as FOR [NO KEY] UPDATE."""
    return any(
        w in _WRITING and (i == 0 or words[i - 1][0] not in {"for", "key", "."})
        for i, (w, _) in enumerate(words)
    )


def _locks(words: list[_Word]) -> bool:
    """Whether functions are named that leave something in the session."""
    return any(w == "set_config" or w.startswith(_LOCKING[1:]) for w, _ in words)


def _calls(words: list[_Word]) -> bool:
    """Whether anything but a well-known harmless function is called."""
    for at in range(1, len(words)):
        name = words[at - 1][0]
        if words[at][0] != "(" or not (name == '"' or name.isidentifier()):
            continue
        # One of that name may stand in any schema.
        own = _word(words, at - 2) == "." and _word(words, at - 3) != "pg_catalog"
        if own or name not in HARMLESS:
            return True
    return False


def _copy(words: list[_Word], at: int) -> Classified:
    depth = words[at][1]
    writes = any(w in _WRITING for w, d in words[at:] if d > depth)
    for i in range(at + 1, len(words)):
        word, here = words[i]
        if here != depth or word not in {"from", "to"}:
            continue
        client = _word(words, i + 1) in {"stdin", "stdout"}
        if word == "from":
            return Classified(Kind.COPY_IN if client else Kind.DML, "COPY", writes=True)
        kind = Kind.COPY_OUT if client else Kind.OTHER
        return Classified(kind, "COPY", writes=writes)
    return Classified(Kind.OTHER, "COPY", writes=writes)


def _explain(words: list[_Word], at: int) -> Classified:
    analyze = False
    at += 1
    if _word(words, at) == "(" and _word(words, at + 1) not in _READING | {"("}:
        depth = words[at][1]
        at += 1
        while at < len(words) and words[at] != (")", depth):
            if words[at][0] in {"analyze", "analyse"}:
                analyze = _word(words, at + 1) not in _OFF
            at += 1
        at += 1
    else:
        while _word(words, at) in {"analyze", "analyse", "verbose"}:
            analyze = analyze or words[at][0] != "verbose"
            at += 1
    while _word(words, at) == "(":
        at += 1
    if not analyze:
        return Classified(Kind.OTHER, "EXPLAIN")
    inner = _classify(words, at)
    return Classified(
        Kind.OTHER,
        "EXPLAIN",
        writes=inner.writes,
        opaque=inner.opaque,
        changes_catalog=inner.changes_catalog,
        keeps_session_state=inner.keeps_session_state,
        explain_analyze=True,
        touches_session=inner.touches_session,
    )


def _session(words: list[_Word], at: int, keyword: str) -> Classified:
    if keyword == "SET" and _word(words, at + 1) in _WITHIN_TRANSACTION:
        return Classified(Kind.TRANSACTION, keyword)
    keeps = _SESSION[keyword.lower()]
    if keyword == "DECLARE":
        keeps = any(
            w == "with" and _word(words, i + 1) == "hold"
            for i, (w, _) in enumerate(words)
        )
    # A cursor that ends with its transaction is nobody's concern.
    touches = keeps or keyword != "DECLARE"
    return Classified(
        Kind.SESSION, keyword, keeps_session_state=keeps, touches_session=touches
    )


def _ddl(words: list[_Word], at: int, keyword: str) -> Classified:
    head = [w for w, _ in words[at + 1 : at + 5]]
    temporary = keyword == "CREATE" and (
        "temp" in head or "temporary" in head or "pg_temp" in head
    )
    return Classified(
        Kind.DDL,
        keyword,
        writes=True,
        changes_catalog=head[:1] != ["system"],
        keeps_session_state=temporary,
        touches_session=temporary,
    )
