"""What is open at the start of each line (comment, string, body), kept per line."""

from __future__ import annotations

import time
from collections.abc import Sequence

from mdbtui.sql.highlight import START, LineState, Span, line_tokens, next_state

LONGEST_COLOURED = 20_000
"""Lines with more characters are drawn plain: lexing one would be felt at each key."""
_MOST_SEEN = 1_000


class LineStates:
    """The state before each line, computed when asked for and kept until edited.

    ``lines`` is the document's own list and is read, never changed. States are
    known up to a frontier; behind it lie those from before the last edit, which
    usually come true again within a line or two.
    """

    def __init__(self, lines: Sequence[str]) -> None:
        self._lines = lines
        self._states: list[LineState] = [START]
        self._seen: dict[LineState, LineState] = {}
        # states[:frontier + 1] are right. Those from _resumes to _chained are from
        # before an edit and follow from each other: where a new state equals one of
        # them, the rest is right as well.
        self._frontier = 0
        self._resumes = 1
        self._chained = 0

    def edited(self, first: int, old: int, new: int) -> None:
        """``old`` lines from ``first`` on have become ``new`` ones."""
        states, moved = self._states, new - old
        behind = first + old  # the first state that may still hold
        if first < self._frontier:
            if self._frontier >= behind:
                self._resumes, self._chained = behind, self._frontier
            self._frontier = first
        if first < self._resumes or self._frontier == first:
            self._resumes = max(self._resumes, behind) + moved
            self._chained += moved
        else:
            self._chained = min(self._chained, first)
        tail = states[behind:]
        if len(states) > first + 1:
            states[first + 1 :] = [START] * (new - 1) + tail if tail else []

    def before(self, row: int) -> LineState | None:
        """The state before a line, or None if it is not known yet."""
        return self._states[row] if row <= self._frontier else None

    def guess(self, row: int) -> LineState:
        """The state before a line, or what it was before the last edits."""
        return self._states[row] if row < len(self._states) else START

    def advance(self, row: int, seconds: float) -> bool:
        """Compute states up to ``row`` for at most so long; True if it is known now."""
        row = min(row, len(self._lines) - 1)
        until = time.perf_counter() + seconds
        states, lines = self._states, self._lines
        at = self._frontier
        while at < row:
            line = lines[at]
            state = states[at]
            if len(line) <= LONGEST_COLOURED:
                state = next_state(line, state)
                # Few differ; one object for each line would be a matter for every
                # collection of garbage.
                if len(self._seen) > _MOST_SEEN:
                    self._seen.clear()
                state = self._seen.setdefault(state, state)
            at += 1
            if at == len(states):
                states.append(state)
            elif states[at] == state and self._resumes <= at <= self._chained:
                at = self._chained
            else:
                states[at] = state
            if (not at % 64 or len(line) > 2_000) and time.perf_counter() > until:
                break
        self._frontier = max(self._frontier, at)
        return self._frontier >= row

    def spans(self, row: int) -> list[Span]:
        """The spans of a line, by its state or the best guess of it."""
        line = self._lines[row]
        if len(line) > LONGEST_COLOURED:
            return []
        return line_tokens(line, self.guess(row))[0]
