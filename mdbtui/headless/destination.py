"""Where a command's rows go: standard output, or a file that is there when complete."""

from __future__ import annotations

import asyncio
import sys
import time
from typing import TYPE_CHECKING, Protocol

from mdbtui.headless.target import UsageError
from mdbtui.query.export_file import ExportFile
from mdbtui.query.output import Output

if TYPE_CHECKING:
    from pathlib import Path

    from mdbtui.headless.report import Report

PROGRESS_EVERY = 0.2


class Destination(Protocol):
    """Takes what is written, at its own pace."""

    terminal: bool
    """What is written is read on a terminal."""

    async def open(self) -> None:
        """Be ready to `write`."""

    async def write(self, data: bytes) -> None:
        """Take `data`; waits while too much is on its way."""

    async def flush(self) -> None:
        """Return when all that was taken is written."""

    def abandon(self) -> None:
        """Take no more, and wake who waits, with an error."""

    async def close(self, *, complete: bool) -> None:
        """End; what is not `complete` must not look as if it were."""


class StdoutDestination:
    """Standard output; raises `OutputError`.

    Raises:
        UsageError: It is closed.
    """

    def __init__(self) -> None:
        if sys.stdout is None:
            raise UsageError("standard output is closed")
        self.terminal = sys.stdout.isatty()
        self._output = Output(sys.stdout.fileno())
        self.write = self._output.write
        self.flush = self._output.flush
        self.abandon = self._output.abandon

    async def open(self) -> None:
        """Do nothing: it is open."""

    async def close(self, *, complete: bool) -> None:
        """End the thread."""
        self._output.close()


class FileDestination:
    """A file; raises `ExportError`.

    Args:
        path: The file; see `export_file.resolved`.
        overwrite: Replace a file that is there.
        report: Told how far it is, if that is read on a terminal.
    """

    terminal = False

    def __init__(self, path: Path, *, overwrite: bool, report: Report) -> None:
        self._report = report
        self._file = ExportFile(path, overwrite=overwrite)
        self._lines = 0
        self._begun = time.monotonic()
        self._telling: asyncio.Task[None] | None = None
        self.flush = self._file.flush
        self.abandon = self._file.abandon

    async def open(self) -> None:
        """Make the file, and begin to tell on a terminal how far it is."""
        await self._file.open()
        if self._report.terminal:
            self._telling = asyncio.create_task(self._tell())

    async def write(self, data: bytes) -> None:
        """Take `data`; waits while too much is on its way."""
        await self._file.write(data)
        if self._telling is not None:
            self._lines += data.count(b"\n")

    async def close(self, *, complete: bool) -> None:
        """Give the file its name, or remove what was written."""
        try:
            if complete:
                await self._file.commit()
        finally:
            await self._file.abort()
            if self._telling is not None:
                self._telling.cancel()
                ending = f"written to {self._file.path}" if complete else "not kept"
                self._show(f"{ending}\n")

    async def _tell(self) -> None:
        while True:
            await asyncio.sleep(PROGRESS_EVERY)
            rate = self._file.written / (time.monotonic() - self._begun)
            self._show(f"{rate / 1e6:,.1f} MB/s")

    def _show(self, ending: str) -> None:
        size = f"{self._lines:,} lines, {self._file.written / 1e6:,.1f} MB"
        self._report.draw(f"\r\x1b[K{size}, {ending}")
