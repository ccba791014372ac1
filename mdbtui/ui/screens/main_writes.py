"""The part of the main screen that lets a tab's statement write on many databases."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from textual import work
from textual.binding import Binding

from mdbtui.config import state_dir
from mdbtui.pool import PoolError
from mdbtui.ui.fanout_values import filled_once
from mdbtui.ui.screens.main_running import RunScreen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mdbtui.config import ConnectionSpec
    from mdbtui.query.fanout import FanOut
    from mdbtui.query.writes.fan import WriteOut
    from mdbtui.query.writes.journal import Journal
    from mdbtui.sql import Statement
    from mdbtui.ui.runner import PaneRunner
    from mdbtui.ui.screens.write_confirm import WriteChoice
    from mdbtui.ui.services import Services
    from mdbtui.ui.widgets.fanout_view import FanOutView


LOOK_AFTER = 2.0
"""Seconds after the start, when nobody waits for anything else."""


class WriteKeys(RunScreen):
    """Asks where and how, writes, and says what was committed where.

    What writes is imported when something is to be written.
    """

    BINDINGS = [
        Binding(
            "alt+shift+w",
            "write_on",
            "Run on the databases, let it write",
            priority=True,
        ),
        Binding("alt+y", "follow", "Let the others follow the canary", priority=True),
        Binding(
            "alt+shift+y", "prepared", "Prepared transactions left over", priority=True
        ),
    ]

    _services: Services
    may_write = False
    """The statement that is run now may write, whatever it looks like."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.stopped: list[WriteOut] = []
        """Writes that leaving has stopped: the terminal is told of them."""
        self._looked = False

    def on_mount(self) -> None:
        """Look, once all is shown, whether a run before this one left something."""
        self.set_timer(LOOK_AFTER, self._look_for_left)

    @work(group="dialogue", exit_on_error=False)
    async def _look_for_left(self) -> None:
        if await self._journal().read() and not self._looked:
            self._mark_left(left=True)
            self._refuse(
                "A write on several databases did not come to its end: it may have left"
                " prepared transactions. {key.prepared} shows them."
            )

    def _mark_left(self, *, left: bool) -> None:
        """Say in the status bar that some are left, until they are looked at."""
        self._services.left_prepared = left
        self.pane_changed()

    def _journal(self) -> Journal:
        from mdbtui.query.writes.journal import Journal

        return Journal(state_dir() / "prepared")

    def action_prepared(self) -> None:
        """Show which prepared transactions of ours were left over, and end them."""
        from mdbtui.ui.screens.prepared import PreparedScreen

        self._looked = True
        self._mark_left(left=False)
        self.app.push_screen(PreparedScreen(self._services, self._journal()))

    def _refuse(self, words: str) -> None:
        """Say why nothing is done."""
        self.notify(words, severity="warning", markup=False)

    def action_write_on(self) -> None:
        """Run the statement on the tab's databases, and let it write.

        What calls a function may look as if it only reads.
        """
        if not self.panes.active.tab.targets:
            self._refuse("This tab has no targets: {key.targets} chooses them.")
            return
        self.may_write = True
        try:
            self.action_run()
        finally:
            self.may_write = False

    def action_follow(self) -> None:
        """Let the other databases follow the canary in front."""
        fan = self._writing
        if fan is None or not fan.waits_for_word:
            self._refuse("No databases wait to follow a canary here.")
        else:
            fan.go_on()

    @property
    def _writing(self) -> WriteOut | None:
        view = self.panes.active.pane.results.fan_out
        if view is None or not view.fan.writes:
            return None
        fan: WriteOut = view.fan  # type: ignore[assignment]
        return fan

    @work(group="run", exit_on_error=False)
    async def write_out(
        self,
        runner: PaneRunner,
        statement: Statement,
        specs: Sequence[ConnectionSpec],
    ) -> None:
        """Ask how, and run a statement that writes on many databases."""
        from mdbtui.query.writes.fan import WriteOut

        try:
            filled = await filled_once(
                self._services, self.director.fill, specs, statement
            )
        except PoolError as error:
            runner.show_error(statement, error)
            return
        if filled is None:
            return
        choice = await self._asked_how(runner, filled, specs)
        if choice is None:
            return
        fan = WriteOut(
            self._services.pools,
            choice.names,
            filled,
            how=choice.how,
            canary=choice.canary,
            journal=self._journal(),
            budget=self._services.budget,
            holder=f"tab {runner.pane.number}",
        )
        await runner.fan_out(fan)
        self._wrote(fan)

    async def _asked_how(
        self,
        runner: PaneRunner,
        statement: Statement,
        specs: Sequence[ConnectionSpec],
    ) -> WriteChoice | None:
        """Show all databases and what is to be expected of each, and ask."""
        from mdbtui.query.writes.forecast import Forecasts
        from mdbtui.ui.screens.write_confirm import WriteScreen

        forecasts = Forecasts(
            self._services.pools,
            [spec.name for spec in specs],
            statement,
            self._services.budget,
        )
        try:
            choice = await self.app.push_screen_wait(
                WriteScreen(specs, statement, forecasts)
            )
        finally:
            await forecasts.close()
        if choice is None:
            self.notify("Nothing was run.")
        elif runner.talk.running:  # something began while the question was open
            self._refuse("A statement runs here. {key.cancel} cancels it.")
            return None
        return choice

    @work(group="run", exit_on_error=False)
    async def write_again(
        self, runner: PaneRunner, view: FanOutView, db_ids: Sequence[str]
    ) -> None:
        """Write once more where nothing was committed, after the same question."""
        fan: WriteOut = view.fan  # type: ignore[assignment]
        again = [db_id for db_id in db_ids if fan.outcome(db_id).again]
        found = (self._services.connection(db_id) for db_id in again)
        specs = [spec for spec in found if spec is not None]
        if runner.talk.running:
            self._refuse("A statement runs here. {key.cancel} cancels it.")
        elif not specs:
            self._refuse("Where it is committed, or in doubt, it is not run again.")
        else:
            choice = await self._asked_how(runner, fan.statement, specs)
            if choice is not None:
                fan.how, fan.canary = choice.how, choice.canary
                await runner.fan_out_again(fan, choice.names)
                self._wrote(fan)

    def _wrote(self, fan: WriteOut) -> None:
        """Say what is left; read the names anew where definitions were changed."""
        from mdbtui.query.writes.end import End

        if left := sum(bool(outcome.gid) for outcome in fan.outcomes):
            self._mark_left(left=True)
            self.notify(
                f"{left} of its transactions may be left prepared. They hold their"
                " locks until they are ended: {key.prepared} shows them.",
                severity="error",
            )
        if not (fan.classified.changes_catalog or fan.classified.opaque):
            return
        for outcome in fan.outcomes:
            if outcome.end is End.COMMITTED:
                self.sidebar.reload(outcome.db_id)
                self._services.names.refresh(outcome.db_id)

    def show_report(self, fan: FanOut) -> None:
        """Show what became of each database, to be read, copied and saved."""
        from mdbtui.query.merged_columns import DATABASE
        from mdbtui.ui.screens.cell import CellScreen
        from mdbtui.ui.widgets.fanout_words import describe_fan_out

        self.app.push_screen(
            CellScreen(describe_fan_out(fan), DATABASE, place="what became of each")
        )
