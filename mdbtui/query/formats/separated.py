r"""Values parted by commas or tabs, as COPY writes them in CSV form.

NULL is nothing and an empty text is ``""``, so that COPY … FROM and others who look at
the quotes read the same values back.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mdbtui.query.rows import Column

# What a spreadsheet takes for the beginning of a formula (OWASP), also in the wide
# forms of East Asian input; but a number is a number.
_STARTS = "=+\\-@\t\r\n＝＋－＠"
_NUMBER = r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|[+-]?Infinity"
_FORMULA = re.compile(f"(?!(?:{_NUMBER})\\Z)[{_STARTS}]")
_WIDE = "\\xef"  # the first byte of the wide forms


class Separated:
    r"""CSV or TSV.

    Args:
        delimiter: ``,`` or a tab.
        header: With the columns' names in the first line.
        empty: What an empty text is.
        guard: Put a ``'`` before what spreadsheets would take for a formula.
    """

    def __init__(
        self,
        delimiter: str = ",",
        *,
        header: bool = True,
        empty: str = '""',
        guard: bool = False,
    ) -> None:
        self._delimiter = delimiter
        self._header = header
        self._empty = empty
        self._guard = guard
        self._special = re.compile(f'[{delimiter}"\r\n]')
        self._field = re.compile(rf'"(?:[^"]++|"")*+"|[^{delimiter}\n]+'.encode())
        self._suspect = _suspect(delimiter) if guard else None
        self._kinds = bytes.maketrans(
            b'=+-@\t\r\xef"\n' + delimiter.encode(), b"SSSSSSSQDD"
        )

    @property
    def copy_options(self) -> dict[str, Any]:
        """COPY's options for the server to write this format itself."""
        return {"format": "csv", "header": self._header, "delimiter": self._delimiter}

    def copied(self, chunk: bytes) -> bytes:
        """Return whole lines that came by COPY with `copy_options`."""
        if self._suspect is None:
            return chunk
        # First a look that takes a ns for a byte, then one that takes 20, and only
        # then each field by itself.
        lines = b"\n" + chunk
        kinds = lines.translate(self._kinds)
        if b"DS" not in kinds and b"DQS" not in kinds and b"DQD" not in kinds:
            return chunk
        if self._suspect.search(lines) is None:
            return chunk
        return self._field.sub(_guarded_field, chunk)

    def begin(self, columns: Sequence[Column]) -> str:
        """Return the header."""
        if not self._header:
            return ""
        return self._lines([[column.name for column in columns]])

    def rows(self, rows: Sequence[Sequence[str | None]]) -> str:
        """Return some rows."""
        return self._lines(rows)

    def end(self, count: int) -> str:
        """Return what follows the last row: nothing."""
        return ""

    def _lines(self, rows: Iterable[Sequence[str | None]]) -> str:
        join, field = self._delimiter.join, self._written
        return "".join(join(map(field, row)) + "\n" for row in rows)

    def _written(self, cell: str | None) -> str:
        if not cell:
            return self._empty if cell == "" else ""
        if self._guard and _FORMULA.match(cell):
            cell = "'" + cell
        # COPY and psql would take a line of \. for the end of the data.
        if self._special.search(cell) or cell == "\\.":
            return '"' + cell.replace('"', '""') + '"'
        return cell


def _suspect(delimiter: str) -> re.Pattern[bytes]:
    """Return what finds all that may have to be guarded, and a little more."""
    tab = "" if delimiter == "\t" else "\t"
    number = rf"(?:{_NUMBER})[{delimiter}\r\n]"
    return re.compile(
        rf'[\n{delimiter}](?:(?!{number})[=+@{tab}{_WIDE}-]|"[=+@\t\r\n{_WIDE}-])'.encode()
    )


def _guarded_field(match: re.Match[bytes]) -> bytes:
    field = match[0]
    quoted = field.startswith(b'"')
    text = field[1:-1] if quoted else field
    if _FORMULA.match(text.decode("utf-8", "replace")) is None:
        return field
    return b"\"'" + field[1:] if quoted else b"'" + field
