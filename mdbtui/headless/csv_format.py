r"""CSV exactly as ``psql --csv`` prints it.

The server writes it, by ``COPY … (FORMAT csv)``, which is the fastest way there is.
Two things differ from psql. COPY prints an empty text as ``""``, to tell it from
NULL, while psql prints nothing for both: so NULL is given a random word to print,
which leaves nothing for the empty text, and the word is taken out here. And psql
quotes every field that is just ``\.``.
"""

from __future__ import annotations

import re
import secrets
from typing import TYPE_CHECKING, Any

from mdbtui.headless import visible
from mdbtui.query.formats import encoded
from mdbtui.query.formats.separated import Separated

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mdbtui.query import Column, Row

_FIELD = re.compile(rb'"(?:[^"]|"")*"|[^,\n]+')


class CsvFormat:
    """One result after the other, each with its header.

    Args:
        terminal: Spell out control characters.
    """

    def __init__(self, *, terminal: bool = False) -> None:
        self._terminal = terminal
        self._written = Separated(empty="")
        null = secrets.token_urlsafe(16)
        self.copy_options: dict[str, Any] = {
            "format": "csv",
            "header": True,
            "null": null,
        }
        self._null_comma = f"{null},".encode()
        self._null_end = f"{null}\n".encode()

    def begin(self, columns: Sequence[Column]) -> bytes:
        """Return the header of rows that do not come by COPY."""
        return self._drawn(encoded(self._written.begin(columns)))

    def copied(self, chunk: bytes) -> bytes:
        """Return whole lines that came by COPY with ``copy_options``."""
        # Nobody but the server knows the word, so it isn't the end of a value. In
        # current_query() it is followed by an apostrophe.
        data = chunk.replace(self._null_comma, b",").replace(self._null_end, b"\n")
        if b"\\." in data:
            data = _FIELD.sub(_quote_end_mark, data)
        return self._drawn(data)

    def rows(self, rows: Sequence[Row]) -> bytes:
        """Return some rows that did not come by COPY."""
        # Without columns psql prints an empty header and no line for a row.
        return self._drawn(encoded(self._written.rows([row for row in rows if row])))

    def end(self, count: int) -> bytes:
        """Return what follows the last row."""
        return b""

    def _drawn(self, data: bytes) -> bytes:
        if not self._terminal:
            return data
        return visible.lines(data.decode("utf-8", "backslashreplace")).encode()


def _quote_end_mark(match: re.Match[bytes]) -> bytes:
    return b'"\\."' if match[0] == b"\\." else match[0]
