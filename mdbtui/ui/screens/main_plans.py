"""The part of the main screen that explains statements and compares plans."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import work

from mdbtui.pool import PoolError, QueryError
from mdbtui.sql import classify
from mdbtui.ui.report import statement_label
from mdbtui.ui.safe import safe
from mdbtui.ui.screens import late
from mdbtui.ui.screens.main_running import RunScreen

if TYPE_CHECKING:
    from mdbtui.query.plan import Plan
    from mdbtui.query.session import Session
    from mdbtui.sql import Statement
    from mdbtui.ui.runner import PaneRunner
    from mdbtui.ui.widgets.plan_view import PlanView

CALLS_LIMIT = 200
_STAYS = (
    "What it does to tables is undone. Sequences it takes numbers from, and what "
    "functions or triggers do outside the transaction, stay as they will be then. "
    "Its locks are held until it is over."
)


class PlanScreen(RunScreen):
    """Explains the statement at the cursor; asks before anything is written.

    What reads and draws plans is imported at the first one.
    """

    def action_explain(self) -> None:
        """Show how the statement at the cursor would be carried out."""
        self._explain_at_cursor(analyze=False)

    def action_analyze(self) -> None:
        """Run the statement at the cursor, measure it, and roll it back."""
        self._explain_at_cursor(analyze=True)

    def _explain_at_cursor(self, *, analyze: bool) -> None:
        from mdbtui.sql.explained import explained

        runner = self.panes.active
        statements = runner.pane.editor.statements()
        if runner.talk.running:
            self.notify(
                "A statement runs here. {key.cancel} cancels it.", severity="warning"
            )
        elif runner.talk.db_id is None:
            self.notify("No database: {key.switch} chooses one.", severity="warning")
        elif len(statements) > 1:
            self.notify("Several statements are selected.", severity="warning")
        elif not statements:
            self.notify("There is no statement at the cursor.", severity="warning")
        elif (part := explained(statements[0])) is None:
            self.notify(
                "Only queries and statements that change rows have a plan.",
                severity="warning",
            )
        else:
            self._explain(runner, part, analyze)

    def on_plan_view_again_requested(self, event: PlanView.AgainRequested) -> None:
        """Explain once more what a plan is of, where the tab is now."""
        runner = self.panes.active
        if not runner.talk.running and runner.talk.db_id is not None:
            view = event.view
            self._explain(runner, view.statement, view.plan.analyzed)

    @work(group="run", exit_on_error=False)
    async def _explain(
        self, runner: PaneRunner, statement: Statement, analyze: bool
    ) -> None:
        from mdbtui.query.explain import READ_ONLY_REFUSED
        from mdbtui.query.plan import PlanError
        from mdbtui.sql.explained import lasting_calls

        asked = False
        try:
            filled = await runner.filled(self.director.fill, statement)
        except PoolError as error:
            runner.show_error(statement, error)
            return
        if filled is None:
            return
        statement = filled
        if analyze:
            calls = ", ".join(lasting_calls(statement.text))
            writes = classify(statement.text).writes
            if calls or writes:
                asked = await self._may_run(
                    runner, statement, _STAYS if writes else "", calls=calls
                )
                if not asked:
                    return
        try:
            try:
                await self._bring_plan(runner, statement, analyze, may_write=asked)
            except QueryError as error:
                if not analyze or asked or error.sqlstate != READ_ONLY_REFUSED:
                    raise
                # The server has found a write that the text does not show.
                found = f"It writes ({error.message}). {_STAYS}"
                if await self._may_run(runner, statement, found):
                    await self._bring_plan(runner, statement, analyze, may_write=True)
        except PlanError as error:
            self.notify(f"{error}.".capitalize(), severity="error", markup=False)
        except PoolError as error:
            runner.show_error(statement, error)

    async def _bring_plan(
        self,
        runner: PaneRunner,
        statement: Statement,
        analyze: bool,
        *,
        may_write: bool,
    ) -> None:
        from mdbtui.query.explain import explain

        async def job(session: Session) -> Plan:
            return await explain(
                session, statement, analyze=analyze, may_write=may_write
            )

        if runner.talk.running:  # something was started while the question was open
            self.notify(
                "A statement runs here. {key.cancel} cancels it.", severity="warning"
            )
            return
        await runner.explain(statement, job)
        if runner is self.panes.active and not runner.pane.editor.has_focus:
            self.set_focus(runner.pane.results.front)

    async def _may_run(
        self, runner: PaneRunner, statement: Statement, why: str, *, calls: str = ""
    ) -> bool:
        session = runner.talk.session
        within = session is not None and session.in_transaction
        end = "rolled back to a savepoint" if within else "rolled back"
        title, yes = "Run it and roll it back?", "Run and roll back"
        if calls:
            title, yes = "Run it? Not all can be rolled back", "Run it all the same"
            why = f"It calls {safe(calls, CALLS_LIMIT)}: no rollback undoes that. {why}"
        text = (
            f"{statement_label(statement)}\n\n"
            f"To be measured it is run on {runner.talk.db_id}, then {end}. {why}"
        )
        question = late.ConfirmScreen(title, text, yes)
        answer: bool = await self.app.push_screen_wait(question)
        return answer

    def on_plan_view_compare_requested(self, event: PlanView.CompareRequested) -> None:
        """Compare a plan with another one, of any tab."""
        self._compare(event.view)

    @work(group="dialogue", exit_on_error=False)
    async def _compare(self, view: PlanView) -> None:
        from mdbtui.ui.screens.compare import CompareScreen

        others = [
            (f"{runner.title} · {label}", other)
            for runner in self.panes
            for label, other in runner.pane.results.plans
            if other is not view
        ]
        if not others:
            self.notify("There is no other plan yet. P keeps one through other runs.")
            return
        chosen = 0
        if len(others) > 1:
            choices = [(str(i), label, "") for i, (label, _) in enumerate(others)]
            answer = await self.app.push_screen_wait(
                late.ChooseScreen("Compare with", choices[::-1])
            )
            if answer is None:
                return
            chosen = int(answer)
        self.app.push_screen(CompareScreen(others[chosen][1].plan, view.plan))
