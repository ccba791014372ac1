"""The part of the editor that has vim's modes, if the keymap says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.style import Style
from textual import events
from textual.document._document import Location
from textual.message import Message

from mdbtui.ui.widgets.editor_completion import SqlCompletion
from mdbtui.ui.widgets.editor_document import DocumentEdit
from mdbtui.ui.widgets.editor_history import StepHistory

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mdbtui.ui.vim.core import Memory
    from mdbtui.ui.widgets.editor_vim import VimKeys

CHECKPOINTS = 200
"""Steps that can be undone."""
_BETWEEN = Style(reverse=False, underline=True, bold=True)
"""The cursor between two characters, laid over them."""


class SqlModes(SqlCompletion, inherit_bindings=False):
    """An editor whose keys may be vim's; without them it is as it was."""

    history: StepHistory
    vim: VimKeys | None = None

    class Ready(Message):
        """An editor is on the screen, and takes the keys of the keymap in force."""

        def __init__(self, editor: SqlModes) -> None:
            super().__init__()
            self.editor = editor

    class ModeChanged(Message):
        """vim's mode, what was typed of a command, or what it says is another."""

    class Asked(Message):
        """vim's keys ask for something that is not about the text."""

        def __init__(self, name: str, argument: str) -> None:
            super().__init__()
            self.name = name
            self.argument = argument

    def on_mount(self) -> None:
        self.history = StepHistory(CHECKPOINTS)
        self.post_message(self.Ready(self))

    def on_unmount(self) -> None:
        if self.vim is not None:
            self.vim.close()

    def use_vim(self, memory: Memory | None) -> None:
        """Take vim's keys, or the editor's own again.

        Args:
            memory: what vim remembers in all editors; None ends it.
        """
        if memory is None and self.vim is None:
            return
        if memory is not None:
            from mdbtui.ui.widgets.editor_vim import VimKeys

            self.vim = VimKeys(self, memory)
        elif self.vim is not None:
            self.vim.close()
            self.vim = None
            self.history.end()
            self.show_found(None)
        self._mode_changed()

    @property
    def keeps_escape(self) -> bool:
        # In vim's hands it is how one stops typing, and comes all the time.
        taken = self.vim is not None and self.vim.machine.takes("escape")
        return (taken and self.has_focus) or super().keeps_escape

    @property
    def mode(self) -> tuple[str, str]:
        """Vim's mode in a word and what was typed of a command; empty without vim."""
        return self.vim.shown if self.vim is not None else ("", "")

    @property
    def mode_note(self) -> tuple[str, bool]:
        """What vim says of the last command, and whether it failed."""
        text = self.vim.text if self.vim is not None else None
        return (text.note, text.failed) if text is not None else ("", False)

    def _mode_changed(self) -> None:
        # A block stands still, as in vim; a cursor between characters blinks.
        self.cursor_blink = self.vim is None or not self.vim.block_cursor
        self.refresh()
        self.post_message(self.ModeChanged())

    # ---- keys ------------------------------------------------------------------

    def check_consume_key(self, key: str, character: str | None = None) -> bool:
        """Whether the editor takes a key before any binding gets it."""
        if self.vim is not None and not self.read_only:
            if self.vim.takes(key, character):
                return True
            if self.vim.block_cursor:
                return False
        return super().check_consume_key(key, character)

    def special_key(self, event: events.Key) -> bool:
        """Hand a key to what is proposed or to vim; say whether that was all."""
        vim, completer = self.vim, self.completer
        if completer is not None:
            # With vim's keys Esc ends typing as well, and commands propose nothing.
            if vim is not None and (vim.block_cursor or event.key == "escape"):
                completer.close()
            elif completer.key(event):
                return True
        if vim is None or self.read_only:
            return False
        before = self.mode, self.mode_note
        taken = vim.key(event.key, event.character)
        if taken:
            event.stop()
            event.prevent_default()
            self._restart_blink()
            self._refresh_changed()
        if (self.mode, self.mode_note) != before:
            self._mode_changed()
        return taken

    def acted(self, keys: Iterable[tuple[str, str | None]]) -> None:
        """Show what vim did by itself, and take the keys that waited for that."""
        self._refresh_changed()
        self._mode_changed()
        for key, character in keys:
            self.post_message(events.Key(key, character))

    async def _on_paste(self, event: events.Paste) -> None:
        # The text area's own handler follows, unless it is told not to.
        if self.vim is not None and self.vim.paste(event.text):
            event.stop()
            event.prevent_default()
            self._mode_changed()

    # ---- what it looks like ------------------------------------------------------

    @property
    def drawn_cursor(self) -> tuple[Location, Style | None]:
        if self.vim is None:
            return super().drawn_cursor
        return self.vim.cursor, None if self.vim.block_cursor else _BETWEEN

    def _edited(self, edit: DocumentEdit) -> None:
        super()._edited(edit)
        if self.vim is not None:
            self.vim.edited(edit.line, edit.old_lines, edit.new_lines)
