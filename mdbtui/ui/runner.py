"""Brings a query pane and its conversation together."""

from __future__ import annotations

import asyncio
import contextlib
from functools import partial
from typing import TYPE_CHECKING

from rich.text import Text

from mdbtui.pool import PoolError, QueryError
from mdbtui.query.errors import StatementCancelled
from mdbtui.query.history_entries import CANCELLED, DONE, FAILED
from mdbtui.sql import Statement
from mdbtui.ui.conversation import Conversation
from mdbtui.ui.fanout_runs import FanOutRuns
from mdbtui.ui.keymaps import said as hinted
from mdbtui.ui.reading_ahead import read_ahead
from mdbtui.ui.report import (
    describe_error,
    describe_failures,
    describe_notice,
    describe_result,
)
from mdbtui.ui.safe import safe_multiline
from mdbtui.ui.tabs import TabInfo
from mdbtui.ui.transactions import about_error
from mdbtui.ui.values import wants_values
from mdbtui.ui.widgets.message_log import Mood, Said

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Sequence

    from mdbtui.config import ConnectionSpec
    from mdbtui.query import Notice, Result, RowStore, Session
    from mdbtui.query.merged import MergedRows
    from mdbtui.query.plan import Plan
    from mdbtui.ui.director import Director, Fill
    from mdbtui.ui.services import Services
    from mdbtui.ui.widgets.query_pane import QueryPane

LOSS_LIMIT, TELL_LIMIT = 500, 2_000
HOLD_SECONDS = 0.06
"""How long the screen stays as it is for a first answer. Most come sooner, and to
paint an empty grid before them took as long as the rows themselves."""


