"""What came of one statement on each of many databases, and how it is said."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from mdbtui.pool import (
    AcquireTimeout,
    CircuitOpen,
    ConnectError,
    ConnectionLostError,
    LoginRefused,
    PoolError,
    QueryError,
    TooManyConnections,
    UnknownDatabase,
)
from mdbtui.query.errors import AnswerTimeout
from mdbtui.query.rows import Notice
from mdbtui.query.writes.end import FIXED, End


class State(StrEnum):
    """How far a database is."""

    WAITING = "waiting"
    """For its turn: only so many run at once."""
    CONNECTING = "connecting"
    RUNNING = "running"
    RECEIVING = "receiving"
    COMMITTING = "committing"
    PREPARED = "prepared"
    """Ready to be committed; it waits for the others."""
    DONE = "done"
    FAILED = "failed"
    SKIPPED = "skipped"
    """It was known to be down, so it was not even asked."""
    CANCELLED = "cancelled"

    @property
    def over(self) -> bool:
        """Nothing more will come of it, unless it is tried again."""
        return self in _OVER


_OVER = frozenset({State.DONE, State.FAILED, State.SKIPPED, State.CANCELLED})


@dataclass(frozen=True)
class Outcome:
    """One database's part, as it is now. Times are in milliseconds.

    Attributes:
        db_id: The database.
        state: How far it is.
        wait_ms: For its turn, and for a connection of its pool.
        connect_ms: For a new connection, and its first answer.
        run_ms: From sending the statement to the first row, or its end.
        transfer_ms: From the first row to the last.
        rows: So many rows; 0 unless it is done or they are arriving.
        tag: The server's word for what was done, such as ``SELECT 3``.
        cut: There are more rows than were fetched.
        error: Why it failed or was skipped.
        notices: What the server said beside the result.
        end: What became of its transaction; None where only was read.
        gid: The name of its prepared transaction.
    """

    db_id: str
    state: State = State.WAITING
    wait_ms: float = 0.0
    connect_ms: float = 0.0
    run_ms: float = 0.0
    transfer_ms: float = 0.0
    rows: int = 0
    tag: str = ""
    cut: bool = False
    error: PoolError | None = None
    notices: Sequence[Notice] = ()
    end: End | None = None
    gid: str = ""

    @property
    def total_ms(self) -> float:
        """All its times together."""
        return self.wait_ms + self.connect_ms + self.run_ms + self.transfer_ms

    @property
    def blamed(self) -> bool:
        """It failed by itself, and was not ended because of another."""
        return self.state in (State.FAILED, State.SKIPPED) and self.error is not None

    @property
    def again(self) -> bool:
        """It is over without an answer, so that it may be tried again."""
        return (
            self.state.over and self.state is not State.DONE and self.end not in FIXED
        )


_SQLSTATES = {
    "42601": "syntax",
    "42P01": "no such table",
    "42703": "no such column",
    "42883": "no such function",
    "3F000": "no such schema",
    "42501": "no permission",
    "25006": "would write",
    "57014": "cancelled at the server",
    "55P03": "locked",
    "23502": "null value",
    "23503": "foreign key",
    "23505": "duplicate key",
    "23514": "check constraint",
    "40001": "serialization",
    "40P01": "deadlock",
}


def cause(error: PoolError) -> str:
    """Return why a database failed in a word or two, for a count of causes."""
    if isinstance(error, QueryError):
        code = error.sqlstate or ""
        return _SQLSTATES.get(code, f"error {code}" if code else "refused")
    for kind, word in (
        (AnswerTimeout, "timed out"),
        (CircuitOpen, "known to be down"),
        (LoginRefused, "login refused"),
        (UnknownDatabase, "no such database"),
        (TooManyConnections, "server full"),
        (ConnectError, "down"),
        (ConnectionLostError, "connection lost"),
        (AcquireTimeout, "no connection"),
    ):
        if isinstance(error, kind):
            return word
    return "error"


def causes(outcomes: Iterable[Outcome]) -> str:
    """Return why databases failed, most frequent first: ``1 syntax, 1 down``."""
    found = Counter(cause(each.error) for each in outcomes if each.error is not None)
    return ", ".join(f"{count} {word}" for word, count in found.most_common())


def summary(outcomes: Iterable[Outcome], elapsed_ms: float) -> str:
    """Say in words how a fan-out went, or how far it is.

    As in ``17 of 20 answered, 2 failed (1 syntax, 1 down), 1 skipped; 3.2 s``.
    """
    outcomes = tuple(outcomes)
    counts = Counter(outcome.state for outcome in outcomes)
    parts = [f"{counts[State.DONE]} of {len(outcomes)} answered"]
    if failed := [each for each in outcomes if each.state is State.FAILED]:
        parts.append(f"{len(failed)} failed ({causes(failed)})")
    parts += [
        f"{counts[state]} {state}"
        for state in (State.SKIPPED, State.CANCELLED)
        if counts[state]
    ]
    if under_way := sum(not outcome.state.over for outcome in outcomes):
        parts.append(f"{under_way} under way")
    return f"{', '.join(parts)}; {elapsed_ms / 1000:.1f} s"
