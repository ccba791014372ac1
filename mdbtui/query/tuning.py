"""How the process is set up for large results beside a lively screen."""

from __future__ import annotations

import gc
import sys


def hold_gc() -> None:
    """Start without the garbage collector; `release_gc` ends that.

    What a start loads lives as long as the program. To go through it once, a moment
    before the first frame, took 24 ms of its 450 and found nothing.
    """
    tune_gc()
    gc.disable()


def release_gc() -> None:
    """Let the collector begin, with what lives by now left out of all its passes."""
    if not gc.isenabled():
        gc.freeze()
        gc.enable()


def tune_gc() -> None:
    """Let the garbage collector run less often; call once at the program's start.

    A statement's rows are many objects without cycles, which the collector goes
    through again and again: a million of them stalled the loop for 290 ms, and for
    30 ms with these thresholds. What is left in cycles is found a little later.
    """
    gc.set_threshold(100_000, 50, 1000)


def tune_threads() -> None:
    """Let threads change places each ms; call once at the program's start.

    While rows arrive, the thread that reads the keys waits for its turn, and so does
    the one that writes to the terminal: with Python's 5 ms a key was painted twice
    as late.
    """
    sys.setswitchinterval(0.001)
