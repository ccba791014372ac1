"""The part of the main screen that begins and ends transactions."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Literal

from textual import work
from textual.app import SystemCommand
from textual.binding import Binding, BindingType

from mdbtui.pool import PoolError
from mdbtui.sql.identifiers import quote_ident
from mdbtui.ui.keymaps import named
from mdbtui.ui.safe import safe, safe_multiline
from mdbtui.ui.screens import late
from mdbtui.ui.screens.main_panes import PaneScreen

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mdbtui.query import Session
    from mdbtui.query.transaction import Transaction
    from mdbtui.ui.runner import PaneRunner
    from mdbtui.ui.services import Services
    from mdbtui.ui.transactions import IdleWatch

TEXT_LIMIT = 800

# Most terminals send alt+b as they send ctrl+left.
KEYS: list[BindingType] = [
    Binding("alt+m", "toggle_manual", "Auto-commit or manual commit", priority=True),
    Binding("alt+shift+b,alt+b", "begin", "Begin a transaction", priority=True),
    Binding("alt+c", "commit", "Commit", priority=True),
    Binding("alt+z", "roll_back", "Roll back", priority=True),
    Binding("alt+v", "savepoints", "Savepoints: set, roll back to", priority=True),
    Binding("alt+u", "let_go", "Let the tab's connection go", priority=True),
]
_ONLY_COMMANDS = (
    (
        "Begin a read-only transaction",
        "What writes is refused in it",
        "begin('read only')",
    ),
    (
        "Begin a serializable transaction",
        "As if it ran alone",
        "begin('isolation level serializable')",
    ),
    (
        "Undo only the statement that fails",
        "In a transaction each gets a savepoint of its own; again: not any more",
        "toggle_guarded",
    ),
    (
        "What became of the transaction?",
        "Ask the server after a connection was lost in COMMIT",
        "ask_outcome",
    ),
)


class TransactionScreen(PaneScreen):
    """Transactions, savepoints, and the connection that a tab keeps."""

    BINDINGS = KEYS
    _services: Services
    _watch: IdleWatch | None = None
    _marks: tuple[str, ...] = ()

    def pane_changed(self) -> None:
        """Draw anew what depends on the panes."""
        raise NotImplementedError

    def transaction_commands(self) -> Iterable[SystemCommand]:
        """What the palette offers for transactions."""
        bound = [
            (key.description, self.keymap.palette(key), key.action)
            for key in named("", KEYS)
        ]
        for title, text, action in (*bound, *_ONLY_COMMANDS):
            yield SystemCommand(title, text, partial(self.run_action, action))

    # ---- modes ---------------------------------------------------------------------

    def action_toggle_manual(self) -> None:
        """Switch between auto-commit and manual commit; remembered with the tab."""
        runner = self.panes.active
        runner.manual = not runner.manual
        session = runner.talk.session
        text = (
            "Manual commit: a transaction begins with the next statement that needs "
            "one. {key.commit} commits, {key.roll_back} rolls back."
            if runner.manual
            else "Auto-commit: each statement is committed at once."
        )
        if not runner.manual and session is not None and session.in_transaction:
            text += " The open transaction stays open until {key.commit}"
            text += " or {key.roll_back}."
        self.notify(text)
        self.pane_changed()

    def action_toggle_guarded(self) -> None:
        """Give each statement of a transaction a savepoint of its own, or not."""
        runner = self.panes.active
        runner.guarded = not runner.guarded
        self.notify(
            "In a transaction, a statement that fails undoes only itself."
            if runner.guarded
            else "A statement that fails makes its transaction fail."
        )

    # ---- begin and end -------------------------------------------------------------

    def _why_not(self) -> str:
        """Why the tab in front can't do anything now; empty if it can."""
        runner = self.panes.active
        if runner.talk.running:
            return "A statement runs here. {key.cancel} cancels it."
        if runner.talk.db_id is None:
            return "No database: {key.switch} chooses one."
        return ""

    def _ready(self) -> PaneRunner | None:
        """Return the tab in front, unless it is busy or has no database."""
        if why := self._why_not():
            self.notify(why, severity="warning")
            return None
        return self.panes.active

    def _in_transaction(self) -> tuple[PaneRunner, Session] | None:
        runner = self._ready()
        if runner is None:
            return None
        session = runner.talk.session
        if session is None or not session.in_transaction:
            self.notify("No transaction is open in this tab.", severity="warning")
            return None
        return runner, session

    @work(group="run", exit_on_error=False)
    async def action_begin(self, how: str = "") -> None:
        runner = self._ready()
        if runner is None:
            return
        session = runner.talk.session
        if session is not None and session.in_transaction:
            text = "A transaction is open here already."
            text += " {key.savepoints} sets a savepoint in it."
            self.notify(text, severity="warning")
            return
        await self._control(runner, f"begin {how}".strip())

    @work(group="run", exit_on_error=False)
    async def action_commit(self) -> None:
        session = self.panes.active.talk.session
        if session is not None and not session.in_transaction and session.state.doubt:
            await self._ask_outcome()
        elif found := self._in_transaction():
            runner, session = found
            if session.transaction_failed:
                self.notify(
                    "The transaction has failed and can't be committed: "
                    "{key.roll_back} rolls it back,"
                    " {key.savepoints} back to a savepoint.",
                    severity="warning",
                )
            else:
                await self._control(runner, "commit")

    @work(group="run", exit_on_error=False)
    async def action_roll_back(self) -> None:
        if not (found := self._in_transaction()):
            return
        runner, session = found
        now = session.state.transaction
        if now is not None and now.wrote and now.broken is None:
            from mdbtui.ui.transactions import losses

            question = late.ConfirmScreen("Roll back?", losses(session), "Roll back")
            if not await self.app.push_screen_wait(question) or runner.talk.running:
                return
        await self._control(runner, "rollback")

    async def _control(self, runner: PaneRunner, sql: str) -> None:
        await runner.control(sql)
        self._services.completing.ran(runner.talk)
        if runner.talk.changed_catalog and runner.talk.db_id is not None:
            self.sidebar.reload(runner.talk.db_id)

    # ---- savepoints ----------------------------------------------------------------

    @work(group="run", exit_on_error=False)
    async def action_savepoints(self) -> None:
        title, refused = "Savepoints", self._why_not()
        session = (runner := self.panes.active).talk.session
        now = session.state.transaction if session is not None else None
        choices: list[tuple[str, str, str]] = []
        if not refused and (session is None or now is None):
            refused = "No transaction is open in this tab."
        elif now is not None and not refused:
            choices = _savepoint_choices(now)
            if not choices:
                refused = "The transaction has failed, and it has no savepoint."
                refused += " {key.roll_back} ends it."
        if refused:
            await self.app.push_screen_wait(late.RefusedScreen(title, refused))
            return
        sql = await self.app.push_screen_wait(late.ChooseScreen(title, choices))
        if sql is None or session is None:
            return
        if not runner.talk.running and session.in_transaction:
            await self._control(runner, sql)

    # ---- the connection ------------------------------------------------------------

    @work(group="run", exit_on_error=False)
    async def action_let_go(self) -> None:
        runner = self._ready()
        if runner is None:
            return
        session = runner.talk.session
        if session is None or not session.pinned:
            self.notify("This tab keeps no connection.")
            return
        from mdbtui.ui.transactions import losses

        text = (
            f"Lost with it:\n{losses(session)}\n\n"
            "The connection is ended; the next statement gets another one. "
            "(DISCARD ALL clears a session without a transaction and keeps it.)"
        )
        question = late.ConfirmScreen("Let the connection go?", text, "Let it go")
        if await self.app.push_screen_wait(question) and not runner.talk.running:
            await session.let_go()
            self.notify("The connection was let go.")
            self.pane_changed()

    @work(group="run", exit_on_error=False)
    async def action_ask_outcome(self) -> None:
        await self._ask_outcome()

    async def _ask_outcome(self) -> None:
        from mdbtui.ui.transactions import OUTCOMES

        session = self.panes.active.talk.session
        doubt = session.state.doubt if session is not None else None
        if session is None or doubt is None:
            self.notify("No transaction of this tab is in doubt.")
            return
        if doubt.xid is None:
            text = "Its number is not known, so the server can't be asked."
            self.notify(f"{text} Look at the data.", severity="warning")
            return
        try:
            answer = await session.outcome()
        except PoolError as error:
            words = f"{error.message}\n{error.hint}"
            self._tell(f"Not known yet: {words}", "error")
            return
        text, severity = OUTCOMES.get(answer, OUTCOMES[""])
        self._tell(
            text, "warning" if severity == "warning" else "information", doubt.xid
        )
        self.panes.active.say_done(f"Transaction {doubt.xid}: {text}")

    def _tell(
        self,
        text: str,
        severity: Literal["information", "warning", "error"],
        xid: str = "",
    ) -> None:
        title = f"Transaction {safe(xid, 20)}" if xid else ""
        shown = safe_multiline(text, TEXT_LIMIT)
        self.notify(shown, title=title, severity=severity, markup=False)

    # ---- what happens by itself ----------------------------------------------------

    def watch_sessions(self) -> None:
        """Warn of idle transactions, tell of lost ones; called on the panel's timer."""
        from mdbtui.ui.transactions import IdleWatch, mark

        if self._watch is None:
            self._watch = IdleWatch()
        for runner, text, lost in self._watch.look(self.panes):
            self.notify(
                safe_multiline(text, TEXT_LIMIT),
                title=f"Tab {safe(runner.title, 40)}",
                severity="error" if lost else "warning",
                timeout=20,
                markup=False,
            )
            if lost:
                runner.say_lost(text)
        marks = tuple(mark(runner.talk.session) for runner in self.panes)
        if marks != self._marks:
            self._marks = marks
            self.pane_changed()


def _savepoint_choices(now: Transaction) -> list[tuple[str, str, str]]:
    """What can be done with savepoints: SQL, words and a detail of each."""
    taken = now.savepoints
    fresh = next(n for i in range(len(taken) + 1) if (n := f"sp{i + 1}") not in taken)
    choices = []
    if now.broken is None:
        choices.append((f"savepoint {fresh}", f"set {fresh}", "a new savepoint"))
    # Of several with a name, only the newest can be reached.
    for name in dict.fromkeys(reversed(taken)):
        quoted = quote_ident(name)
        choices.append((f"rollback to savepoint {quoted}", f"roll back to {name}", ""))
        if now.broken is None:
            away = "what was done since stays"
            choices.append((f"release savepoint {quoted}", f"release {name}", away))
    return choices
