"""The demo: made once, kept, made anew when it is not whole, one in each slot."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest

from mdbtui.demo import Demo, DemoError, start, start_demo
from mdbtui.demo.account import server_account
from mdbtui.demo.databases import DATABASES, MEASUREMENTS
from mdbtui.demo.places import temporary_folder
from mdbtui.demo.server import EmbeddedServer
from tests.support.server import alive
from tests.support.waiting import eventually_sync

# One number for all rows of a table in any order.
CHECKSUM = """
select sum(hashtextextended(t::text, 0)::numeric)::text || '/' || count(*) from {} as t
"""
TABLES = """
select quote_ident(n.nspname) || '.' || quote_ident(relname)
from pg_class as c join pg_namespace as n on n.oid = relnamespace
where relkind in ('r', 'm') and n.nspname !~ '^(pg_|information_schema)' order by 1
"""


@pytest.fixture(scope="module")
def kept() -> Iterator[Path]:
    """A data folder with a whole demo in it, made once for this module."""
    folder = temporary_folder(server_account())
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(folder))
        asyncio.run(start_and_stop(reset=False))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def data_home(kept: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The program finds the kept demo."""
    monkeypatch.setenv("XDG_DATA_HOME", str(kept))
    return kept


@pytest.fixture
def light(monkeypatch: pytest.MonkeyPatch) -> None:
    """A demo with one small database, for tests that are not about the others."""

    async def make(server: EmbeddedServer, progress: Callable[[str], None]) -> None:
        progress("made")
        connection = await asyncpg.connect(server.url("postgres"), ssl=False)
        await connection.execute("create database shop")
        await connection.close()

    monkeypatch.setattr(start, "make_databases", make)


async def start_and_stop(*, reset: bool) -> list[str]:
    said: list[str] = []
    demo = await start_demo(reset=reset, progress=said.append)
    await demo.stop()
    return said


@asynccontextmanager
async def running(
    said: list[str] | None = None, *, reset: bool = False
) -> AsyncIterator[Demo]:
    said = [] if said is None else said
    demo = await start_demo(reset=reset, progress=said.append)
    try:
        yield demo
    finally:
        await demo.stop()


@asynccontextmanager
async def connected(demo: Demo, name: str) -> AsyncIterator[asyncpg.Connection]:
    db = next(spec.db for spec in demo.connections if spec.name == name)
    assert db.password is not None
    connection = await asyncpg.connect(
        host=db.host,
        port=db.port,
        user=db.user,
        password=db.password.reveal(),
        database=db.database,
        ssl=False,
        timeout=10,
    )
    try:
        yield connection
    finally:
        await connection.close(timeout=5)


async def checksums(demo: Demo) -> dict[str, str]:
    """What is in every table of every database."""
    found = {}
    for name in DATABASES:
        async with connected(demo, name) as connection:
            for (table,) in await connection.fetch(TABLES):
                value = await connection.fetchval(CHECKSUM.format(table))
                found[f"{name}.{table}"] = value
    return found


async def test_the_connections_look_like_real_life(data_home: Path) -> None:
    async with running() as demo:
        specs = {spec.name: spec for spec in demo.connections}
        assert list(specs) == [*DATABASES, "tenant_ember", "legacy"]
        environments = {s.environment.name for s in specs.values() if s.environment}
        assert environments == {"development", "staging", "production"}
        assert len({spec.group for spec in specs.values()}) == 3
        assert all(spec.db.id == name for name, spec in specs.items())
        tenants = [spec for spec in specs.values() if spec.group == "Tenants"]
        assert len(tenants) == 5
        assert len({(spec.tags, spec.environment) for spec in tenants}) == 1
        assert "•••" in repr(specs["shop"])
        for name in DATABASES:
            async with connected(demo, name) as connection:
                assert await connection.fetchval("select current_database()") == name


