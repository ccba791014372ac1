"""Tables as psql draws them, while the rows still arrive.

The widths come from the first rows; a later value that is wider moves the rest of its
line. A column is padded to `MAX_WIDTH` at most: with one cell of 100 MB, every line
would be as long. Control characters are spelled out, on a terminal or not: psql does
so too, and a table is for reading.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mdbtui.headless import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mdbtui.query import Column, Row

SAMPLE_ROWS = 1000
SAMPLE_BYTES = 1 << 20
MAX_WIDTH = 1000
"""Columns of the terminal."""


class TableFormat:
    """One result after the other, each with its header and ``(N rows)``."""

    def __init__(self) -> None:
        self._columns: Sequence[Column] = ()
        self._sample: list[Row] = []
        self._sample_size = 0
        self._widths: list[int] | None = None

    def begin(self, columns: Sequence[Column]) -> bytes:
        """Take the columns of a result; its header comes with the first rows."""
        self._columns = columns
        self._sample = []
        self._sample_size = 0
        self._widths = None
        return b""

    def rows(self, rows: Sequence[Row]) -> bytes:
        """Return what is ready after some more rows."""
        if self._widths is not None:
            return self._lines(rows)
        for row in rows:
            self._sample.append(row)
            self._sample_size += sum(len(cell) for cell in row if cell)
        full = len(self._sample) >= SAMPLE_ROWS or self._sample_size >= SAMPLE_BYTES
        return self._header() if full else b""

    def end(self, count: int) -> bytes:
        """Return the rest."""
        header = self._header() if self._widths is None else b""
        return header + f"({count} row{'' if count == 1 else 's'})\n\n".encode()

    def _header(self) -> bytes:
        names = [_cell(column.name) for column in self._columns]
        widths = [max((width for _, width in name), default=0) for name in names]
        for row in self._sample:
            for index, cell in enumerate(row):
                if cell:
                    widths[index] = max(
                        widths[index], max(width for _, width in _cell(cell))
                    )
        self._widths = widths = [min(width, MAX_WIDTH) for width in widths]
        text = "".join(_header_lines(names, widths))
        if not widths:
            text = "--\n"  # as psql does
        sample, self._sample = self._sample, []
        return text.encode("utf-8", "backslashreplace") + self._lines(sample)

    def _lines(self, rows: Iterable[Row]) -> bytes:
        widths = self._widths or []
        if not widths:
            return b""
        right = [column.numeric for column in self._columns]
        template = _template(widths, right)
        lines: list[str] = []
        for row in rows:
            cells = tuple([cell or "" for cell in row])
            text = "".join(cells)
            if text.isascii() and text.isprintable():
                lines.append(template % cells)  # a tenth of the time
            else:
                lines.extend(_row_lines(cells, widths, right))
        return "".join(lines).encode("utf-8", "backslashreplace")


_Line = tuple[str, int]


def _cell(text: str) -> list[_Line]:
    """Return a cell's lines as they are drawn, each with its width."""
    if text.isascii() and text.isprintable():
        return [(text, len(text))]
    return [_drawn(line) for line in text.split("\n")]


def _drawn(line: str) -> _Line:
    if "\t" in line:
        head, *rest = line.split("\t")
        drawn, width = _drawn(head)
        for part in rest:
            gap = 8 - width % 8
            more, more_width = _drawn(part)
            drawn, width = drawn + " " * gap + more, width + gap + more_width
        return drawn, width
    shown = visible.one_line(line)
    return shown, visible.width(shown)


def _header_lines(names: list[list[_Line]], widths: list[int]) -> Iterable[str]:
    for number in range(max(map(len, names), default=0)):
        cells = []
        for lines, width in zip(names, widths, strict=True):
            if number < len(lines):
                text, drawn = lines[number]
                left = (width - drawn) // 2
                body = " " * left + text + " " * (width - drawn - left)
            else:
                body = " " * width
            cells.append(f" {body}{'+' if number + 1 < len(lines) else ' '}")
        yield "|".join(cells) + "\n"
    yield "+".join("-" * (width + 2) for width in widths) + "\n"


def _template(widths: list[int], right: list[bool]) -> str:
    """Return the format of a row whose characters are all one column wide."""
    fields = [
        f" %{width}s" if to_right else f" %-{width}s"
        for width, to_right in zip(widths, right, strict=True)
    ]
    if not right[-1]:
        fields[-1] = " %s"
    return " |".join(fields) + "\n"


def _row_lines(
    row: Sequence[str], widths: list[int], right: list[bool]
) -> Iterable[str]:
    cells = [_cell(cell) for cell in row]
    last = len(cells) - 1
    for number in range(max(map(len, cells))):
        parts = []
        for index, lines in enumerate(cells):
            text, drawn = lines[number] if number < len(lines) else ("", 0)
            space = " " * (widths[index] - drawn)
            more = number + 1 < len(lines)
            if right[index] and number < len(lines):
                text = space + text
            elif index < last or more:
                text += space
            mark = "+" if more else " " if index < last else ""
            parts.append(f" {text}{mark}")
        yield "|".join(parts) + "\n"
