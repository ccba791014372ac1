"""Tabs as a user keeps them: restored, named, moved."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from mdbtui.config import state_dir
from tests.support.console import Console, console, dead_spec

SPECS = (dead_spec("shop"), dead_spec("metrics"))


def labels(c: Console) -> list[str]:
    return [tab.label for tab in c.main.workspace.strip.tabs]


async def restored(c: Console, count: int) -> None:
    await c.until(lambda: len(list(c.main.panes)) == count, "not all tabs are back")
    await c.until(lambda: c.main.keeper._task is not None)


async def test_tabs_come_back_with_all_that_they_had() -> None:
    async with console(SPECS) as c:
        await restored(c, 1)
        await c.pilot.press(*"one")
        await c.pilot.press("ctrl+n", *"two", "enter", *"lines", "left")
        await c.pilot.press("alt+r", *"My name", "enter")
        await c.pilot.press("ctrl+n", *"three")
        c.main._use("metrics")
        await c.until(lambda: c.main.panes.active.talk.db_id == "metrics")
        await c.pilot.press("alt+left")
        await c.sees("2 My name · shop")
    async with console(SPECS) as c:
        await restored(c, 3)
        runners = list(c.main.panes)
        assert [r.pane.editor.text for r in runners] == ["one", "two\nlines", "three"]
        assert [r.talk.db_id for r in runners] == ["shop", "shop", "metrics"]
        assert labels(c) == ["1 shop", "2 My name · shop", "3 metrics"]
        assert c.main.panes.active is runners[1]
        assert c.pane.editor.cursor_location == (1, 4)
        await c.pilot.press("X")
        assert c.pane.editor.text == "two\nlineXs"


async def test_what_is_typed_is_on_the_disk_within_a_second() -> None:
    async with console(SPECS) as c:
        await restored(c, 1)
        await c.pilot.press(*"select 42")
        await asyncio.sleep(1.0)
        files = list((state_dir() / "tabs").glob("*/*.tab"))
        assert [f.read_text().endswith("\nselect 42") for f in files] == [True]


async def test_a_closed_tab_stays_closed_and_empty_ones_are_not_kept() -> None:
    async with console(SPECS) as c:
        await restored(c, 1)
        await c.pilot.press(*"one", "ctrl+n", *"two", "ctrl+n", "ctrl+n")
        await c.pilot.press("alt+right", "ctrl+f4")
        await c.until(lambda: len(labels(c)) == 3)
    async with console(SPECS) as c:
        await restored(c, 1)
        await c.until(lambda: c.pane.editor.text == "two")


async def test_tabs_are_moved() -> None:
    async with console(SPECS) as c:
        await restored(c, 1)
        await c.pilot.press(*"a", "ctrl+n", *"b", "ctrl+n", *"c", "alt+pageup")
        assert [r.pane.editor.text for r in c.main.panes] == ["a", "c", "b"]
        assert c.pane.editor.text == "c"
        await c.pilot.press("alt+pagedown", "alt+pagedown")
        assert [r.pane.editor.text for r in c.main.panes] == ["c", "a", "b"]
    async with console(SPECS) as c:
        await restored(c, 3)
        assert [r.pane.editor.text for r in c.main.panes] == ["c", "a", "b"]
        assert c.pane.editor.text == "c"


async def test_a_second_console_has_its_own_tabs() -> None:
    async with console(SPECS) as one:
        await restored(one, 1)
        await one.pilot.press(*"first")
        async with console(SPECS) as two:
            await restored(two, 1)
            assert two.pane.editor.text == ""
            await two.pilot.press(*"second")
        await one.pilot.press(*" goes on")
    async with console(SPECS) as c:
        await restored(c, 2)
        texts = {r.pane.editor.text for r in c.main.panes}
        assert texts == {"first goes on", "second"}


async def test_what_is_typed_before_they_are_back_is_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with console(SPECS) as c:
        await restored(c, 1)
        await c.pilot.press(*"old")
    from mdbtui.config import tabs

    open_store = tabs.open_store

    def slow(base: Path, most: int) -> object:
        import time

        time.sleep(0.5)  # noqa: TID251 - a slow disk
        return open_store(base, most)

    monkeypatch.setattr(tabs, "open_store", slow)
    async with console(SPECS) as c:
        await c.pilot.press(*"new")
        await restored(c, 2)
        assert c.pane.editor.text == "new"
        assert [r.pane.editor.text for r in c.main.panes] == ["new", "old"]


async def test_a_place_that_cannot_be_written_is_told_once() -> None:
    state_dir().parent.mkdir(parents=True)
    state_dir().write_text("a file where the folder should be")
    async with console(SPECS) as c:
        await c.until(lambda: any("Tabs are not kept" in n for n in c.notes()))
        await c.pilot.press(*"goes on")
        assert c.pane.editor.text == "goes on"
