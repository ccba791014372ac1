"""The part of the main screen that completes SQL in the editors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on

from mdbtui.ui.safe import safe
from mdbtui.ui.screens.main_panes import PaneScreen
from mdbtui.ui.widgets.completer import Completer
from mdbtui.ui.widgets.completion import CompletionList

if TYPE_CHECKING:
    from mdbtui.sql.complete import Completion, Item
    from mdbtui.ui.completing import Completing
    from mdbtui.ui.runner import PaneRunner
    from mdbtui.ui.services import Services
    from mdbtui.ui.widgets.editor_completion import Excerpt

NAME_LIMIT = 60


class CompletionScreen(PaneScreen):
    """Gives each editor its completer, and all of them one list."""

    _services: Services

    def on_mount(self) -> None:
        """Make the list, and let every editor use it."""
        self._completions = CompletionList()
        # Not for the first frame, but before the first list is wanted.
        self.call_after_refresh(self._mount_list)
        self.panes.equip(self._equip)
        self._forget_names = self._services.completing.subscribe(self._names_read)

    def _mount_list(self) -> None:
        if self.is_attached:  # not when the program was left at once
            self.mount(self._completions)

    async def on_unmount(self) -> None:
        """Hear no more of names."""
        self._forget_names()

    def _equip(self, runner: PaneRunner) -> None:
        source = _TabSource(self, runner, self._services.completing)
        editor = runner.pane.editor
        editor.completer = Completer(editor, source, self._completions)

    def _names_read(self, db_id: str) -> None:
        runner = self.panes.active
        completer = runner.pane.editor.completer
        if completer is not None and runner.talk.db_id == db_id:
            completer.known()

    @on(CompletionList.Clicked)
    def _proposal_clicked(self, event: CompletionList.Clicked) -> None:
        completer = self.panes.active.pane.editor.completer
        if completer is not None:
            completer.accept(event.number)

    def action_complete(self) -> None:
        editor = self.panes.active.pane.editor
        self.set_focus(editor)
        editor.action_complete()

    def action_read_names(self) -> None:
        """Read the names of the tab's database for completion once more."""
        db_id = self.panes.active.talk.db_id
        if db_id is None:
            self.notify("No database: {key.switch} chooses one.", severity="warning")
            return
        self._services.completing.read_anew(db_id)
        self.notify(
            f"The names of {safe(db_id, NAME_LIMIT)} are read anew.", markup=False
        )


class _TabSource:
    """Proposals for a tab: of whichever database it talks to now."""

    def __init__(
        self, screen: CompletionScreen, runner: PaneRunner, completing: Completing
    ) -> None:
        self._screen = screen
        self._runner = runner
        self._completing = completing

    @property
    def reading(self) -> bool:
        return self._completing.reading(self._runner.talk.db_id)

    def propose(self, around: Excerpt) -> Completion | None:
        return self._completing.propose(self._runner.talk, around)

    def took(self, item: Item) -> None:
        self._completing.took(self._runner.talk.db_id, item)

    def read_anew(self) -> None:
        self._screen.action_read_names()
