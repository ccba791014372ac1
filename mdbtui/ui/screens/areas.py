"""The parts of the console that have keys of their own, for help and for keymaps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mdbtui.ui.keymap_check import problems
from mdbtui.ui.screens.help import HelpScreen, keys_of
from mdbtui.ui.widgets.editor import SqlEditor
from mdbtui.ui.widgets.fanout_view import FanOutView, OutcomeGrid
from mdbtui.ui.widgets.find_bar import FindBar
from mdbtui.ui.widgets.grid import ResultGrid
from mdbtui.ui.widgets.plan_view import PlanView
from mdbtui.ui.widgets.pool_panel import PoolPanel
from mdbtui.ui.widgets.results import ResultsPane
from mdbtui.ui.widgets.sidebar import Sidebar

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.binding import BindingType
    from textual.dom import DOMNode

    from mdbtui.config.keys import KeySetting
    from mdbtui.ui.keymaps import Keymap


def areas(
    app: type[DOMNode], main: type[DOMNode]
) -> list[tuple[str, list[BindingType]]]:
    """Each part's title and its bindings; the first works everywhere."""
    parts: tuple[tuple[str, type[DOMNode]], ...] = (
        ("Editor", SqlEditor),
        ("Find and replace", FindBar),
        ("Results", ResultGrid),
        ("Result tabs", ResultsPane),
        ("Plans", PlanView),
        ("Several databases", FanOutView),
        ("Several databases", OutcomeGrid),
        ("Connections", Sidebar),
        ("Pools", PoolPanel),
    )
    everywhere = [*keys_of(main), *keys_of(app)]
    return [("Everywhere", everywhere), *((title, keys_of(c)) for title, c in parts)]


def help_screen(app: type[DOMNode], main: type[DOMNode], keymap: Keymap) -> HelpScreen:
    """The help, with the keys that are in force."""
    listed = [(title, keymap.apply(found)) for title, found in areas(app, main)]
    if keymap.name != "vim":
        return HelpScreen(listed)
    from mdbtui.ui.vim.listed import KEYS

    return HelpScreen(listed, [("Editor with vim's keys", KEYS)])


def key_problems(
    app: type[DOMNode],
    main: type[DOMNode],
    keymap: Keymap,
    settings: Sequence[KeySetting],
) -> list[str]:
    """What is wrong with the user's own keys."""
    return problems(areas(app, main), keymap, settings)
