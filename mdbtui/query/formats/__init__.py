"""Rows as text for other programs; one module for each family of formats.

A format writes one result after the other: `begin`, then `rows` as often as there are
some, then `end`. Nothing is loaded before a format is asked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mdbtui.query.rows import Column

__all__ = ["FILE_FORMATS", "FileFormat", "TextFormat", "encoded", "text_format"]


@dataclass(frozen=True)
class FileFormat:
    """A format in which rows can be written to a file.

    Attributes:
        label: Its name for people.
        suffix: What its files' names end in, with the dot.
    """

    label: str
    suffix: str


FILE_FORMATS = {
    "csv": FileFormat("CSV", ".csv"),
    "tsv": FileFormat("TSV (tabs)", ".tsv"),
    "json": FileFormat("JSON", ".json"),
    "jsonl": FileFormat("JSON Lines", ".jsonl"),
    "markdown": FileFormat("Markdown", ".md"),
    "insert": FileFormat("INSERT statements", ".sql"),
    "parquet": FileFormat("Parquet", ".parquet"),
}
"""By the name that commands and messages use."""


class TextFormat(Protocol):
    """How rows are written as text."""

    def begin(self, columns: Sequence[Column]) -> str:
        """Take the columns of a result; return what stands before its rows."""

    def rows(self, rows: Sequence[Sequence[str | None]]) -> str:
        """Return some rows."""

    def end(self, count: int) -> str:
        """Return what follows the last of `count` rows."""


def text_format(
    name: str, *, header: bool = True, guard: bool = False, table: str = "table_name"
) -> TextFormat:
    """Return a format by its name.

    Args:
        name: A key of `FILE_FORMATS`; all but Parquet are text.
        header: With column names, where the format leaves the choice.
        guard: For CSV and TSV: keep spreadsheets from taking a text for a formula.
        table: For INSERT statements, already quoted.

    Raises:
        ValueError: There is no such text format.
    """
    if name in ("csv", "tsv"):
        from mdbtui.query.formats.separated import Separated

        delimiter = "," if name == "csv" else "\t"
        return Separated(delimiter, header=header, guard=guard)
    if name in ("json", "jsonl"):
        from mdbtui.query.formats.json_format import JsonFormat

        return JsonFormat(by_line=name == "jsonl")
    if name == "markdown":
        from mdbtui.query.formats.markdown import Markdown

        return Markdown(header=header)
    if name == "insert":
        from mdbtui.query.formats.sql import Inserts

        return Inserts(table, header=header)
    raise ValueError(f"no text format {name!r}")


def encoded(text: str) -> bytes:
    r"""Return UTF-8; what a server sent that isn't, has become ``\xe9`` before."""
    return text.encode("utf-8", "backslashreplace")
