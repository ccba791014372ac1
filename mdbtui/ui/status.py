"""What the status bar says about a pane, and what must be asked before it goes."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from mdbtui.config.targets import is_production
from mdbtui.ui.keymaps import said
from mdbtui.ui.widgets.status_bar import Severity, StatusState, Transaction

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mdbtui.ui.runner import PaneRunner
    from mdbtui.ui.services import Services
    from mdbtui.ui.stall import StallMonitor

LEFT = "left prepared: {key.prepared}"


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
        message = said("no database: {key.switch} chooses one")
        return StatusState(
            message=message,
            left=said(LEFT) if services.left_prepared else "",
            dev=dev,
            mode=mode,
            typed=typed,
        )
    results = runner.pane.results
    rows, more = results.known
    timing = results.timing
    session, progress = talk.session, talk.progress
    mode, typed = runner.pane.editor.mode
    note, failed = runner.pane.editor.mode_note
    waits = waiting_words(runner)
    last = waits or runner.last_error or services.exports.summary or runner.last_tag
    bad = failed if note else runner.last_error and not waits
    calm: Severity = "warning" if waits and not note else "information"
    severity: Severity = "error" if bad else calm
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
        running_s=progress.elapsed_ms / 1000 if progress and not waits else None,
        wait_ms=timing.wait_ms if timing else None,
        server_ms=timing.first_row_ms if timing else None,
        transfer_ms=timing.transfer_ms if timing else None,
        paint_ms=results.paint_ms,
        message=said(note or last),
        severity=severity,
        mode=mode,
        typed=typed,
        left=said(LEFT) if services.left_prepared else "",
        dev=dev,
    )


def waiting_words(runner: PaneRunner) -> str:
    """What a canary's others wait for in this pane; nothing where none wait."""
    view = runner.pane.results.fan_out
    if view is None or not runner.talk.running or not view.fan.prompt:
        return ""
    return "waits for you: {key.follow} the others follow, {key.cancel} stops"


def _transaction(runner: PaneRunner) -> Transaction:
    session = runner.talk.session
    if session is None or not session.in_transaction:
        return ""
    return "failed" if session.transaction_failed else "open"


def _transaction_age(runner: PaneRunner) -> float | None:
    session = runner.talk.session
    now = session.state.transaction if session is not None else None
    return time.monotonic() - now.since if now is not None else None


def in_transaction(runners: Iterable[PaneRunner]) -> list[PaneRunner]:
    """Those of the panes whose sessions are in a transaction, failed or not."""
    return [r for r in runners if r.talk.session and r.talk.session.in_transaction]


def may_commit(runner: PaneRunner) -> bool:
    """Whether a pane's transaction could be committed now."""
    session = runner.talk.session
    failed = session is None or session.transaction_failed
    return not failed and not runner.talk.running


def quit_question(
    runners: Sequence[PaneRunner], exports: int = 0, *, commit: bool = False
) -> tuple[str, str, str] | None:
    """Return what to ask before these panes' sessions end; None: nothing is lost.

    Args:
        runners: The panes.
        exports: So many exports end with them.
        commit: It is offered to commit what can be.

    Returns:
        A title, a text, and the words on the button that goes on.
    """
    lost = in_transaction(runners)
    cancelled = f"Exports that are running: {exports}. They will be cancelled."
    if not lost:
        return ("Cancel the export?", cancelled, "Leave") if exports else None
    failed = [r for r in lost if r.talk.session and r.talk.session.transaction_failed]
    going = [r for r in lost if r not in failed]
    lines = []
    if going:
        lines.append(f"A transaction is open in {_tabs(going)}.")
    if running := [r for r in going if r.talk.running]:
        lines.append(f"A statement runs in {_tabs(running)}; it is cancelled.")
    if going:
        lines.append("Left as it is, it is rolled back.")
    if failed:
        lines.append(f"The transaction in {_tabs(failed)} has failed{_why(failed)}.")
        lines.append("It can't be committed: what it did is rolled back.")
    if exports:
        lines.append(cancelled)
    title = "Roll back?" if going else "Roll back the failed transaction?"
    if commit and any(map(may_commit, lost)):
        title = "Commit or roll back?"
    return title, "\n".join(lines), "Roll back"


def _tabs(runners: Iterable[PaneRunner]) -> str:
    return ", ".join(f"tab {runner.title}" for runner in runners)


def _why(failed: Sequence[PaneRunner]) -> str:
    session = failed[0].talk.session
    now = session.state.transaction if session is not None else None
    if len(failed) > 1 or now is None or now.broken is None:
        return ""
    return f" ({now.broken.sqlstate}: {now.broken.message})"