class PaneRunner(FanOutRuns):
    """Runs a pane's statements and shows in the pane what comes of them.

    Args:
        pane: Where to show.
        services: Where sessions come from.
        changed: Called after each step, so that the status can be drawn anew.
    """

    def __init__(
        self, pane: QueryPane, services: Services, changed: Callable[[], None]
    ) -> None:
        self.pane = pane
        self.tab = TabInfo()
        self._by_hand = services.config.manual_commit
        self._guarded = services.config.statement_savepoints
        self._changed = changed
        self._release = services.exports.release
        self._history = services.history
        self._services = services
        self._meant: tuple[object, tuple[ConnectionSpec, ...]] = (None, ())
        self._noted: int | None = None
        self.holder = holder = f"tab {pane.number}"
        self.talk = Conversation(
            lambda db_id, on_notice: self._set_up(
                services.session(db_id, holder, on_notice)
            ),
            self,
        )
        self.last_error = ""
        self.last_tag = ""
        self._goes_on = False
        self.ran_on = ""
        """The database that gave the results: the pane may have moved on."""
        self.timing = False
        """Each statement's time is told, as psql's \\timing has it."""
        self.expanded = False
        """Results open as records, as psql's \\x has it."""
        self.expand_once = False
        self._leftover: list[RowStore | MergedRows] = []
        self._hold = contextlib.ExitStack()

    @property
    def title(self) -> str:
        """The pane's title for its tab."""
        where = self.talk.db_id or "no database"
        if self.tab.targets:
            where = f"⇉ {len(self.targets)} databases"
        label = self.tab.label(where, self.pane.editor.text)
        return f"{self.pane.number} {label}"

    @property
    def targets(self) -> tuple[ConnectionSpec, ...]:
        """The databases that the tab's targets mean now; none for its own database."""
        known = (self.tab.targets, self._services.connections)
        if self._meant[0] != known:
            self._meant = known, self.tab.targets.select(known[1])
        return self._meant[1]

    def _set_up(self, session: Session) -> Session:
        session.state.manual, session.state.guarded = self.manual, self._guarded
        return session

    @property
    def manual(self) -> bool:
        """Transactions are begun by themselves, and ended by hand."""
        return self.tab.commit == "manual" or (self._by_hand and not self.tab.commit)

    @manual.setter
    def manual(self, manual: bool) -> None:
        self.tab.commit = "manual" if manual else "auto"
        if self.talk.session is not None:
            self._set_up(self.talk.session)

    @property
    def guarded(self) -> bool:
        """In a transaction, a statement that fails undoes only itself."""
        return self._guarded

    @guarded.setter
    def guarded(self, guarded: bool) -> None:
        self._guarded = guarded
        if self.talk.session is not None:
            self._set_up(self.talk.session)

    @property
    def unsaved(self) -> bool:
        """The editor holds what the tab's file does not."""
        return self.tab.unsaved(self.pane.editor.text)

    @property
    def is_untouched(self) -> bool:
        """Nothing was typed, named or run here."""
        return not (
            self.pane.editor.text
            or self.tab.name
            or self.tab.file
            or self.talk.running
            or self.ran_on
        )

    async def run(
        self,
        statements: Sequence[Statement],
        *,
        go_on: bool = False,
        director: Director | None = None,
    ) -> None:
        """Run statements of the pane's editor; offsets are those of its text.

        Args:
            statements: What to run.
            go_on: Go on after one that fails.
            director: Asks what is to be asked, and carries out what is no statement.
        """
        if not await read_ahead(self, statements, self._changed):
            return
        if director is not None:
            # Who then thinks better of it still has the last run's results. What is
            # wrong with the statement is told when it is run.
            with contextlib.suppress(PoolError):
                first = await self.filled(director.fill, statements[0])
                if first is None:
                    return
                statements = [first, *statements[1:]]
        self.last_error = self.last_tag = ""
        self.ran_on = self.talk.db_id or ""
        self._goes_on = go_on
        with self._held_screen():
            self.pane.editor.clear_error()
            self._leftover += self.pane.results.begin()
            self.pane.results.wait("running · {key.cancel} cancels")
            await self._close_leftover()
            try:
                perform = None
                if director is not None:
                    perform = partial(director.perform, self)
                await self.talk.run(statements, go_on=go_on, perform=perform)
            finally:
                self.pane.results.wait(None)
                self._changed()
        if go_on and self.talk.failed and len(statements) > 1:
            self.pane.results.say(describe_failures(self.talk.failed, len(statements)))
        await self._close_leftover()

    async def filled(self, fill: Fill, statement: Statement) -> Statement | None:
        """Return a statement with its parameters' values; None for a refusal.

        Raises:
            PoolError: The server refused the statement, say.
        """
        if not wants_values(statement):
            return statement

        async def asked(session: Session) -> Statement | None:
            self._changed()
            return await fill(session, statement)

        try:
            return await self.talk.use(asked)
        finally:
            self._changed()

    @contextlib.contextmanager
    def _held_screen(self) -> Iterator[None]:
        """Paint nothing until the first answer, but not for long."""
        app = self.pane.app
        with contextlib.ExitStack() as self._hold:
            # The screen does not look again by itself when the batch ends.
            self._hold.callback(lambda: app.screen.check_idle())
            self._hold.enter_context(app.batch_update())
            timer = self.pane.set_timer(HOLD_SECONDS, self._hold.close)
            self._hold.callback(timer.stop)
            yield

    async def explain(
        self, statement: Statement, job: Callable[[Session], Awaitable[Plan]]
    ) -> None:
        """Show the plan that a job brings; what it raises is raised here."""
        self.last_error = self.last_tag = ""
        self.pane.editor.clear_error()
        db_id = self.talk.db_id or ""

        async def shown(session: Session) -> Plan:
            self._changed()
            return await job(session)

        try:
            plan = await self.talk.use(shown)
        finally:
            self._changed()
        self._leftover += self.pane.results.add_plan(plan, statement, db_id)
        await self._close_leftover()

    async def control(self, sql: str) -> str:
        """Begin, end or divide the transaction, leaving the results as they are.

        Returns:
            The server's tag; nothing if it failed, which is said then.
        """
        statement = Statement(sql, 0, len(sql), 0)
        self.last_error = self.last_tag = ""
        db_id = self.talk.db_id or ""
        noted = self._history.began(db_id, sql, "")

        async def job(session: Session) -> Result:
            self._changed()
            self.talk.changed_catalog = False
            done = await session.run(statement)
            self.talk.note_catalog(session)
            return done

        try:
            result = await self.talk.use(job)
        except PoolError as error:
            sqlstate = getattr(error, "sqlstate", None) or ""
            self._history.ended(noted, FAILED, sqlstate=sqlstate)
            self.show_error(statement, error)
            return ""
        finally:
            self._changed()
        self._history.ended(
            noted, DONE, ms=result.timing.total_ms, tag=result.tag or ""
        )
        self.last_tag = result.tag or ""
        self.pane.results.say(describe_result(result))
        self._changed()
        return self.last_tag

    def say_done(self, text: str) -> None:
        """Note in the messages what was found out."""
        self.pane.results.say(Said(Mood.DONE, Text(hinted(text))))

    def say_lost(self, text: str) -> None:
        """Note that the connection was lost while nothing ran."""
        self.last_error = text.partition(";")[0]
        self.pane.results.say(Said(Mood.ERROR, Text(safe_multiline(text, LOSS_LIMIT))))

    async def close(self) -> None:
        """Cancel what runs, end the session and let go of all rows."""
        await self.stop_writing()
        await self.talk.cancel()
        await self.talk.close()
        self._leftover += self.pane.results.forget_all()
        await self._close_leftover()

    async def _close_leftover(self) -> None:
        rows, self._leftover = self._leftover, []
        await asyncio.gather(*(self._release(store) for store in rows))

    def statement_started(self, number: int, total: int, statement: Statement) -> None:
        before = self.before(statement)
        self._noted = self._history.began(self.ran_on, statement.text, before)
        self._changed()

    def before(self, statement: Statement) -> str:
        """Return what stands before a statement on its line in the editor."""
        text = self.pane.editor.text
        if text[statement.start : statement.end] != statement.text:
            return ""
        return text[text.rfind("\n", 0, statement.start) + 1 : statement.start]

    def statement_finished(self, result: Result) -> None:
        rows = result.rows
        self._history.ended(
            self._noted,
            DONE,
            ms=result.timing.total_ms,
            rows=rows.count if rows is not None else None,
            more=rows is not None and not rows.complete,
            tag=result.tag or "",
        )
        self.show_result(result)

    def statement_told(self) -> None:
        self._history.ended(self._noted, DONE)

    def show_result(self, result: Result) -> None:
        """Show what came of one of the statements that a command runs."""
        self._leftover += self.pane.results.add(result)
        self.last_tag = "" if result.rows is not None else result.tag or ""
        self.pane.results.say(describe_result(result))
        if self.timing:
            self.tell(f"Time: {result.timing.total_ms:.3f} ms")
        self._changed()
        self._hold.close()

    def statement_repeated(self, result: Result) -> None:
        """Show a result in place of the one that its statement gave before."""
        self._leftover += self.pane.results.replace(result)
        self._changed()

    def show_progress(self, words: str) -> None:
        """Say how far the statement is: in the status bar and in an empty grid."""
        self.last_tag = words
        self.pane.results.wait(words)

    def tell(self, words: str) -> None:
        """Add a line of ours to the messages."""
        self.pane.results.say(
            Said(Mood.NOTICE, Text(safe_multiline(words, TELL_LIMIT)))
        )

    def statement_failed(self, statement: Statement, error: Exception) -> None:
        progress = self.talk.progress
        self._history.ended(
            self._noted,
            CANCELLED if isinstance(error, StatementCancelled) else FAILED,
            ms=progress.elapsed_ms if progress is not None else None,
            sqlstate=getattr(error, "sqlstate", None) or "",
        )
        self.show_error(statement, error)

    def show_error(self, statement: Statement, error: Exception) -> None:
        """Say what went wrong with a statement, and mark the place."""
        said = describe_error(error, statement)
        if more := about_error(error, self.talk.session, statement.text):
            said.text.append(f"\n{hinted(more)}", "bold")
        self.last_error = said.text.plain.partition("\n")[0]
        progress = self.talk.progress
        goes_on = self._goes_on and isinstance(error, QueryError)
        if progress is not None and progress.number < progress.total and not goes_on:
            rest = progress.total - progress.number
            said.text.append(
                f"\nThis was statement {progress.number} of {progress.total};"
                f" {rest} after it did not run.",
                "bold",
            )
        self.pane.results.say(said, to_front=True)
        if isinstance(error, QueryError):
            self._mark(statement, error.position or 1, error.message)
        self._changed()
        self._hold.close()

    def _mark(self, statement: Statement, position: int, message: str) -> None:
        editor = self.pane.editor
        # The text may have changed while the statement ran.
        if editor.text[statement.start : statement.end] == statement.text:
            editor.mark_error(statement.start + position - 1, None, message)

    def notice_arrived(self, notice: Notice) -> None:
        self.pane.results.say(describe_notice(notice))
