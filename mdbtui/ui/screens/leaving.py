"""Ask what becomes of open transactions before their tabs or the program close."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mdbtui.ui.safe import safe_multiline
from mdbtui.ui.screens.ask import Choice, ConfirmScreen, QuestionScreen
from mdbtui.ui.status import in_transaction, may_commit, quit_question
from mdbtui.ui.stopping import stop_writes, write_question, writing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import App

    from mdbtui.query.writes.fan import WriteOut
    from mdbtui.ui.runner import PaneRunner

SUMMARY_LIMIT = 500


class LeaveScreen(QuestionScreen[str]):
    """Commit, roll back or stay; the safe answer has the focus.

    Args:
        title: The question in a few words.
        text: What will happen; any text.
        commit: What the button says that commits; none without a text.
    """

    def __init__(self, title: str, text: str, *, commit: str) -> None:
        choices = [
            Choice("no", "Stay", "no"),
            Choice("yes", "Roll back", "yes", "warning"),
            Choice("commit", commit, "commit", "success"),
        ]
        super().__init__(title, text, *choices[: 3 if commit else 2])


async def may_leave(
    app: App[int],
    runners: Sequence[PaneRunner],
    exports: int = 0,
    stopped: list[WriteOut] | None = None,
) -> bool:
    """Ask where something would be lost; commit what the user wants committed.

    Writes on many databases are stopped when the user has agreed to all, and over
    when this returns.

    Args:
        app: Where to ask.
        runners: The tabs whose sessions are about to end.
        exports: So many exports end with them.
        stopped: The writes that were stopped are added to this.

    Returns:
        Whether they may end. Not so if a commit failed: its tab says why.
    """
    if busy := writing(runners):
        title, text = write_question(busy)
        go = ConfirmScreen(title, text, "Stop it and leave", "Stay")
        if not await app.push_screen_wait(go):
            return False
    if not await _may_end(app, runners, exports):
        return False
    if writing(runners):
        app.notify("Stopping the write …")
        fans = await stop_writes(runners)
        for fan in fans:
            app.notify(safe_multiline(fan.summary, SUMMARY_LIMIT), markup=False)
        if stopped is not None:
            stopped += fans
    return True


async def _may_end(app: App[int], runners: Sequence[PaneRunner], exports: int) -> bool:
    question = quit_question(runners, exports, commit=True)
    if question is None:
        return True
    title, text, yes = question
    lost = in_transaction(runners)
    if not lost:
        answer: bool = await app.push_screen_wait(ConfirmScreen(title, text, yes))
        return answer
    able = [runner for runner in lost if may_commit(runner)]
    commit = "Commit" if able == lost else "Commit what can be" if able else ""
    choice = await app.push_screen_wait(LeaveScreen(title, text, commit=commit))
    if choice == "commit":
        for runner in able:
            if runner.talk.running or await runner.control("commit") != "COMMIT":
                return False
    return choice in ("yes", "commit")
