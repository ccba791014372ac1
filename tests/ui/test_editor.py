"""The SQL editor as its user sees it."""

from __future__ import annotations

import time

import pytest
from textual import events
from textual.document._document import Selection
from textual.strip import Strip
from textual.widgets import TextArea

from mdbtui.sql.highlight import START, line_tokens
from mdbtui.ui.widgets.editor import SqlEditor
from mdbtui.ui.widgets.editor_paint import ERROR_MARK, STATEMENT_BAR
from mdbtui.ui.widgets.editor_view import SqlView
from tests.support.editor import SCREEN_KEYS, EditorApp, editing
from tests.support.waiting import eventually


def on_screen(editor: SqlEditor) -> list[Strip]:
    """What the terminal shows, of lines that were not repainted the old picture."""
    return editor.screen._compositor.render_strips(editor.app.size)


def screen_lines(editor: SqlEditor) -> list[str]:
    return [strip.text.rstrip() for strip in on_screen(editor)]


def style_at(editor: SqlEditor, y: int, word: str) -> str:
    for segment in on_screen(editor)[y]:
        if word in segment.text:
            return str(segment.style)
    raise AssertionError(f"{word!r} is not in line {y}")


async def test_keywords_strings_and_comments_look_different() -> None:
    async with editing("-- note\nselect 'text', amount from t") as (editor, _):
        looks = {
            style_at(editor, 0, "note"),
            style_at(editor, 1, "select"),
            style_at(editor, 1, "'text'"),
            style_at(editor, 1, "amount"),
        }
        assert len(looks) == 4


async def test_a_comment_opened_above_colours_the_lines_below_and_back() -> None:
    async with editing("\n" + "select 1\n" * 5) as (editor, pilot):
        plain = style_at(editor, 3, "select")
        await pilot.press("slash", "asterisk")
        await eventually(lambda: style_at(editor, 3, "select") != plain)
        await pilot.press("backspace")
        await eventually(lambda: style_at(editor, 3, "select") == plain)


async def test_the_bar_stands_beside_the_statement_that_would_run() -> None:
    text = "select 1;\n\nselect 2,\n  3;\nselect 4;"
    async with editing(text) as (editor, pilot):
        editor.move_cursor((3, 2))
        await pilot.pause()
        barred = [STATEMENT_BAR in line for line in screen_lines(editor)[:5]]
        assert barred == [False, False, True, True, False]
        found = editor.statement()
        assert found is not None
        assert (found.text, found.start, found.line) == ("select 2,\n  3", 11, 2)
        assert text[found.start : found.end] == found.text
        assert [s.text for s in editor.statements()] == ["select 2,\n  3"]
        assert len(editor.statements(everything=True)) == 3


async def test_a_selection_is_what_runs() -> None:
    async with editing("x;\nselect 1; select 2; select 3") as (editor, _):
        editor.selection = Selection((1, 0), (1, 19))
        found = editor.statements()
        assert [s.text for s in found] == ["select 1", "select 2"]
        assert [editor.text[s.start : s.end] for s in found] == [s.text for s in found]
        assert [s.line for s in found] == [1, 1]
        editor.selection = Selection((1, 6), (1, 0))
        assert [s.text for s in editor.statements()] == ["select"]
        editor.selection = Selection((1, 6), (1, 7))
        assert editor.statements() == []


async def test_typing_moves_what_would_run() -> None:
    async with editing("") as (editor, pilot):
        assert editor.statement() is None
        await pilot.press(*"select 1;", "enter", *"select 2")
        found = editor.statement()
        assert found is not None
        assert found.text == "select 2"
        await pilot.press(*["backspace"] * 10)
        assert editor.text == "select 1"


