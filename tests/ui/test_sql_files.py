"""A tab's file: opened, saved, and changed by somebody else meanwhile."""

from __future__ import annotations

import asyncio
import os
import stat
from pathlib import Path

import pytest
from textual.events import Paste
from textual.widgets import Input

from mdbtui.ui.sql_files import (
    FileChanged,
    FileTrouble,
    SqlFile,
    completions,
    read_sql,
    save_sql,
    whole_path,
)
from mdbtui.ui.stall import StallMonitor
from tests.support.console import Console, console, dead_spec

SPECS = (dead_spec("shop"),)


@pytest.mark.parametrize(
    "data", [b"select 1\n", b"a\r\nb\r\n", b"\xef\xbb\xbfa\nb", b"", b"a", b"\n"]
)
def test_saving_what_was_read_changes_no_byte(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "a.sql"
    path.write_bytes(data)
    text, file = read_sql(path)
    assert "\r" not in text
    save_sql(file, text)
    assert path.read_bytes() == data


def test_a_save_keeps_the_mode_and_a_new_file_has_the_usual_one(tmp_path: Path) -> None:
    path = tmp_path / "a.sql"
    path.write_text("old")
    path.chmod(0o640)
    _, file = read_sql(path)
    save_sql(file, "new")
    assert path.read_text() == "new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    mask = os.umask(0o027)
    try:
        save_sql(SqlFile(tmp_path / "b.sql"), "x")
    finally:
        os.umask(mask)
    assert stat.S_IMODE((tmp_path / "b.sql").stat().st_mode) == 0o640
    assert sorted(each.name for each in tmp_path.iterdir()) == ["a.sql", "b.sql"]


def test_a_link_stays_one_and_its_target_is_named(tmp_path: Path) -> None:
    target = tmp_path / "folder" / "target.sql"
    target.parent.mkdir()
    target.write_text("old")
    link = tmp_path / "link.sql"
    link.symlink_to(target)
    _, file = read_sql(link)
    saved = save_sql(file, "new")
    assert saved.target == target
    assert link.is_symlink()
    assert target.read_text() == "new"
    assert save_sql(saved.file, "newer").file.size == 5


def test_a_file_that_changed_is_not_overwritten_unasked(tmp_path: Path) -> None:
    path = tmp_path / "a.sql"
    path.write_text("old")
    _, file = read_sql(path)
    path.write_text("of somebody else")
    with pytest.raises(FileChanged):
        save_sql(file, "mine")
    assert path.read_text() == "of somebody else"
    saved = save_sql(file, "mine", overwrite=True)
    path.unlink()
    with pytest.raises(FileChanged):
        save_sql(saved.file, "mine")


def test_what_cannot_be_read_or_written_is_said(tmp_path: Path) -> None:
    latin = tmp_path / "latin.sql"
    latin.write_bytes(b"select 1;\nselect '\xe4'")
    os.mkfifo(tmp_path / "fifo")
    for path, words in (
        (latin, "not UTF-8 in line 2"),
        (tmp_path / "fifo", "not an ordinary file"),
        (tmp_path, "directory"),
        (tmp_path / "none", "No such file"),
    ):
        with pytest.raises(FileTrouble, match=words):
            read_sql(path)
    with pytest.raises(FileTrouble, match="line 2 has a character"):
        save_sql(SqlFile(tmp_path / "a.sql"), "x\n\ud800")
    with pytest.raises(FileTrouble, match="No such file"):
        save_sql(SqlFile(tmp_path / "none" / "a.sql"), "x")
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    with pytest.raises(FileTrouble):
        save_sql(SqlFile(loop), "x")


def test_names_are_completed(tmp_path: Path) -> None:
    for name in ("one.sql", "two.sql", "notes.txt", ".hidden.sql"):
        (tmp_path / name).touch()
    (tmp_path / "old").mkdir()
    assert completions("", tmp_path) == ["old/", "one.sql", "two.sql"]
    assert completions("o", tmp_path) == ["old/", "one.sql"]
    assert completions("no", tmp_path) == ["notes.txt"]
    assert completions(".", tmp_path) == [".hidden.sql"]
    assert completions(f"{tmp_path}/tw") == [f"{tmp_path}/two.sql"]
    assert completions("nowhere/", tmp_path) == []
    for written in ("", "a/", "a\0b"):
        with pytest.raises(FileTrouble):
            whole_path(written, tmp_path)


async def opened(c: Console, path: Path) -> None:
    await c.pilot.press("alt+o")
    await c.sees("Open a file")
    await write_path(c, path)
    await c.until(lambda: c.main.panes.active.tab.file is not None)


async def write_path(c: Console, path: Path) -> None:
    """Paste a path, as it is too long to be typed in a test, and press Enter."""
    c.app.post_message(Paste(str(path)))
    await c.until(lambda: c.app.screen.query_one(Input).value.endswith(str(path)))
    await c.pilot.press("enter")


def label(c: Console) -> str:
    return c.main.panes.active.title


async def test_a_file_is_opened_changed_and_saved(tmp_path: Path) -> None:
    path = tmp_path / "report.sql"
    path.write_text("select 1\n")
    async with console(SPECS) as c:
        await opened(c, path)
        assert c.pane.editor.text == "select 1\n"
        await c.sees("1 report.sql · shop")
        await c.pilot.press("x")
        await c.sees("1 report.sql ● · shop")
        await c.pilot.press("ctrl+z")
        await c.until(lambda: "●" not in c.screen_text.split("\n")[0])
        await c.pilot.press("y", "ctrl+s")
        await c.until(lambda: path.read_text() == "yselect 1\n")
        await c.sees("report.sql · shop")


async def test_the_chooser_goes_through_folders_by_tab_and_enter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "queries").mkdir()
    (tmp_path / "queries" / "weekly report.sql").write_text("select 'weekly'")
    monkeypatch.chdir(tmp_path)
    async with console(SPECS) as c:
        await c.pilot.press("alt+o")
        await c.sees("queries/")
        await c.pilot.press("q", "tab")
        await c.sees("queries/weekly report.sql")
        await c.pilot.press("enter")
        await c.until(lambda: c.pane.editor.text == "select 'weekly'")
        # The same file again is the same tab.
        await c.pilot.press("ctrl+n")
        await opened(c, tmp_path / "queries" / "weekly report.sql")
        assert len(list(c.main.panes)) == 2
        assert c.pane.editor.text == "select 'weekly'"


