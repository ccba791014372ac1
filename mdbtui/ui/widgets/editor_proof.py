"""Finding out in the helper process whether one of vim's patterns takes long.

vim's commands search on the loop, and Python can't interrupt a regular expression. So
one that may take long is tried out first, in a process that is ended after a while.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mdbtui.ui.helper import Helper, HelperFailed
from mdbtui.ui.vim.patterns import may_take_long
from mdbtui.ui.widgets.finder import REGEX_SECONDS

if TYPE_CHECKING:
    from mdbtui.ui.widgets.editor_modes import SqlModes

MOST_SECONDS = 0.2
"""How long the screen may be held up by a search, at the very most."""


class PatternProofs:
    """Knows which patterns are quick in an editor's text as it is.

    Args:
        editor: Whose text.
    """

    def __init__(self, editor: SqlModes) -> None:
        self._editor = editor
        self._helper = Helper()
        self._proven: tuple[re.Pattern[str], str] | None = None

    def has(self, pattern: re.Pattern[str]) -> bool:
        """Whether a pattern is quick for certain."""
        text = self._editor.text
        if not may_take_long(pattern, len(text)):
            return True
        return self._proven == (pattern, text)

    async def find(self, pattern: re.Pattern[str]) -> str:
        """Try a pattern out; return what is wrong with it, or nothing."""
        text = self._editor.text
        case = not pattern.flags & re.IGNORECASE
        needle = {"text": pattern.pattern, "case": case, "regex": True}
        try:
            head, _ = await self._helper.ask(
                "find", text, REGEX_SECONDS, needle=needle, start=0, end=len(text)
            )
        except HelperFailed as error:
            return f"E363: Pattern not used: {error}"
        if head["took"] > MOST_SECONDS:
            took = f"it takes {head['took']:.1f} s in this text"
            return f"E363: Pattern not used: {took}"
        self._proven = pattern, text
        return ""

    def close(self) -> None:
        """End the helper process."""
        self._helper.close()
