"""What a statement means for the transaction it runs in, as far as its words tell."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from mdbtui.sql.classify import Classified, Kind
from mdbtui.sql.lexer import Scanner


class Verb(StrEnum):
    """What a statement does to the transaction."""

    BEGIN = "begin"
    COMMIT = "commit"
    ROLLBACK = "rollback"
    PREPARE = "prepare"
    """PREPARE TRANSACTION: it leaves the session and waits at the server."""
    SAVEPOINT = "savepoint"
    RELEASE = "release"
    ROLLBACK_TO = "rollback to"


@dataclass(frozen=True)
class Control:
    """A statement that begins, ends or divides a transaction.

    Attributes:
        verb: What it does.
        name: The savepoint's, as the server knows it.
        chain: The next transaction begins at once.
    """

    verb: Verb
    name: str = ""
    chain: bool = False


_FIRST = {
    "begin": Verb.BEGIN,
    "start": Verb.BEGIN,
    "commit": Verb.COMMIT,
    "end": Verb.COMMIT,
    "rollback": Verb.ROLLBACK,
    "abort": Verb.ROLLBACK,
    "savepoint": Verb.SAVEPOINT,
    "release": Verb.RELEASE,
}
_HEAD = 12
"""Words that are looked at: all that matters stands at a statement's head."""


def control(sql: str) -> Control | None:
    """Tell what a statement does to the transaction; None for any other statement."""
    words = _head(sql)
    first = words[0] if words else ""
    second = words[1] if len(words) > 1 else ""
    if first == "prepare" and second == "transaction":
        return Control(Verb.PREPARE)
    verb = _FIRST.get(first)
    if verb is None or second == "prepared":  # of another session's transaction
        return None
    if verb in (Verb.SAVEPOINT, Verb.RELEASE):
        return Control(verb, _name(words[-1]))
    if verb is Verb.ROLLBACK and "to" in words[1:3]:
        return Control(Verb.ROLLBACK_TO, _name(words[-1]))
    chain = words[-1] == "chain" and "no" not in words
    return Control(verb, chain=chain)


def _head(sql: str) -> list[str]:
    """The first words in lower case; quoted names keep their quotes."""
    words: list[str] = []
    for kind, start, end in Scanner(sql):
        if kind == "word":
            words.append(sql[start:end].lower())
        elif kind in {"quoted", "open", "close"}:
            words.append(sql[start:end])
        if len(words) == _HEAD:
            break
    return words


def _name(word: str) -> str:
    return word[1:-1].replace('""', '"') if word.startswith('"') else word


def needs_transaction(sql: str, classified: Classified) -> bool:
    """Whether manual mode begins a transaction before this statement.

    Queries do: what they see, and locks, then last until the end. What is about the
    session itself does not, nor what can't run in a transaction.
    """
    match classified.kind:
        case Kind.TRANSACTION:
            # SET LOCAL and the like, and SAVEPOINT, make sense in one only.
            return classified.keyword in ("SET", "SAVEPOINT")
        case Kind.SESSION:
            return classified.keyword == "DECLARE"
        case _:
            if classified.keyword in ("", "SHOW", "CHECKPOINT"):
                return False
            if classified.keyword == "EXPLAIN" and not classified.explain_analyze:
                return False
            return not outside_only(sql)


def outside_only(sql: str) -> str:
    """Return the command's name if it can't run in a transaction, else nothing."""
    words = _head(sql)
    head = words[:6]
    match head[:2]:
        case ["vacuum", *_]:
            return "VACUUM"
        case ["alter", "system"]:
            return "ALTER SYSTEM"
        case ["create" | "drop", "database" | "tablespace"]:
            return f"{head[0]} {head[1]}".upper()
        case ["commit" | "rollback", "prepared"]:
            return f"{head[0]} PREPARED".upper()
        case ["discard", "all"]:
            return "DISCARD ALL"
        case ["reindex", *_] if {"database", "system"} & set(head):
            return "REINDEX DATABASE" if "database" in head else "REINDEX SYSTEM"
        case ["create" | "drop" | "reindex", *_] if "concurrently" in words:
            if "index" in head or head[0] == "reindex":
                return f"{head[0].upper()} … CONCURRENTLY"
        case ["alter", "table"] if "concurrently" in words and "detach" in words:
            return "DETACH PARTITION CONCURRENTLY"
        case ["cluster"]:
            return "CLUSTER"
        case ["create" | "drop", "subscription"]:
            return f"{head[0]} SUBSCRIPTION".upper()
    return ""
