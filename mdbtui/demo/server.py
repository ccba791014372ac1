"""An embedded PostgreSQL server of one's own: made, started, stopped, never left over.

It listens on 127.0.0.1 alone, with a random password (scram-sha-256), and has no unix
socket. `watcher.py` ends it however the program ends.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

from mdbtui.demo.account import Account, server_account
from mdbtui.demo.binaries import Binaries, find_binaries
from mdbtui.demo.errors import DemoError
from mdbtui.demo.launch import Watched
from mdbtui.demo.threads import off_loop

_INITDB_TIMEOUT = 60.0
_START_TIMEOUT = 30.0
_ORPHAN_TIMEOUT = 10.0
_LOG_TAIL = 2000
# Nothing in a demo or a test cluster outlives a power cut; a killed server loses
# nothing by this.
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # The log is there to explain a failed start, not to collect users' SQL.
    "log_min_messages": "log",
    "log_checkpoints": "off",
}


class EmbeddedServer:
    """One cluster in a folder of its own, and the server process over it.

    Args:
        home: The folder; made when missing. The account that runs the server has to
            be able to reach it (see `places`).
        settings: More of PostgreSQL's settings, by name.
        lock_fd: An open file that the server's watcher keeps open as long as the
            server runs: with `flock`, the folder stays taken until it is really free.
        copies: Where the programs may be copied when the account cannot reach them.

    Attributes:
        home: The folder.
        port: The port on 127.0.0.1; 0 before the first start, the same ever after.
        postmaster_pid: The server's process id; 0 before the first start.
    """

    host = "127.0.0.1"
    user = "postgres"

    def __init__(
        self,
        home: Path,
        *,
        settings: Mapping[str, str] | None = None,
        lock_fd: int | None = None,
        copies: Path | None = None,
    ) -> None:
        self.home = home
        self.port = 0
        self.postmaster_pid = 0
        self._settings = _SETTINGS | dict(settings or {})
        self._lock_fd = lock_fd
        self._copies = copies
        self._account: Account | None = None
        self._binaries: Binaries | None = None
        self._watched: Watched | None = None
        self._password = ""

    @property
    def data_dir(self) -> Path:
        """PostgreSQL's data directory."""
        return self.home / "data"

    @property
    def log_file(self) -> Path:
        """PostgreSQL's own log, made anew at each start."""
        return self.home / "server.log"

    @property
    def bin_dir(self) -> Path:
        """Where PostgreSQL's programs are, psql among them.

        Raises:
            DemoError: They were not found.
        """
        return self._programs().bin_dir

    @property
    def password(self) -> str:
        """The password of `user`, random for each cluster.

        Raises:
            OSError: The cluster has not been made yet.
        """
        if not self._password:
            self._password = (self.home / "password").read_text("ascii")
        return self._password

    @property
    def running(self) -> bool:
        """Whether the server process is alive."""
        return self._watched is not None and self._watched.alive

    def url(self, database: str) -> str:
        """A connection URL, password included."""
        return (
            f"postgresql://{self.user}:{self.password}@{self.host}:{self.port}"
            f"/{quote(database, safe='')}"
        )

    async def start(self) -> None:
        """Make the cluster if need be and start the server, off the event loop.

        Cancelling waits for the running step and leaves no server behind.

        Raises:
            DemoError: No programs, no account, or PostgreSQL refused; with its log.
        """
        try:
            await off_loop(self.start_blocking)
        except asyncio.CancelledError:
            await off_loop(self.stop_blocking)
            raise

    async def stop(self) -> None:
        """Stop the server, off the event loop; a stopped one stays stopped."""
        await off_loop(self.stop_blocking)

    def start_blocking(self) -> None:
        """Make the cluster if need be and start the server; returns when it answers.

        Raises:
            DemoError: No programs, no account, or PostgreSQL refused; with its log.
        """
        if self.running:
            return
        self.stop_blocking()
        self._make_home()
        if not self.data_dir.exists():
            self._initdb()
        _stop_orphan(self.data_dir)
        deadline = time.monotonic() + _START_TIMEOUT
        fixed_port = self.port
        while True:
            port = fixed_port or _free_port()
            if self._launch(port, deadline - time.monotonic()):
                self.port = port
                return
            log = self._log_tail()
            if time.monotonic() > deadline or not _passing(log, bool(fixed_port)):
                raise DemoError("PostgreSQL did not start", log=log)
            threading.Event().wait(0.05)

    def stop_blocking(self) -> None:
        """Stop the server: fast shutdown, and harder when that takes too long."""
        watched, self._watched = self._watched, None
        if watched is not None:
            watched.stop()

    def remove_data(self) -> None:
        """Delete the cluster of a stopped server; the next start makes a new one."""
        _stop_orphan(self.data_dir)
        for name in ("data", "data.new"):
            with contextlib.suppress(FileNotFoundError):
                shutil.rmtree(self.home / name)

    def _programs(self) -> Binaries:
        if self._binaries is None:
            self._account = self._account or server_account()
            self._binaries = find_binaries(self._account, copies=self._copies)
        return self._binaries

    def _make_home(self) -> None:
        self._programs()
        assert self._account is not None
        self.home.mkdir(exist_ok=True)
        if self._account.switched:
            # The account may pass through and change nothing: root writes here.
            os.chown(self.home, 0, self._account.gid)
            self.home.chmod(0o710)
        else:
            self.home.chmod(0o700)

    def _initdb(self) -> None:
        """Make the cluster beside its place: one that is there is complete."""
        programs, account = self._programs(), self._account
        assert account is not None
        self.remove_data()
        fresh = self.home / "data.new"
        fresh.mkdir(mode=0o700)
        account.give(fresh)
        self._password = secrets.token_urlsafe(24)
        _write_private(self.home / "password", self._password)
        password_file = self.home / "password.initdb"
        _write_private(password_file, self._password)
        account.give(password_file)
        command = [
            *(programs.path("initdb"), "-D", str(fresh), "-U", self.user),
            *("--auth=scram-sha-256", f"--pwfile={password_file}", "-E", "UTF8"),
            *("--no-sync", "--wal-segsize=1", "--no-instructions"),
            *_locale_options(programs.major),
        ]
        try:
            done = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                cwd="/",
                timeout=_INITDB_TIMEOUT,
                check=False,
                **account.popen_options(),
            )
        except (OSError, subprocess.SubprocessError) as error:
            raise DemoError(f"initdb could not run: {error}") from error
        finally:
            password_file.unlink()
        if done.returncode != 0:
            raise DemoError(
                f"initdb failed in {self.home}",
                log=done.stdout.decode("utf-8", "replace")[-_LOG_TAIL:],
            )
        fresh.rename(self.data_dir)

    def _launch(self, port: int, timeout: float) -> bool:
        assert self._account is not None
        _write_private(self.log_file, "")
        options = [f"{name}={value}" for name, value in self._settings.items()]
        self._watched = Watched(
            {
                "command": [
                    self._programs().path("postgres"),
                    *("-D", str(self.data_dir), "-p", str(port)),
                    *(word for option in options for word in ("-c", option)),
                ],
                "popen": self._account.popen_options(),
                "log": str(self.log_file),
                "pid_file": str(self.data_dir / "postmaster.pid"),
                "timeout": max(timeout, 1.0),
            },
            lock_fd=self._lock_fd,
        )
        if self._watched.wait_until_ready(timeout + 5):
            self.postmaster_pid = self._watched.server_pid
            return True
        self.stop_blocking()
        return False

    def _log_tail(self) -> str:
        try:
            text = self.log_file.read_text("utf-8", "replace")
        except OSError:
            return ""
        return text.strip()[-_LOG_TAIL:]


