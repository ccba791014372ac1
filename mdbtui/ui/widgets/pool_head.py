"""The panel's upper part: one database in full, or all of them together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from mdbtui.pool import FleetStats, History
from mdbtui.ui.widgets import pool_kept, pool_lines

if TYPE_CHECKING:
    from mdbtui.pool import Holder, PoolStats
    from mdbtui.ui.widgets.line_text import Line


LEAST = 4
"""Lines about a pool that connections kept by sessions do not take."""


class Source(Protocol):
    """Where the panel reads what it shows of few pools only."""

    def history(self, db_id: str) -> History:
        """The history of a pool."""
        ...

    def kept(self, db_id: str) -> Sequence[Holder]:
        """Who keeps a connection of a pool for its session."""
        ...

    def total(self) -> PoolStats:
        """All pools together."""
        ...

    def total_history(self) -> History:
        """Their history."""
        ...


class PanelHead:
    """What is shown there, how far back, and whether it stands still."""

    def __init__(self) -> None:
        self.source: Source | None = None
        self.window = pool_lines.WINDOWS[1]
        self.in_total = self.paused = False
        self._kept: dict[str, History] = {}

    def next_window(self) -> None:
        """Show the next length of time."""
        windows = pool_lines.WINDOWS
        self.window = windows[(windows.index(self.window) + 1) % len(windows)]

    def pause(self) -> None:
        """Stand still, or go on."""
        self._kept.clear()
        self.paused = not self.paused

    def lines(
        self, fleet: FleetStats, shown: PoolStats | None, width: int, room: int
    ) -> list[Line]:
        """The lines about a database, or about all.

        Args:
            fleet: All pools.
            shown: The one at hand.
            width: Cells in a line.
            room: Lines at most.
        """
        source = self.source
        if self.in_total and source is not None:
            shown = source.total()
        if shown is None:
            return []
        kept: list[Holder] = []
        if source is not None and shown.pinned:
            ids = [pool.db_id for pool in fleet.pools if pool.pinned]
            for db_id in ids if self.in_total else [shown.db_id]:
                kept += source.kept(db_id)
        tail = pool_kept.lines(kept, width, max(0, room - LEAST))
        past, left = self._past(shown.db_id), max(1, room - len(tail))
        head = pool_lines.head_lines(shown, past, width, left, window=self.window)
        return [*head, *tail]

    def _past(self, db_id: str) -> History:
        """A pool's history; while paused, as it was when it was first looked at."""
        source = self.source
        if source is None:
            return History(())
        if self.paused and db_id in self._kept:
            return self._kept[db_id]
        past = source.history(db_id) if db_id else source.total_history()
        if self.paused:
            self._kept[db_id] = past
        return past
