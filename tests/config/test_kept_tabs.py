"""The kept tabs: private, whole, in order, and taken over from consoles that ended."""

from __future__ import annotations

import json
import os
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from mdbtui.config.tabs import KeptTab, new_key, open_store

MOST = 50


def tab(text: str, **fields: object) -> KeptTab:
    return KeptTab(new_key(), text, **fields)  # type: ignore[arg-type]


def test_tabs_come_back_as_they_were_and_in_order(tmp_path: Path) -> None:
    store, found = open_store(tmp_path / "tabs", MOST)
    assert found == []
    kept = [
        tab("select 'ä\ud800\n'", db_id="shop", row=1, column=0, name="Näme"),
        tab("x", file="/a/b.sql", mtime_ns=5, size=1, crlf=True, unsaved=True),
        tab("", db_id=None, name="empty", front=True, commit="manual"),
    ]
    for each in kept:
        store.write(each)
    store.write_order([kept[1].key, kept[2].key, kept[0].key])
    store.close()
    _, found = open_store(tmp_path / "tabs", MOST)
    assert found == [kept[1], kept[2], kept[0]]


def test_everything_is_private(tmp_path: Path) -> None:
    store, _ = open_store(tmp_path / "tabs", MOST)
    store.write(tab("select 1"))
    store.write_order([])
    for folder, _, files in os.walk(tmp_path / "tabs"):
        assert stat.S_IMODE(Path(folder).stat().st_mode) == 0o700
        for name in files:
            assert stat.S_IMODE((Path(folder) / name).stat().st_mode) == 0o600
    store.close()


def test_a_running_console_keeps_its_tabs(tmp_path: Path) -> None:
    first, _ = open_store(tmp_path, MOST)
    first.write(tab("of the first"))
    second, found = open_store(tmp_path, MOST)
    assert found == []
    second.write(tab("of the second"))
    first.close()
    third, found = open_store(tmp_path, MOST)
    assert [each.text for each in found] == ["of the first"]
    second.close()
    third.close()
    _, found = open_store(tmp_path, MOST)
    assert {each.text for each in found} == {"of the first", "of the second"}
    assert len(list(tmp_path.iterdir())) == 1


def test_what_there_is_no_room_for_waits(tmp_path: Path) -> None:
    stores = [open_store(tmp_path, 3)[0] for _ in range(2)]
    for store in stores:
        for number in range(2):
            store.write(tab(f"{number}"))
    for store in stores:
        store.close()
    one, found = open_store(tmp_path, 3)
    assert len(found) == 2
    _, found = open_store(tmp_path, 3)
    assert len(found) == 2
    one.close()


@pytest.mark.parametrize(
    "broken",
    [
        b"",
        b"[]\nselect",
        b"{\n",
        b"\xff\xfe",
        b'{"row": "x", "crlf": 7}\n\xff',
        b"9" * 99,
    ],
)
def test_a_broken_file_costs_one_tab(tmp_path: Path, broken: bytes) -> None:
    store, _ = open_store(tmp_path, MOST)
    good = tab("good")
    store.write(good)
    (store.folder / "bad.tab").write_bytes(broken)
    (store.folder / "order.json").write_bytes(broken)
    store.close()
    _, found = open_store(tmp_path, MOST)
    assert found == [good]


def test_wrong_types_become_what_is_usual(tmp_path: Path) -> None:
    store, _ = open_store(tmp_path, MOST)
    good = tab("good")
    store.write(good)
    path = store.folder / f"{good.key}.tab"
    head = {"row": "x", "db_id": 5, "unsaved": 1, "unknown": [], "name": "kept"}
    path.write_bytes(json.dumps(head).encode() + b"\ngood")
    store.close()
    _, found = open_store(tmp_path, MOST)
    assert found == [replace(good, name="kept")]


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    store, _ = open_store(tmp_path / "tabs", MOST)
    victim = tmp_path / "victim"
    victim.write_text("mine")
    kept = tab("text")
    (store.folder / f"{kept.key}.tab").symlink_to(victim)
    store.write(kept)
    assert victim.read_text() == "mine"
    store.close()


def test_a_failed_write_leaves_the_old(tmp_path: Path) -> None:
    store, _ = open_store(tmp_path, MOST)
    kept = tab("old")
    store.write(kept)
    (store.folder / f"{kept.key}.new").mkdir()
    with pytest.raises(IsADirectoryError):
        store.write(replace(kept, text="new"))
    store.close()
    _, found = open_store(tmp_path, MOST)
    assert found == [kept]
