"""The line of one database of a fan-out: its state, its times, what it says."""

from __future__ import annotations

from collections.abc import Iterable

from mdbtui.query.fanout_outcome import Outcome, State, cause
from mdbtui.query.writes.end import End
from mdbtui.ui.report import duration
from mdbtui.ui.widgets.live_grid import WHOLE_ROW
from mdbtui.ui.widgets.live_rows import LiveColumn, LiveRow

COLUMNS = (
    LiveColumn("database"),
    LiveColumn("state"),
    LiveColumn("rows", numeric=True, drop=1),
    LiveColumn("waited", numeric=True, drop=4),
    LiveColumn("connect", numeric=True, drop=5),
    LiveColumn("server", numeric=True, drop=2),
    LiveColumn("transfer", numeric=True, drop=3),
    LiveColumn("says", fills=True),
)
_LOOKS = {
    State.WAITING: ("· waiting", "faint"),
    State.CONNECTING: ("◌ connecting", ""),
    State.RUNNING: ("▸ running", ""),
    State.RECEIVING: ("▸ receiving", ""),
    State.COMMITTING: ("▸ committing", ""),
    State.PREPARED: ("◆ prepared", "warn"),
    State.DONE: ("✓ done", "good"),
    State.FAILED: ("× failed", "bad"),
    State.SKIPPED: ("– skipped", "warn"),
    State.CANCELLED: ("■ cancelled", "faint"),
}
_ENDS = {
    End.COMMITTED: ("✓ committed", "good"),
    End.ROLLED_BACK: ("× rolled back", "bad"),
    End.FAILED: ("× failed", "bad"),
    End.NOT_STARTED: ("– not started", "warn"),
    End.IN_DOUBT: ("? in doubt", "bad"),
}
TROUBLE_FIRST = {
    State.FAILED: 0,
    State.SKIPPED: 1,
    State.CANCELLED: 2,
    State.DONE: 10,
}
"""The order of the lines; what is under way comes before what is done."""


def outcome_row(outcome: Outcome) -> LiveRow:
    """Return one database's line."""
    words, look = _LOOKS[outcome.state]
    if outcome.end is not None and outcome.state.over:
        words, look = _ENDS.get(outcome.end, (words, look))
    times = (
        outcome.wait_ms,
        outcome.connect_ms,
        outcome.run_ms,
        outcome.transfer_ms,
    )
    rows = outcome.rows if outcome.state in (State.DONE, State.RECEIVING) else None
    if outcome.end is not None and not rows:
        rows = _changed(outcome.tag)
    says = _says(outcome)
    whole = outcome.state in (State.FAILED, State.SKIPPED, State.CANCELLED)
    return LiveRow(
        outcome.db_id,
        (
            outcome.db_id,
            words,
            "" if rows is None else f"{rows:,}",
            *(duration(ms) if ms else "" for ms in times),
            says,
        ),
        (outcome.db_id, words, rows, *times, says),
        {WHOLE_ROW if whole else 1: look} if look else {},
        outcome,
    )


class Lines:
    """The lines of databases, made anew only for those of which something changed."""

    def __init__(self) -> None:
        self._known: dict[str, LiveRow] = {}

    def of(self, outcomes: Iterable[Outcome]) -> list[LiveRow]:
        """Return a line for each, the one of before where it is still true."""
        known, found = self._known, {}
        for outcome in outcomes:
            row = known.get(outcome.db_id)
            if row is None or row.item != outcome:
                row = outcome_row(outcome)
            found[outcome.db_id] = row
        self._known = found
        return list(found.values())


def _changed(tag: str) -> int | None:
    """Return how many rows a statement without a result says it changed."""
    number = tag.rpartition(" ")[2]
    return int(number) if number.isdecimal() else None


def _says(outcome: Outcome) -> str:
    if outcome.error is not None:
        if outcome.state is State.CANCELLED:
            return outcome.error.message if outcome.end is not None else ""
        return f"{cause(outcome.error)}: {' '.join(outcome.error.message.split())}"
    parts = [outcome.tag] if outcome.tag and not outcome.rows else []
    if outcome.cut:
        parts.append("it has more rows: they were not fetched")
    if outcome.notices:
        parts.append(f"{len(outcome.notices)} notices")
    return ", ".join(parts)
