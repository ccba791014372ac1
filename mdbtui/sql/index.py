"""Where the statements of a changing text are, kept up to date edit by edit.

Behind a ``;`` the lexer always starts afresh. So after an edit only the statement
that was touched is read again, and as soon as one of its ends falls on an old one,
all that follows is known, only moved. What can be long (a quote opened at the top
of a large text) is done in slices.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

from mdbtui.sql.shifting import ShiftingSpans
from mdbtui.sql.statements import Piece, Statement, choose, pieces_in_steps


class StatementIndex:
    """The statements of one text.

    After `edited` (or creation) the index is incomplete until `work` returned True.
    """

    def __init__(self, text: str = "") -> None:
        self._text = text
        self._spans = ShiftingSpans()
        self._cuts = ShiftingSpans()  # where reading may begin afresh
        # The same two behind the edits, while the text before is still being read.
        self._known = ShiftingSpans(), ShiftingSpans()
        self._unsettled: int | None = None
        self._reading: Iterator[Piece | None] | None = None

    @property
    def complete(self) -> bool:
        """Whether all of the text has been read."""
        return self._frontier >= len(self._text)

    @property
    def _frontier(self) -> int:
        return self._cuts.last_end

    def edited(self, text: str, start: int, removed: int, added: int) -> None:
        """Take the new whole text, in which ``removed`` characters became ``added``."""
        # Only of one reading: what was read anew before a pause says nothing about
        # what an older reading knew further down.
        one_reading = self.complete or not self._known[1]
        known = (self._spans, self._cuts) if one_reading else self._known
        self._text = text
        self._reading = None
        self._known = known[0].cut(start + removed), known[1].cut(start + removed)
        for each in self._known:
            each.shift(added - removed)
        keep = min(start, self._unsettled_after(start, removed, added))
        # A cut right at the edit may stand at the end of a psql line: read it again.
        self._cuts.cut(keep)
        self._spans.cut(self._frontier)

    def _unsettled_after(self, start: int, removed: int, added: int) -> int:
        """Keep track of a COPY without data; where to read again if it has some now."""
        unsettled = self._unsettled
        if unsettled is None:
            return start
        line_start = self._text.rfind("\n", 0, start) + 1
        line_end = self._text.find("\n", start + added)
        lines = self._text[line_start : line_end if line_end >= 0 else None]
        if "\\." in lines:
            self._unsettled, self._known = None, (ShiftingSpans(), ShiftingSpans())
            return unsettled
        if unsettled >= start + removed:
            self._unsettled = unsettled + added - removed
        elif self._frontier_before(start) <= unsettled:
            self._unsettled = None
        return start

    def _frontier_before(self, offset: int) -> int:
        found = self._cuts.before(offset - 1)
        return found[0] if found else 0

    def work(self, seconds: float | None = None, *, upto: int | None = None) -> bool:
        """Read on for about so long (None: to the end); tell whether all is read.

        Args:
            seconds: when to pause, also within a long statement.
            upto: an offset behind which nothing is needed now.
        """
        if self.complete:
            return True
        until = None if seconds is None else time.perf_counter() + seconds
        if self._reading is None:
            self._reading = pieces_in_steps(self._text, self._frontier)
        for piece in self._reading:
            if piece is not None and self._take(piece):
                break
            if piece is not None and upto is not None and piece.resume > upto:
                break
            if until is not None and time.perf_counter() > until:
                break
        if self.complete:
            self._known = ShiftingSpans(), ShiftingSpans()
            self._reading = None
        return self.complete

    def _take(self, piece: Piece) -> bool:
        """Note a piece; say whether all behind it was known already."""
        if piece.start < piece.end:
            self._spans.append(piece.start, piece.end)
        if not piece.settled:
            first = self._unsettled
            self._unsettled = min(piece.start, piece.start if first is None else first)
        self._cuts.append(piece.resume, piece.resume)
        spans, cuts = self._known
        if not cuts.has(piece.resume):
            return False
        self._spans.extend(spans.cut(piece.resume))
        self._cuts.extend(cuts.cut(piece.resume + 1))
        self._known = ShiftingSpans(), ShiftingSpans()
        self._reading = None
        return True

    def cut_before(self, offset: int) -> int:
        """The last place known, at or before an offset, where a statement begins."""
        # The last cut is the end of the text, also within a statement.
        found = self._cuts.before(min(offset, len(self._text) - 1))
        return found[0] if found else 0

    def span_at(self, offset: int) -> tuple[int, int] | None:
        """Start and end of the statement that a cursor at ``offset`` means.

        Reads on as far as needed for that; see `mdbtui.sql.statements.choose`.
        """
        if self._frontier <= offset:
            self.work(upto=offset)
        if not self._spans:
            self.work()
        found = self._spans.before(offset) or self._spans.first()
        if found is None:
            return None
        meant = choose(self._text, found[:1], found[1:], offset)
        return None if meant < 0 else found

    def statements(self) -> list[Statement]:
        """All statements, as `split` gives them; reads all that is not read yet."""
        self.work()
        out: list[Statement] = []
        line = counted = 0
        for start, end in self._spans:
            line += self._text.count("\n", counted, start)
            counted = start
            out.append(Statement(self._text[start:end], start, end, line))
        return out