async def test_a_tenant_and_another_one_are_certainly_down(data_home: Path) -> None:
    async with running() as demo:
        ember, legacy = (spec.db for spec in demo.connections[-2:])
        assert (ember.host, ember.port) == (legacy.host, legacy.port)
        with socket.socket() as client, pytest.raises(ConnectionRefusedError):
            client.connect((legacy.host, legacy.port))
        # Nobody else can open it meanwhile.
        with socket.socket() as other, pytest.raises(OSError, match="in use"):
            other.bind((legacy.host, legacy.port))


async def test_the_second_start_is_quick_and_finds_what_was_changed(
    data_home: Path,
) -> None:
    async with running() as demo, connected(demo, "shop") as connection:
        await connection.execute("create table if not exists mine as select 42 as n")
    began = time.monotonic()
    said: list[str] = []
    async with running(said) as demo:
        assert time.monotonic() - began < 10  # 0.1 s on a quiet machine
        async with connected(demo, "shop") as connection:
            assert await connection.fetchval("select n from mine") == 42
            await connection.execute("drop table mine")
    assert said == ["Starting PostgreSQL …", "Sample databases are ready"]


async def test_killed_while_it_is_made_it_is_made_anew_with_the_same_rows(
    data_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running() as demo:
        expected = await checksums(demo)
    other = temporary_folder(server_account())
    monkeypatch.setenv("XDG_DATA_HOME", str(other))
    try:
        await asyncio.to_thread(kill_while_making, other)
        said: list[str] = []
        async with running(said) as demo:
            assert await checksums(demo) == expected
        assert any("a million rows" in text for text in said)
    finally:
        shutil.rmtree(other)


def kill_while_making(data_home: Path) -> None:
    """Kill a program in the middle of making the demo; its server ends too."""
    code = (
        "import asyncio; from mdbtui.demo import start_demo;"
        "asyncio.run(start_demo(reset=False, progress=lambda s: print(s, flush=True)))"
    )
    program = subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "XDG_DATA_HOME": str(data_home)},
        cwd=Path(__file__).parents[2],
    )
    assert program.stdout is not None
    assert any("tenant" in line for line in program.stdout)  # the first is ready
    slot = data_home / "mdbtui" / "demo" / "slot-1"
    server = int((slot / "data" / "postmaster.pid").read_text().split()[0])
    program.send_signal(signal.SIGKILL)
    program.wait()
    program.stdout.close()
    eventually_sync(lambda: not alive(server), timeout=3, message="an orphan server")
    assert (slot / "data").is_dir()
    assert not (slot / "complete.json").exists()


async def test_the_databases_hold_what_they_promise(data_home: Path) -> None:
    async with running() as demo:
        async with connected(demo, "metrics") as metrics:
            count = "select count(*) from measurements"
            assert await metrics.fetchval(count) == MEASUREMENTS == 1_000_000
            parts = "select count(*) from pg_inherits where inhparent::regclass::text"
            assert await metrics.fetchval(f"{parts} = 'measurements'") == 4
            assert await metrics.fetchval("select sum(samples) from daily") == 1_000_000
        async with connected(demo, "shop") as shop:
            kinds = await shop.fetchval(
                "select string_agg(distinct relkind::text, '' order by relkind::text)"
                " from pg_class where relnamespace::regnamespace::text"
                " in ('public', 'reporting', 'audit')"
            )
            assert set("rvmSi") <= set(kinds)
            contents = "select string_agg(body || coalesce(title, ''), '') from reviews"
            text = await shop.fetchval(contents)
            for hostile in ("[/x]", "\x1b]0;", "\u202e", "とても", "=HYPERLINK"):
                assert hostile in text
            placed = "select min(id) from orders where status = 'placed'"
            order = await shop.fetchval(placed)
            await shop.execute(f"call cancel_order({order}, 'test')")
            events = await shop.fetch(
                "select old_status, new_status from audit.order_events"
                f" where order_id = {order} order by id desc limit 1"
            )
            assert [tuple(event) for event in events] == [("placed", "cancelled")]
            with pytest.raises(asyncpg.RaiseError):
                await shop.execute("call cancel_order(-1)")


