r"""Cutting a text into statements as psql does, and finding the one at the cursor.

What psql's scanner does holds here too: a ``;`` ends a statement outside
parentheses (so rules with several actions stay whole) and outside the ``BEGIN
ATOMIC … END`` body of a CREATE FUNCTION or PROCEDURE. Beyond that it was decided:

- An E string that goes on in a string on the next line is one string, as the server
  has it. (psql reads line by line and misses that.)
- Comments before a statement belong to it (psql sends them, and planner hints live
  there), except one that stands on the line on which the statement before it ended.
- Empty statements and comments alone are no statements.
- A psql command (``\d``, ``\set`` …) where a statement could begin is skipped to its
  line end. ``\g`` and its family and ``\;`` end a statement. `psql_commands` lists
  what a caller must not pass over without a word. Any other backslash
  stays in the statement, so that the server refuses it: ``delete from t \ where …``
  must never run as ``delete from t``.
- The data lines after a COPY … FROM STDIN are skipped, if a ``\.`` line ends them.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from mdbtui.sql.classify import Kind, classify
from mdbtui.sql.lexer import Scanner

_SENDING = re.compile(
    r"\\(?:g(?:x|set|exec|desc)?|crosstabview|watch|parse|sendpipeline)(?![A-Za-z_])"
)
_STEP = 256
"""Tokens of a statement between two pauses."""
_LINE_END = re.compile(r"[\r\n]")
_COPY_END = re.compile(r"^\\\.[ \t]*\r?$", re.MULTILINE)
_PSQL_LINE = re.compile(r"[ \t\f\v]*+\\")
# The words that psql tells apart by their first letter, at the head of a statement.
_HEAD = {"create": "c", "or": "o", "replace": "r", "function": "f", "procedure": "p"}
_ROUTINES = ("cf", "cp", "corf", "corp")


@dataclass(frozen=True, slots=True)
class Statement:
    r"""One statement of a text.

    Attributes:
        text: the statement, without the ``;`` that ends it.
        start: offset of its first character in the whole text.
        end: offset behind its last character; ``whole[start:end] == text``.
        line: 0-based line of ``start`` in the whole text.
        terminated: whether a ``;`` (or psql's ``\g``) ended it.
        values: what its parameters (see `mdbtui.sql.parameters`) stand for, in their
            order, None for NULL; None as a whole while they were not asked for.
    """

    text: str
    start: int
    end: int
    line: int = field(default=0, compare=False)
    terminated: bool = field(default=False, compare=False)
    values: tuple[str | None, ...] | None = field(
        default=None, compare=False, repr=False
    )


@dataclass(frozen=True, slots=True)
class PsqlCommand:
    """A command to psql itself, which is no SQL.

    Attributes:
        text: from its backslash to the end of its line.
        line: 0-based line of it in the whole text.
    """

    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Piece:
    """What lies between two places where reading may begin afresh.

    Attributes:
        start: where the statement begins; equal to ``end`` if there is none.
        end: where its text ends.
        resume: where the next piece begins (behind ``;``, psql line or COPY data).
        terminated: as in `Statement`.
        settled: False if text further down could change the meaning of this piece.
        command: offset of the psql command that ended it, if that asks for more than
            ``;`` does; else -1.
    """

    start: int
    end: int
    resume: int
    terminated: bool
    settled: bool = True
    command: int = -1


class _Cutter:
    """Reads one piece; an object so that the rules can be read one by one."""

    def __init__(self, text: str, at: int, copy_ends: bool) -> None:
        self.text = text
        self.at = at
        self.copy_ends = copy_ends  # whether a ``\\.`` line may still come
        self.start: int | None = None
        self.same_line = at > 0
        self.sql = False  # anything but comments seen
        self.parens = 0
        self.begins = 0
        self.words = 0
        self.head = ""
        self.copy = False

    def read(self) -> Iterator[Piece | None]:
        """The piece that begins at ``at``; its ``resume`` is > ``at``.

        Yields:
            None as often as a caller may want to pause; at last the piece.
        """
        scanner = Scanner(self.text, "", self.at)
        for number, (kind, start, end) in enumerate(scanner, 1):
            if not number % _STEP:
                yield None
            if kind == "ws":
                if self.same_line and self._has_line_end(start, end):
                    self.same_line, self.start = False, None
                continue
            if kind == "comment":
                self._comment(start, end)
                continue
            if kind == "backslash" and (piece := self._backslash(start)):
                yield piece
                return
            if kind == "semicolon" and not (self.parens or self.begins):
                yield self._cut(start, end)
                return
            if self.start is None:
                self.start = start
            self.sql, self.same_line = True, False
            if kind == "word":
                self._word(self.text[start:end].lower())
                scanner.coarse = not _may_be_routine(self.head)
            elif kind == "open":
                self.parens += 1
            elif kind == "close" and self.parens:
                self.parens -= 1
        yield self._cut(len(self.text), len(self.text), terminated=False)

    def _has_line_end(self, start: int, end: int) -> bool:
        return _LINE_END.search(self.text, start, end) is not None

    def _comment(self, start: int, end: int) -> None:
        if self.start is None:
            self.start = start
        if self.same_line and self._has_line_end(start, end):
            self.same_line, self.start = False, None

    def _word(self, word: str) -> None:
        if self.words < 4:
            # A word of no interest leaves a gap in psql's list, never a match.
            self.head += _HEAD.get(word, "-")
            self.copy = self.copy or (word == "copy" and not self.words)
        self.words += 1
        if self.parens or not self.head.startswith(_ROUTINES):
            return
        if word == "begin" or (word == "case" and self.begins):
            self.begins += 1
        elif word == "end" and self.begins:
            self.begins -= 1

    def _backslash(self, at: int) -> Piece | None:
        if self.text.startswith("\\;", at):
            return self._cut(at, at + 2)
        if self.sql and not _SENDING.match(self.text, at):
            return None
        stop = _line_end(self.text, at)
        bare = self.sql and self.text[at:stop].rstrip() == "\\g"
        return self._cut(at, stop, command=-1 if bare else at)

    def _cut(
        self, stop: int, resume: int, *, terminated: bool = True, command: int = -1
    ) -> Piece:
        if not self.sql or self.start is None:
            return Piece(resume, resume, resume, terminated, command=command)
        end = self.start + len(self.text[self.start : stop].rstrip(" \t\n\r\f\v"))
        settled = True
        if terminated and self.copy:
            resume, settled = self._behind_copy_data(end, resume)
        return Piece(self.start, end, resume, terminated, settled, command)

    def _behind_copy_data(self, end: int, resume: int) -> tuple[int, bool]:
        if classify(self.text[self.start : end]).kind is not Kind.COPY_IN:
            return resume, True
        line_end = self.text.find("\n", resume)
        if line_end >= 0 and self.copy_ends:
            found = _COPY_END.search(self.text, line_end + 1)
            if found:
                return found.end(), True
            self.copy_ends = False
        return resume, False


def _line_end(text: str, at: int) -> int:
    found = _LINE_END.search(text, at)
    return found.start() if found else len(text)


def _may_be_routine(head: str) -> bool:
    return head.startswith(_ROUTINES) or any(r.startswith(head) for r in _ROUTINES)


def pieces(text: str, start: int = 0) -> Iterator[Piece]:
    """The pieces of ``text`` from ``start``, which is 0 or some piece's ``resume``."""
    for piece in pieces_in_steps(text, start):
        if piece is not None:
            yield piece


def pieces_in_steps(text: str, start: int = 0) -> Iterator[Piece | None]:
    """As `pieces`, with None every now and then within a long piece."""
    at, size, copy_ends = start, len(text), True
    while at < size:
        cutter = _Cutter(text, at, copy_ends)
        for piece in cutter.read():
            yield piece
            if piece is not None:
                at = piece.resume
        copy_ends = cutter.copy_ends


def split(text: str) -> list[Statement]:
    """The statements of a text, in order, cut where psql cuts them.

    Never raises, whatever the text; takes time in proportion to its size.
    """
    out: list[Statement] = []
    line = counted = 0
    for piece in pieces(text):
        if piece.start == piece.end:
            continue
        line += text.count("\n", counted, piece.start)
        counted = piece.start
        body = text[piece.start : piece.end]
        out.append(Statement(body, piece.start, piece.end, line, piece.terminated))
    return out


def psql_commands(
    text: str, start: int = 0, end: int | None = None
) -> list[PsqlCommand]:
    r"""What in a text is meant for psql and is not among its statements.

    A bare ``\g`` is none of them: it does what ``;`` does.

    Args:
        text: the whole text.
        start: where a statement or a psql command begins.
        end: an offset behind which nothing is of interest; by default the text's end.
    """
    if "\\" not in text:
        return []
    out: list[PsqlCommand] = []
    line = counted = 0
    for piece in pieces(text, start):
        at = piece.command
        if at >= 0:
            line += text.count("\n", counted, at)
            counted = at
            out.append(PsqlCommand(text[at : _line_end(text, at)].rstrip(), line))
        if end is not None and piece.resume >= end:
            break
    return out


def choose(text: str, starts: Sequence[int], ends: Sequence[int], offset: int) -> int:
    """Index of the statement that a cursor at ``offset`` means; -1: none.

    The statement under the cursor, or whose end or ``;`` it is just behind (where two
    touch, the one that begins there); else the one before the cursor, as after typing
    a statement and Enter; else the next. On the line of a psql command: none.

    Args:
        text: the whole text.
        starts: offsets of the statements' first characters, ascending.
        ends: offsets behind their last characters.
        offset: where the cursor is.
    """
    index = bisect_right(starts, offset) - 1
    if index >= 0 and offset <= ends[index]:
        return index
    if _PSQL_LINE.match(text, text.rfind("\n", 0, offset) + 1):
        return -1
    if index < 0:
        return 0 if starts else -1
    return index


def statement_at(text: str, offset: int) -> Statement | None:
    """The statement that a cursor at ``offset`` means; see `choose` for the rule."""
    found = split(text)
    starts, ends = [s.start for s in found], [s.end for s in found]
    index = choose(text, starts, ends, max(0, min(offset, len(text))))
    return found[index] if index >= 0 else None
