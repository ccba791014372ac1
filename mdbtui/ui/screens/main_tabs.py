"""The part of the main screen that opens, closes, names, moves and saves tabs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on, work

from mdbtui.config import state_dir
from mdbtui.ui.safe import safe_multiline
from mdbtui.ui.screens import late
from mdbtui.ui.screens.main_panes import PaneScreen
from mdbtui.ui.tabs import TabKeeper
from mdbtui.ui.widgets.editor import SqlEditor
from mdbtui.ui.widgets.strips import TabStrip

if TYPE_CHECKING:
    from mdbtui.ui.runner import PaneRunner
    from mdbtui.ui.screens.main_files import FileDialogues
    from mdbtui.ui.services import Services

NAME_LIMIT, NOTE_LIMIT = 40, 400


class TabScreen(PaneScreen):
    """Keeps the tabs over a restart, and their files."""

    _services: Services
    keeper: TabKeeper

    def keep_tabs(self) -> None:
        """Make what keeps the tabs; they are there by now."""
        self.keeper = TabKeeper(
            self.panes, state_dir() / "tabs", self._bring, self._warn
        )
        self._files: FileDialogues | None = None
        self._looked_at: PaneRunner | None = None
        self._marked: set[PaneRunner] = set()

    @work(group="tabs", exit_on_error=False)
    async def restore_tabs(self) -> None:
        """Put back what the last console left, beside all else."""
        await self.keeper.restore(keep_front=self._services.start_asked)
        await self.lead_in()
        self.watch(self.app, "app_focus", self._terminal_focused, init=False)
        self.tabs_changed()

    async def lead_in(self) -> None:
        """Have the demo begin with a tab that shows what there is to see."""
        if self._services.has_demo:
            from mdbtui.ui.demo_tab import lead_in

            await lead_in(self._services, self.panes)

    def _warn(self, text: str) -> None:
        self.notify(safe_multiline(text, NOTE_LIMIT), severity="warning", markup=False)

    def _bring(self, runner: PaneRunner) -> None:
        """Bring a tab to the front; the keyboard moves with it if it was there."""
        in_editor = self.panes.active.pane.editor.has_focus
        self.panes.bring(runner)
        if in_editor:
            self.action_focus_editor()

    # ---- what changed --------------------------------------------------------------

    def tabs_changed(self) -> None:
        """Note that a tab came, went, moved, was renamed or came to the front."""
        self.keeper.touch()
        runner = self.panes.active
        if runner is not self._looked_at:
            self._looked_at = runner
            if runner.tab.file is not None:
                self._look_at_file(runner)

    @on(SqlEditor.Changed)
    def _text_changed(self, event: SqlEditor.Changed) -> None:
        self.keeper.touch()
        for runner in self.panes:
            mine = runner.pane.editor is event.text_area
            if mine and runner.unsaved != (runner in self._marked):
                self._marked ^= {runner}
                self.panes.show_tabs()

    @on(SqlEditor.SelectionChanged)
    def _cursor_moved(self) -> None:
        self.keeper.touch()

    def _terminal_focused(self, focused: bool) -> None:
        runner = self.panes.active
        if focused and runner.tab.file is not None:
            self._look_at_file(runner)

    # ---- open, close, move, name ---------------------------------------------------

    async def action_new_pane(self) -> None:
        if await self.panes.open(self.panes.active.talk.db_id) is None:
            self.notify("There are as many tabs as can be.", severity="warning")
        self.action_focus_editor()

    def action_close_pane(self) -> None:
        self._close_pane(self.panes.active)

    @work(group="close", exit_on_error=False)
    async def _close_pane(self, runner: PaneRunner) -> None:
        if runner.unsaved and not await self._file_dialogues().may_close(runner):
            return
        if not await late.may_leave(self.app, [runner]):
            return
        self._marked.discard(runner)
        await self.panes.close(runner)
        self.action_focus_editor()

    def action_step_pane(self, by: int) -> None:
        self.panes.step(by)
        self.action_focus_editor()

    def action_move_pane(self, by: int) -> None:
        self.panes.move(self.panes.active, by)

    @work(group="dialogue", exit_on_error=False)
    async def action_rename_pane(self) -> None:
        runner = self.panes.active
        name = await self.app.push_screen_wait(
            late.AskScreen(
                "Name of this tab",
                "Nothing gives it back the name of its file or database.",
                value=runner.tab.name,
            )
        )
        if name is not None:
            runner.tab.name = " ".join(name.split())[:NAME_LIMIT]
            self.panes.show_tabs()
            self.tabs_changed()

    @on(TabStrip.Chosen, "#pane-tabs")
    def _pane_chosen(self, event: TabStrip.Chosen) -> None:
        if runner := self.panes.by_key(event.key):
            self.panes.bring(runner)
            self.action_focus_editor()

    @on(TabStrip.Closed, "#pane-tabs")
    def _pane_closed(self, event: TabStrip.Closed) -> None:
        event.stop()
        if runner := self.panes.by_key(event.key):
            self._close_pane(runner)

    # ---- files ---------------------------------------------------------------------

    def _file_dialogues(self) -> FileDialogues:
        if self._files is None:
            from mdbtui.ui.screens.main_files import FileDialogues

            self._files = FileDialogues(self.app, self.panes, self.tabs_changed)
        return self._files

    @work(group="dialogue", exit_on_error=False)
    async def action_open_file(self, name: str = "") -> None:
        await self._file_dialogues().open(name)
        self.action_focus_editor()

    @work(group="save", exit_on_error=False)
    async def action_save_file(self) -> None:
        await self._file_dialogues().save(self.panes.active)

    @work(group="save", exit_on_error=False)
    async def action_save_file_as(self, name: str = "") -> None:
        await self._file_dialogues().save_as(self.panes.active, name)

    @work(group="save", exit_on_error=False)
    async def action_save_and_close(self) -> None:
        """Save the tab, and close it if its file holds the text then."""
        runner = self.panes.active
        if await self._file_dialogues().save(runner):
            self._close_pane(runner)

    @work(group="look", exit_on_error=False)
    async def _look_at_file(self, runner: PaneRunner) -> None:
        await self._file_dialogues().look(runner)

    @work(group="dialogue", exit_on_error=False)
    async def action_edit_outside(self) -> None:
        from mdbtui.ui.outside import edit_outside

        await edit_outside(self.app, self.panes.active.pane.editor)
