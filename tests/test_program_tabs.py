"""The real program in a pseudo-terminal: tabs over a kill, and $EDITOR."""

from __future__ import annotations

import signal
import stat
from pathlib import Path

import pytest

from mdbtui.config import state_dir
from tests.support.server import PgServer
from tests.support.waiting import eventually_sync
from tests.test_program import ended, started, until

ALT_E = "\x1be"


def kept() -> str:
    files = (state_dir() / "tabs").glob("*/*.tab")
    return "\n".join(path.read_text() for path in files)


def test_kill_9_loses_no_text(pg: PgServer, database: str, tmp_path: Path) -> None:
    with started(pg, database, tmp_path) as program:
        program.send("select 'of the first tab'")
        program.send("\x0e")  # ctrl+n
        until(program, "2 it")
        program.send("select 'of the second tab'")
        eventually_sync(lambda: "the second tab'" in kept(), 5)
        program.signal(signal.SIGKILL)
        program.process.wait()
    with started(pg, database, tmp_path) as program:
        until(program, "'of the second tab'")
        # One more console meanwhile has tabs of its own.
        with started(pg, database, tmp_path) as other:
            other.read_all()
            assert "of the" not in other.output
            other.send("\x11")
            ended(other, 0)
        program.send("\x1b[1;3D")  # alt+left
        until(program, "'of the first tab'")
        program.send("\x11")
        ended(program, 0)
    assert "of the first tab" in kept()


def editor(tmp_path: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "my editor"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    monkeypatch.setenv("VISUAL", f"'{path}' -x")


def test_the_text_goes_to_the_users_editor_and_back(
    pg: PgServer, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen, go_on = tmp_path / "seen", tmp_path / "go-on"
    editor(
        tmp_path,
        f'cp -p "$2" "{seen}"; echo EDITOR IS OPEN\n'
        f'while [ ! -e "{go_on}" ]; do sleep 0.05; done\n'
        "echo '-- added by it' >> \"$2\"",
        monkeypatch,
    )
    sql = "create table made as select 1 as a from pg_sleep(1);"
    with started(pg, database, tmp_path) as program:
        program.send(sql)
        until(program, "pg_sleep")
        program.send("\x1b[15~")  # F5
        until(program, "running")
        program.send(ALT_E)
        until(program, "EDITOR IS OPEN")
        assert seen.read_text() == sql
        assert stat.S_IMODE(seen.stat().st_mode) == 0o600
        # The statement goes on, and so do all pools, while the editor is open.
        eventually_sync(
            lambda: "made" in pg.psql(database, "-Atc", "select relname from pg_class"),
            5,
        )
        program.send("\x03")  # ctrl+c is the editor's, and ends nobody else
        go_on.touch()
        program.read_all()
        if program.process.poll() is None:
            program.send("\x11")
        ended(program, 0)


def test_what_the_editor_did_is_taken_over(
    pg: PgServer, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    editor(tmp_path, "echo '-- added by it' >> \"$2\"", monkeypatch)
    with started(pg, database, tmp_path) as program:
        program.send("select 1;\r")
        until(program, "select 1")
        program.send(ALT_E)
        until(program, "-- added by it")
        program.send("\x11")
        ended(program, 0)


def test_an_editor_that_failed_changes_nothing(
    pg: PgServer, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    editor(tmp_path, 'echo wrong > "$2"; exit 3', monkeypatch)
    with started(pg, database, tmp_path) as program:
        program.send("select 'mine'")
        until(program, "'mine'")
        program.send(ALT_E)
        until(program, "status 3")
        eventually_sync(lambda: "select 'mine'" in kept(), 5)
        assert "wrong" not in kept()
        program.send("\x11")
        ended(program, 0)


def test_an_editor_that_is_not_there_is_told(
    pg: PgServer, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VISUAL", "/no/such/editor")
    with started(pg, database, tmp_path) as program:
        program.send("select 'mine'")
        until(program, "'mine'")
        program.send(ALT_E)
        until(program, "started")
        program.send(" -- goes on")
        until(program, "-- goes on")
        program.send("\x11")
        ended(program, 0)
