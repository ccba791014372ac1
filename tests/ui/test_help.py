"""The help under F1."""

from __future__ import annotations

import pytest
from textual.app import App
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.widgets import Input, Static

from mdbtui.ui.key_names import key_name
from mdbtui.ui.screens import help as help_screen
from mdbtui.ui.screens.help import HelpScreen, keys_of, rows
from mdbtui.ui.widgets.editor import SqlEditor

GLOBAL = [
    Binding("f5,ctrl+j,ctrl+enter", "run", "Run"),
    Binding("right_square_bracket", "next", "Next result"),
    ("question_mark", "help", "Help"),
    Binding("x", "hidden"),
]


def shown(screen: HelpScreen) -> str:
    return str(screen.query_one(Static).render())


async def test_keys_are_listed_narrowed_and_closed() -> None:
    app: App[None] = App()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = HelpScreen([("Global", GLOBAL), ("Editor", keys_of(SqlEditor))])
        await app.push_screen(screen)
        await pilot.pause()
        assert "F5 ctrl+j ctrl+Enter" in shown(screen)
        assert "Next result" in shown(screen)
        assert "How to" in shown(screen)
        await pilot.press(*"comment")
        assert "ctrl+/" in shown(screen)
        assert "Next result" not in shown(screen)
        screen.query_one(Input).value = "[/no such key]"
        await pilot.pause()
        assert shown(screen) == "No key like that."
        await pilot.press("escape")
        assert app.screen is not screen


async def test_the_list_scrolls_while_the_keyboard_is_in_the_search_field() -> None:
    app: App[None] = App()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = HelpScreen([("Editor", keys_of(SqlEditor))])
        await app.push_screen(screen)
        await pilot.pause()
        area = screen.query_one(VerticalScroll)
        await pilot.press("pagedown")
        await pilot.pause()
        assert area.scroll_y > 5
        await pilot.press("up")
        assert screen.query_one(Input).has_focus
        widest = screen.query_one("#help").region
        assert widest.right <= 80
        assert widest.bottom <= 24


async def test_a_click_beside_the_window_closes_it() -> None:
    app: App[None] = App()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = HelpScreen([("Global", GLOBAL)])
        await app.push_screen(screen)
        await pilot.pause()
        await pilot.click(offset=(20, 10))
        assert app.screen is screen
        await pilot.click(offset=(0, 0))
        await pilot.pause()
        assert app.screen is not screen


def test_keys_are_written_for_people() -> None:
    assert key_name("ctrl+pageup") == "ctrl+PgUp"
    assert key_name("shift+f5") == "shift+F5"
    assert rows(GLOBAL) == [
        ("F5 ctrl+j ctrl+Enter", "Run", ""),
        ("]", "Next result", ""),
        ("?", "Help", ""),
    ]


def test_every_key_of_the_editor_says_what_it_does() -> None:
    for binding in keys_of(SqlEditor):
        assert isinstance(binding, Binding)
        assert binding.description, binding.key


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("", "run plan fleet targets down rows table"),
        ("f1", "plan targets"),  # no key is called so: what it begins
        ("f12", "plan"),
        ("F8", "fleet"),
        ("n", "rows"),  # the key, and not every n
        ("t", "table"),
        ("alt+t", "targets"),
        ("alt", "plan targets"),
        ("alt+", "plan targets"),
        ("tab", "targets table"),
        ("down", "down"),
        ("own", ""),
        ("run", "run"),
        ("statement ctrl+j", "run"),
        ("show_plan", "plan"),
        ("plan run", ""),
        ("ctrl+enter", "run"),
        ("keys t", "table"),
        ("[/x", ""),
    ],
)
def test_what_is_typed_finds_keys_exactly_and_words_by_how_they_begin(
    typed: str, found: str
) -> None:
    areas = [
        ("Keys", [("F5 ctrl+j ctrl+Enter", "Run the statement", "run")]),
        (
            "More keys",
            [
                ("F12 alt+x", "Explain", "show_plan"),
                ("F8", "At a glance", "fleet"),
                ("alt+t F1x", "Databases for the tab", "targets"),
                ("↓", "Go on", "down"),
                ("n", "Next match", "rows"),
                ("t", "Selected side by side", "table"),
            ],
        ),
    ]
    names = {"show_plan": "plan"}
    shown = help_screen.matching(typed.casefold().split(), areas)
    rows = [names.get(row[2], row[2]) for _, section in shown for row in section]
    assert " ".join(rows) == found
