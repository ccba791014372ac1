"""The part of the main screen that switches keymaps, and what vim's keys ask of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on, work
from textual.binding import Binding

from mdbtui.ui.keymaps import KEYMAPS, KeymapsMixin
from mdbtui.ui.screens import late
from mdbtui.ui.screens.main_panes import PaneScreen
from mdbtui.ui.widgets.editor_modes import SqlModes

if TYPE_CHECKING:
    from mdbtui.ui.vim.core import Memory


class KeymapScreen(PaneScreen):
    """Chooses the keymap; gives the editors vim's modes, and takes them away."""

    BINDINGS = [Binding("alt+shift+k", "keymap", "Keymap", priority=True)]
    _vim: Memory | None = None

    @work(group="dialogue", exit_on_error=False)
    async def action_keymap(self) -> None:
        """Let the user choose a keymap; it is remembered."""
        now = self.keymap.name
        names = [now, *(name for name in KEYMAPS if name != now)]
        chosen = await self.app.push_screen_wait(
            late.ChooseScreen(
                f"Keymap (now: {now})",
                [(name, name, KEYMAPS[name][0]) for name in names],
            )
        )
        if chosen is not None:
            assert isinstance(self.app, KeymapsMixin)
            self.app.use_keymap(chosen)
            self.keymap_changed()

    def keymap_changed(self) -> None:
        """Show the keys that are in force now."""
        for runner in self.panes:
            self._fit(runner.pane.editor)
        self.show_keys()

    def show_keys(self) -> None:
        """Draw the key bar anew."""
        raise NotImplementedError

    @on(SqlModes.Ready)
    def _editor_ready(self, event: SqlModes.Ready) -> None:
        self._fit(event.editor)

    def _fit(self, editor: SqlModes) -> None:
        """Give an editor vim's modes, or take them away, as the keymap has it."""
        if self.keymap.name != "vim":
            editor.use_vim(None)
            return
        if self._vim is None:
            from mdbtui.ui.vim.core import Memory

            self._vim = Memory()
        editor.use_vim(self._vim)

    # ---- what vim's commands ask for -------------------------------------------------

    @on(SqlModes.Asked)
    async def _asked(self, event: SqlModes.Asked) -> None:
        event.stop()
        action = _ACTIONS[event.name]
        if event.argument and event.name in _WITH_NAME:
            action = f"{_WITH_NAME[event.name]}({event.argument!r})"
        await self.run_action(action)


_WITH_NAME = {"save": "save_file_as", "open": "open_file"}
_ACTIONS = {
    "save": "save_file",
    "close": "close_pane",
    "save_and_close": "save_and_close",
    "quit": "app.quit",
    "open": "open_file",
    "new_tab": "new_pane",
    "next_tab": "step_pane(1)",
    "previous_tab": "step_pane(-1)",
    "help": "help",
    "focus_sidebar": "focus_sidebar",
    "focus_results": "focus_results",
    "focus_editor": "focus_editor",
    "focus_pools": "focus_pools",
}
