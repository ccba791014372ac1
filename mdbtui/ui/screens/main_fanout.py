"""The part of the main screen that runs a tab's statement on many databases."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from textual import work
from textual.app import SystemCommand
from textual.binding import Binding

from mdbtui.config.targets import TargetChoice, is_production
from mdbtui.pool import BreakerState, PoolError
from mdbtui.ui.fanout_values import filled_once
from mdbtui.ui.keymaps import named
from mdbtui.ui.screens import late
from mdbtui.ui.screens.main_writes import WriteKeys

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mdbtui.config import ConnectionSpec
    from mdbtui.query.fanout import FanOut
    from mdbtui.sql import Statement
    from mdbtui.sql.reading import Verdict
    from mdbtui.ui.runner import PaneRunner
    from mdbtui.ui.services import Services
    from mdbtui.ui.widgets.fanout_view import FanOutView

NAMES_SHOWN = 8
ROWS_EACH = 100_000
"""So many rows are fetched of each database; `mdbtui query` writes any number."""
VERDICT_ROWS = 20_000
"""Answers of at most so many rows are compared without being asked."""


class FanOutKeys(WriteKeys):
    """Targets of a tab, and its statement on all of them.

    What runs and draws a fan-out is imported at the first one.
    """

    BINDINGS = [
        Binding("alt+t", "targets", "Databases the tab runs on", priority=True),
        Binding("alt+d", "differences", "Differences between databases", priority=True),
    ]

    _services: Services
    _last_choice = TargetChoice()

    def fan_out_commands(self) -> Iterable[SystemCommand]:
        """What the command palette offers."""
        for binding in named("", [*FanOutKeys.BINDINGS, *WriteKeys.BINDINGS]):
            yield SystemCommand(
                binding.description,
                self.keymap.palette(binding),
                partial(self.run_action, binding.action),
            )

    # ---- targets -------------------------------------------------------------------

    @work(group="dialogue", exit_on_error=False)
    async def action_targets(self) -> None:
        """Choose the databases that the tab in front runs on."""
        from mdbtui.ui.screens.targets import TargetsScreen

        runner = self.panes.active
        stats = {each.db_id: each for each in self._services.pools.snapshot().pools}
        states = {
            name: "down" if each.breaker is not BreakerState.CLOSED else ""
            for name, each in stats.items()
        }
        choice = await self.app.push_screen_wait(
            TargetsScreen(
                self._services.connections,
                runner.tab.targets or self._last_choice,
                states,
            )
        )
        if choice is not None:
            runner.tab.targets = choice
            self._last_choice = choice or self._last_choice
            self.pane_changed()

    def pane_changed(self) -> None:
        """Draw anew what depends on the panes."""
        raise NotImplementedError

    # ---- run -----------------------------------------------------------------------

    def fan_out(self, runner: PaneRunner, statements: Sequence[Statement]) -> None:
        """Run a statement on all of a tab's databases, if that may be."""
        from mdbtui.sql.psql import Command, CopyWithData
        from mdbtui.sql.reading import Reading, reading

        specs = runner.targets
        if not specs:
            self._refuse(
                "No connection is meant by this tab's targets ({key.targets})."
            )
        elif len(statements) != 1:
            self._refuse(
                f"One statement at a time runs on several databases, not"
                f" {len(statements)}."
                if statements
                else "There is no statement at the cursor."
            )
        elif isinstance(statements[0], Command | CopyWithData):
            self._refuse(
                "psql's commands run on one database: not on targets ({key.targets})."
            )
        else:
            verdict = reading(statements[0].text)
            if verdict.reading is Reading.ALONE:
                self._refuse(
                    f"It runs on one database at a time: {verdict.why}. Nothing was"
                    " run. Without targets ({key.targets}) the tab runs on its own"
                    " database."
                )
            elif verdict.reading is Reading.WRITES or self.may_write:
                self.write_out(runner, statements[0], specs)
            else:
                self._fan_out(runner, statements[0], specs, verdict)

    @work(group="run", exit_on_error=False)
    async def _fan_out(
        self,
        runner: PaneRunner,
        statement: Statement,
        specs: Sequence[ConnectionSpec],
        verdict: Verdict,
    ) -> None:
        from mdbtui.query.fanout import FanOut
        from mdbtui.query.fanout_slots import Limits

        production = [spec.name for spec in specs if is_production(spec)]
        if verdict.why and production and not await self._typed(production, verdict):
            return
        filled = await self._filled(runner, statement, specs)
        if filled is None:
            return
        if runner.talk.running:  # something began while the question was open
            self._refuse("A statement runs here. {key.cancel} cancels it.")
            return
        fan = FanOut(
            self._services.pools,
            [spec.name for spec in specs],
            filled,
            limits=Limits(rows_each=ROWS_EACH),
            budget=self._services.budget,
            holder=f"tab {runner.pane.number}",
        )
        await runner.fan_out(fan)
        await self._judge(runner, fan)

    async def _filled(
        self,
        runner: PaneRunner,
        statement: Statement,
        specs: Sequence[ConnectionSpec],
    ) -> Statement | None:
        """Have a statement's values given; None if they were not, or can't be."""
        try:
            return await filled_once(
                self._services, self.director.fill, specs, statement
            )
        except PoolError as error:
            runner.show_error(statement, error)
            return None

    async def _typed(self, production: list[str], verdict: Verdict) -> bool:
        """Have a production database's name typed."""
        name = production[0]
        shown = ", ".join(production[:NAMES_SHOWN])
        more = f" and {len(production) - NAMES_SHOWN} more" * (
            len(production) > NAMES_SHOWN
        )
        answer = await self.app.push_screen_wait(
            late.AskScreen(
                "Run it in production?",
                f"It may do more than read: {verdict.why}. The servers let it write"
                f" nothing to tables, but not all effects are that.\n\nProduction:"
                f" {shown}{more}\n\nType {name} to run it.",
            )
        )
        if answer is None or answer.strip() != name:
            self._refuse("Nothing was run: the name was not typed.")
            return False
        return True

    def on_fan_out_view_again_requested(self, event: FanOutView.AgainRequested) -> None:
        """Run a fan-out's statement again where the tab is now."""
        event.stop()
        self.run_statement(event.view.statement)

    def on_fan_out_view_asked(self, event: FanOutView.Asked) -> None:
        """Run again on some databases of a fan-out, or cancel them."""
        event.stop()
        runner = self.panes.active
        fan = event.view.fan
        if event.what == "cancel":
            self._cancel_some(fan, event.db_ids)
        elif event.what == "report":
            self.show_report(fan)
        elif fan.writes:
            self.write_again(runner, event.view, event.db_ids)
        elif runner.talk.running and not fan.over.is_set():
            fan.retry(event.db_ids)  # the run that is under way waits for them, too
        elif runner.talk.running:
            self._refuse("A statement runs here. {key.cancel} cancels it.")
        else:
            self._run_again_on(runner, event.view, event.db_ids)

    @work(group="run", exit_on_error=False)
    async def _run_again_on(
        self, runner: PaneRunner, view: FanOutView, db_ids: Sequence[str]
    ) -> None:
        view.say_verdict("")
        await runner.fan_out_again(view.fan, db_ids)
        await self._judge(runner, view.fan)

    @work(group="cancel", exit_on_error=False)
    async def _cancel_some(self, fan: FanOut, db_ids: Sequence[str]) -> None:
        await fan.cancel(db_ids)

    def on_fan_out_view_opened(self, event: FanOutView.Opened) -> None:
        """Show one database's part in full."""
        from mdbtui.query.merged_columns import DATABASE
        from mdbtui.ui.screens.cell import CellScreen
        from mdbtui.ui.widgets.fanout_words import describe_outcome

        event.stop()
        text = describe_outcome(event.outcome, event.view.statement)
        self.app.push_screen(CellScreen(text, DATABASE, place=event.outcome.db_id))

    # ---- differences ---------------------------------------------------------------

    async def _judge(self, runner: PaneRunner, fan: FanOut) -> None:
        """Say beside a small result whether it is the same everywhere."""
        from mdbtui.query.differ import answers_of, compare
        from mdbtui.query.fanout_outcome import State

        view = runner.pane.results.fan_out_of(fan)
        done = [i for i, o in enumerate(fan.outcomes) if o.state is State.DONE]
        if view is None or len(done) < 2 or fan.rows.count > VERDICT_ROWS:
            return
        if not fan.rows.has_parts or fan.rows.truncated:
            return
        from mdbtui.query.daemon import in_daemon_thread

        answers = await answers_of(fan.rows, done)
        found = await in_daemon_thread(lambda: compare(answers))
        if view.is_mounted and fan.over.is_set():
            view.say_verdict(found.verdict)

    def action_differences(self) -> None:
        """Show which databases of the fan-out in front deviate, and in what."""
        from mdbtui.ui.screens.differences import DifferencesScreen

        view = self.panes.active.pane.results.fan_out
        if view is None:
            self._refuse(
                "No result of several databases is in front:"
                " {key.targets} chooses them."
            )
        elif not view.fan.over.is_set():
            self._refuse("Not all databases have answered yet.")
        else:
            self.app.push_screen(DifferencesScreen(view.fan))
