"""Keymaps: the keys that are in force, and where they are shown."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path

from textual.widgets import Input, Static

import mdbtui
from mdbtui.config import AppConfig, state_dir
from mdbtui.config.keys import KeySetting, reaches
from mdbtui.ui.app import MdbtuiApp
from mdbtui.ui.key_names import key_name
from mdbtui.ui.keymaps import KEYMAPS, Keymap, said
from mdbtui.ui.screens.areas import areas, key_problems
from mdbtui.ui.screens.main import MainScreen
from mdbtui.ui.screens.main_keys import hints
from tests.support.console import console, spec_of
from tests.support.server import PgServer


def every_area() -> list[tuple[str, list]]:
    return areas(MdbtuiApp, MainScreen)


def known() -> dict[str, str]:
    """The names of the actions, and their usual keys."""
    return {b.id: b.key for _, found in every_area() for b in found if b.id}


def told(*settings: tuple[str, tuple[str, ...]], keymap: str = "default") -> list[str]:
    own = [
        KeySetting(action, keys, f"c.yaml:{line}")
        for line, (action, keys) in enumerate(settings, 1)
    ]
    made = Keymap(keymap, {setting.action: setting.keys for setting in own})
    return key_problems(MdbtuiApp, MainScreen, made, own)


def test_every_key_that_is_listed_can_be_changed() -> None:
    for title, found in every_area():
        if title in ("Find and replace", "Several databases"):
            continue  # labels name the keys; rows have them in common with others
        for binding in found:
            fixed = "escape" in binding.key or binding.action == "escape"
            assert binding.id or fixed or not binding.description, (title, binding)
    actions = {
        (b.id, b.action.removeprefix("app."))
        for _, found in every_area()
        for b in found
        if b.id
    }
    twice = [name for name, n in Counter(name for name, _ in actions).items() if n > 1]
    assert not twice  # one name, one meaning


def test_keymaps_know_only_actions_that_there_are() -> None:
    for name, (_, keys) in KEYMAPS.items():
        assert not set(keys) - set(known()), name


def test_every_action_of_a_keymap_has_a_key_that_terminals_send() -> None:
    for name, (_, changed) in KEYMAPS.items():
        for action, keys in changed.items():
            assert any(map(reaches, keys.split(","))), (name, action)


def test_a_keymap_gives_no_key_away_twice() -> None:
    """Two actions on one key in one area; the defaults have none such either."""
    for name in KEYMAPS:
        keymap = Keymap(name)
        for title, found in every_area():
            owners: dict[str, set[str]] = {}
            for binding in found:
                if binding.id:
                    for key in keymap.keys(binding):
                        owners.setdefault(key, set()).add(binding.id)
            clashes = {key: ids for key, ids in owners.items() if len(ids) > 1}
            assert not clashes, (name, title)


def test_what_is_wrong_with_own_keys_is_told_by_file_and_line() -> None:
    assert told(("run", ("ctrl+l",))) == []
    assert told(("histroy", ("ctrl+l",))) == [
        "c.yaml:1: keys.histroy: no such action; did you mean history?"
    ]
    assert told(("copy_menu", ("ctrl+l",))) == [
        "c.yaml:1: keys.copy_menu: no such action; did you mean results.copy_menu?"
    ]
    assert told(("run", ("ctrl+o",))) == [
        "c.yaml:1: keys.run: ctrl+o is also for “Switch database” (keys.switch);"
        " give one of them another key"
    ]
    assert told(("run", ("ctrl+o",)), ("switch", ("ctrl+l",))) == []
    assert told(("results.sort", ("f5",))) == [
        "c.yaml:1: keys.results.sort: f5 is also for “Run” (keys.run);"
        " give one of them another key".replace("f5", "F5")
    ]
    # One key in two areas is no conflict.
    assert told(("results.sort", ("r",))) == []
    assert told(("run", ("ctrl+enter",))) == [
        "c.yaml:1: keys.run: most terminals cannot send ctrl+Enter; add another key"
    ]
    assert told(("run", ("ctrl+enter", "f5"))) == []
    assert len(told(("run", ("ctrl+l",)), ("switch", ("ctrl+l",)))) == 2


def test_the_key_bar_shows_the_keys_in_force() -> None:
    def bar(keymap: Keymap) -> dict[str, str]:
        return {h.action: h.key for h in hints(keymap, running=True)}

    usual = bar(Keymap())
    assert (usual["run"], usual["switch"]) == ("F5", "^O")
    own = bar(Keymap("default", {"run": ("alt+x",), "switch": ()}))
    assert own["run"] == "M-x"
    assert "switch" not in own
    # The key that every terminal sends is the one to show.
    assert bar(Keymap("datagrip"))["run"] == "F5"
    assert bar(Keymap("datagrip"))["cancel"] == "^F2"


async def test_own_keys_work_and_are_shown(pg: PgServer, database: str) -> None:
    own = (
        KeySetting("run", ("ctrl+l",), "c.yaml:7"),
        KeySetting("editor.delete_line", ("ctrl+y",), "c.yaml:8"),
        KeySetting("hepl", ("ctrl+h",), "c.yaml:9"),
    )
    async with console([spec_of(pg, database)], config=AppConfig(keys=own)) as c:
        await c.sees("c.yaml:9: keys.hepl: no such action", "^L Run")
        await c.run("select 6 * 7 as answer", key="ctrl+l")
        await c.sees("answer", "42")
        c.pane.editor.text = "one\ntwo"
        await c.pilot.press("f3", "f5", "ctrl+y")
        assert c.pane.editor.text == "two"
        await c.pilot.press("f1")
        await c.sees("type to narrow")
        c.app.screen.query_one(Input).value = "delete_line"
        shown = c.app.screen.query_one("#help VerticalScroll Static", Static)
        await c.until(lambda: "ctrl+y" in str(shown.render()))
        assert "alt+k" not in str(shown.render())
        c.app.screen.query_one(Input).value = "bar beside"
        await c.until(lambda: "ctrl+l runs the statement" in str(shown.render()))
        offered = {title: text for title, text, *_ in c.main.commands()}
        assert offered["Run"] == "Key: ctrl+l"
        for binding in dict(every_area())["Everywhere"]:
            if binding.show and binding.description in offered:
                keys = binding.key.replace("f5,ctrl+j,ctrl+enter", "ctrl+l")
                text = offered[binding.description]
                assert text == f"Key: {key_name(keys.partition(',')[0])}"


async def test_hints_name_the_keys_that_are_in_force(
    pg: PgServer, database: str
) -> None:
    own = [
        KeySetting("cancel", ("alt+l",), "x:1"),
        KeySetting("roll_back", (), "x:2"),
        KeySetting("commit", ("f10",), "x:3"),
    ]
    config = AppConfig(keys=tuple(own), keymap="datagrip")
    async with console([spec_of(pg, database)], config=config) as c:
        await c.sees("F5 runs the")
        c.pane.editor.text = "select pg_sleep(60)"
        await c.pilot.press("f3", "f5")
        await c.sees("running · alt+l cancels")
        await c.pilot.press("alt+v")
        await c.sees("A statement runs here. Alt+l cancels it.")
        await c.pilot.press("enter", "alt+l")
        await c.until(lambda: not c.main.panes.active.talk.running)
        await c.run("begin; select 1 / 0", key="shift+f5")
        await c.until(lambda: "“Roll back” rolls all" in c.pane.results.messages_text)
        await c.pilot.press("f10")
        await c.until(lambda: any("“Roll back” rolls it" in n for n in c.notes()))
        await c.pilot.press("alt+m")
        await c.until(lambda: any("F10 commits, “Roll" in n for n in c.notes()))


def test_every_key_that_a_hint_names_is_bound() -> None:
    named = set()
    for path in Path(mdbtui.__file__).parent.rglob("ui/**/*.py"):
        if path.name != "theme_file.py":  # it has another key
            named |= set(re.findall(r"\{key\.(\w+)\}", path.read_text()))
    assert len(named) > 8
    for action in named - {"commit"}:
        assert "“" not in said(f"{{key.{action}}}"), action
    assert said("{key.commit}. {key.commit}, {key.cancel}") == "Alt+c. Alt+c, F9"


async def test_the_keymap_is_switched_and_remembered(
    pg: PgServer, database: str
) -> None:
    async with console([spec_of(pg, database)]) as c:
        await c.pilot.press("f3", "alt+shift+k")
        await c.sees("Keymap (now: default)")
        await c.pilot.press(*"datagrip", "enter")
        await c.until(lambda: c.app.keymap.name == "datagrip")
        editor = c.pane.editor
        editor.text = "one\ntwo"
        await c.pilot.press("alt+shift+down")
        assert editor.text == "two\none"
        await c.pilot.press("ctrl+y")
        assert editor.text == "two"
        await c.pilot.press("alt+shift+k")
        await c.sees("Keymap (now: datagrip)")
        await c.pilot.press(*"vim", "enter")
        await c.sees("NORMAL")
        assert c.app._remembered()["keymap"] == "vim"
    state_dir().mkdir(parents=True, exist_ok=True)
    (state_dir() / "state.json").write_text(json.dumps({"keymap": "vim"}))
    async with console([spec_of(pg, database)]) as c:
        await c.sees("NORMAL")


async def test_vim_in_the_console(pg: PgServer, database: str) -> None:
    async with console([spec_of(pg, database)], config=AppConfig(keymap="vim")) as c:
        press, editor = c.pilot.press, c.pane.editor
        editor.text = "select 1 as a"
        await press("f3", "i")
        await c.sees("INSERT")
        await press("escape", *"yypcw", *"with", "escape", *"wD")
        await c.sees("NORMAL")
        assert editor.text == "select 1 as a\nwith "
        # One command of vim's is one step of undo, and steps outlive a run.
        await press("u", "u")
        assert editor.text == "select 1 as a\nselect 1 as a"
        await press(*"kf1r7", "V", "f5")
        await c.sees("V-LINE", " a", "7")
        assert editor.text == "select 7 as a\nselect 1 as a"
        await press("escape", "u")
        assert editor.text == "select 1 as a\nselect 1 as a"
        await press("ctrl+r")
        assert editor.text == "select 7 as a\nselect 1 as a"
        # Elsewhere, and while text is typed, ctrl+r is the history.
        await press("i", "ctrl+r")
        await c.sees("History")
        await press("escape", "escape")
        await c.sees("NORMAL")
        await press(*":%s/a$/b/")
        await c.sees(":%s/a$/b/")
        await press("enter", *":foo", "enter")
        assert editor.text == "select 7 as b\nselect 1 as b"
        await c.sees("E492: Not an editor command: foo")
        await press(*":w", "space", *"kept", "enter")
        await c.sees("Save as", "kept")
        await press("escape", *":tabnew", "enter")
        await c.until(lambda: len(list(c.main.panes)) == 2)
        await press(*'"0p')  # registers are shared
        await c.until(lambda: "select 1 as a" in c.pane.editor.text)
        await press(*"gT", "ctrl+w", "j")
        await c.until(lambda: c.main.focused in c.pane.results.walk_children())


async def test_the_cursor_is_a_block_only_where_it_covers_a_character(
    pg: PgServer, database: str
) -> None:
    async with console([spec_of(pg, database)], config=AppConfig(keymap="vim")) as c:
        editor = c.pane.editor
        editor.text = "select 1"
        editor.focus()
        await c.sees("NORMAL", "select 1")
        await c.pilot.press("dollar_sign")
        assert editor.drawn_cursor[0] == (0, 7)
        block = editor._current_palette().cursor
        await c.pilot.press("a")
        assert editor.drawn_cursor[0] == (0, 8)
        assert editor._current_palette().cursor != block
        await c.pilot.press("escape")
        # What the mouse selects is vim's selection at the next key.
        editor.selection = type(editor.selection)((0, 0), (0, 6))
        await c.sees("VISUAL")
        await c.pilot.press("U")
        assert editor.text == "SELECT 1"
