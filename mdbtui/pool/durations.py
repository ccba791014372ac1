"""Times as people read them."""

from __future__ import annotations


def duration(seconds: float) -> str:
    """Return a time in the unit that fits: 0.3 ms, 209 ms, 1.2 s, 95 s, 5 min, 2.5 h.

    All sentences about pools use it, so that the same time reads the same everywhere.
    """
    seconds = max(0.0, seconds)
    if seconds < 0.9995:
        ms = seconds * 1000
        return f"{ms:.1f} ms" if ms < 9.95 else f"{ms:.0f} ms"
    if seconds < 119.5:
        return f"{_short(seconds)} s"
    if seconds < 119.5 * 60:
        return f"{seconds / 60:.0f} min"
    if seconds < 48 * 3600:
        return f"{_short(seconds / 3600)} h"
    return f"{seconds / 86_400:.0f} d"


def _short(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0") if value < 9.95 else f"{value:.0f}"
