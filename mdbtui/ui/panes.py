"""The open query panes: which there are, which is in front, and what each runs."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from mdbtui.ui.runner import PaneRunner
from mdbtui.ui.transactions import mark
from mdbtui.ui.widgets.query_pane import QueryPane
from mdbtui.ui.widgets.strips import Tab

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mdbtui.ui.services import Services
    from mdbtui.ui.widgets.workspace import Workspace

MAX_PANES = 50


class Panes:
    """The query panes of the workspace, in the order of their tabs.

    There is always at least one: a key may come before the first frame does.

    Args:
        workspace: Where the panes are mounted and their tabs shown.
        services: Where sessions come from.
        changed: Called when something is to be drawn anew.
        db_id: The first pane's database.
    """

    def __init__(
        self,
        workspace: Workspace,
        services: Services,
        changed: Callable[[], None],
        db_id: str | None,
    ) -> None:
        self._workspace = workspace
        self._services = services
        self._changed = changed
        self._front = 0
        self._serial = 0
        self._equip: Callable[[PaneRunner], None] = lambda runner: None
        first = self._make(db_id)
        self._runners = [first]
        workspace.first_pane(first.pane)

    def _make(
        self, db_id: str | None, text: str = "", number: int | None = None
    ) -> PaneRunner:
        if number is None:
            (number,) = self.reserve(1)
        pane = QueryPane(number, text, self._services.config.null_text)
        runner = PaneRunner(pane, self._services, self._changed)
        runner.talk.db_id = db_id
        self._equip(runner)
        return runner

    def equip(self, equip: Callable[[PaneRunner], None]) -> None:
        """Call this with every pane: those there are, and each that comes."""
        self._equip = equip
        for runner in self._runners:
            equip(runner)

    def __iter__(self) -> Iterator[PaneRunner]:
        return iter(self._runners)

    @property
    def active(self) -> PaneRunner:
        """The pane in front."""
        return self._runners[self._front]

    @property
    def any_running(self) -> bool:
        """A statement runs in some pane."""
        return any(runner.talk.running for runner in self._runners)

    async def open(self, db_id: str | None, text: str = "") -> PaneRunner | None:
        """Open a pane on a database and bring it to the front.

        Returns:
            The new pane; None when there are as many as can be.
        """
        if len(self._runners) >= MAX_PANES:
            return None
        runner = self._make(db_id, text)
        self._runners.append(runner)
        await self._workspace.add_pane(runner.pane)
        self.bring(runner)
        return runner

    def reserve(self, count: int) -> range:
        """Return so many numbers for panes that are yet to come."""
        first = self._serial + 1
        self._serial += count
        return range(first, self._serial + 1)

    async def add(
        self, db_id: str | None, place: int, number: int
    ) -> PaneRunner | None:
        """Add an empty pane behind the one in front, at a place in the row of tabs.

        Returns:
            The new pane; None when there are as many as can be.
        """
        if len(self._runners) >= MAX_PANES:
            return None
        runner = self._make(db_id, number=number)
        runner.pane.add_class("-hidden")
        active = self.active
        self._runners.insert(place, runner)
        self._front = self._runners.index(active)
        await self._workspace.add_pane(runner.pane)
        return runner

    def move(self, runner: PaneRunner, by: int) -> None:
        """Move a pane's tab to the right (1) or left (-1), round the ends."""
        active = self.active
        place = (self._runners.index(runner) + by) % len(self._runners)
        self._runners.remove(runner)
        self._runners.insert(place, runner)
        self._front = self._runners.index(active)
        self._changed()

    async def close(self, runner: PaneRunner) -> None:
        """Close a pane, its session and what it runs; the last one is emptied."""
        if len(self._runners) == 1:
            await self.open(runner.talk.db_id)
        place = self._runners.index(runner)
        self._runners.remove(runner)
        self._front = max(0, min(self._front, len(self._runners) - 1))
        if place <= self._front and place:
            self._front = min(place, len(self._runners)) - 1
        self.bring(self._runners[self._front])
        await runner.close()
        await runner.pane.remove()

    def bring(self, runner: PaneRunner) -> None:
        """Show this pane and hide the others."""
        self._front = self._runners.index(runner)
        for other in self._runners:
            other.pane.set_class(other is not runner, "-hidden")
        self._changed()

    def step(self, by: int) -> PaneRunner:
        """Bring the next (1) or previous (-1) pane to the front and return it."""
        runner = self._runners[(self._front + by) % len(self._runners)]
        self.bring(runner)
        return runner

    def by_key(self, key: str) -> PaneRunner | None:
        """Return the pane whose tab has this key."""
        return next((r for r in self._runners if str(r.pane.number) == key), None)

    def show_tabs(self) -> None:
        """Draw the tabs."""
        tabs = [
            Tab(
                str(runner.pane.number),
                f"{'▸ ' if runner.talk.running else mark(runner.talk.session)}"
                f"{runner.title}",
                closable=len(self._runners) > 1,
            )
            for runner in self._runners
        ]
        self._workspace.strip.show(tabs, str(self.active.pane.number))

    async def close_sessions(self) -> None:
        """Cancel what runs and end every session."""
        await asyncio.gather(*(runner.close() for runner in self._runners))
