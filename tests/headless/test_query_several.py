"""`mdbtui query` on several databases."""

from __future__ import annotations

import csv
import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mdbtui.cli import main
from mdbtui.config import AppConfig, ConnectionSpec, Environment
from mdbtui.headless import Several, Writing, run_fan_out
from mdbtui.pool import DBConfig
from tests.support.server import PgServer

WRITING = Writing(allowed=True, production=True)
FanOut = Callable[..., Awaitable[tuple[int, str, str]]]


def spec(pg: PgServer, database: str, name: str, *tags: str) -> ConnectionSpec:
    db = DBConfig(
        host=pg.host,
        port=pg.port,
        user=pg.user,
        password=pg.password,
        database=database,
        name=name,
        ssl="disable",
    )
    return ConnectionSpec(name, db, "Tenants", tags, Environment("production"))


@pytest.fixture
def config(pg: PgServer, database: str) -> AppConfig:
    pg.psql(database, "-c", "create table t as select 1 as id, 'x' as v")
    dead = ConnectionSpec("dead", DBConfig(host="127.0.0.1", port=1, name="dead"))
    return AppConfig(
        (
            spec(pg, database, "acme", "eu"),
            spec(pg, "postgres", "beta", "eu", "canary"),
            spec(pg, database, "gamma", "us"),
            dead,
        )
    )


@pytest.fixture
def fan_out(config: AppConfig, capfd: pytest.CaptureFixture[str]) -> FanOut:
    async def fan_out(sql: str, *names: str, **options: Any) -> tuple[int, str, str]:
        chosen = {
            key: options.pop(key)
            for key in (
                *("groups", "where", "concurrency", "timeout", "fail_fast"),
                "writing",
            )
            if key in options
        }
        several = Several(names, **chosen)
        code = await run_fan_out(config, several, sql=sql, environ={}, **options)
        return code, *capfd.readouterr()

    return fan_out


async def test_the_database_comes_first_and_in_order(fan_out: FanOut) -> None:
    code, out, err = await fan_out(
        "select 7 as n, null as nothing", groups=["tenants"], format="csv"
    )
    assert code == 0
    assert out == "database,n,nothing\nacme,7,\nbeta,7,\ngamma,7,\n"
    assert "3 of 3 answered" in err


async def test_a_table_is_drawn_as_for_one(fan_out: FanOut) -> None:
    _, out, _ = await fan_out("select 7 as n", "gamma", "acme", "gamma")
    assert out.splitlines() == [
        " database | n ",
        "----------+---",
        " gamma    | 7",
        " acme     | 7",
        "(2 rows)",
        "",
    ]


@pytest.mark.parametrize(
    ("chosen", "names"),
    [
        ({"where": "eu & !canary"}, "acme"),
        ({"groups": ["TENANTS"], "where": "us | canary"}, "beta gamma"),
        ({"where": "tenants & !(us | name:b*)"}, "acme"),
    ],
)
async def test_targets_are_narrowed(
    fan_out: FanOut, chosen: dict[str, Any], names: str
) -> None:
    _, out, _ = await fan_out("select 1 as one", format="tsv", **chosen)
    assert [line.split("\t")[0] for line in out.splitlines()[1:]] == names.split()


async def test_some_failed_and_all_failed_are_told_apart(fan_out: FanOut) -> None:
    code, out, err = await fan_out(
        "select v from t", "acme", "beta", "dead", format="csv"
    )
    assert code == 4
    assert out == "database,v\nacme,x\n"
    assert 'mdbtui: beta: relation "t" does not exist (42P01)' in err
    assert "LINE 1: select v from t\n                      ^" in err
    assert "mdbtui: dead: nothing accepts connections at 127.0.0.1:1" in err
    assert "1 of 3 answered, 2 failed (1 no such table, 1 down); " in err
    code, out, err = await fan_out("selec 1", "acme", "beta", format="csv")
    assert (code, out) == (5, "")
    assert err.count("LINE 1") == 1  # the same mistake is shown once
    assert "0 of 2 answered, 2 failed (2 syntax)" in err


async def test_json_has_what_each_database_has(fan_out: FanOut) -> None:
    sql = "select * from pg_tables where tablename = 't' limit 1"
    code, out, _ = await fan_out(sql, "acme", "beta", format="json")
    assert code == 0
    assert [row["database"] for row in json.loads(out)] == ["acme"]
    code, out, _ = await fan_out("select 1.50 as n", "acme", "beta", format="jsonl")
    assert sorted(out.splitlines()) == [
        '{"database": "acme", "n": 1.50}',
        '{"database": "beta", "n": 1.50}',
    ]


async def test_many_rows_come_whole_though_memory_is_small(
    config: AppConfig, fan_out: FanOut
) -> None:
    object.__setattr__(config, "result_memory_mb", 1)
    sql = "select g, repeat('x', 50) from generate_series(1, 30000) g"
    code, out, _ = await fan_out(sql, "acme", "beta", "gamma", format="csv")
    assert code == 0
    rows = list(csv.reader(out.splitlines()))
    assert [row[:2] for row in rows[1:]] == [
        [name, str(g)] for name in ("acme", "beta", "gamma") for g in range(1, 30_001)
    ]


