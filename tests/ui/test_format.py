"""Formatting in the editor: one key, one undo, and a word about what was left."""

from __future__ import annotations

import pytest
from textual.document._document import Selection

from mdbtui.ui.formatter import _same_place, _told
from tests.support.console import console


async def test_the_statement_the_selection_or_all() -> None:
    text = "select 1,2;\n  select a,'b  c' from t;\nselect 3,4;\nselect (5"
    async with console([]) as c:
        await c.pilot.press("escape")
        editor = c.pane.editor
        editor.load_text(text)
        editor.move_cursor((1, 16))  # in the string
        await c.pilot.press("alt+shift+f")
        made = "select a,\n       'b  c'\nfrom t"
        await c.until(lambda: made in editor.text)
        assert editor.text == text.replace("  select a,'b  c' from t", made)
        assert editor.cursor_location == (2, 12)
        await c.sees("Formatted.")
        await c.pilot.press("ctrl+z")
        assert editor.text == text
        assert editor.cursor_location == (1, 16)
        editor.selection = Selection((0, 0), (0, 11))
        await c.pilot.press("alt+shift+f")
        await c.until(lambda: editor.text.startswith("select 1,\n       2;\n  sel"))
        assert "'b  c' from t;\nselect 3,4" in editor.text
        await c.pilot.press("ctrl+p", *"format all")
        await c.sees("Every statement in the editor")
        await c.pilot.press("enter")
        await c.until(lambda: "select 3,\n       4;\nselect (5" in editor.text)
        told = "Formatted, but 1 statement stays as written: not finished."
        await c.until(lambda: told in c.notes())


@pytest.mark.parametrize(
    ("before", "place"), [("", 0), ("a", 1), ("a,", 2), ("a,b", 6), ("a,bc d", 9)]
)
def test_the_cursor_stays_between_its_letters(before: str, place: int) -> None:
    assert _same_place(before, "a,\n  bc d") == place


def test_what_was_left_is_told() -> None:
    assert _told(0, {}) == ("It is formatted already.", "information")
    assert _told(2, {"too long": 2, "not finished": 1000}) == (
        "Formatted, but 1,002 statements stay as written:"
        " 2 too long, 1,000 not finished.",
        "warning",
    )
