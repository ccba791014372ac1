"""What was committed where, in words."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from mdbtui.query.errors import StatementCancelled
from mdbtui.query.fanout_outcome import Outcome, State, cause, causes
from mdbtui.query.writes.end import End

if TYPE_CHECKING:
    from collections.abc import Iterable


def became(outcome: Outcome) -> str:
    """Say in words what became of one database's transaction: ``committed, UPDATE 3``.

    What was done but did not last is said as that.
    """
    words = str(outcome.end)
    if outcome.tag:
        lasts = outcome.end is End.COMMITTED
        words += f", {outcome.tag}" if lasts else f" ({outcome.tag})"
    return f"{words} as {outcome.gid}" if outcome.gid else words


_TROUBLE = (End.IN_DOUBT, End.PREPARED, End.FAILED, End.ROLLED_BACK, End.NOT_STARTED)


def summary(outcomes: Iterable[Outcome], elapsed_ms: float) -> str:
    """Say in words what became of the transactions, or how far they are.

    As in ``3 of 5 committed, 1 rolled back (1 duplicate key), 1 not started; 3.2 s``.
    """
    outcomes = tuple(outcomes)
    over = [each for each in outcomes if each.state.over]
    counts = Counter(each.end for each in over)
    parts = [f"{counts[End.COMMITTED]} of {len(outcomes)} committed"]
    for end in _TROUBLE:
        if counts[end]:
            failed = [o for o in over if o.end is end and o.blamed]
            words = f" ({causes(failed)})" if failed else ""
            parts.append(f"{counts[end]} {end}{words}")
    if under_way := len(outcomes) - len(over):
        parts.append(f"{under_way} under way")
    return f"{', '.join(parts)}; {elapsed_ms / 1000:.1f} s"


def so_far(outcomes: Iterable[Outcome]) -> str:
    """Say how many are how far: ``2 committed, 1 prepared, 1 open``."""
    counts = Counter(
        "being ended"
        if outcome.state is State.COMMITTING
        else str(outcome.end or outcome.state)
        for outcome in outcomes
    )
    return ", ".join(f"{count} {words}" for words, count in counts.items())


def errors(outcome: Outcome) -> str:
    """Return what went wrong with a database in one line, with detail and hint."""
    error = outcome.error
    if error is None:
        return ""
    parts = [error.message, getattr(error, "detail", ""), error.hint]
    return " · ".join(" ".join(part.split()) for part in parts if part)


def report_lines(outcomes: Iterable[Outcome], *, values: bool = True) -> list[str]:
    """Return a line for each database: what became of it, how long, and why.

    Args:
        outcomes: The databases' parts.
        values: With what the servers say of data: a key that is there already, say.
    """
    rows = [
        (
            outcome.db_id,
            became(outcome) if outcome.end is not None else _answered(outcome),
            f"{outcome.total_ms / 1000:.2f} s",
            errors(outcome)
            if values
            or outcome.error is None
            or isinstance(outcome.error, StatementCancelled)
            else cause(outcome.error),
        )
        for outcome in outcomes
    ]
    widths = [max((len(row[i]) for row in rows), default=0) for i in range(3)]
    return [
        "  ".join(
            (*(cell.ljust(widths[i]) for i, cell in enumerate(row[:3])), row[3])
        ).rstrip()
        for row in rows
    ]


def _answered(outcome: Outcome) -> str:
    tag = f", {outcome.tag}" if outcome.tag else ""
    return f"{outcome.state}{tag}"
