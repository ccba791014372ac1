"""What the status bar says about a pane, and what must be asked before it goes."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from mdbtui.config.targets import is_production
from mdbtui.ui.widgets.status_bar import StatusState, Transaction

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mdbtui.ui.runner import PaneRunner
    from mdbtui.ui.services import Services
    from mdbtui.ui.stall import StallMonitor


def status_of(
    runner: PaneRunner, services: Services, stalls: StallMonitor | None
) -> StatusState:
    """Return what the status bar is to say about this pane."""
    talk = runner.talk
    dev = stalls.summary() if stalls is not None else ""
    spec = services.connection(talk.db_id) if talk.db_id is not None else None
    targets = runner.targets
    if targets:
        # What any of them is, the statement runs on.
        spec = next((each for each in targets if is_production(each)), targets[0])
    if spec is None:
        mode, typed = runner.pane.editor.mode
        message = "no database: ctrl+o chooses one"
        return StatusState(message=message, dev=dev, mode=mode, typed=typed)
    results = runner.pane.results
    rows, more = results.known
    timing = results.timing
    session, progress = talk.session, talk.progress
    mode, typed = runner.pane.editor.mode
    note, failed = runner.pane.editor.mode_note
    last = runner.last_error or services.exports.summary or runner.last_tag
    return StatusState(
        connection=f"⇉ {len(targets)} databases" if targets else spec.name,
        database=runner.tab.targets.where if targets else spec.db.database,
        environment=spec.environment.name if spec.environment else "",
        environment_colour=spec.environment.colour if spec.environment else None,
        transaction=_transaction(runner),
        transaction_s=_transaction_age(runner),
        manual=runner.manual,
        pinned=session is not None and session.pinned,
        held=", ".join(h.brief for h in session.state.held) if session else "",
        held_s=session.pinned_for if session is not None else 0.0,
        rows=rows,
        rows_more=more,
        running_s=progress.elapsed_ms / 1000 if progress is not None else None,
        wait_ms=timing.wait_ms if timing else None,
        server_ms=timing.first_row_ms if timing else None,
        transfer_ms=timing.transfer_ms if timing else None,
        paint_ms=results.paint_ms,
        message=note or last,
        severity="error" if (failed if note else runner.last_error) else "information",
        mode=mode,
        typed=typed,
        dev=dev,
    )


def _transaction(runner: PaneRunner) -> Transaction:
    session = runner.talk.session
    if session is None or not session.in_transaction:
        return ""
    return "failed" if session.transaction_failed else "open"


def _transaction_age(runner: PaneRunner) -> float | None:
    session = runner.talk.session
    now = session.state.transaction if session is not None else None
    return time.monotonic() - now.since if now is not None else None


def quit_question(
    runners: Sequence[PaneRunner], exports: int = 0
) -> tuple[str, str, str] | None:
    """Return what to ask before these panes' sessions end; None: nothing is lost.

    Args:
        runners: The panes.
        exports: So many exports end with them.

    Returns:
        A title, a text, and the words on the button that goes on.
    """
    lost = [r for r in runners if r.talk.session and r.talk.session.in_transaction]
    cancelled = f"Exports that are running: {exports}. They will be cancelled."
    if not lost:
        return ("Cancel the export?", cancelled, "Leave") if exports else None
    names = ", ".join(f"tab {runner.title}" for runner in lost)
    text = f"A transaction is open in {names}.\nLeft as it is, it is rolled back."
    title = "Commit or roll back?"
    return title, f"{text}\n{cancelled}" if exports else text, "Roll back"
