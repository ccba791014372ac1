"""The part of the main screen that changes the text of the editor in front."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from textual import work
from textual.app import SystemCommand
from textual.binding import Binding

from mdbtui.ui.keymaps import named
from mdbtui.ui.screens.main_panes import PaneScreen
from mdbtui.ui.widgets.editor_lines import LINE_KEYS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mdbtui.ui.widgets.editor import SqlEditor

_ONLY_COMMANDS = (
    ("Upper case", "The selection, or the word at the cursor", "upper_case"),
    ("Lower case", "The selection, or the word at the cursor", "lower_case"),
)


class EditScreen(PaneScreen):
    """Finds in the editor, and offers its own actions in the command palette."""

    BINDINGS = [
        Binding("ctrl+f", "find", "Find in the editor"),
        Binding("alt+h", "replace", "Replace in the editor"),
        Binding("alt+shift+f", "format", "Format the statement or selection"),
    ]

    async def action_find(self) -> None:
        await self._show_centre("editor").find()

    async def action_replace(self) -> None:
        await self._show_centre("editor").find(replace=True)

    def action_format(self) -> None:
        """Lay out the selection, or the statement at the cursor."""
        editor = self.panes.active.pane.editor
        start, end = map(editor.sql.offset_at, sorted(editor.selection))
        if start == end:
            statement = editor.statement()
            if statement is None:
                self.notify("There is no statement at the cursor.", severity="warning")
                return
            start, end = statement.start, statement.end
        self._format(editor, start, end)

    def action_format_all(self) -> None:
        """Lay out all statements."""
        editor = self.panes.active.pane.editor
        self._format(editor, 0, len(editor.text))

    @work(group="format", exclusive=True, exit_on_error=False)
    async def _format(self, editor: SqlEditor, start: int, end: int) -> None:
        from mdbtui.ui.formatter import format_range

        told, severity = await format_range(editor, start, end)
        self.notify(told, severity=severity, markup=False)

    def edit_commands(self) -> Iterable[SystemCommand]:
        """What the palette offers for the editor in front."""
        keymap = self.keymap
        offered = [
            (binding.description, keymap.palette(binding), binding.action)
            for binding in named("editor", LINE_KEYS)
        ]
        actions = {
            "find": self.action_find,
            "replace": self.action_replace,
            "format": self.action_format,
        }
        for binding in named("", EditScreen.BINDINGS):
            run = actions[binding.action]
            yield SystemCommand(binding.description, keymap.palette(binding), run)
        yield SystemCommand(
            "Format all", "Every statement in the editor", self.action_format_all
        )
        for title, text, action in (*offered, *_ONLY_COMMANDS):
            yield SystemCommand(title, text, partial(self._in_editor, action))

    async def _in_editor(self, action: str) -> None:
        self.action_focus_editor()
        await self.panes.active.pane.editor.run_action(action)
