"""The part of a pane's runner that runs a statement on many databases."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from mdbtui.pool import QueryError
from mdbtui.query.history_entries import CANCELLED, DONE, FAILED
from mdbtui.ui.safe import safe
from mdbtui.ui.widgets.message_log import Mood, Said

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mdbtui.query import RowStore
    from mdbtui.query.fanout import FanOut
    from mdbtui.query.history import History
    from mdbtui.query.merged import MergedRows
    from mdbtui.sql import Statement
    from mdbtui.ui.conversation import Conversation
    from mdbtui.ui.widgets.query_pane import QueryPane


REPORT_LINES, REPORT_WIDTH = 200, 500


class FanOutRuns:
    """Counts a fan-out as the pane's run, and says in the pane what came of it."""

    pane: QueryPane
    talk: Conversation
    last_error: str
    last_tag: str
    ran_on: str
    _changed: Callable[[], None]
    _history: History
    _leftover: list[RowStore | MergedRows]

    async def _close_leftover(self) -> None:
        raise NotImplementedError

    def before(self, statement: Statement) -> str:
        """Return what stands before a statement on its line in the editor."""
        raise NotImplementedError

    def _mark(self, statement: Statement, position: int, message: str) -> None:
        raise NotImplementedError

    async def fan_out(self, fan: FanOut) -> None:
        """Run a statement on many databases; offsets are those of the editor's text."""
        self.last_error = self.last_tag = self.ran_on = ""
        self.pane.editor.clear_error()
        # Asked before what has it goes.
        focus = self.pane.results.has_focus_within
        noted = self._noted_on(fan, fan.db_ids)
        self._leftover += self.pane.results.begin_fan_out(fan, focus=focus)
        await self._close_leftover()
        self._changed()

        async def job() -> None:
            fan.start()
            self._changed()
            await fan.wait()

        try:
            await self.talk.occupy(job(), fan.cancel)
        finally:
            self._fanned_out(fan, noted, fan.db_ids)

    def _noted_on(self, fan: FanOut, db_ids: Sequence[str]) -> int | None:
        before = self.before(fan.statement)
        return self._history.began("", fan.statement.text, before, targets=db_ids)

    async def fan_out_again(self, fan: FanOut, db_ids: Sequence[str]) -> None:
        """Run once more on some of its databases."""
        noted = self._noted_on(fan, db_ids)

        async def job() -> None:
            fan.retry(db_ids)
            self._changed()
            await fan.wait()

        try:
            await self.talk.occupy(job(), fan.cancel)
        finally:
            self._fanned_out(fan, noted, db_ids)

    def _fanned_out(
        self, fan: FanOut, noted: int | None, db_ids: Sequence[str]
    ) -> None:
        from mdbtui.query.fanout_outcome import State
        from mdbtui.query.writes.report import report_lines

        outcomes = [fan.outcome(db_id) for db_id in db_ids]
        failed = next((o.error for o in outcomes if o.blamed), None)
        done = all(o.state is State.DONE for o in outcomes)
        ended = FAILED if failed is not None else DONE if done else CANCELLED
        self._history.ended(
            noted,
            ended,
            ms=fan.elapsed_ms,
            rows=fan.rows.count if fan.rows.has_parts else None,
            more=fan.rows.truncated,
            sqlstate=getattr(failed, "sqlstate", None) or "",
            report="\n".join([fan.summary, *report_lines(outcomes, values=False)]),
        )
        self.last_tag = fan.summary
        mood = Mood.DONE if done else Mood.ERROR
        lines = [fan.summary]
        if fan.writes:  # the messages outlive the result
            lines += report_lines(outcomes)[:REPORT_LINES]
        text = "\n".join(safe(line, REPORT_WIDTH) for line in lines)
        self.pane.results.say(Said(mood, Text(text)))
        for outcome in outcomes:
            error = outcome.error
            if isinstance(error, QueryError) and error.position is not None:
                self._mark(fan.statement, error.position, error.message)
                break
        self._changed()