async def test_an_error_is_marked_and_goes_with_the_next_edit() -> None:
    async with editing("select 1,\n  nope from t;") as (editor, pilot):
        message = 'column "nope" does not exist [/b]\x1b[31m'
        editor.mark_error(editor.text.index("nope"), None, message)
        await pilot.pause()
        assert editor.cursor_location == (1, 2)
        line = screen_lines(editor)[1]
        assert ERROR_MARK in line[:4]
        assert 'column "nope" does not exist [/b]' in line
        assert "\x1b" not in line
        assert "underline" in style_at(editor, 1, "ope")
        assert "underline" not in style_at(editor, 1, "from")
        await pilot.press("end")
        assert ERROR_MARK in screen_lines(editor)[1][:4]
        await pilot.press("x")
        assert "does not exist" not in "".join(screen_lines(editor))


async def test_an_error_at_the_very_end_can_be_seen() -> None:
    async with editing("select (") as (editor, pilot):
        editor.mark_error(8, None, "syntax error at end of input")
        await pilot.pause()
        assert "end of input" in screen_lines(editor)[0]
        editor.clear_error()
        assert "end of input" not in screen_lines(editor)[0]
        editor.mark_error(999_999, 5, "far")
        editor.mark_error(-5, 0, "before")


@pytest.mark.parametrize("key", SCREEN_KEYS.split())
async def test_the_screens_keys_reach_the_screen(key: str) -> None:
    async with editing("select 1;\nselect 2;") as (editor, pilot):
        await pilot.press(key)
        assert isinstance(pilot.app, EditorApp)
        assert pilot.app.keys == [key]
        assert editor.text == "select 1;\nselect 2;"
        assert editor.selection.is_empty
        assert editor.has_focus


async def test_enter_keeps_the_indentation() -> None:
    async with editing("  select (") as (editor, pilot):
        await pilot.press("end", "enter", "x")
        assert editor.text == "  select (\n      x"
        await pilot.press("enter", "y")
        assert editor.text == "  select (\n      x\n      y"


async def test_the_texts_ends_are_a_key_away_and_can_be_selected_to() -> None:
    async with editing("one\ntwo\nthree") as (editor, pilot):
        editor.move_cursor((1, 1))
        await pilot.press("ctrl+end")
        assert editor.selection == Selection.cursor((2, 5))
        await pilot.press("ctrl+shift+home")
        assert editor.selected_text == "one\ntwo\nthree"
        await pilot.press("ctrl+home", "ctrl+shift+end")
        assert editor.selection == Selection((0, 0), (2, 5))


async def test_tab_indents_and_shift_tab_takes_it_back() -> None:
    async with editing("a\nb\n\nc") as (editor, pilot):
        await pilot.press("tab")
        assert editor.text == "    a\nb\n\nc"
        assert editor.has_focus
        await pilot.press("ctrl+z", "ctrl+a", "tab")
        assert editor.text == "    a\n    b\n\n    c"
        assert not editor.selection.is_empty
        await pilot.press("shift+tab")
        assert editor.text == "a\nb\n\nc"
        await pilot.press("ctrl+z")
        assert editor.text == "    a\n    b\n\n    c"


@pytest.mark.parametrize("key", ["ctrl+underscore", "ctrl+slash"])
async def test_comments_are_toggled(key: str) -> None:
    text = "  a\n\n    b"
    async with editing(text) as (editor, pilot):
        await pilot.press("ctrl+a", key)
        assert editor.text == "  -- a\n\n  --   b"
        await pilot.press(key)
        assert editor.text == text
        await pilot.press(key, "ctrl+z")
        assert editor.text == text


async def test_undo_and_redo_bring_text_and_colours_back() -> None:
    async with editing("select 1;\nselect 2;") as (editor, pilot):
        before = screen_lines(editor)
        editor.move_cursor((0, 0))
        await pilot.press("apostrophe", "enter", "x")
        after = editor.text
        while editor.text != "select 1;\nselect 2;":
            await pilot.press("ctrl+z")
        await pilot.pause()
        assert screen_lines(editor) == before
        while editor.text != after:
            await pilot.press("ctrl+y")
        state = START
        for row, line in enumerate(editor.document.lines):
            editor._states.advance(row, 1)
            assert editor._states.before(row) == state
            state = line_tokens(line, state)[1]


