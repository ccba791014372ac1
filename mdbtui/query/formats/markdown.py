"""A Markdown table (GitHub's dialect)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mdbtui.query.rows import Column

# What would end the cell, begin HTML, an entity, code, emphasis or a link.
# Each branch begins with its character: the search is ten times quicker then.
_MARKUP = re.compile(
    r"\\|\||<|`|\*|~|&(?=#?\w{1,31};)|_(?!\w)|_(?<!\w_)|\((?<=\]\()|\[(?<=\]\[)"
)
_LINE_END = re.compile(r"\r\n?|\n")


class Markdown:
    """Tables, parted by an empty line.

    Args:
        header: With the columns' names; without, the first line is empty, as
            Markdown needs one.
    """

    def __init__(self, *, header: bool = True) -> None:
        self._header = header
        self._tables = 0
        self._line = ""

    def begin(self, columns: Sequence[Column]) -> str:
        """Return the table's head."""
        self._tables += 1
        self._line = f"| {' | '.join(['%s'] * len(columns))} |\n"
        names = self.rows([[c.name if self._header else " " for c in columns]])
        rule = self._line % tuple("---:" if c.numeric else "---" for c in columns)
        return ("\n" if self._tables > 1 else "") + names + rule

    def rows(self, rows: Sequence[Sequence[str | None]]) -> str:
        """Return some rows."""
        cells = ["NULL" if cell is None else cell for row in rows for cell in row]
        # All at once: a call for each cell would take ten times as long. No text of
        # a server holds a NUL.
        text = _LINE_END.sub("<br>", _MARKUP.sub(r"\\\g<0>", "\0".join(cells)))
        return self._line * len(rows) % tuple(text.split("\0")) if cells else ""

    def end(self, count: int) -> str:
        """Return what follows the last row: nothing."""
        return ""