def _locale_options(major: int) -> list[str]:
    if major >= 17:  # the same everywhere, whatever the system has
        return ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
    return ["--locale=C.UTF-8" if sys.platform.startswith("linux") else "--locale=C"]


def _write_private(path: Path, text: str) -> None:
    with contextlib.suppress(FileNotFoundError):
        path.unlink()
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(fd, "w", encoding="ascii") as file:
        file.write(text)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((EmbeddedServer.host, 0))
        port: int = probe.getsockname()[1]
        return port


def _passing(log: str, fixed_port: bool) -> bool:
    """Whether another try can help, by what PostgreSQL says."""
    if "pre-existing shared memory block" in log:
        return True  # the processes of a killed server are still ending
    return not fixed_port and "could not create any TCP/IP sockets" in log


def _stop_orphan(data_dir: Path) -> None:
    """Stop a server that lost both its program and its watcher."""
    try:
        pid = int((data_dir / "postmaster.pid").read_text("ascii").split("\n", 1)[0])
        command = subprocess.run(
            ["ps", "-ww", "-o", "command=", "-p", str(pid)],
            capture_output=True,
            text=True,
            timeout=_ORPHAN_TIMEOUT,
            check=False,
        ).stdout
    except (OSError, ValueError, subprocess.SubprocessError):
        return
    if str(data_dir) not in command:
        return  # the number belongs to another process by now
    patience = threading.Event()
    for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
        deadline = time.monotonic() + _ORPHAN_TIMEOUT / 3
        try:
            os.kill(pid, number)
            while time.monotonic() < deadline:
                os.kill(pid, 0)
                patience.wait(0.02)
        except ProcessLookupError:
            return
