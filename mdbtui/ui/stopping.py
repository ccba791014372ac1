"""Writes on many databases that are under way when a tab or the program is to end."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING

from mdbtui.ui.keymaps import said
from mdbtui.ui.safe import safe

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mdbtui.query.writes.fan import WriteOut
    from mdbtui.ui.runner import PaneRunner

LINES, WIDTH = 200, 500
TELL_SECONDS = 1.0
"""A terminal that takes nothing holds up the end no longer."""


def writing(runners: Iterable[PaneRunner]) -> list[PaneRunner]:
    """Those of the panes that write on many databases now."""
    return [runner for runner in runners if runner.writing is not None]


def write_question(runners: Sequence[PaneRunner]) -> tuple[str, str]:
    """Return a title and a text that say what is under way, and what stopping does."""
    from mdbtui.query.writes.report import so_far

    lines = []
    for runner in runners:
        if (now := runner.writing) is not None:
            fan = now.fan
            lines.append(
                f"A write on {len(now.db_ids)} databases is under way in tab"
                f" {runner.title}:\n{so_far(map(fan.outcome, now.db_ids))}."
            )
            if fan.prompt:
                lines.append(f"{fan.prompt}.")
    lines.append(
        "Stopped, what is open or prepared is rolled back; what is committed stays."
    )
    return "Stop the write?", "\n".join(lines)


async def stop_writes(runners: Iterable[PaneRunner]) -> list[WriteOut]:
    """End what the panes write, and see it over; bounded.

    Returns:
        What was ended; the history has what came of it.
    """
    found = [runner.stop_writing() for runner in writing(runners)]
    return [fan for fan in await asyncio.gather(*found) if fan is not None]


def last_words(fans: Iterable[WriteOut]) -> list[str]:
    """Return what the terminal is told of writes that were stopped at the end."""
    from mdbtui.query.writes.report import report_lines

    lines = []
    for fan in fans:
        lines.append(f"mdbtui: stopped a write on several databases: {fan.summary}")
        lines += [f"mdbtui: {line}" for line in report_lines(fan.outcomes)[:LINES]]
        if left := sum(bool(outcome.gid) for outcome in fan.outcomes):
            lines.append(
                f"mdbtui: {left} may be left prepared, with their locks: end them by"
                f" hand, or by {said('{key.prepared}')} at the next start"
            )
    return [safe(line, WIDTH) for line in lines]


async def tell(lines: Sequence[str]) -> None:
    """Write lines on the terminal, once the screen is gone."""
    from mdbtui.query.daemon import in_daemon_thread

    def write() -> None:
        sys.stderr.write("".join(f"{line}\n" for line in lines))
        sys.stderr.flush()

    if lines:
        try:
            async with asyncio.timeout(TELL_SECONDS):
                await in_daemon_thread(write)
        except (OSError, TimeoutError):
            return  # the terminal is gone; the history has it


async def stop_at_the_end(
    runners: Sequence[PaneRunner], stopped: Sequence[WriteOut]
) -> None:
    """Stop what is still written when the screen is gone, and say what came of it.

    Args:
        runners: The panes.
        stopped: What was stopped before, to be told of too.
    """
    if count := len(writing(runners)):
        await tell([f"mdbtui: {count} write(s) under way: stopping, a few seconds …"])
    await tell(last_words([*stopped, *await stop_writes(runners)]))
