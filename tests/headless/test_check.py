"""What `mdbtui check` says, and how it ends."""

from __future__ import annotations

import dataclasses
import json
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from mdbtui.config import AppConfig, ConnectionSpec, parse_url
from mdbtui.headless import run_check
from mdbtui.pool import DBConfig
from tests.support.server import PgServer

Check = Callable[..., Awaitable[tuple[int, list[str], str]]]


@pytest.fixture
def check(pg: PgServer, capfdbinary: pytest.CaptureFixture[bytes]) -> Check:
    """Run a check of these databases; return its status, lines and stderr."""

    async def check(
        databases: dict[str, DBConfig], *names: str, **options: Any
    ) -> tuple[int, list[str], str]:
        specs = tuple(
            ConnectionSpec(name, dataclasses.replace(db, name=name))
            for name, db in databases.items()
        )
        capfdbinary.readouterr()
        code = await run_check(AppConfig(connections=specs), names, **options)
        out, err = capfdbinary.readouterr()
        return code, out.decode().splitlines(), err.decode()

    return check


async def test_all_well(check: Check, pg: PgServer) -> None:
    here = parse_url(pg.url())
    code, lines, err = await check({"one": here, "zwei é": here})
    assert (code, err) == (0, "")
    assert [line[:14] for line in lines] == ["ok    one     ", "ok    zwei é  "]
    version = pg.psql("postgres", "-c", "show server_version").split()[0]
    assert all(f" ms  PostgreSQL {version}  " in line for line in lines)
    assert lines[0].index(" ms") == lines[1].index(" ms")


async def test_each_trouble_is_said_and_secrets_are_not(
    check: Check, pg: PgServer
) -> None:
    here = parse_url(pg.url())
    databases = {
        "fine": here,
        "refused": dataclasses.replace(here, port=1),
        "password": dataclasses.replace(here, password="S3NTINEL"),
        "database": dataclasses.replace(here, database="nobody\u202e"),
    }
    code, lines, err = await check(databases)
    assert (code, err) == (1, "")
    assert [line.split()[:2] for line in lines] == [
        ["ok", "fine"],
        ["FAIL", "refused"],
        ["FAIL", "password"],
        ["FAIL", "database"],
    ]
    assert "password" in lines[2][15:]
    assert "\\u202E" in lines[3]
    assert "S3NTINEL" not in "".join(lines)
    assert pg.password not in "".join(lines)


async def test_only_the_named_ones(check: Check, pg: PgServer) -> None:
    here = parse_url(pg.url())
    databases = {"a": here, "b": dataclasses.replace(here, port=1), "c": here}
    code, lines, _ = await check(databases, "c", "a")
    assert (code, [line.split()[1] for line in lines]) == (0, ["a", "c"])
    code, lines, err = await check(databases, "a", "x")
    assert (code, lines) == (2, [])
    assert "no connection x" in err
    code, lines, err = await check({})
    assert (code, lines) == (2, [])
    assert "no connection is configured" in err


async def test_lines_for_programs(check: Check, pg: PgServer) -> None:
    here = parse_url(pg.url())
    databases = {"a": here, "b": dataclasses.replace(here, port=1)}
    code, lines, _ = await check(databases, format="jsonl")
    assert code == 1
    good, bad = map(json.loads, lines)
    assert good["healthy"] is True
    assert good["version"].startswith("1")
    assert good["latency_ms"] >= 0
    assert good["connect_ms"] > 0
    assert (bad["healthy"], bad["version"]) == (False, None)
    assert bad["error"]


async def test_a_frozen_server_is_given_up_in_time(
    check: Check, own_server: PgServer, pg: PgServer
) -> None:
    frozen = dataclasses.replace(parse_url(own_server.url()), connect_timeout=1.0)
    own_server.freeze()
    try:
        begun = time.monotonic()
        code, lines, _ = await check(
            {f"f{i}": frozen for i in range(20)} | {"fine": parse_url(pg.url())}
        )
    finally:
        own_server.thaw()
    assert code == 1
    assert [line.split()[0] for line in lines] == ["FAIL"] * 20 + ["ok"]
    assert time.monotonic() - begun < 15


async def test_closed_output(
    check: Check, pg: PgServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdout", None)
    code, lines, err = await check({"one": parse_url(pg.url())})
    assert (code, lines, err) == (2, [], "mdbtui: standard output is closed\n")
