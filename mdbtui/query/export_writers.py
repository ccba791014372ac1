"""The formats of files behind one interface, whether they are text or not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from mdbtui.query.daemon import in_daemon_thread
from mdbtui.query.formats import encoded, text_format
from mdbtui.query.formats.separated import Separated

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mdbtui.query.rows import Column, Row

LARGE = 256 << 10
"""Bytes or characters that a thread takes apart: each MB costs the loop some ms."""


@dataclass(frozen=True)
class ExportOptions:
    """How a file is written.

    Attributes:
        format: A key of `formats.FILE_FORMATS`.
        header: With column names, where the format leaves the choice.
        guard: CSV and TSV: keep spreadsheets from taking texts for formulas.
        table: INSERT: the table, already quoted.
    """

    format: str
    header: bool = True
    guard: bool = False
    table: str = "table_name"


class Writer(Protocol):
    """Turns rows into the bytes of a file."""

    @property
    def copy_options(self) -> dict[str, Any] | None:
        """COPY's options for the server to write the format; None if it can't."""

    def copied(self, data: bytes) -> bytes:
        """Return what came by COPY with `copy_options`, as it goes to the file."""

    async def begin(self, columns: Sequence[Column]) -> bytes:
        """Return what stands before the rows."""

    async def rows(self, rows: Sequence[Row]) -> bytes:
        """Return what is ready after some more rows."""

    async def end(self, count: int) -> bytes:
        """Return the rest."""


def make_writer(options: ExportOptions) -> Writer:
    """Return what writes a format.

    Raises:
        ExportError: A package for the format is missing.
    """
    if options.format == "parquet":
        from mdbtui.query.export_parquet import ParquetWriter

        return ParquetWriter()
    return TextWriter(options)


class TextWriter:
    """All formats but Parquet."""

    def __init__(self, options: ExportOptions) -> None:
        self._format = text_format(
            options.format,
            header=options.header,
            guard=options.guard,
            table=options.table,
        )
        self._separated = self._format if isinstance(self._format, Separated) else None

    @property
    def copy_options(self) -> dict[str, Any] | None:
        """COPY's options, for CSV and TSV."""
        separated = self._separated
        return separated.copy_options if separated is not None else None

    def copied(self, data: bytes) -> bytes:
        """Return CSV or TSV from the server."""
        return self._separated.copied(data) if self._separated is not None else data

    async def begin(self, columns: Sequence[Column]) -> bytes:
        """Return what stands before the rows."""
        return encoded(self._format.begin(columns))

    async def rows(self, rows: Sequence[Row]) -> bytes:
        """Return some rows."""
        if sum(len(cell) for row in rows for cell in row if cell) > LARGE:
            return await in_daemon_thread(lambda: encoded(self._format.rows(rows)))
        return encoded(self._format.rows(rows))

    async def end(self, count: int) -> bytes:
        """Return the rest."""
        return encoded(self._format.end(count))
