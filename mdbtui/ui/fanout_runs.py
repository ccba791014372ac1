"""The part of a pane's runner that runs a statement on many databases."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple, cast

from rich.text import Text

from mdbtui.pool import QueryError
from mdbtui.query.history_entries import CANCELLED, DONE, FAILED, WROTE
from mdbtui.ui.safe import safe
from mdbtui.ui.widgets.message_log import Mood, Said

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mdbtui.query import RowStore
    from mdbtui.query.fanout import FanOut
    from mdbtui.query.fanout_outcome import Outcome
    from mdbtui.query.history import History
    from mdbtui.query.merged import MergedRows
    from mdbtui.query.writes.fan import WriteOut
    from mdbtui.sql import Statement
    from mdbtui.ui.conversation import Conversation
    from mdbtui.ui.widgets.query_pane import QueryPane


REPORT_LINES, REPORT_WIDTH = 200, 500


class Writing(NamedTuple):
    """A write on many databases that is under way.

    Attributes:
        fan: The write.
        noted: Its entry in the history.
        db_ids: Where it runs this time.
    """

    fan: WriteOut
    noted: int | None
    db_ids: Sequence[str]


class FanOutRuns:
    """Counts a fan-out as the pane's run, and says in the pane what came of it."""

    pane: QueryPane
    talk: Conversation
    last_error: str
    last_tag: str
    ran_on: str
    writing: Writing | None = None
    """The write on many databases that is under way, until its outcome is noted."""
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

        self._redrawn_as_it_waits(fan)
        await self._see_over(fan, fan.start, noted, fan.db_ids)

    async def _see_over(
        self,
        fan: FanOut,
        begin: Callable[[], None],
        noted: int | None,
        db_ids: Sequence[str],
    ) -> None:
        async def job() -> None:
            begin()
            self._changed()
            await fan.wait()

        if fan.writes:
            self.writing = Writing(cast("WriteOut", fan), noted, db_ids)
        try:
            await self.talk.occupy(job(), fan.cancel)
        finally:
            # The program's end may cancel this before it is over: see `stop_writing`.
            if not fan.writes or fan.over.is_set():
                self._fanned_out(fan, noted, db_ids)

    async def stop_writing(self) -> WriteOut | None:
        """End the write that is under way, and note what came of it; bounded.

        Returns:
            The write; None if there was none.
        """
        if (writing := self.writing) is None:
            return None
        await writing.fan.stop()
        if self.writing is writing:
            self._note_end(*writing)
        return writing.fan

    def _redrawn_as_it_waits(self, fan: FanOut) -> None:
        """Have the keys and the status say when it begins to wait for a word."""
        waited = False

        def step(db_id: str) -> None:
            nonlocal waited
            if waited != bool(fan.prompt):
                waited = not waited
                self._changed()

        fan.subscribe(step)  # as long as the fan-out, which lasts to the retries

    def _noted_on(self, fan: FanOut, db_ids: Sequence[str]) -> int | None:
        before = self.before(fan.statement)
        tag = WROTE if fan.writes else ""
        return self._history.began(
            "", fan.statement.text, before, targets=db_ids, tag=tag
        )

    async def fan_out_again(self, fan: FanOut, db_ids: Sequence[str]) -> None:
        """Run once more on some of its databases."""
        noted = self._noted_on(fan, db_ids)

        await self._see_over(fan, partial(fan.retry, db_ids), noted, db_ids)

    def _note_end(
        self, fan: FanOut, noted: int | None, db_ids: Sequence[str]
    ) -> tuple[list[Outcome], bool]:
        """Note in the history what became of it; return that, and if all is done."""
        from mdbtui.query.fanout_outcome import State
        from mdbtui.query.writes.report import report_lines, summary

        self.writing = None
        outcomes = [fan.outcome(db_id) for db_id in db_ids]
        failed = next((o.error for o in outcomes if o.blamed), None)
        done = all(o.state is State.DONE for o in outcomes)
        ended = FAILED if failed is not None else DONE if done else CANCELLED
        # Of those that were run once more, where they are not all.
        told = summary(outcomes, fan.elapsed_ms) if fan.writes else fan.summary
        self._history.ended(
            noted,
            ended,
            ms=fan.elapsed_ms,
            rows=fan.rows.count if fan.rows.has_parts else None,
            more=fan.rows.truncated,
            sqlstate=getattr(failed, "sqlstate", None) or "",
            tag=WROTE if fan.writes else "",
            report="\n".join([told, *report_lines(outcomes, values=False)]),
        )
        return outcomes, done

    def _fanned_out(
        self, fan: FanOut, noted: int | None, db_ids: Sequence[str]
    ) -> None:
        from mdbtui.query.writes.report import report_lines

        outcomes, done = self._note_end(fan, noted, db_ids)
        self.last_tag = fan.summary
        mood = Mood.DONE if done else Mood.ERROR
        lines = [fan.summary]
        if fan.writes:  # the messages outlive the result
            lines += report_lines(fan.outcomes)[:REPORT_LINES]
        text = "\n".join(safe(line, REPORT_WIDTH) for line in lines)
        self.pane.results.say(Said(mood, Text(text)))
        for outcome in outcomes:
            error = outcome.error
            if isinstance(error, QueryError) and error.position is not None:
                self._mark(fan.statement, error.position, error.message)
                break
        self._changed()
