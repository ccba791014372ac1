"""Whether a statement plainly reads, as far as its text tells."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from mdbtui.sql.classify import Kind, classify
from mdbtui.sql.explained import lasting_calls


class Reading(Enum):
    """What is to be expected of a statement on many databases."""

    PLAIN = "plain"
    """It reads."""
    UNSURE = "unsure"
    """Only the server knows, or it does what a read-only transaction allows."""
    WRITES = "writes"
    """It changes something, or may do so by what it calls."""
    ALONE = "alone"
    """It is about a session that is gone afterwards, or needs a client of its own."""


@dataclass(frozen=True)
class Verdict:
    """What `reading` found.

    Attributes:
        reading: The answer.
        why: The reason in words, unless it plainly reads.
    """

    reading: Reading
    why: str = ""


_PLAIN = frozenset({"EXPLAIN", "SHOW"})
_MAINTENANCE = frozenset(
    {"VACUUM", "ANALYZE", "ANALYSE", "REINDEX", "CLUSTER", "CHECKPOINT", "NOTIFY"}
)
_OF_A_SESSION = frozenset({"LOCK", "FETCH", "MOVE", "EXECUTE"})


def reading(sql: str) -> Verdict:
    """Tell whether one statement plainly reads."""
    found = classify(sql)
    calls = ", ".join(lasting_calls(sql))
    if found.kind in (Kind.COPY_IN, Kind.COPY_OUT):
        return Verdict(Reading.ALONE, "COPY needs a client for its data")
    if found.writes or found.kind in (Kind.DML, Kind.DDL):
        return Verdict(Reading.WRITES, "it changes data or definitions")
    kinds = (Kind.TRANSACTION, Kind.SESSION)
    if found.kind in kinds or found.keyword in _OF_A_SESSION:
        return Verdict(
            Reading.ALONE, f"{found.keyword} is about a session, which ends with it"
        )
    if found.opaque:
        return Verdict(Reading.WRITES, "only the server knows whether it writes")
    if found.keyword in _MAINTENANCE:
        return Verdict(Reading.WRITES, f"{found.keyword} does more than read")
    if calls:
        return Verdict(Reading.UNSURE, f"it calls {calls}")
    if found.kind is Kind.ROWS and found.keeps_session_state:
        return Verdict(Reading.UNSURE, "it takes a lock or changes a setting")
    if found.kind is Kind.ROWS or found.keyword in _PLAIN:
        return Verdict(Reading.PLAIN)
    return Verdict(Reading.UNSURE, "only the server knows what it does")
