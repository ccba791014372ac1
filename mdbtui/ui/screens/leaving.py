"""Ask what becomes of open transactions before their tabs or the program close."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mdbtui.ui.screens.ask import Choice, ConfirmScreen, QuestionScreen
from mdbtui.ui.status import in_transaction, may_commit, quit_question

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import App

    from mdbtui.ui.runner import PaneRunner


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
    app: App[int], runners: Sequence[PaneRunner], exports: int = 0
) -> bool:
    """Ask where something would be lost; commit what the user wants committed.

    Args:
        app: Where to ask.
        runners: The tabs whose sessions are about to end.
        exports: So many exports end with them.

    Returns:
        Whether they may end. Not so if a commit failed: its tab says why.
    """
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
