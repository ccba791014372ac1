"""The formats that a command shares with the console, as bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mdbtui.headless import visible
from mdbtui.query.formats import encoded, text_format
from mdbtui.query.formats.separated import Separated

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mdbtui.query import Column, Row


class WrittenText:
    """One result after the other.

    Args:
        name: A text format of `mdbtui.query.formats`.
        table: For INSERT statements, already quoted.
        terminal: Spell out control characters, except for the tabs of TSV.
    """

    def __init__(self, name: str, *, table: str = "", terminal: bool = False) -> None:
        self._format = text_format(name, table=table)
        self._server = self._format if isinstance(self._format, Separated) else None
        # JSON has none of them left.
        self._terminal = terminal and name not in ("json", "jsonl")

    @property
    def copy_options(self) -> dict[str, Any] | None:
        """COPY's options for the server to write this format; None if it can't."""
        return self._server.copy_options if self._server is not None else None

    def copied(self, chunk: bytes) -> bytes:
        """Return whole lines that came by COPY with ``copy_options``."""
        if not self._terminal:
            return chunk
        return self._drawn(chunk.decode("utf-8", "backslashreplace"))

    def begin(self, columns: Sequence[Column]) -> bytes:
        """Return what stands before the rows of a result."""
        return self._drawn(self._format.begin(columns))

    def rows(self, rows: Sequence[Row]) -> bytes:
        """Return some rows."""
        return self._drawn(self._format.rows(rows))

    def end(self, count: int) -> bytes:
        """Return what follows the last of ``count`` rows."""
        return self._drawn(self._format.end(count))

    def _drawn(self, text: str) -> bytes:
        if self._terminal:
            text = "\t".join(map(visible.lines, text.split("\t")))
        return encoded(text)
