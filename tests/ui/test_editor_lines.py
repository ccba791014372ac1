"""Lines and words are changed by one key, and come back by one undo."""

from __future__ import annotations

from textual.document._document import Selection

from tests.support.console import console
from tests.support.editor import editing

# key, text, selection before, text after, selection after
CASES = [
    ("ctrl+d", "ab\ncd", (0, 1), "ab\nab\ncd", (1, 1)),
    ("ctrl+d", "ab", (0, 2), "ab\nab", (1, 2)),
    ("ctrl+d", "abcd", ((0, 1), (0, 3)), "abcbcd", ((0, 3), (0, 5))),
    ("ctrl+d", "ab\ncd", ((1, 1), (0, 1)), "ab\ncb\ncd", ((1, 1), (2, 1))),
    ("alt+down", "a\nb\nc", (0, 1), "b\na\nc", (1, 1)),
    ("alt+up", "a\nb\nc", (2, 0), "a\nc\nb", (1, 0)),
    ("alt+up", "a\nb", (0, 0), "a\nb", (0, 0)),
    ("alt+down", "a\nb", (1, 0), "a\nb", (1, 0)),
    ("alt+down", "a\nb\nc", ((0, 0), (1, 1)), "c\na\nb", ((1, 0), (2, 1))),
    ("alt+down", "a\nb\nc", ((0, 0), (2, 0)), "c\na\nb", ((1, 0), (2, 1))),
    ("alt+up", "a\nb\nc", ((2, 1), (1, 0)), "b\nc\na", ((1, 1), (0, 0))),
    ("alt+j", "select 1,\n    2\nfrom t", (0, 3), "select 1, 2\nfrom t", (0, 9)),
    ("alt+j", "f(\n  1\n)", ((0, 0), (2, 1)), "f(1)", (0, 3)),
    ("alt+j", "a\n\nb", (0, 0), "a\nb", (0, 1)),
    ("alt+j", "last", (0, 0), "last", (0, 0)),
    ("alt+j", "-- a\n-- b", (0, 0), "-- a b", (0, 4)),
    ("alt+j", "1 -- a\n, 2", (0, 0), "1 -- a\n, 2", (0, 0)),
    ("alt+j", "'--'\n, 2", (0, 0), "'--', 2", (0, 4)),
    ("alt+k", "a\nbcd\ne", (1, 2), "a\ne", (1, 1)),
    ("alt+k", "a\nbcd", (1, 2), "a", (0, 1)),
    ("alt+k", "a\nb\nc", ((0, 0), (2, 0)), "c", (0, 0)),
    ("alt+k", "a", (0, 1), "", (0, 0)),
    ("alt+shift+u", "select ab_c from", (0, 9), "select AB_C from", (0, 9)),
    ("alt+shift+u", "SELECT x", ((0, 0), (0, 6)), "select x", ((0, 0), (0, 6))),
    ("alt+shift+u", "  ", (0, 1), "  ", (0, 1)),
]


def _selection(place: tuple) -> Selection:  # type: ignore[type-arg]
    return Selection(*place) if isinstance(place[0], tuple) else Selection.cursor(place)


async def test_one_key_changes_and_one_undo_brings_back() -> None:
    async with editing("") as (editor, pilot):
        for key, text, before, after, selected in CASES:
            editor.load_text(text)
            editor.selection = _selection(before)
            await pilot.press(key)
            case = f"{key} in {text!r} at {before}"
            assert editor.text == after, case
            assert editor.selection == _selection(selected), case
            if after != text:
                await pilot.press("ctrl+z")
                assert editor.text == text, case
                assert editor.selection == _selection(before), case
                await pilot.press("ctrl+y")
                assert editor.text == after, case


async def test_a_reader_changes_nothing() -> None:
    async with editing("a\nb\nc") as (editor, pilot):
        editor.read_only = True
        editor.move_cursor((1, 1))
        for key in {case[0] for case in CASES}:
            await pilot.press(key)
        assert editor.text == "a\nb\nc"


async def test_the_palette_changes_lines_too() -> None:
    async with console([]) as c:
        await c.pilot.press("escape")
        c.pane.editor.load_text("select 1")
        await c.pilot.press("ctrl+p", *"duplicate the li")
        await c.sees("Duplicate the line")
        await c.pilot.press("enter")
        await c.until(lambda: c.pane.editor.text == "select 1\nselect 1")
        await c.pilot.press("alt+shift+u")
        assert c.pane.editor.text == "select 1\nSELECT 1"
