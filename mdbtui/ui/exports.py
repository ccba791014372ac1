"""The exports under way: their owner, who ends them when the program does."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from mdbtui.query import RowStore
    from mdbtui.query.export import Export
    from mdbtui.query.merged import MergedRows


class Exports:
    """Runs exports in the background, and keeps the rows that they read."""

    def __init__(self) -> None:
        self.folder: Path | None = None
        """Where the last file went."""
        self._following: dict[Export, asyncio.Task[None]] = {}
        self._reading: dict[Export, RowStore | MergedRows] = {}
        self._unwanted: set[RowStore | MergedRows] = set()
        self._closing = False

    @property
    def running(self) -> tuple[Export, ...]:
        """The exports that have not ended, oldest first."""
        return tuple(export for export in self._following if not export.done)

    @property
    def summary(self) -> str:
        """What is under way, in a few words; empty for nothing."""
        running = self.running
        if len(running) > 1:
            return f"{len(running)} exports are running"
        if not running:
            return ""
        progress = running[0].progress
        done = progress.fraction
        part = f"{progress.rows:,} rows" if done is None else f"{done:.0%}"
        return f"exporting: {part}"

    def start(
        self,
        export: Export,
        reads: RowStore | MergedRows | None,
        ended: Callable[[Export], None],
    ) -> None:
        """Begin an export.

        Args:
            export: What to begin.
            reads: The rows that it reads; `release` keeps them until it has ended.
            ended: Called at the end, unless that is the program's.
        """
        self.folder = export.path.parent
        if reads is not None:
            self._reading[export] = reads
        export.start()
        self._following[export] = asyncio.create_task(self._follow(export, ended))

    async def _follow(self, export: Export, ended: Callable[[Export], None]) -> None:
        await export.wait()
        self._following.pop(export, None)
        rows = self._reading.pop(export, None)
        if rows in self._unwanted and rows not in self._reading.values():
            self._unwanted.discard(rows)
            await rows.close()
        if not self._closing:
            ended(export)

    async def release(self, rows: RowStore | MergedRows) -> None:
        """Close rows that nobody looks at any more, once no export reads them."""
        if rows in self._reading.values():
            self._unwanted.add(rows)
        else:
            await rows.close()

    async def close(self) -> None:
        """Cancel all that is under way; bounded. No half file is left."""
        self._closing = True
        following = list(self._following.items())
        await asyncio.gather(*(export.cancel() for export, _ in following))
        for _, task in following:
            task.cancel()
        await asyncio.gather(*(task for _, task in following), return_exceptions=True)
