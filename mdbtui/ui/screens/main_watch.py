"""The part of the main screen that watches a tab's statement."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from textual import work
from textual.app import SystemCommand
from textual.binding import Binding, BindingType

from mdbtui.config.targets import is_production
from mdbtui.query.history_entries import DONE
from mdbtui.ui.keymaps import named
from mdbtui.ui.screens.main_fanout import FanOutKeys

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from mdbtui.config import ConnectionSpec
    from mdbtui.query.rounds import Rounds
    from mdbtui.sql import Statement
    from mdbtui.sql.reading import Verdict
    from mdbtui.ui.runner import PaneRunner


class WatchKeys(FanOutKeys):
    """Runs a tab's statement again and again, on all of its databases."""

    BINDINGS = [
        Binding("alt+w", "watch", "Watch: run it again and again", priority=True),
    ]

    _watch_seconds = 2.0

    def fan_out_commands(self) -> Iterable[SystemCommand]:
        """What the command palette offers."""
        yield from super().fan_out_commands()
        yield from self.offered(WatchKeys.BINDINGS)

    def offered(self, bindings: Sequence[BindingType]) -> Iterable[SystemCommand]:
        """Return palette commands for bindings."""
        for binding in named("", bindings):
            yield SystemCommand(
                binding.description,
                self.keymap.palette(binding),
                partial(self.run_action, binding.action),
            )

    def action_watch(self) -> None:
        """Watch the statement at the cursor, or the selection."""
        from mdbtui.sql.psql import Command, CopyWithData
        from mdbtui.sql.reading import Reading, reading

        runner = self.panes.active
        statements = runner.pane.editor.steps()
        specs = self._watched(runner)
        if len(statements) != 1:
            count = f"not {len(statements)}" if statements else "none is at the cursor"
            self._refuse(f"One statement at a time is watched: {count}.")
        elif isinstance(statements[0], Command | CopyWithData):
            self._refuse(r"psql's commands are not watched; they have \watch.")
        elif specs:
            verdict = reading(statements[0].text)
            if verdict.reading in (Reading.WRITES, Reading.ALONE):
                self._refuse(
                    f"Only what reads is watched: {verdict.why}. \\watch behind it"
                    " repeats also what writes, after a question."
                )
            else:
                self._watch_statement(runner, statements[0], specs, verdict)

    def _watched(self, runner: PaneRunner) -> Sequence[ConnectionSpec]:
        """Return the tab's databases; if there are none, that is said or mended."""
        if runner.tab.targets:
            if not runner.targets:
                self._refuse(
                    "No connection is meant by this tab's targets ({key.targets})."
                )
            return runner.targets
        db_id = runner.talk.db_id
        spec = self._services.connection(db_id) if db_id is not None else None
        if spec is None:
            self.call_later(self.run_action, "switch")
            return ()
        return (spec,)

    @work(group="dialogue", exit_on_error=False)
    async def _watch_statement(
        self,
        runner: PaneRunner,
        statement: Statement,
        specs: Sequence[ConnectionSpec],
        verdict: Verdict,
    ) -> None:
        from mdbtui.query.rounds import Rounds
        from mdbtui.ui.screens.watch import WatchScreen

        if verdict.why and not await self._may_repeat(specs, verdict):
            return
        filled = await self._filled(runner, statement, specs)
        if filled is None:
            return

        def make(changed: Callable[[], None]) -> Rounds:
            return Rounds(
                self._services.pools,
                [spec.name for spec in specs],
                filled,
                seconds=self._watch_seconds,
                budget=self._services.budget,
                changed=changed,
            )

        history = self._services.history
        where = specs[0].name if len(specs) == 1 else f"{len(specs)} databases"
        noted = history.began(where, statement.text)

        def left(seconds: float) -> None:
            self._watch_seconds = seconds
            history.ended(noted, DONE, tag="watched")

        null_text = self._services.config.null_text
        self.app.push_screen(WatchScreen(make, null_text, left))

    async def _may_repeat(
        self, specs: Sequence[ConnectionSpec], verdict: Verdict
    ) -> bool:
        """Ask before something that may do more than read is run again and again."""
        from mdbtui.ui.screens.ask import ConfirmScreen

        production = [spec.name for spec in specs if is_production(spec)]
        if production:
            return await self._typed(production, verdict)
        question = ConfirmScreen(
            "Watch what may do more than read?",
            f"{verdict.why}. It would run every {self._watch_seconds:g} s. The servers"
            " let it write nothing to tables, but not all effects are that.",
            "Watch it",
        )
        return await self.app.push_screen_wait(question) is True
