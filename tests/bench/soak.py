"""The fleet screen left open: a hundred databases, two connections each, half an hour.

It takes its time, so it is not run unless it is named. Its own command says how long:
``python -m tests.bench.soak 60``.
"""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass

from tests.bench.fleet import F7, SHOWN, floor_of_two
from tests.bench.measure import Figure, at_most, only, progress, show
from tests.bench.startup import resting
from tests.bench.terminal import Terminal
from tests.bench.world import World, world

MINUTES = 30
MINUTE = 60.0
SETTLE_SECONDS = 30.0
TOLD = (1, 5, 10, 20, 30, 45, 60, 75)
OPEN = "select count(*) from pg_stat_activity where application_name = 'mdbtui'"


@dataclass(frozen=True)
class Mark:
    """The program at one moment.

    Attributes:
        minute: Minutes since the measurement began.
        cpu: Seconds of CPU that it has taken, of all its life.
        rss: Its resident memory, in MB.
        written: Bytes that it has sent to its terminal.
        connections: What the server says it has open.
    """

    minute: int
    cpu: float
    rss: float
    written: int
    connections: int


def mark(found: World, terminal: Terminal, minute: int) -> Mark:
    return Mark(
        minute,
        terminal.cpu_seconds(),
        terminal.rss_mb(),
        terminal.written,
        int(found.run_psql(OPEN)),
    )


def soak(found: World, minutes: int) -> list[Mark]:
    """Leave the fleet screen open; how the program was at each minute."""
    program = found.program("mdbtui", SHOWN)
    assert program is not None
    floor_of_two(program.home)
    terminal = resting(program, 20.0)
    try:
        terminal.press([F7])
        terminal.rest(SETTLE_SECONDS)
        begun = time.perf_counter()
        marks = [mark(found, terminal, 0)]
        for minute in range(1, minutes + 1):
            terminal.rest(begun + minute * MINUTE - time.perf_counter())
            marks.append(mark(found, terminal, minute))
            last, now = marks[-2:]
            progress(
                f"{minute:3} min: {now.rss:.1f} MB ({now.rss - marks[0].rss:+.1f}), "
                f"{(now.cpu - last.cpu) / MINUTE * 100:.2f} % of a core, "
                f"{(now.written - last.written) / MINUTE:.0f} B/s to the terminal, "
                f"{now.connections} connections"
            )
        return marks
    finally:
        terminal.close()


def measure(found: World, minutes: int = MINUTES) -> list[Figure]:
    marks = soak(found, minutes)
    start, end = marks[0], marks[-1]
    used = (end.cpu - start.cpu) / (minutes * MINUTE) * 100
    work = f"{SHOWN} databases × 2 connections, {minutes} min"
    more = " ".join(f"{mark.rss:.1f}" for mark in marks if mark.minute in (0, *TOLD))
    return [
        at_most(f"{work}: fleet screen", used, 5, "% of a core"),
        at_most("  the memory that it grew by", end.rss - start.rss, 20, "MB"),
        only("  MB at the start and at " + ", ".join(map(str, TOLD)) + " min", more),
    ]


if __name__ == "__main__":
    with world() as found:
        show(measure(found, int(sys.argv[1]) if sys.argv[1:] else MINUTES))
