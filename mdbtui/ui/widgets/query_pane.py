"""One tab of the console: an editor above, its results below."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on
from textual.containers import Vertical

from mdbtui.ui.widgets.editor import SqlEditor
from mdbtui.ui.widgets.results import ResultsPane
from mdbtui.ui.widgets.splitter import Splitter

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from mdbtui.ui.widgets.find_bar import FindBar

MIN_EDITOR_LINES = 3
MIN_RESULT_LINES = 4


class QueryPane(Vertical):
    """An editor and its results, and the border between them.

    The pane knows nothing of databases: the screen runs what is in the editor and
    hands the results back.
    """

    DEFAULT_CSS = """
    QueryPane { height: 1fr; width: 1fr; }
    QueryPane.-hidden { display: none; }
    QueryPane.-only-editor > ResultsPane, QueryPane.-only-editor > Splitter,
    QueryPane.-only-results > SqlEditor, QueryPane.-only-results > Splitter,
    QueryPane.-only-results > FindBar {
        display: none;
    }
    QueryPane > SqlEditor { height: 2fr; min-height: 3; }
    QueryPane > ResultsPane { height: 3fr; }
    """

    def __init__(self, number: int, text: str = "", null_text: str = "NULL") -> None:
        super().__init__(id=f"pane-{number}")
        self.number = number
        self.editor = SqlEditor(text)
        self.results = ResultsPane(null_text)
        self._editor_lines: int | None = None
        self.find_bar: FindBar | None = None

    def compose(self) -> ComposeResult:
        yield self.editor
        yield Splitter("horizontal", id=f"split-{self.number}")
        yield self.results

    async def find(self, *, replace: bool = False) -> None:
        """Open the lines for finding, or finding and replacing, in the editor."""
        if self.find_bar is None:
            from mdbtui.ui.widgets.find_bar import FindBar

            self.find_bar = FindBar(self.editor)
            await self.mount(self.find_bar, after=self.editor)
        self.find_bar.open(replace=replace)

    @on(SqlEditor.Changed)
    def _text_changed(self) -> None:
        if self.find_bar is not None:
            self.find_bar.text_changed()

    def on_resize(self) -> None:
        self._lay_out()

    def grow_editor(self, lines: int) -> None:
        """Move the border by so many lines; downwards is positive."""
        self._editor_lines = self._fitting(self.editor.size.height + lines)
        self._lay_out()

    def _fitting(self, lines: int) -> int:
        most = max(self.size.height - MIN_RESULT_LINES - 1, MIN_EDITOR_LINES)
        return max(MIN_EDITOR_LINES, min(lines, most))

    def _lay_out(self) -> None:
        """Apply the height that the border was moved to, if it was."""
        lines = None
        if self._editor_lines is not None and self.alone != "editor":
            lines = self._fitting(self._editor_lines)
        # To assign None is a new layout, even where nothing was set.
        if lines is not None or self.editor.styles.inline.has_rule("height"):
            self.editor.styles.height = lines

    @on(Splitter.Moved)
    def _border_moved(self, event: Splitter.Moved) -> None:
        event.stop()
        self.grow_editor(event.cells)

    @property
    def alone(self) -> str:
        """The part that is shown alone: ``editor``, ``results`` or neither."""
        for part in ("editor", "results"):
            if self.has_class(f"-only-{part}"):
                return part
        return ""

    def maximise(self, part: str) -> None:
        """Show only the ``editor`` or the ``results``, or both with ``""``."""
        self.set_class(part == "editor", "-only-editor")
        self.set_class(part == "results", "-only-results")
        self._lay_out()
