"""The real program in a pseudo-terminal: what reaches it, and each way it ends."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.server import PgServer
from tests.support.terminal import TerminalProgram
from tests.support.vt import check
from tests.support.waiting import eventually_sync

ENDS_WITHIN = 3.0
NAME = "mdbtui-under-test"
COLOURS = re.compile(r"\x1b\[[0-9;]*m")
ANSI = re.compile(r"\x1b\[[0-9;?<>=$]*[a-zA-Z]")


@contextlib.contextmanager
def started(
    pg: PgServer,
    database: str,
    tmp_path: Path,
    *args: str,
    size: tuple[int, int] = (120, 34),
) -> Iterator[TerminalProgram]:
    """The program on one connection, after its first frame."""
    config = tmp_path / "config.yaml"
    config.write_text(
        f"connections:\n  it:\n    host: {pg.host}\n    port: {pg.port}\n"
        f"    user: {pg.user}\n    password: '{pg.password}'\n"
        f"    database: {database}\n    application_name: {NAME}\n"
    )
    config.chmod(0o600)
    with TerminalProgram(
        Path("-m"), "mdbtui", "--config", str(config), *args, size=size
    ) as program:
        until(program, "no result yet")
        yield program


def until(program: TerminalProgram, text: str, timeout: float = 15.0) -> None:
    """Read until a text was written, whatever its colours."""
    deadline = time.monotonic() + timeout
    while text not in COLOURS.sub("", program.output):
        if time.monotonic() > deadline:
            shown = ANSI.sub(" ", program.output[-3000:])
            pytest.fail(f"no {text!r} in … {shown}")
        program.read()


def type_in(program: TerminalProgram, sql: str) -> None:
    """Type SQL, a key at a time, and run it."""
    program.send(sql)
    until(program, sql[-12:])
    program.send("\x1b[15~")  # F5


def backends(pg: PgServer) -> int:
    """How many server processes work for the program."""
    answer = pg.psql(
        "postgres",
        "-Atc",
        f"select count(*) from pg_stat_activity where application_name = '{NAME}'",
    )
    return int(answer)


def sleeping(pg: PgServer) -> int:
    """How many of them sleep as they were told."""
    return int(
        pg.psql(
            "postgres",
            "-Atc",
            f"select count(*) from pg_stat_activity where application_name = '{NAME}'"
            " and state = 'active' and query like '%pg_sleep(600)%'",
        )
    )


def ended(program: TerminalProgram, status: int) -> None:
    """The program ends in time, with this status, and leaves the terminal as it was."""
    begin = time.monotonic()
    while program.process.poll() is None:
        assert time.monotonic() - begin < ENDS_WITHIN, "it did not end in time"
        program.read(0.02)
    program.read_all()
    assert program.process.returncode == status
    if program.master >= 0:
        assert "\x1b[?1049l" in program.output, "still on the alternate screen"
        assert program.output.rindex("\x1b[?25h") > program.output.rindex("\x1b[?25l")
        assert "Traceback" not in program.output


@pytest.mark.parametrize(
    ("number", "status"),
    [(signal.SIGTERM, 143), (signal.SIGHUP, 129), (signal.SIGINT, 130)],
)
def test_signals_end_it_while_a_statement_runs(
    pg: PgServer,
    database: str,
    tmp_path: Path,
    number: signal.Signals,
    status: int,
) -> None:
    with started(pg, database, tmp_path) as program:
        type_in(program, "select pg_sleep(600);")
        until(program, "running")
        eventually_sync(lambda: sleeping(pg) == 1)
        program.signal(number)
        ended(program, status)
    eventually_sync(lambda: backends(pg) == 0, ENDS_WITHIN)


def test_ctrl_q_ends_it(pg: PgServer, database: str, tmp_path: Path) -> None:
    with started(pg, database, tmp_path) as program:
        program.send("\x11")
        ended(program, 0)
    eventually_sync(lambda: backends(pg) == 0, ENDS_WITHIN)


def test_a_closed_terminal_ends_it(pg: PgServer, database: str, tmp_path: Path) -> None:
    with started(pg, database, tmp_path) as program:
        type_in(program, "select pg_sleep(600);")
        until(program, "running")
        program.hang_up()
        ended(program, 129)
    eventually_sync(lambda: backends(pg) == 0, ENDS_WITHIN)


def test_kill_9_leaves_no_backend_at_work_for_long(
    pg: PgServer, database: str, tmp_path: Path
) -> None:
    with started(pg, database, tmp_path) as program:
        type_in(program, "select pg_sleep(600);")
        until(program, "running")
        program.signal(signal.SIGKILL)
        program.process.wait()
    # client_connection_check_interval: the server looks for us every few seconds.
    eventually_sync(lambda: backends(pg) == 0, 12)


def test_a_frozen_server_does_not_keep_it(own_server: PgServer, tmp_path: Path) -> None:
    with started(own_server, "postgres", tmp_path) as program:
        type_in(program, "select pg_sleep(600);")
        until(program, "running")
        own_server.freeze()
        try:
            program.send("\x11")
            ended(program, 0)
        finally:
            own_server.thaw()


def test_hostile_text_steers_no_terminal(
    pg: PgServer, database: str, tmp_path: Path
) -> None:
    escapes = r"\x1b]52;c;cHduZWQ=\x07\x1b]0;owned\x07\u202e\u009b31m"
    hostile = f"E'{escapes} [/x] [@click=quit]'"
    pg.psql(database, "-c", f'create view v as select {hostile} as a, 1 as "[/y]"')
    pg.psql(
        database,
        "-c",
        f"do $f$ begin execute format('comment on view v is %L', {hostile}); end $f$",
    )
    pg.psql(
        database,
        "-c",
        f"do $f$ begin execute format('create table %I (a int)', {hostile}); end $f$",
    )
    with started(pg, database, tmp_path) as program:
        type_in(program, "select * from v;")
        until(program, "owned")
        program.send("\x1bOS\r")  # F4, Enter: the cell viewer
        program.read_all()
        program.send("\x1b\x1bOQ\x1b[C")  # Esc, F2, open the connection
        until(program, "Tables")
        program.read_all()
        program.send("\x1bOR\x01")  # F3, select all
        type_in(program, f"do $$ begin raise '%', {hostile}; end $$;")
        until(program, "P0001")
        program.read_all()
        program.send("\x11")
        ended(program, 0)
        assert check(program.output.encode()) == []


def test_no_password_in_what_others_can_see(
    pg: PgServer, database: str, tmp_path: Path
) -> None:
    with started(pg, database, tmp_path) as program:
        type_in(program, "select 1;")
        until(program, "1 row")
        listed = subprocess.run(
            ["ps", "-eo", "args"], capture_output=True, text=True, check=True
        )
        assert pg.password not in listed.stdout
        program.send("\x11")
        ended(program, 0)
        assert pg.password not in program.output


def test_keys_that_come_at_once_act_in_their_order(
    pg: PgServer, database: str, tmp_path: Path
) -> None:
    with started(pg, database, tmp_path) as program:
        for number in range(5):
            # Select all, write a statement over it, run it: in one piece. What it
            # gives stands nowhere in what is typed, which may be painted half-way.
            program.send(f"\x1bOR\x01select 'run' || {number} as x;\x1b[15~")
            until(program, f"run{number}")
        # A paste and F5 in one piece.
        program.send("\x01\x1b[200~select 'pas' ||\n 'ted' as x\x1b[201~\x1b[15~")
        until(program, "pasted")
        # A dialog opens, is typed in and accepted.
        program.send("\x0eit is text\x0fit\r")
        until(program, "2 it")
        program.read_all()
        assert "ittext" not in COLOURS.sub("", program.output)
        program.send("\x11")
        ended(program, 0)


def test_a_configuration_mistake_is_told_by_file_line_and_field(
    tmp_path: Path,
) -> None:
    config = tmp_path / "config.yaml"
    config.write_text("connections:\n  it:\n    prot: 5432\n")
    done = subprocess.run(
        [sys.executable, "-m", "mdbtui", "--config", config, "check"],
        capture_output=True,
        text=True,
        timeout=20,
        env=os.environ,
    )
    assert done.returncode == 2
    assert f"{config}:3:" in done.stderr
    assert "connections.it.prot" in done.stderr
    assert "port" in done.stderr
