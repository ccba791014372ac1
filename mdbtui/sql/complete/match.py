"""How well a name fits what was typed: prefix, then word start, then any order."""

from __future__ import annotations

import re
from collections.abc import Callable

from mdbtui.sql.complete.names import in_order

EXACT, PREFIX, WORD_START, WITHIN, SCATTERED = range(5)
"""How a name fits, the best first."""

_BOUNDARY = r"(?:(?<=[_\W])|(?<=[a-z])(?=[A-Z])|(?<=[A-Za-z])(?=[0-9]))"
_LONGEST = 63
"""A server's names have 63 bytes; what is typed beyond fits nothing."""

Matcher = Callable[[str], int | None]
"""Gives one of the numbers above, or None if a name does not fit."""


def matcher(prefix: str) -> Matcher:
    """Return what tells how well a name fits.

    One character only fits the beginning of a name or of a word in it, as nearly
    every name has it somewhere.
    """
    if not prefix:
        return lambda name: PREFIX
    typed = prefix.lower()
    if len(typed) > _LONGEST:
        return lambda name: EXACT if name.lower() == typed else None
    scattered = in_order(typed)
    words = re.compile(f"{_BOUNDARY}(?i:{re.escape(typed)})|{_initials(typed)}")
    short = len(typed) < 2

    def fits(name: str) -> int | None:
        lower = name.lower()
        if lower.startswith(typed):
            return EXACT if len(lower) == len(typed) else PREFIX
        if not scattered.search(lower):
            return None
        if words.search(name):
            return WORD_START
        if short:
            return None
        return WITHIN if typed in lower else SCATTERED

    return fits


def _initials(typed: str) -> str:
    """Each character begins a word, one after the other: ``fn`` for first_name."""
    start = r"(?:(?<![^_\W])|(?<=[a-z])(?=[A-Z]))"
    steps = (f"{start}(?i:{re.escape(c)})[^_\\W]*?[_\\W]*" for c in typed[:8])
    return "".join(steps) if len(typed) > 1 else r"(?!)"
