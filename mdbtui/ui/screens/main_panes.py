"""The part of the main screen that moves between its panes and sizes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.screen import Screen

from mdbtui.ui.keymaps import KeymapsMixin, named
from mdbtui.ui.widgets.workspace import PANEL, SIDEBAR

if TYPE_CHECKING:
    from mdbtui.ui.keymaps import Keymap
    from mdbtui.ui.panes import Panes
    from mdbtui.ui.widgets.pool_panel import PoolPanel
    from mdbtui.ui.widgets.query_pane import QueryPane
    from mdbtui.ui.widgets.sidebar import Sidebar
    from mdbtui.ui.widgets.workspace import Workspace


class PaneScreen(Screen[None]):
    """A screen of a sidebar, query panes and a pool panel, and the keys to move.

    The focus moves by `set_focus`, since `Widget.focus` waits its turn: what is typed
    right behind a focus key would go to the wrong pane.
    """

    sidebar: Sidebar
    panel: PoolPanel
    workspace: Workspace
    panes: Panes

    @property
    def keymap(self) -> Keymap:
        """The keys that are in force."""
        app = self.app
        assert isinstance(app, KeymapsMixin)
        return app.keymap

    def __init_subclass__(cls) -> None:
        # Each part of the screen lists its own keys; all have names for a keymap.
        if "BINDINGS" in cls.__dict__:
            cls.BINDINGS = named("", cls.BINDINGS)
        super().__init_subclass__()

    def action_focus_sidebar(self) -> None:
        self.workspace.reveal(SIDEBAR)
        sidebar = self.sidebar
        self.set_focus(sidebar.found if sidebar.filtering else sidebar.objects)

    def action_focus_editor(self) -> None:
        self.set_focus(self._show_centre("editor").editor)

    def action_focus_results(self) -> None:
        self.set_focus(self._show_centre("results").results.front)

    def _show_centre(self, part: str) -> QueryPane:
        pane = self.panes.active.pane
        if self.workspace.alone not in ("", "centre"):
            self.workspace.maximise("")
        if pane.alone not in ("", part):
            pane.maximise(part)
        return pane

    def action_focus_pools(self) -> None:
        if self.panel.has_focus:
            self.workspace.toggle(PANEL)
            self.set_focus(self.panes.active.pane.editor)
        else:
            self.workspace.reveal(PANEL)
            self.set_focus(self.panel)

    def action_toggle_part(self, part: str) -> None:
        if not self.workspace.toggle(part) and self.sidebar.has_focus_within:
            self.set_focus(self.panes.active.pane.editor)

    def action_maximise(self) -> None:
        """Give the focused pane the whole screen, or end that."""
        pane = self.panes.active.pane
        if self.workspace.alone:
            self.workspace.maximise("")
            pane.maximise("")
        elif self.sidebar.has_focus_within:
            self.workspace.maximise(SIDEBAR)
        elif self.panel.has_focus:
            self.workspace.maximise(PANEL)
        else:
            in_editor = pane.editor.has_focus
            self.workspace.maximise("centre")
            pane.maximise("editor" if in_editor else "results")

    def action_resize_side(self, cells: int) -> None:
        if self.workspace.is_wide and self.panel.has_focus:
            self.workspace.grow("right", -cells)
        else:
            self.workspace.grow("left", cells)

    def action_resize_editor(self, lines: int) -> None:
        self.panes.active.pane.grow_editor(lines)
