"""Words, paragraphs and sentences, stepped over as vim does."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from mdbtui.ui.vim.host import Place

Lines = Sequence[str]
_ENDS, _CLOSERS = ".!?", ")]\"'"


def first_nonblank(line: str) -> int:
    """The column of the first character that is no blank; else the last column."""
    stripped = line.lstrip(" \t")
    return len(line) - len(stripped) if stripped else max(0, len(line) - 1)


def char_class(char: str, big: bool = False) -> int:
    """0 for blanks and line ends, 1 for signs, 2 for what words are made of."""
    if char in ("", " ", "\t"):
        return 0
    if big:
        return 1
    return 2 if char.isalnum() or char == "_" else 1


class Walker:
    """A place that moves through the text; line ends are places, too.

    Attributes:
        row: the line.
        col: the column; the line's length stands for its end.
    """

    def __init__(self, lines: Lines, place: Place, *, big: bool = False) -> None:
        self.lines = lines
        self.row, self.col = place
        self.big = big

    @property
    def place(self) -> Place:
        """Where it is."""
        return self.row, self.col

    @place.setter
    def place(self, place: Place) -> None:
        self.row, self.col = place

    @property
    def char(self) -> str:
        """The character there; empty at the end of a line."""
        return self.lines[self.row][self.col : self.col + 1]

    @property
    def kind(self) -> int:
        """The class of the character there."""
        return char_class(self.char, self.big)

    @property
    def on_empty_line(self) -> bool:
        """Whether the line holds nothing."""
        return not self.lines[self.row]

    def inc(self) -> int:
        """Go on by one: 0 in the line, 2 onto its end, 1 to the next line, -1 never."""
        size = len(self.lines[self.row])
        if self.col < size:
            self.col += 1
            return 0 if self.col < size else 2
        if self.row < len(self.lines) - 1:
            self.row, self.col = self.row + 1, 0
            return 1
        return -1

    def dec(self) -> int:
        """Go back by one: 0 in the line, 1 onto the end of the one before, or -1."""
        if self.col > 0:
            self.col -= 1
            return 0
        if self.row > 0:
            self.row -= 1
            self.col = len(self.lines[self.row])
            return 1
        return -1

    def incl(self) -> int:
        """Go on by one, over the end of a line."""
        found = self.inc()
        return self.inc() if found >= 1 and self.col else found

    def decl(self) -> int:
        """Go back by one, over the end of a line."""
        found = self.dec()
        return self.dec() if found == 1 and self.col else found

    def skip(self, kind: int, step: int) -> bool:
        """Pass over characters of a class; True if the text ended."""
        while self.kind == kind:
            if (self.inc() if step > 0 else self.dec()) == -1:
                return True
        return False

    # ---- words -----------------------------------------------------------------

    def words_forward(self, count: int, *, in_line: bool = False) -> bool:
        """To the start of the next word; in_line: the last one ends with its line."""
        for left in range(count - 1, -1, -1):
            kind, last_line = self.kind, self.row == len(self.lines) - 1
            found = self.inc()
            if found == -1 or (found >= 1 and last_line):
                return False
            if found >= 1 and in_line and not left:
                return True
            while kind and self.kind == kind:
                found = self.inc()
                if found == -1 or (found >= 1 and in_line and not left):
                    return True
            while self.kind == 0:
                if self.on_empty_line:
                    break
                found = self.inc()
                if found == -1 or (found >= 1 and last_line):
                    return True
        return True

    def words_back(self, count: int) -> bool:
        """To the start of the word before."""
        for _ in range(count):
            if self.dec() == -1:
                return False
            while self.kind == 0 and not self.on_empty_line:
                if self.dec() == -1:
                    return True
            if not self.on_empty_line:
                if self.skip(self.kind, -1):
                    return True
                self.inc()
        return True

    def ends_forward(
        self, count: int, *, stop: bool = False, empty: bool = False
    ) -> bool:
        """To the end of a word.

        Args:
            count: how many words.
            stop: stay where a word ends already (the first time).
            empty: an empty line is a word.
        """
        for _ in range(count):
            kind = self.kind
            if self.inc() == -1:
                return False
            if kind and self.kind == kind:
                if self.skip(kind, 1):
                    return False
            elif not stop or kind == 0:
                while self.kind == 0:
                    if empty and self.on_empty_line:
                        return True
                    if self.inc() == -1:
                        return False
                if self.skip(self.kind, 1):
                    return False
            self.dec()
            stop = False
        return True

    def ends_back(self, count: int) -> bool:
        """To the end of a word before."""
        for _ in range(count):
            kind = self.kind
            if self.dec() == -1:
                return False
            while kind and self.kind == kind:
                if self.dec() == -1:
                    return True
            while self.kind == 0 and not self.on_empty_line:
                if self.dec() == -1:
                    return True
        return True

    # ---- paragraphs and sentences --------------------------------------------------

    def paragraph(self, step: int, count: int) -> bool | None:
        """To the next empty line behind or before a paragraph.

        Returns:
            None if there is none; else whether the place itself belongs to the move.
        """
        row, last = self.row, len(self.lines) - 1
        for left in range(count - 1, -1, -1):
            passed, first = False, True
            while True:
                passed = passed or bool(self.lines[row])
                if not first and passed and not self.lines[row]:
                    break
                first = False
                if not 0 <= row + step <= last:
                    if left:
                        return None
                    break
                row += step
        self.row, self.col = row, 0
        if row == last and step > 0 and self.lines[row]:
            self.col = len(self.lines[row]) - 1
            return True
        return False

    def sentence(self, step: int, count: int) -> bool:
        """To the start of a sentence; False if there is none."""
        for left in range(count - 1, -1, -1):
            go = self.incl if step > 0 else self.decl
            between = self.char == ""
            if between:
                while go() != -1 and self.char == "":
                    pass
            elif step < 0:
                self.decl()
            if not between or step < 0:
                self._before_ends(step)
                if not self._sentence_end(step, go):
                    return not left
            while self.char in (" ", "\t"):
                if self.incl() == -1:
                    break
        return True

    def _before_ends(self, step: int) -> None:
        """Back over blanks and one sentence's end, to where the search begins."""
        dot = False
        while (char := self.char) and char in " \t" + _ENDS + _CLOSERS:
            ahead = Walker(self.lines, self.place)
            if ahead.decl() == -1 or (ahead.on_empty_line and step > 0) or dot:
                return
            dot = char in _ENDS
            before = ahead.char
            if char in _CLOSERS and not (before and before in _ENDS + _CLOSERS):
                return
            self.decl()

    def _sentence_end(self, step: int, go: Callable[[], int]) -> bool:
        """On to a sentence's end; False if the text ended first."""
        started = self.row
        while True:
            char = self.char
            if not char:
                if step < 0 and self.row != started:
                    self.row += 1
                    self.col = 0
                return True
            if char in _ENDS:
                ahead = Walker(self.lines, self.place)
                ended = ahead.inc() == -1
                while not ended and ahead.char and ahead.char in _CLOSERS:
                    ended = ahead.inc() == -1
                if ended or ahead.char in ("", " ", "\t"):
                    self.place = ahead.place
                    if not self.char:
                        self.inc()
                    return True
            if go() == -1:
                return False
