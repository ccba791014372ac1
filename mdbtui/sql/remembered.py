"""What was found out about large texts, so that a run asks it once.

To read ten megabytes takes seconds, and a run asks several times what a statement is.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TypeVar

LARGE = 256 << 10
"""Characters from which on a text is not read while the screen waits."""
_KEPT = 2

T = TypeVar("T")


def once_if_large(function: Callable[[str], T]) -> Callable[[str], T]:
    """Let a pure function remember its answers about the last large texts."""
    kept: tuple[tuple[str, T], ...] = ()

    @wraps(function)
    def ask(text: str) -> T:
        # Also called in threads: the answers are put in place as one.
        nonlocal kept
        if len(text) < LARGE:
            return function(text)
        for known, answer in kept:
            if known == text:
                return answer
        answer = function(text)
        kept = ((text, answer), *kept[: _KEPT - 1])
        return answer

    return ask
