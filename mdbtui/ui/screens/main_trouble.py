"""The part of the main screen that is there for the demo: its tenants, its troubles."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from textual import work
from textual.app import SystemCommand

from mdbtui.ui.screens.main_panes import PaneScreen

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mdbtui.ui.services import Services

SECONDS = 12.0


class TroubleKeys(PaneScreen):
    """Palette commands only, and only while the demo runs."""

    _services: Services

    def trouble_commands(self) -> Iterable[SystemCommand]:
        """What the palette offers."""
        if not self._services.has_demo:
            return
        from mdbtui.demo.trouble import KINDS

        yield SystemCommand(
            "Demo: ask all tenants at once",
            "A tab with a statement for all: one deviates, one is down",
            self._open_tenants,
        )
        for kind in KINDS:
            yield SystemCommand(
                f"Trouble: {kind.title}",
                "Staged on the demo's server, to be found and mended",
                partial(self._stage, kind.key),
            )
        yield SystemCommand(
            "Trouble: end",
            "End what was staged, and say what it was",
            self._end_trouble,
        )

    @work(group="tabs", exit_on_error=False)
    async def _open_tenants(self) -> None:
        from mdbtui.ui.demo_tab import tenants_tab

        runner = await tenants_tab(self._services, self.panes)
        if runner is None:
            self.notify("There is no room for a tab.", severity="warning")
        else:
            self.panes.bring(runner)
            self.set_focus(runner.pane.editor)

    def _stage(self, key: str) -> None:
        kind = self._services.trouble.stage(key)
        self._say_trouble(kind.hint, f"Trouble: {kind.title}")

    @work(group="trouble", exclusive=True, exit_on_error=False)
    async def _end_trouble(self) -> None:
        ended = await self._services.trouble.end()
        if not ended:
            self._say_trouble("None was staged.", "Trouble: end")
        for kind in ended:
            self._say_trouble(kind.cause, f"It was: {kind.title}")

    def _say_trouble(self, text: str, title: str) -> None:
        self.notify(text, title=title, timeout=SECONDS, markup=False)
