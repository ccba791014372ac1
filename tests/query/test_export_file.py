"""The place where a file may be put, and how it gets there."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from mdbtui.query.export_file import (
    ExportError,
    ExportFile,
    FileThere,
    check_place,
    resolved,
)


async def test_the_file_is_there_when_it_is_complete(tmp_path: Path) -> None:
    path = tmp_path / "out"
    file = ExportFile(path)
    await file.open()
    await file.write(b"some")
    await file.flush()
    (temporary,) = tmp_path.iterdir()
    assert (temporary.suffix, temporary.stat().st_mode & 0o777) == (".part", 0o600)
    await file.write(b" bytes")
    await file.commit()
    assert path.read_bytes() == b"some bytes"
    assert list(tmp_path.iterdir()) == [path]
    await file.abort()
    assert path.exists()


async def test_what_is_given_up_is_gone(tmp_path: Path) -> None:
    file = ExportFile(tmp_path / "out")
    await file.abort()
    await file.open()
    await file.write(b"x" * 1_000_000)
    await file.abort()
    await file.abort()
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(ExportError):
        await file.write(b"x" * 1_000_000)


async def test_a_file_is_replaced_only_after_a_yes(tmp_path: Path) -> None:
    path = tmp_path / "out"
    path.write_text("old")
    path.chmod(0o644)
    with pytest.raises(FileThere, match="is there already"):
        await ExportFile(path).open()
    file = ExportFile(path, overwrite=True)
    await file.open()
    await file.write(b"new")
    await file.flush()
    assert path.read_text() == "old"
    await file.commit()
    assert (path.read_text(), path.stat().st_mode & 0o777) == ("new", 0o600)
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("overwrite", [True, False])
async def test_never_through_a_link(tmp_path: Path, overwrite: bool) -> None:
    target = tmp_path / "target"
    for name in ("there", "dangling"):
        link = tmp_path / name
        link.symlink_to(target)
        with pytest.raises(ExportError, match="symbolic link"):
            await ExportFile(link, overwrite=overwrite).open()
        target.write_text("kept")
    assert target.read_text() == "kept"
    # One that comes while the file is written isn't followed either.
    path = tmp_path / "out"
    file = ExportFile(path, overwrite=overwrite)
    await file.open()
    path.symlink_to(target)
    with pytest.raises(ExportError):
        await file.commit()
    await file.abort()
    assert target.read_text() == "kept"
    assert path.is_symlink()
    assert not list(tmp_path.glob(".mdbtui*"))


def test_other_places(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    for path, words in (
        (tmp_path, "not an ordinary file"),
        (fifo, "not an ordinary file"),
        (Path("/dev/null"), "not an ordinary file"),
        (tmp_path / "no" / "x", "there is no folder"),
        (tmp_path / ("x" * 300), "can't be written"),
    ):
        with pytest.raises(ExportError, match=words):
            check_place(path, overwrite=True)
    check_place(tmp_path / "free")


async def test_a_folder_that_takes_no_files(tmp_path: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may write anywhere")
    tmp_path.chmod(0o500)
    with pytest.raises(ExportError, match="Permission denied"):
        await ExportFile(tmp_path / "out").open()


def test_paths_are_shown_as_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = tmp_path.resolve()
    (here / "real").mkdir()
    (here / "link").symlink_to("real")
    monkeypatch.setenv("HOME", str(here))
    monkeypatch.chdir(here / "real")
    assert resolved("a.csv") == here / "real" / "a.csv"
    assert resolved("~/a.csv") == here / "a.csv"
    assert resolved("../link/a.csv") == here / "real" / "a.csv"
    assert resolved("link", here) == here / "link"
    assert resolved("/x/../a") == Path("/a")
    for wrong in ("", " /", "a/", "a\0b", "..", "~nobody-of-that-name/x"):
        with pytest.raises(ExportError):
            resolved(wrong)
