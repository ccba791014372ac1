"""A whole result written to a file, without passing through the grid."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mdbtui.pool import PoolError
from mdbtui.query.errors import StatementCancelled
from mdbtui.query.export_file import ExportError, ExportFile
from mdbtui.query.export_writers import ExportOptions, Writer, make_writer

if TYPE_CHECKING:
    from mdbtui.query.export_rows import Rows
    from mdbtui.query.rows import Row

CANCEL_LIMIT = 3.0
"""Seconds for an export to end once it is cancelled."""

TURN_EVERY = 0.003
"""Seconds of work after which the loop gets a turn."""

_CANCELLED = "cancelled: no file was written"


@dataclass(frozen=True)
class Progress:
    """How far an export is.

    Attributes:
        rows: Rows written.
        about: `rows` counts lines, of which a row may have several: nobody else looks
            at what the server writes as CSV.
        bytes: Bytes written.
        seconds: Since it began, up to its end.
        total: Rows there will be, where that is known or estimated.
        exact: `total` is known.
    """

    rows: int = 0
    bytes: int = 0
    seconds: float = 0.0
    total: int | None = None
    exact: bool = False
    about: bool = False

    @property
    def rate(self) -> float:
        """Bytes in a second."""
        return self.bytes / self.seconds if self.seconds > 0 else 0.0

    @property
    def fraction(self) -> float | None:
        """The part that is done, 0 to 1; None where it can't be told."""
        if not self.total or (self.rows > self.total and not self.exact):
            return None
        return min(self.rows / self.total, 1.0)

    @property
    def seconds_left(self) -> float | None:
        """Seconds until the end at the rate so far; None where it can't be told."""
        fraction = self.fraction
        if not fraction or fraction == 1 or self.seconds < 1:
            return None
        return self.seconds / fraction - self.seconds


class Export:
    """One export, from its start to its file or its failure.

    Args:
        rows: Where the rows come from; closed at the end.
        path: The file; see `export_file.resolved`.
        options: How it is written.
        overwrite: Replace a file that is there.
    """

    def __init__(
        self, rows: Rows, path: Path, options: ExportOptions, *, overwrite: bool = False
    ) -> None:
        self.path = path
        self.options = options
        self.stage = "waiting"
        """What it does now, in a word or two."""
        self.error: PoolError | None = None
        """Why there is no file, once it has ended without one."""
        self._rows = rows
        self._file = ExportFile(path, overwrite=overwrite)
        self._count = 0
        self._total: tuple[int | None, bool] = (None, False)
        self._begun = time.monotonic()
        self._ended: float | None = None
        self._task: asyncio.Task[None] | None = None
        self._cancelling = False
        self._turn_due = 0.0
        self._by_copy = False

    @property
    def done(self) -> bool:
        """Whether it has ended, one way or the other."""
        return self._ended is not None

    @property
    def cancelled(self) -> bool:
        """Whether it was ended by `cancel`."""
        return isinstance(self.error, StatementCancelled)

    @property
    def progress(self) -> Progress:
        """How far it is now."""
        total, exact = self._total
        seconds = (self._ended or time.monotonic()) - self._begun
        about = self._by_copy and not self.done
        return Progress(self._count, self._file.written, seconds, total, exact, about)

    def start(self, ended: Callable[[Export], None] = lambda export: None) -> None:
        """Begin in a task of its own.

        Args:
            ended: Called at the end; `error` says how it went.
        """
        self._begun = time.monotonic()
        self._task = asyncio.create_task(self._run(), name="export")
        self._task.add_done_callback(lambda task: self._conclude(ended))

    def _conclude(self, ended: Callable[[Export], None]) -> None:
        if self._ended is None:  # cancelled before its first step
            self.error = StatementCancelled(_CANCELLED)
            self._ended = time.monotonic()
        ended(self)

    async def wait(self) -> None:
        """Return when it has ended; a cancelled wait leaves it running."""
        if self._task is not None:
            await asyncio.wait({self._task})

    async def cancel(self) -> None:
        """End it and remove what was written; at most about 3 s from now."""
        if self._task is None or self._task.done():
            return
        self._cancelling = True
        self._file.abandon()  # or a disk that rests would hold up the statement's end
        self._task.cancel()
        await asyncio.wait({self._task}, timeout=CANCEL_LIMIT)

    async def _run(self) -> None:
        try:
            await self._write()
        except asyncio.CancelledError:
            self.error = StatementCancelled(_CANCELLED)
        except PoolError as exc:
            self.error = StatementCancelled(_CANCELLED) if self._cancelling else exc
        except Exception as exc:
            self.error = ExportError(f"internal error: {type(exc).__name__}")
            raise
        finally:
            await self._clean_up()
            self._ended = time.monotonic()

    async def _clean_up(self) -> None:
        # A second cancel must not leave the half of a file behind.
        cleaning = asyncio.gather(self._file.abort(), self._rows.close())
        try:
            await asyncio.shield(cleaning)
        except asyncio.CancelledError:
            await asyncio.wait({cleaning}, timeout=CANCEL_LIMIT)

    async def _write(self) -> None:
        if not self._rows.columns:
            raise ExportError("the result has no columns")
        await self._file.open()
        writer = make_writer(self.options)
        self._total = await self._rows.size()
        self.stage = "writing"
        copied: int | None = None
        if writer.copy_options is not None:
            copied = await self._copy(writer)
        if copied is None:
            await self._file.write(await writer.begin(self._rows.columns))
            await self._rows.send(lambda rows: self._take(writer, rows))
            await self._file.write(await writer.end(self._count))
        else:
            self._count = copied
        self._total = self._count, True
        self.stage = "finishing"
        await self._file.commit()
        self.stage = "done"

    async def _copy(self, writer: Writer) -> int | None:
        self._count = -1 if self.options.header else 0
        assert writer.copy_options is not None

        async def take(data: bytes) -> None:
            self._by_copy = True
            self._count += data.count(b"\n")
            await self._file.write(writer.copied(data))

        copied = await self._rows.copy(take, writer.copy_options)
        if copied is None:
            self._count = 0
        return copied

    async def _take(self, writer: Writer, rows: Sequence[Row]) -> None:
        await self._file.write(await writer.rows(rows))
        self._count += len(rows)
        # What is there already is handed over without a turn of the loop.
        if time.monotonic() > self._turn_due:
            await asyncio.sleep(0)
            self._turn_due = time.monotonic() + TURN_EVERY