async def test_one_tenant_deviates_and_the_others_are_alike(data_home: Path) -> None:
    shape = """
        select table_name, column_name, data_type from information_schema.columns
        where table_schema = 'public'
        union all select tablename, indexname, '' from pg_indexes
        where schemaname = 'public' order by 1, 2
    """
    async with running() as demo:
        shapes = {}
        for name in ("acme", "borealis", "cobalt", "dune"):
            async with connected(demo, f"tenant_{name}") as tenant:
                shapes[name] = {tuple(row) for row in await tenant.fetch(shape)}
    assert shapes["acme"] == shapes["borealis"] == shapes["cobalt"]
    assert shapes["acme"] - shapes["dune"] == {
        ("invoices", "amount", "numeric"),
        ("invoices", "invoices_unpaid", ""),
        ("tasks", "estimate", "interval"),
    }
    assert ("users", "legacy Id", "integer") in shapes["dune"] - shapes["acme"]


@pytest.mark.usefixtures("light")
async def test_a_second_program_takes_a_place_of_its_own() -> None:
    async with running() as first:
        async with running() as second:
            ports = [demo.connections[0].db.port for demo in (first, second)]
            assert ports[0] != ports[1]
        said: list[str] = []
        async with running(said):  # the second place is free again, and whole
            assert "made" not in said


@pytest.mark.usefixtures("light")
async def test_reset_upgrade_and_damage_make_it_anew(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert "made" in await start_and_stop(reset=False)
    assert "made" not in await start_and_stop(reset=False)
    assert "made" in await start_and_stop(reset=True)
    monkeypatch.setattr(start, "fingerprint", lambda: "of a later version")
    assert "made" in await start_and_stop(reset=False)
    slot = Path(os.environ["XDG_DATA_HOME"]) / "mdbtui" / "demo" / "slot-1"
    (slot / "data" / "global" / "pg_control").unlink()
    said = await start_and_stop(reset=False)
    assert "made" in said
    assert any("making it anew" in text for text in said)
    assert "made" not in await start_and_stop(reset=False)


@pytest.mark.usefixtures("light")
async def test_without_a_lasting_place_it_is_temporary_and_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(start, "lasting_folder", lambda wanted, account: None)
    said: list[str] = []
    async with running(said) as demo:
        assert "removed at the end" in demo.note
        assert said[0] == demo.note
        assert demo._temporary is not None
        assert demo._temporary.is_dir()
    assert not demo._temporary.exists()


async def test_what_fails_while_making_is_told_and_leaves_nothing_behind(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pids: list[int] = []

    async def fail(server: EmbeddedServer, progress: Callable[[str], None]) -> None:
        pids.append(server.postmaster_pid)
        raise ExceptionGroup("several", [OSError("No space left on device")])

    monkeypatch.setattr(start, "make_databases", fail)
    with pytest.raises(DemoError, match="No space left on device"):
        await start_demo(reset=False, progress=lambda text: None)
    assert not alive(pids[0])
    slot = Path(os.environ["XDG_DATA_HOME"]) / "mdbtui" / "demo" / "slot-1"
    assert not (slot / "complete.json").exists()


async def test_cancelled_while_it_is_made_it_leaves_no_server() -> None:
    making = asyncio.Event()

    def progress(text: str) -> None:
        if "Making" in text:
            making.set()

    starting = asyncio.create_task(start_demo(reset=False, progress=progress))
    await asyncio.wait_for(making.wait(), 30)
    slot = Path(os.environ["XDG_DATA_HOME"]) / "mdbtui" / "demo" / "slot-1"
    pid = int((slot / "data" / "postmaster.pid").read_text().split()[0])
    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting
    assert not alive(pid)
    assert not (slot / "complete.json").exists()


@pytest.mark.usefixtures("light")
async def test_the_marker_is_whole_or_absent() -> None:
    async with running():
        pass
    slot = Path(os.environ["XDG_DATA_HOME"]) / "mdbtui" / "demo" / "slot-1"
    content = json.loads((slot / "complete.json").read_text())
    assert content == {"databases": start.fingerprint()}
    (slot / "complete.json").write_text('{"databases": "')
    assert "made" in await start_and_stop(reset=False)
