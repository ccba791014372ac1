"""Parquet, written by pyarrow in a thread; nothing of it is loaded before that.

Whole numbers, floating-point numbers and booleans have Parquet's own types. All else is
the server's text: Parquet has no infinite date, no interval of months and no numeric
without a limit, and a file that fails at its last row helps nobody.
"""

from __future__ import annotations

import importlib
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from mdbtui.query.daemon import in_daemon_thread
from mdbtui.query.export_file import ExportError
from mdbtui.query.formats.json_format import distinct

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mdbtui.query.rows import Column, Row

BATCH_ROWS = 5_000
"""Rows turned into Arrow's columns at a time: some ms of the thread."""
BATCH_CHARS = 4 << 20
GROUP_ROWS = 100_000
"""Rows of a row group; the whole group is held in memory."""
GROUP_BYTES = 32 << 20

_TYPES: dict[int, tuple[str, Callable[[str], Any]]] = {
    16: ("bool_", lambda cell: cell == "t"),
    21: ("int16", int),
    23: ("int32", int),
    20: ("int64", int),
    26: ("uint32", int),
    700: ("float32", float),
    701: ("float64", float),
}


def parquet_problem() -> str:
    """Return why Parquet can't be written, or an empty text."""
    if find_spec("pyarrow") is None:
        return 'Parquet needs pyarrow: pip install "mdbtui[parquet]"'
    return ""


class _Sink:
    """What Arrow writes to: bytes, to be taken away by us."""

    closed = False

    def __init__(self) -> None:
        self._written = bytearray()

    def write(self, data: Any) -> int:
        view = memoryview(data)
        self._written += view
        return view.nbytes

    def flush(self) -> None:
        pass

    def close(self) -> None:
        self.closed = True

    def take(self) -> bytes:
        data, self._written = bytes(self._written), bytearray()
        return data


class ParquetWriter:
    """One Parquet file."""

    copy_options = None

    def __init__(self) -> None:
        if problem := parquet_problem():
            raise ExportError(problem)
        self._sink = _Sink()
        self._arrow: Any = None
        self._writer: Any = None
        self._schema: Any = None
        self._columns: Sequence[Column] = ()
        self._batch: list[Row] = []
        self._chars = 0
        self._group: list[Any] = []
        self._group_rows = self._group_bytes = 0

    def copied(self, data: bytes) -> bytes:
        """Do nothing: the server can't write Parquet."""
        return data

    async def begin(self, columns: Sequence[Column]) -> bytes:
        """Load pyarrow; return what stands before the rows."""
        self._columns = columns
        return await in_daemon_thread(self._open)

    async def rows(self, rows: Sequence[Row]) -> bytes:
        """Take some rows; return what is ready."""
        self._batch.extend(rows)
        self._chars += sum(len(cell) for row in rows for cell in row if cell)
        if len(self._batch) < BATCH_ROWS and self._chars < BATCH_CHARS:
            return b""
        return await in_daemon_thread(self._convert)

    async def end(self, count: int) -> bytes:
        """Return the rest."""
        return await in_daemon_thread(self._close)

    # In the thread

    def _open(self) -> bytes:
        arrow = self._arrow = importlib.import_module("pyarrow")
        parquet = importlib.import_module("pyarrow.parquet")
        names = distinct(column.name for column in self._columns)
        kinds = [_TYPES.get(c.type_oid, ("string", str))[0] for c in self._columns]
        self._schema = arrow.schema(
            [
                (name, getattr(arrow, kind)())
                for name, kind in zip(names, kinds, strict=True)
            ]
        )
        self._writer = parquet.ParquetWriter(
            arrow.PythonFile(self._sink, mode="w"), self._schema, compression="zstd"
        )
        return self._sink.take()

    def _convert(self) -> bytes:
        rows, self._batch, self._chars = self._batch, [], 0
        if not rows:
            return b""
        arrays = []
        for field, column, cells in zip(
            self._schema, self._columns, zip(*rows, strict=True), strict=True
        ):
            values: Sequence[Any] = cells
            if known := _TYPES.get(column.type_oid):
                value = known[1]
                values = [None if cell is None else value(cell) for cell in cells]
            arrays.append(self._arrow.array(values, field.type))
        batch = self._arrow.record_batch(arrays, schema=self._schema)
        self._group.append(batch)
        self._group_rows += batch.num_rows
        self._group_bytes += batch.nbytes
        if self._group_rows >= GROUP_ROWS or self._group_bytes >= GROUP_BYTES:
            self._write_group()
        return self._sink.take()

    def _write_group(self) -> None:
        if self._group:
            table = self._arrow.Table.from_batches(self._group, self._schema)
            self._writer.write_table(table, row_group_size=max(table.num_rows, 1))
        self._group = []
        self._group_rows = self._group_bytes = 0

    def _close(self) -> bytes:
        self._convert()
        self._write_group()
        self._writer.close()
        return self._sink.take()