async def test_save_as_asks_before_it_replaces(tmp_path: Path) -> None:
    (tmp_path / "there.sql").write_text("precious")
    async with console(SPECS) as c:
        await c.pilot.press(*"mine", "ctrl+s")
        await c.sees("Save as")
        await write_path(c, tmp_path / "there")
        await c.sees("Replace the file?")
        await c.pilot.press("escape")
        await c.until(lambda: c.app.screen is c.main)
        assert (tmp_path / "there.sql").read_text() == "precious"
        await c.pilot.press("alt+s")
        await c.sees("Save as")
        await write_path(c, tmp_path / "new")
        await c.until((tmp_path / "new.sql").exists)
        await c.until(lambda: label(c) == "1 new.sql · shop")
        assert (tmp_path / "new.sql").read_text() == "mine"


@pytest.mark.parametrize(
    ("keys", "open_tabs", "content"),
    [
        (["enter"], 1, "xold"),
        (["down", "enter"], 1, "old"),
        (["escape"], 2, "old"),
    ],
)
async def test_closing_asks_about_unsaved_changes(
    tmp_path: Path, keys: list[str], open_tabs: int, content: str
) -> None:
    path = tmp_path / "a.sql"
    path.write_text("old")
    async with console(SPECS) as c:
        await c.pilot.press(*"keep", "ctrl+n")
        await opened(c, path)
        await c.pilot.press("x", "ctrl+f4")
        await c.sees("a.sql has unsaved changes")
        await c.pilot.press(*keys)
        await c.until(lambda: c.app.screen is c.main)
        await c.until(lambda: len(list(c.main.panes)) == open_tabs)
        await c.until(lambda: path.read_text() == content)