async def test_a_failed_database_leaves_no_rows_and_no_file(
    fan_out: FanOut, tmp_path: Path
) -> None:
    sql = """select g, 1 / (g - 20000 * (current_database() = 'postgres')::int)
             from generate_series(1, 20000) g"""
    path = tmp_path / "out.csv"
    code, out, _ = await fan_out(sql, "acme", "beta", format="csv")
    assert code == 4
    assert {line.split(",")[0] for line in out.splitlines()[1:]} == {"acme"}
    code, _, _ = await fan_out(sql, "acme", "beta", format="csv", output=str(path))
    assert code == 4
    assert not path.exists()


async def test_fail_fast_and_time_out(fan_out: FanOut) -> None:
    slow = "select pg_sleep(60 * (current_database() <> 'postgres')::int)"
    code, _, err = await fan_out(slow, "acme", "beta", timeout=0.5)
    assert code == 4
    assert "acme: no complete answer within 0.5 s" in err
    failing = """select pg_sleep(60 * (current_database() <> 'postgres')::int),
                 1 / (length(current_database()) - 8)"""
    code, _, err = await fan_out(failing, "acme", "beta", "gamma", fail_fast=True)
    assert code == 5
    assert "1 failed (1 error 22012), 2 cancelled" in err


@pytest.mark.parametrize(
    ("sql", "options", "words"),
    [
        ("delete from t", {}, "it needs --write: it changes data"),
        (
            "delete from t",
            {"writing": Writing(allowed=True)},
            "needs --production: acme, beta, gamma; nothing was run",
        ),
        ("set a = 1", {"writing": WRITING}, "it runs on one database at a time: SET"),
        ("select 1", {"writing": Writing(canary="acme")}, "go with --write"),
        (
            "delete from t",
            {"writing": replace(WRITING, canary="x")},
            'the canary "x" is none',
        ),
        ("vacuum", {"writing": replace(WRITING, together=True)}, "VACUUM can't run in"),
        ("select 1; select 2", {}, "one statement at a time"),
        (
            "select 1",
            {"where": "eu & (us"},
            "this ( is never closed\n  eu & (us\n       ^",
        ),
        ("select 1", {"where": "eu & uk"}, 'no connection has "uk"'),
        ("select 1", {"groups": ["no"]}, 'there is no group "no" (tenants)'),
    ],
)
async def test_mistakes_in_usage(
    fan_out: FanOut, sql: str, options: dict[str, Any], words: str
) -> None:
    code, out, err = await fan_out(sql, **{"groups": ["tenants"], **options})
    assert (code, out) == (2, "")
    assert words in err


async def test_writes_say_what_was_committed_where(
    fan_out: FanOut, pg: PgServer, database: str
) -> None:
    count = ("-c", "select count(*) from t")
    sql = "insert into t values (2, 'y') returning v"
    code, out, err = await fan_out(
        sql, "acme", "beta", "dead", writing=WRITING, format="csv"
    )
    assert code == 4
    assert out == "database,v\nacme,y\n"
    assert "acme: committed, INSERT 0 1\n" in err
    assert "beta: rolled back\n" in err
    assert "dead: not started\n" in err
    assert "1 of 3 committed, 1 rolled back (1 no such table), 1 not started" in err
    # The canary fails, so nobody follows.
    canary = replace(WRITING, canary="beta")
    code, _, err = await fan_out(sql, "acme", "beta", "gamma", writing=canary)
    assert code == 5
    assert "stopped: beta failed" in err
    assert pg.psql(database, *count) == "2\n"
    # It does well, so all follow.
    canary = replace(WRITING, canary="acme")
    code, _, err = await fan_out(sql, "acme", "gamma", writing=canary)
    assert code == 0
    assert "2 of 2 committed; " in err
    assert pg.psql(database, *count) == "4\n"
    # The server does not allow it, so there is nothing of it.
    together = replace(WRITING, together=True)
    code, _, err = await fan_out(sql, "acme", "gamma", writing=together)
    assert code == 5
    assert "prepared transactions are disabled" in err
    assert pg.psql(database, *count) == "4\n"


def test_the_command_line(pg: PgServer, capfd: pytest.CaptureFixture[str]) -> None:
    url = pg.url("postgres")
    assert (
        main(
            [
                "query",
                "-d",
                url,
                "-d",
                url.replace("postgres?", "template1?"),
                "--timing",
                "--concurrency",
                "2",
                "select 1 as one",
            ]
        )
        == 0
    )
    out, err = capfd.readouterr()
    assert "database" in out
    assert "Time: " in err
    with pytest.raises(SystemExit) as exit_:
        main(["query", "-d", url, "--fail-fast", "select 1"])
    assert exit_.value.code == 2
    with pytest.raises(SystemExit):
        main(["query", "-d", url, "--write", "--canary", "x", "select 1"])
    with pytest.raises(SystemExit):
        main(["query", "-g", "x", "--concurrency", "0", "select 1"])
    assert "for several databases" in capfd.readouterr().err
