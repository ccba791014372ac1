"""All about one database's part in a fan-out, as text."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from mdbtui.pool import CircuitOpen
from mdbtui.query.writes.report import became, report_lines
from mdbtui.ui.report import describe_error, duration

if TYPE_CHECKING:
    from mdbtui.query.fanout import FanOut
    from mdbtui.query.fanout_outcome import Outcome
    from mdbtui.sql import Statement


def describe_outcome(outcome: Outcome, statement: Statement) -> str:
    """Return state, times, error and notices of one database."""
    lines = [
        f"{outcome.db_id}: {outcome.state}",
        f"waited {duration(outcome.wait_ms)}, connecting"
        f" {duration(outcome.connect_ms)}, server {duration(outcome.run_ms)},"
        f" transfer {duration(outcome.transfer_ms)}",
    ]
    if outcome.rows or outcome.tag:
        lines.append(f"{outcome.rows:,} rows {outcome.tag}".rstrip())
    if outcome.end is not None:
        lines.append(f"its transaction: {became(outcome)}")
    if outcome.cut:
        lines.append("It has more rows than were fetched.")
    if outcome.error is not None:
        lines += ["", describe_error(outcome.error, statement).text.plain]
        if isinstance(outcome.error, CircuitOpen):
            lines.append("It was known to be down, so it was not asked.")
    for notice in outcome.notices:
        lines.append(f"{notice.severity}: {notice.message}")
    return "\n".join(lines)


def describe_fan_out(fan: FanOut) -> str:
    """Return what was run and what became of each database, to be read and kept."""
    now = datetime.now().astimezone().strftime("%Y-%m-%d %H:%M:%S %z")
    head = [f"{now}  {fan.summary}"]
    if fan.way:
        head.append(fan.way)
    return "\n".join([*head, "", fan.statement.text, "", *report_lines(fan.outcomes)])
