"""Ask what becomes of open transactions before their tabs or the program close."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button, Static

from mdbtui.ui.safe import plain, safe_multiline
from mdbtui.ui.screens.ask import (
    BUTTON_BINDINGS,
    BUTTON_KEYS,
    TEXT_LIMIT,
    ConfirmScreen,
)
from mdbtui.ui.status import quit_question

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import App, ComposeResult

    from mdbtui.ui.runner import PaneRunner


class LeaveScreen(ModalScreen[str]):
    """Commit, roll back or stay; the safe answer has the focus.

    Args:
        title: The question in a few words.
        text: What will happen; any text.
        commit: Whether all the transactions can be committed.
    """

    CSS_PATH = "ask.tcss"
    BINDINGS = [Binding("escape", "dismiss('no')", "Stay"), *BUTTON_BINDINGS]

    def __init__(self, title: str, text: str, *, commit: bool) -> None:
        super().__init__()
        self._title = title
        self._text = text
        self._commit = commit

    def compose(self) -> ComposeResult:
        with Vertical(id="ask") as box:
            box.border_title = plain(self._title, 60)
            box.border_subtitle = BUTTON_KEYS
            yield Static(Content(safe_multiline(self._text, TEXT_LIMIT)))
            with Horizontal():
                yield Button("Stay", id="no")
                yield Button("Roll back", id="yes", variant="warning")
                if self._commit:
                    yield Button("Commit", id="commit", variant="success")

    def on_mount(self) -> None:
        self.query_one("#no").focus()

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        self.dismiss(event.button.id or "no")


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
    question = quit_question(runners, exports)
    if question is None:
        return True
    title, text, yes = question
    lost = [r for r in runners if r.talk.session and r.talk.session.in_transaction]
    if not lost:
        answer: bool = await app.push_screen_wait(ConfirmScreen(title, text, yes))
        return answer
    # What failed or runs can't be committed.
    able = not any(
        r.talk.running or (r.talk.session and r.talk.session.transaction_failed)
        for r in lost
    )
    choice = await app.push_screen_wait(LeaveScreen(title, text, commit=able))
    if choice == "commit":
        for runner in lost:
            if runner.talk.running or await runner.control("commit") != "COMMIT":
                return False
    return choice in ("yes", "commit")
