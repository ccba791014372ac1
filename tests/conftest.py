"""Fixtures for all tests: a real PostgreSQL server, and none of the user's settings."""

from __future__ import annotations

import gc
import itertools
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from mdbtui.demo.account import server_account
from mdbtui.demo.places import temporary_folder
from mdbtui.query import tune_gc
from tests.support.server import PgServer, ServerFarm

_numbers = itertools.count(1)
# A busy machine makes no example wrong.
settings.register_profile("mdbtui", deadline=None, derandomize=True)
settings.load_profile("mdbtui")


@pytest.fixture(scope="session")
def _homes() -> Iterator[Path]:
    # Not pytest's own folder: an embedded server that root starts cannot enter it.
    folder = temporary_folder(server_account())
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(autouse=True)
def _no_settings_of_the_user(_homes: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A developer's own configuration must not decide whether a test passes."""
    home = _homes / f"home-{next(_numbers)}"
    for name in ("CONFIG", "STATE", "DATA", "CACHE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(home / name.lower()))
    monkeypatch.setenv("HOME", str(home))
    for name in list(os.environ):
        if name.startswith(("DB_", "PG", "POOL_", "MDBTUI_")) or name == "NO_COLOR":
            monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def server_farm() -> Iterator[ServerFarm]:
    """Where all servers of this run live."""
    farm = ServerFarm()
    yield farm
    farm.close()


@pytest.fixture(scope="session")
def pg(server_farm: ServerFarm) -> Iterator[PgServer]:
    """A running server that all tests share; leave it as it was."""
    server = server_farm.new()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def database(pg: PgServer) -> Iterator[str]:
    """The name of an empty database, dropped afterwards whoever is connected."""
    name = f"test_{next(_numbers)}"
    pg.psql("postgres", "-c", f"create database {name} template template1")
    yield name
    pg.psql("postgres", "-c", f"drop database {name} with (force)")


@pytest.fixture
def own_server(server_farm: ServerFarm) -> Iterator[PgServer]:
    """A running server of the test's own, to be killed, frozen and stopped."""
    server = server_farm.new()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def tuned() -> Iterator[None]:
    """The collector as the program sets it up, without what other tests left."""
    before = gc.get_threshold()
    gc.collect()
    gc.freeze()
    tune_gc()
    yield
    gc.set_threshold(*before)
    gc.unfreeze()
