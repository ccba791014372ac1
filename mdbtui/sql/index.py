"""Where the statements of a changing text are, kept up to date edit by edit.

Behind a ``;`` the lexer always starts afresh. So after an edit only the statement
that was touched is read again, and as soon as one of its ends falls on an old one,
all that follows is known, only moved. What can be long (a quote opened at the top
of a large text) is done in slices.
"""

from __future__ import annotations

import time
from bisect import bisect_left, bisect_right

from mdbtui.sql.statements import Statement, choose, pieces


class StatementIndex:
    """The statements of one text.

    After `edited` (or creation) the index is incomplete until `work` returned True.
    """

    def __init__(self, text: str = "") -> None:
        self._text = text
        self._starts: list[int] = []
        self._ends: list[int] = []
        self._cuts: list[int] = []  # where reading may begin afresh; ascending
        # The same three behind the edits, while the text before is still being read.
        self._known: tuple[list[int], ...] = ([], [], [])
        self._unsettled: int | None = None

    @property
    def complete(self) -> bool:
        """Whether all of the text has been read."""
        return self._frontier >= len(self._text)

    @property
    def _frontier(self) -> int:
        return self._cuts[-1] if self._cuts else 0

    def edited(self, text: str, start: int, removed: int, added: int) -> None:
        """Take the new whole text, in which ``removed`` characters became ``added``."""
        complete = self.complete
        self._text = text
        self._known = self._behind(complete, start + removed, added - removed)
        keep = min(start, self._unsettled_after(start, removed, added))
        # A cut right at the edit may stand at the end of a psql line: read it again.
        del self._cuts[bisect_left(self._cuts, keep) :]
        count = bisect_left(self._starts, self._frontier) if self._cuts else 0
        del self._starts[count:], self._ends[count:]

    def _behind(self, complete: bool, offset: int, shift: int) -> tuple[list[int], ...]:
        """What is known from ``offset`` on, moved by ``shift``.

        Only of one reading: what was read anew before a pause says nothing about
        what an older reading knew further down.
        """
        read = (self._starts, self._ends, self._cuts)
        starts, ends, cuts = read if complete else self._known
        first = bisect_left(starts, offset)
        kept = starts[first:], ends[first:], cuts[bisect_left(cuts, offset) :]
        return tuple([value + shift for value in values] for values in kept)

    def _unsettled_after(self, start: int, removed: int, added: int) -> int:
        """Keep track of a COPY without data; where to read again if it has some now."""
        unsettled = self._unsettled
        if unsettled is None:
            return start
        line_start = self._text.rfind("\n", 0, start) + 1
        line_end = self._text.find("\n", start + added)
        lines = self._text[line_start : line_end if line_end >= 0 else None]
        if "\\." in lines:
            self._unsettled, self._known = None, ([], [], [])
            return unsettled
        if unsettled >= start + removed:
            self._unsettled = unsettled + added - removed
        elif self._frontier_before(start) <= unsettled:
            self._unsettled = None
        return start

    def _frontier_before(self, offset: int) -> int:
        index = bisect_left(self._cuts, offset)
        return self._cuts[index - 1] if index else 0

    def work(self, seconds: float | None = None, *, upto: int | None = None) -> bool:
        """Read on for about so long (None: to the end); tell whether all is read.

        Args:
            seconds: when to pause; a single statement is not interrupted.
            upto: an offset behind which nothing is needed now.
        """
        if self.complete:
            return True
        until = None if seconds is None else time.perf_counter() + seconds
        later = self._known[2]
        at = bisect_right(later, self._frontier)
        for piece in pieces(self._text, self._frontier):
            if piece.start < piece.end:
                self._starts.append(piece.start)
                self._ends.append(piece.end)
            if not piece.settled:
                first = self._unsettled
                self._unsettled = min(
                    piece.start, piece.start if first is None else first
                )
            self._cuts.append(piece.resume)
            while at < len(later) and later[at] < piece.resume:
                at += 1
            if at < len(later) and later[at] == piece.resume:
                self._take_over(piece.resume)
                break
            if upto is not None and piece.resume > upto:
                break
            if until is not None and time.perf_counter() > until:
                break
        if self.complete:
            self._known = ([], [], [])
        return self.complete

    def _take_over(self, cut: int) -> None:
        starts, ends, cuts = self._known
        first = bisect_left(starts, cut)
        self._starts += starts[first:]
        self._ends += ends[first:]
        self._cuts += cuts[bisect_right(cuts, cut) :]
        self._known = ([], [], [])

    def cut_before(self, offset: int) -> int:
        """The last place known, at or before an offset, where a statement begins."""
        # The last cut is the end of the text, also within a statement.
        at = bisect_right(self._cuts, min(offset, len(self._text) - 1))
        return self._cuts[at - 1] if at else 0

    def span_at(self, offset: int) -> tuple[int, int] | None:
        """Start and end of the statement that a cursor at ``offset`` means.

        Reads on as far as needed for that; see `mdbtui.sql.statements.choose`.
        """
        if self._frontier <= offset:
            self.work(upto=offset)
        if not self._starts:
            self.work()
        index = choose(self._text, self._starts, self._ends, offset)
        return None if index < 0 else (self._starts[index], self._ends[index])

    def statements(self) -> list[Statement]:
        """All statements, as `split` gives them; reads all that is not read yet."""
        self.work()
        out: list[Statement] = []
        line = counted = 0
        for start, end in zip(self._starts, self._ends, strict=True):
            line += self._text.count("\n", counted, start)
            counted = start
            out.append(Statement(self._text[start:end], start, end, line))
        return out
