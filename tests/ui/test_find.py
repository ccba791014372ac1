"""Find and replace in the editor, by its keys."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from textual._xterm_parser import XTermParser
from textual.document._document import Selection

from mdbtui.ui.helper import Helper, HelperFailed
from mdbtui.ui.widgets.find_bar import FindBar
from tests.support.console import Console, console
from tests.support.waiting import eventually

TEXT = "select foo, bar\nfrom foo -- Foo\nwhere foobar = 1;\nselect foo"


@asynccontextmanager
async def finding(text: str = TEXT) -> AsyncIterator[Console]:
    async with console([]) as c:
        await c.pilot.press("escape")
        c.pane.editor.load_text(text)
        c.main.action_focus_editor()
        yield c


def _found(c: Console) -> list[str]:
    editor = c.pane.editor
    return [editor.text[slice(*editor.found[i])] for i in range(len(editor.found))]


async def test_matches_are_counted_marked_and_gone_to() -> None:
    async with finding() as c:
        editor = c.pane.editor
        await c.pilot.press("ctrl+f", *"foo")
        await c.sees("1 of 5")
        assert _found(c) == ["foo", "foo", "Foo", "foo", "foo"]
        assert editor.selection == Selection((0, 7), (0, 10))
        marked = [editor._look(row).found for row in range(3)]  # type: ignore[union-attr]
        assert marked == [((7, 10),), ((5, 8), (12, 15)), ((6, 9),)]
        await c.pilot.press("up")
        await c.sees("5 of 5")
        assert editor.selection.start == (3, 7)
        await c.pilot.press("enter", "down")
        await c.sees("2 of 5")
        await c.pilot.press("alt+i")
        await c.sees("2 of 4", "■Aa")
        await c.pilot.press("alt+l")
        await c.sees("2 of 3")
        await c.pilot.press("z")
        await c.sees("none")
        await c.pilot.press("backspace", "escape", "x")
        # Back in the text, where the match was.
        assert editor.text.splitlines()[1] == "from xfoo -- Foo"
        assert not len(editor.found)
        await c.pilot.press("ctrl+f")
        await c.sees("2 of 2")


async def test_a_run_key_never_runs_just_what_was_found() -> None:
    async with finding() as c:
        editor = c.pane.editor
        await c.pilot.press("ctrl+f", *"foobar")
        await c.sees("1 of 1")
        first = TEXT.partition(";")[0]
        for key in ("escape", "ctrl+f"):  # closed, and open again
            assert [step.text for step in editor.steps()] == [first]
            await c.pilot.press(key)
        assert editor.selection == Selection((2, 6), (2, 12))
        await c.pilot.press("escape")
        assert editor.selection == Selection.cursor((2, 6))
        # What the user selected is the user's, also when it was looked for.
        editor.selection = Selection((3, 0), (3, 10))
        await c.pilot.press("ctrl+f")
        await c.sees("2 of 2")
        assert [step.text for step in editor.steps()] == ["select foo"]
        await c.pilot.press("escape")
        assert editor.selection == Selection((3, 0), (3, 10))


async def test_expressions_are_explained_and_replaced_with_groups() -> None:
    async with finding("a=1, b=2\nc=3") as c:
        await c.pilot.press("ctrl+f", "alt+p", *"([a-z])=(")
        await c.sees("unterminated subpattern (at character 9)")
        await c.pilot.press(*r"\d)")
        await c.sees("1 of 3")
        await c.pilot.press("alt+h", *r"\2=\3")
        await c.pilot.press("enter")
        await c.sees("the replacement: invalid group reference 3")
        await c.pilot.press("backspace", "1", "enter")
        await c.until(lambda: c.pane.editor.text == "1=a, b=2\nc=3")
        await c.sees("1 of 2")
        await c.pilot.press("alt+h")
        await c.until(lambda: c.pane.editor.text == "1=a, 2=b\n3=c")
        await c.sees("Replaced 2", "none")
        await c.pilot.press("escape", "ctrl+z")
        assert c.pane.editor.text == "1=a, b=2\nc=3"
        await c.pilot.press("ctrl+z")
        assert c.pane.editor.text == "a=1, b=2\nc=3"


async def test_only_the_selected_lines_are_changed() -> None:
    async with finding("a\na\na\na") as c:
        editor = c.pane.editor
        editor.selection = Selection((1, 0), (3, 0))
        await c.pilot.press("alt+h", "a")
        await c.sees("1 of 2", "■Sel")
        await c.pilot.press("alt+h", *"longer")
        await c.pilot.press("enter", "enter")
        await c.until(lambda: editor.text == "a\nlonger\nlonger\na")
        await c.sees("none")
        await c.pilot.press("alt+n")
        await c.sees("of 2")


async def test_keys_with_alt_come_as_terminals_send_them() -> None:
    async with finding("foo") as c:

        async def send(sequence: str) -> None:
            parser = XTermParser()
            for event in (*parser.feed(sequence), *parser.feed("")):
                c.app.post_message(event)
            await c.pilot.pause()

        await send("\x1bU")
        await c.until(lambda: c.pane.editor.text == "FOO")
        await send("\x1by")  # bound to nothing
        await send("\x1bh")
        await c.sees("Replace")
        await c.pilot.press("x")
        await send("\x1bi")
        await c.sees("■Aa")
        bar = c.pane.query_one(FindBar)
        assert (bar.needle.value, c.pane.editor.text) == ("x", "FOO")


async def test_typing_beside_the_open_bar_counts_anew() -> None:
    async with finding("foo") as c:
        await c.pilot.press("ctrl+f", *"foo")
        await c.sees("1 of 1")
        await c.pilot.press("f3", "end", *" foo")
        await c.sees(" 2 ")
        assert c.pane.editor.text == "foo foo"


async def test_an_endless_expression_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mdbtui.ui.widgets.finder.REGEX_SECONDS", 0.5)
    async with finding("a" * 60) as c:
        await c.pilot.press("ctrl+f", "alt+p", *"(a+)+b")
        await c.sees("it takes longer than 0.5 s")
        bar = c.pane.query_one(FindBar)
        await c.pilot.press("backspace")
        await c.sees("1 of 1")
        process = bar._finder._helper._process
        assert process is not None
        await c.pilot.press("escape")
        await eventually(lambda: process.poll() is not None)


async def test_a_helper_that_was_given_up_answers_again() -> None:
    helper = Helper()
    endless = {"text": "(a+)+b", "regex": True}
    wanted = {"needle": endless, "start": 0, "end": 60}
    try:
        job = asyncio.create_task(helper.ask("find", "a" * 60, 20, **wanted))
        await eventually(lambda: helper._process is not None)
        job.cancel()
        with pytest.raises(asyncio.CancelledError):
            await job
        assert helper._process is None
        with pytest.raises(HelperFailed, match="ended"):
            await helper.ask("nonsense", "", 20)
        wanted["needle"] = {"text": "é", "regex": True}
        head, body = await helper.ask("find", "aé\ud800é", 20, **wanted)
        assert (head["size"], len(body)) == (32, 32)
    finally:
        helper.close()
