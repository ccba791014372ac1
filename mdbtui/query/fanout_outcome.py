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


class State(StrEnum):
    """How far a database is."""

    WAITING = "waiting"
    """For its turn: only so many run at once."""
    CONNECTING = "connecting"
    RUNNING = "running"
    RECEIVING = "receiving"
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

    @property
    def total_ms(self) -> float:
        """All its times together."""
        return self.wait_ms + self.connect_ms + self.run_ms + self.transfer_ms

    @property
    def again(self) -> bool:
        """It is over without an answer, so that it may be tried again."""
        return self.state.over and self.state is not State.DONE


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
    "40P01": "deadlock",
}


def cause(error: PoolError) -> str:
    """Return why a database failed in a word or two, for a count of causes."""
    if isinstance(error, QueryError):
        code = error.sqlstate or ""
        return _SQLSTATES.get(code, f"error {code}" if code else "refused")
    for kind, word in (
        (AnswerTimeout, "timed out"),
        (CircuitOpen, "circuit open"),
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


def summary(outcomes: Iterable[Outcome], elapsed_ms: float) -> str:
    """Say in words how a fan-out went, or how far it is.

    As in ``17 of 20 answered, 2 failed (1 syntax, 1 down), 1 skipped; 3.2 s``.
    """
    outcomes = tuple(outcomes)
    counts = Counter(outcome.state for outcome in outcomes)
    parts = [f"{counts[State.DONE]} of {len(outcomes)} answered"]
    if failed := counts[State.FAILED]:
        causes = Counter(
            cause(outcome.error)
            for outcome in outcomes
            if outcome.state is State.FAILED and outcome.error is not None
        )
        words = ", ".join(f"{count} {word}" for word, count in causes.most_common())
        parts.append(f"{failed} failed ({words})")
    parts += [
        f"{counts[state]} {state}"
        for state in (State.SKIPPED, State.CANCELLED)
        if counts[state]
    ]
    if under_way := sum(not outcome.state.over for outcome in outcomes):
        parts.append(f"{under_way} under way")
    return f"{', '.join(parts)}; {elapsed_ms / 1000:.1f} s"
