"""The line in which a pattern or an ex command is typed."""

from __future__ import annotations

from mdbtui.ui.vim.parser import Command

MOST = 2_000
"""Characters of it."""
KEPT = 50
"""Lines of the past that are kept."""


class Prompt:
    """What is typed behind ``:``, ``/`` or ``?``.

    Args:
        command: which of them, with its operator and count.
        text: what it begins with.
        past: what was typed before; grows.
    """

    def __init__(self, command: Command, text: str, past: list[str]) -> None:
        self.command = command
        self.text = text
        self.accepted = False
        self._past = past
        self._back = 0
        self._own = text

    @property
    def shown(self) -> str:
        """The line as the screen shows it."""
        return self.command.name + self.text

    def insert(self, text: str) -> None:
        """Add a text; of a pasted one its first line."""
        first = text.splitlines()[0] if text else ""
        self.text = (self.text + first)[:MOST]

    def feed(self, key: str) -> bool:
        """Take a key; False when the line is complete or given up."""
        if key == "enter":
            self.accepted = True
            self._remember()
            return False
        if key == "escape" or (key == "backspace" and not self.text):
            return False
        if key == "backspace":
            self.text = self.text[:-1]
        elif key == "ctrl+u":
            self.text = ""
        elif key == "ctrl+w":
            kept = self.text.rstrip()
            while kept and (kept[-1].isalnum() == self.text.rstrip()[-1].isalnum()):
                kept = kept[:-1]
            self.text = kept
        elif key in ("up", "down"):
            self._recall(1 if key == "up" else -1)
        elif len(key) == 1:
            self.insert(key)
        return True

    def _remember(self) -> None:
        if not self.text:
            return
        if self.text in self._past:
            self._past.remove(self.text)
        self._past.append(self.text)
        del self._past[:-KEPT]

    def _recall(self, step: int) -> None:
        if self._back == 0:
            self._own = self.text
        back = self._back + step
        if 0 <= back <= len(self._past):
            self._back = back
            self.text = self._past[-back] if back else self._own
