"""The server, its tables, and the programs that are measured against each other."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from mdbtui.demo.account import server_account
from mdbtui.demo.places import temporary_folder
from mdbtui.demo.server import EmbeddedServer
from tests.bench.terminal import Terminal

DATABASE = "bench"
TABLES = {
    "bench": """
        create table bench as
        select i as id, (i::bigint * 7919) % 1000000007 as big,
               md5(i::text) as hash, 'user ' || i as name,
               timestamptz '2024-01-01' + i * interval '1 second' as at,
               ((i * 37) % 100000 / 100.0)::numeric(12, 2) as amount,
               sqrt(i) as ratio, i % 3 = 0 as flag, nullif(i % 5, 0) as maybe,
               'note ' || repeat(chr(97 + i % 26), 31 + i % 41) as note
        from generate_series(1, 1000000) i""",
    "long": """
        create table long as
        select i as id, (i::bigint * 7919) % 1000 as device,
               (i % 977) / 7.0::float8 as value, i % 2 = 0 as flag
        from generate_series(1, 10000000) i""",
    # Tells a run's rows from those of the run before.
    "runs": "create sequence runs",
    "wide": "create table wide as select "
    + ", ".join(f"i * {n} as column_{n}" for n in range(1, 301))
    + " from generate_series(1, 1000) i",
}
SETTINGS = {
    "shared_buffers": "1GB",
    "max_connections": "300",
    "autovacuum": "off",
    # All that read a table see its rows from the first one on.
    "synchronize_seqscans": "off",
}

F2, F3, F4, F5 = b"\x1bOQ", b"\x1bOR", b"\x1bOS", b"\x1b[15~"
CTRL_END = b"\x1b[1;5F"
HOME = "MDBTUI_BENCH_HOME"
HARLEQUIN = "MDBTUI_BENCH_HARLEQUIN"
SQLIT = "MDBTUI_BENCH_SQLIT"


@dataclass
class World:
    """A running server with the tables, and a folder for the programs' files."""

    server: EmbeddedServer
    folder: Path

    @property
    def url(self) -> str:
        return self.server.url(DATABASE)

    def psql(self, *arguments: str) -> list[str]:
        """A psql command without start-up files."""
        return [str(self.server.bin_dir / "psql"), "-X", "-q", *arguments, self.url]

    def run_psql(self, sql: str) -> str:
        done = subprocess.run(
            self.psql("-A", "-t", "-c", sql), capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    def program(self, name: str, connections: int = 1) -> Program | None:
        """A console with so many connections configured; None if it isn't there."""
        maker = {"mdbtui": _mdbtui, "sqlit": _sqlit, "harlequin": _harlequin}[name]
        home = self.folder / f"{name}-{connections}"
        shutil.rmtree(home, ignore_errors=True)
        home.mkdir()
        return maker(self, home, connections)

    def programs(self, connections: int = 1) -> list[Program]:
        """Ours and each peer that is installed."""
        names = ("mdbtui", "sqlit", "harlequin")
        found = (self.program(name, connections) for name in names)
        return [program for program in found if program is not None]


@dataclass
class Program:
    """How a console is started and driven.

    Attributes:
        painted: What is on its first full frame, in the order of its painting; the
            frame is complete when all were written.
        connected: What is written when statements can be run.
        to_editor: Keys that let text be typed into the editor.
        run: Keys that run the statement in the editor.
        back: Keys that let text be typed again after that.
        load_all: Keys that fetch all rows and go back to the editor.
    """

    name: str
    argv: list[str]
    home: Path
    painted: tuple[str, ...]
    connected: str
    run: tuple[bytes, ...]
    to_editor: tuple[bytes, ...] = ()
    back: tuple[bytes, ...] = ()
    load_all: tuple[bytes, ...] = ()
    env: dict[str, str] = field(default_factory=dict)

    def start(self, *, rows: int = 48, columns: int = 160) -> Terminal:
        home = str(self.home)
        env = {
            "HOME": home,
            "XDG_CONFIG_HOME": f"{home}/config",
            "XDG_STATE_HOME": f"{home}/state",
            "XDG_DATA_HOME": f"{home}/data",
            "XDG_CACHE_HOME": f"{home}/cache",
            **self.env,
        }
        return Terminal(self.argv, rows=rows, columns=columns, env=env)


def environment() -> dict[str, str]:
    """The environment of an installed program: bytecode is kept, no DB_* or PG*."""
    return {
        name: value
        for name, value in os.environ.items()
        if name not in ("PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED", "NO_COLOR")
        and not name.startswith(("DB_", "PG", "TEXTUAL"))
    }


@contextlib.contextmanager
def world() -> Iterator[World]:
    """Start the server; its folder is kept for the next run if a variable names it."""
    for name in set(os.environ) - set(environment()):
        del os.environ[name]
    kept = os.environ.get(HOME)
    folder = Path(kept) if kept else temporary_folder(server_account())
    folder.mkdir(exist_ok=True)
    # Consoles within this process: their own files, or the last ones' tabs come back.
    shutil.rmtree(folder / "console", ignore_errors=True)
    for name in ("CONFIG", "STATE", "DATA", "CACHE"):
        os.environ[f"XDG_{name}_HOME"] = str(folder / "console" / name.lower())
    server = EmbeddedServer(folder / "server", settings=SETTINGS, copies=folder)
    server.start_blocking()
    try:
        found = World(server, folder)
        _fill(found)
        yield found
    finally:
        server.stop_blocking()
        if not kept:
            shutil.rmtree(folder)


def _fill(world: World) -> None:
    """Make what is missing of the database and its tables."""
    admin = [*world.psql("-A", "-t")[:-1], world.server.url("postgres"), "-c"]
    found = f"select count(*) from pg_database where datname = '{DATABASE}'"
    if subprocess.check_output([*admin, found], text=True).strip() == "0":
        subprocess.run([*admin, f"create database {DATABASE}"], check=True)
    for name, sql in TABLES.items():
        if world.run_psql(f"select to_regclass('{name}')"):
            continue
        print(f"making table {name} …", file=sys.stderr, flush=True)
        world.run_psql(sql)
        if name == "runs":
            continue
        # Else the first reader pays for the hint bits and the visibility map.
        world.run_psql(f"vacuum analyze {name}")
    for name in TABLES:
        if name != "runs":
            world.run_psql(f"select count(*) from {name}")


def _mdbtui(world: World, home: Path, connections: int) -> Program:
    config = home / "config" / "mdbtui"
    config.mkdir(parents=True)
    lines = ["connections:"]
    for number in range(connections):
        lines += [
            f"  bench-{number}:",
            f"    url: {world.server.url(DATABASE)}?sslmode=disable",
        ]
    (config / "config.yaml").write_text("\n".join(lines) + "\n")
    (config / "config.yaml").chmod(0o600)
    return Program(
        "mdbtui",
        [sys.executable, "-m", "mdbtui"],
        home,
        painted=("bench-0", "Messages", "time-outs", "Quit"),
        connected="opened 1",
        run=(F5,),
        load_all=(F4, CTRL_END, F3),
    )


def _sqlit(world: World, home: Path, connections: int) -> Program | None:
    path = os.environ.get(SQLIT)
    if not path:
        return None
    parts = urlsplit(world.url)
    config = home / "config" / "sqlit"
    config.mkdir(parents=True)
    configured = [
        {
            "name": f"bench-{number}",
            "db_type": "postgresql",
            "endpoint": {
                "kind": "tcp",
                "host": parts.hostname,
                "port": str(parts.port),
                "database": DATABASE,
                "username": parts.username,
                "password": parts.password,
            },
        }
        for number in range(connections)
    ]
    payload = {"version": 2, "connections": configured}
    (config / "connections.json").write_text(json.dumps(payload))
    (config / "settings.json").write_text(
        json.dumps({"allow_plaintext_credentials": True})
    )
    return Program(
        "sqlit",
        [path, "-c", "bench-0"],
        home,
        painted=("[q] Query", "[r] Results", "Help: ?"),
        connected="Connected to",
        to_editor=(b"q", b"i"),
        run=(b"\x1b", b"\r"),
        back=(b"i",),
    )


def _harlequin(world: World, home: Path, connections: int) -> Program | None:
    path = os.environ.get(HARLEQUIN)
    if not path:
        return None
    config = home / "config" / "harlequin"
    config.mkdir(parents=True)
    lines = ['default_profile = "bench-0"']
    for number in range(connections):
        lines += [
            f"[profiles.bench-{number}]",
            'adapter = "postgres"',
            f'conn_str = ["{world.url}"]',
            "viewer_max_rows = -1",
        ]
    (config / "config.toml").write_text("\n".join(lines) + "\n")
    return Program(
        "harlequin",
        [path, "--locale", "C"],
        home,
        painted=("Query Editor", "Query Results", "Data Catalog"),
        connected="bench",
        to_editor=(F2,),
        run=(b"\n",),
        back=(F2,),
    )