async def test_brackets_in_strings_are_no_brackets() -> None:
    async with editing("f(')', (a),\n '(' )") as (editor, pilot):
        editor.move_cursor((0, 1))
        await pilot.pause()
        assert editor.matching_bracket_location == (1, 5)
        editor.move_cursor((1, 5))
        await pilot.pause()
        assert editor.matching_bracket_location == (0, 1)
        editor.move_cursor((0, 3))
        await pilot.pause()
        assert editor.matching_bracket_location is None


async def test_the_theme_changes_the_colours() -> None:
    async with editing("select 1") as (editor, pilot):
        dark = style_at(editor, 0, "elect")
        pilot.app.theme = "textual-light"
        await pilot.pause()
        await eventually(lambda: style_at(editor, 0, "elect") != dark)


HOSTILE = "a\x1b[31m\x00\x9b\u202e\ud800\t\u200b漢字😀\r\nb\rc\x0b\x0cd\u2028e; '\t|"


async def test_hostile_characters_stay_within_their_line() -> None:
    async with editing("", (40, 10)) as (editor, pilot):
        pilot.app.post_message(events.Paste(HOSTILE))
        await eventually(lambda: editor.text != "")
        await pilot.pause()
        assert editor.document.line_count == 3
        for y in range(editor.size.height):
            assert editor.render_line(y).cell_length == editor.size.width
        for _ in range(len(HOSTILE)):
            await pilot.press("left")
        await pilot.press("end", "x", "backspace")
        assert editor.statement() is not None


async def test_long_lines_are_painted_only_where_they_show() -> None:
    line = "select " + "é漢 '" * 20_000
    async with editing(f"{line}\n{'x' * 300_000}") as (editor, pilot):
        await pilot.press("end", "down", "end")
        await pilot.pause()
        assert screen_lines(editor)[1].endswith("x")
        assert editor.render_line(0).cell_length == editor.size.width


def _sql(lines: int) -> str:
    block = "select a, 'it''s' as b\nfrom t -- c\nwhere x = 1;\n\n"
    return block * (lines // 4)


async def test_a_key_costs_the_same_in_a_text_of_ten_thousand_lines() -> None:
    async def cost(lines: int) -> float:
        async with editing(_sql(lines), (100, 40)) as (editor, pilot):
            editor.move_cursor((lines // 2, 3))
            await eventually(lambda: editor._current_index().complete)
            spent = []
            for _ in range(30):
                started = time.thread_time()
                editor.insert("x")
                _ = screen_lines(editor)
                spent.append(time.thread_time() - started)
                await pilot.pause(0)
            return sorted(spent)[len(spent) // 2]

    small, large = await cost(200), await cost(10_000)
    # Textual's own text area: more than 10 times as much.
    assert large < 4 * small + 0.002


async def test_a_megabyte_is_pasted_without_a_freeze() -> None:
    async with editing("", (100, 30)) as (editor, pilot):
        text = _sql(84_000)
        assert len(text) > 1_000_000
        started = time.thread_time()
        pilot.app.post_message(events.Paste(text))
        await eventually(lambda: editor.text != "")
        assert time.thread_time() - started < 1.0
        await pilot.press("x")
        assert editor.text == text + "x"
        await eventually(lambda: editor._current_index().complete)
        assert len(editor.statements(everything=True)) == 21_001


def test_the_names_of_textual_that_are_relied_on_are_there() -> None:
    for name in ("_set_document", "_refresh_size", "_build_highlight_map"):
        assert name in TextArea.__dict__
        assert name in SqlView.__dict__
    for name in ("_watch_selection", "_app_theme_changed", "_replace_via_keyboard"):
        assert name in TextArea.__dict__