@pytest.mark.parametrize(
    ("keys", "text", "content"),
    [
        (["enter"], "theirs", "theirs"),
        (["down", "enter"], "xold", "xold"),
        (["escape"], "xold", "theirs"),
    ],
)
async def test_saving_a_file_that_changed_underneath_asks(
    tmp_path: Path, keys: list[str], text: str, content: str
) -> None:
    path = tmp_path / "a.sql"
    path.write_text("old")
    async with console(SPECS) as c:
        await opened(c, path)
        await c.pilot.press("x")
        path.write_text("theirs")
        await c.pilot.press("ctrl+s")
        await c.sees("a.sql changed on the disk")
        await c.pilot.press(*keys)
        await c.until(lambda: c.app.screen is c.main)
        await c.until(lambda: c.pane.editor.text == text)
        await c.until(lambda: path.read_text() == content)


async def test_coming_back_to_a_tab_looks_at_its_file(tmp_path: Path) -> None:
    path = tmp_path / "a.sql"
    path.write_text("old")
    async with console(SPECS) as c:
        await opened(c, path)
        await c.pilot.press("ctrl+n")
        path.write_text("theirs")
        await c.pilot.press("alt+left")
        await c.sees("a.sql changed on the disk")
        await c.pilot.press("escape")
        # The same change is not asked about again.
        await c.pilot.press("alt+left", "alt+left")
        await asyncio.sleep(0.2)
        assert c.app.screen is c.main
        c.app.app_focus = False
        path.write_text("theirs again")
        c.app.app_focus = True
        await c.sees("a.sql changed on the disk")
        await c.pilot.press("enter")
        await c.until(lambda: c.pane.editor.text == "theirs again")
        path.unlink()
        await c.pilot.press("alt+left", "alt+left")
        await c.until(lambda: any("is gone" in note for note in c.notes()))
        await c.pilot.press("ctrl+s")
        await c.sees("changed on the disk")
        await c.pilot.press("down", "enter")
        await c.until(path.exists)


async def test_files_and_unsaved_changes_survive_a_restart(tmp_path: Path) -> None:
    clean, dirty = tmp_path / "clean.sql", tmp_path / "dirty.sql"
    for path in (clean, dirty):
        path.write_bytes(b"old\r\n")
    async with console(SPECS) as c:
        await opened(c, clean)
        await c.pilot.press("ctrl+n")
        await opened(c, dirty)
        await c.pilot.press("x")
        assert label(c) == "2 dirty.sql ● · shop"
    clean.write_bytes(b"theirs")
    async with console(SPECS) as c:
        await c.until(lambda: len(list(c.main.panes)) == 2)
        await c.until(lambda: label(c) == "2 dirty.sql ● · shop")
        await c.pilot.press("ctrl+s")
        await c.until(lambda: dirty.read_bytes() == b"xold\r\n")
        await c.pilot.press("alt+left")
        await c.sees("clean.sql changed on the disk")


async def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.sql"
    path.write_bytes(b"\xff\xfe\x00")
    async with console(SPECS) as c:
        await c.pilot.press("alt+o")
        await c.sees("Open a file")
        await write_path(c, path)
        await c.until(lambda: any("not UTF-8" in note for note in c.notes()))
        assert c.main.panes.active.tab.file is None


def begins(path: Path, text: str) -> bool:
    with path.open() as file:
        return file.read(len(text)) == text


@pytest.mark.usefixtures("tuned")
async def test_ten_megabytes_do_not_freeze(tmp_path: Path) -> None:
    path = tmp_path / "big.sql"
    line = "insert into measurements values (1, 'it', 3.25, now()); -- line\n"
    path.write_text(line * (10_000_000 // len(line)))
    async with console(SPECS) as c:
        await asyncio.sleep(0.5)
        async with StallMonitor() as stalls:
            await opened(c, path)
            await c.pilot.press("x", "ctrl+s")
            # Not all of it: that would hold up the loop that is watched.
            await c.until(lambda: begins(path, "xinsert"))
            await asyncio.sleep(1.5)
        assert stalls.max_cpu_ms < 400, stalls.summary()
