"""Slots: one program in each, and free only when the server is really gone."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from mdbtui.demo.account import server_account
from mdbtui.demo.places import temporary_folder
from mdbtui.demo.server import EmbeddedServer
from mdbtui.demo.slots import MAX_SLOTS, take_slot


@pytest.fixture
def folder() -> Iterator[Path]:
    place = temporary_folder(server_account())
    yield place
    shutil.rmtree(place)


def test_each_takes_the_first_free_one_until_none_is_left(folder: Path) -> None:
    slots = [take_slot(folder) for _ in range(MAX_SLOTS)]
    names = [slot.home.name for slot in slots if slot]
    assert names == [f"slot-{number}" for number in range(1, MAX_SLOTS + 1)]
    assert take_slot(folder) is None
    assert slots[2] is not None
    slots[2].release()
    slots[2] = take_slot(folder)
    assert slots[2] is not None
    assert slots[2].home.name == "slot-3"
    for slot in slots:
        assert slot is not None
        slot.release()


def test_a_slot_stays_taken_as_long_as_its_server_runs(folder: Path) -> None:
    slot = take_slot(folder)
    assert slot is not None
    server = EmbeddedServer(slot.home, lock_fd=slot.lock_fd, copies=folder)
    server.start_blocking()
    try:
        slot.release()  # as the kernel does when the program is killed
        other = take_slot(folder)
        assert other is not None
        other.release()
        assert other.home.name == "slot-2"
    finally:
        server.stop_blocking()
    again = take_slot(folder)
    assert again is not None
    again.release()
    assert again.home == slot.home
