"""How the process is set up for large results."""

from __future__ import annotations

import gc


def tune_gc() -> None:
    """Let the garbage collector run less often; call once at the program's start.

    A statement's rows are many objects without cycles, which the collector goes
    through again and again: a million of them stalled the loop for 290 ms, and for
    30 ms with these thresholds. What is left in cycles is found a little later.
    """
    gc.set_threshold(100_000, 50, 1000)
