"""Real PostgreSQL servers for tests."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path

from mdbtui.demo.account import server_account
from mdbtui.demo.places import temporary_folder
from mdbtui.demo.server import EmbeddedServer
from tests.support.waiting import eventually_sync

SETTINGS = {"max_connections": "200", "shared_buffers": "32MB"}


class ServerFarm:
    """Servers in one temporary folder; the first cluster is the others' template."""

    def __init__(self) -> None:
        self.folder = temporary_folder(server_account())
        self._count = 0
        self._template: PgServer | None = None

    def new(self, **settings: str) -> PgServer:
        """A stopped server with a cluster of its own, with these settings besides."""
        if self._template is None:
            # initdb runs once; a copy of its result takes a fifth of its time.
            self._template = PgServer(self.folder / "template", self.folder)
            self._template.start()
            self._template.stop()
        self._count += 1
        home = self.folder / f"server-{self._count}"
        # -p keeps the owner, which is not ours when the tests run as root.
        subprocess.run(["cp", "-Rp", self._template.home, home], check=True)
        return PgServer(home, self.folder, settings)

    def close(self) -> None:
        shutil.rmtree(self.folder)


class PgServer:
    """A server that tests may break.

    `host`, `port`, `user`, `password`, `data_dir`, `bin_dir`, `postmaster_pid` and
    `url(database)` are what a client needs to know.
    """

    def __init__(
        self, home: Path, copies: Path, settings: Mapping[str, str] | None = None
    ) -> None:
        self.home = home
        every = {**SETTINGS, **(settings or {})}
        self._server = EmbeddedServer(home, settings=every, copies=copies)

    @property
    def host(self) -> str:
        return self._server.host

    @property
    def port(self) -> int:
        return self._server.port

    @property
    def user(self) -> str:
        return self._server.user

    @property
    def password(self) -> str:
        return self._server.password

    @property
    def data_dir(self) -> Path:
        return self._server.data_dir

    @property
    def bin_dir(self) -> Path:
        return self._server.bin_dir

    @property
    def postmaster_pid(self) -> int:
        return self._server.postmaster_pid

    def url(self, database: str = "postgres") -> str:
        return self._server.url(database)

    def start(self) -> None:
        """Start it, or start it again on the same port."""
        self._server.start_blocking()

    def stop(self) -> None:
        """Stop it as an administrator would: fast, clients are disconnected."""
        self.thaw()
        self._server.stop_blocking()

    def kill_postmaster(self) -> None:
        """kill -9; returns when all its processes are gone."""
        pids = self.pids()
        os.kill(self.postmaster_pid, signal.SIGKILL)
        eventually_sync(
            lambda: not self._server.running and not any(map(alive, pids)),
            message="server still there",
        )

    def freeze(self) -> None:
        """Stop all its processes where they are: sockets stay open, nobody answers."""
        os.kill(self.postmaster_pid, signal.SIGSTOP)  # first: it makes no new ones
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let a frozen server go on."""
        self._signal(signal.SIGCONT)

    def pids(self) -> list[int]:
        """The postmaster and its children."""
        return [self.postmaster_pid, *children(self.postmaster_pid)]

    def psql(self, database: str, *arguments: str, stdin: str | None = None) -> str:
        """What psql prints (unaligned, without headers); fails with its errors."""
        done = subprocess.run(
            [self.bin_dir / "psql", "-XAtq", "-v", "ON_ERROR_STOP=1", *arguments],
            env={
                **os.environ,
                "PGHOST": self.host,
                "PGPORT": str(self.port),
                "PGUSER": self.user,
                "PGPASSWORD": self.password,
                "PGDATABASE": database,
            },
            input=stdin,
            stdin=subprocess.DEVNULL if stdin is None else None,
            capture_output=True,
            encoding="utf-8",
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def _signal(self, number: signal.Signals) -> None:
        for pid in self.pids():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)


def alive(pid: int) -> bool:
    """Whether a process is there and no zombie."""
    state = subprocess.run(
        ["ps", "-o", "stat=", "-p", str(pid)],
        capture_output=True,
        text=True,
        check=False,
    ).stdout.strip()
    return bool(state) and not state.startswith("Z")


def children(pid: int) -> list[int]:
    """The ids of a process's direct children."""
    lines = subprocess.run(
        ["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    pairs = (line.split() for line in lines)
    return [int(child) for child, parent in pairs if int(parent) == pid]
