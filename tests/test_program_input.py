"""What the real program must survive: hostile pastes, hasty keys, tiny terminals."""

from __future__ import annotations

import fcntl
import struct
import termios
from pathlib import Path

import pytest

from tests.support.server import PgServer
from tests.support.terminal import TerminalProgram
from tests.test_program import ended, started, until


def resize(program: TerminalProgram, columns: int, rows: int) -> None:
    size = struct.pack("HHHH", rows, columns, 0, 0)
    fcntl.ioctl(program.master, termios.TIOCSWINSZ, size)


def still_works(program: TerminalProgram) -> None:
    """It answers keys, and ends when it is told to."""
    begin = len(program.output)
    program.send("\x1bOR\x01still here")  # F3, select all
    assert program.process.poll() is None, program.output[-1000:]
    program.read_all()
    assert "here" in program.output[begin:]
    program.send("\x11")
    ended(program, 0)


@pytest.mark.parametrize("escape", ["\x1b\n", "\x1b[31m\x11", "\x11\x1b[15~"])
def test_nothing_pasted_runs(
    pg: PgServer, database: str, tmp_path: Path, escape: str
) -> None:
    pg.psql(database, "-c", "create table t (a int)")
    with started(pg, database, tmp_path) as program:
        program.send("insert into t values (1); -- ")
        until(program, "values")
        program.send(f"\x1b[200~{escape} pasted\n\x1b[201~")
        until(program, "pasted")
        program.read_all()
        still_works(program)
    assert pg.psql(database, "-Atc", "select count(*) from t").strip() == "0"


def test_a_pasted_line_end_accepts_no_dialogue(
    pg: PgServer, database: str, tmp_path: Path
) -> None:
    with started(pg, database, tmp_path) as program:
        program.send("\x0f")  # ctrl+o
        until(program, "to narrow")
        program.send("\x1b[200~nobody\r\n\x1b[201~\x1b[200~\n\x1b[201~x")
        until(program, "nobodyx")
        program.send("\x1b")
        program.read_all()
        still_works(program)


@pytest.mark.parametrize("opening", ["\x10", "\x14", "\x0f"])  # ctrl+p, ctrl+t, ctrl+o
def test_a_page_key_at_once_behind_the_one_that_opens_a_list(
    pg: PgServer, database: str, tmp_path: Path, opening: str
) -> None:
    with started(pg, database, tmp_path) as program:
        for _ in range(2):
            program.send(f"{opening}\x1b[6~\x1b[5~")
            program.read_all()
            program.send("\x1b")
            program.read_all()
        still_works(program)


@pytest.mark.parametrize("opening", ["\x10", "\x14", "\x0f", "\x1bOP"])  # … and F1
def test_a_terminal_that_becomes_tiny_behind_a_dialogue(
    pg: PgServer, database: str, tmp_path: Path, opening: str
) -> None:
    with started(pg, database, tmp_path) as program:
        program.send(opening)
        program.read_all()
        for size in ((4, 24), (1, 24), (1, 1), (0, 0), (8, 24), (80, 1)):
            resize(program, *size)
            program.read_all()
            assert program.process.poll() is None, f"{size}: {program.output[-1000:]}"
        resize(program, 100, 30)
        program.read_all()
        program.send("\x1b")
        program.read_all()
        still_works(program)
