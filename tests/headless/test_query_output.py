"""`mdbtui query --output` and the formats that are not psql's."""

from __future__ import annotations

import csv
import io
import json
import os
import pty
import resource
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from mdbtui.cli import main
from mdbtui.config import AppConfig
from mdbtui.headless import run_query
from tests.support.server import PgServer
from tests.support.waiting import eventually_sync

Query = Callable[..., Awaitable[tuple[int, bytes, str]]]
SQL = r"""select * from (values (1, 'a|b', ''), (2, null, E'x\ty'), (3, E'l\nm', '"'))
  v(id, a, b) order by id"""


@pytest.fixture
def query(
    pg: PgServer, database: str, capfdbinary: pytest.CaptureFixture[bytes]
) -> Query:
    async def query(sql: str = SQL, **options: Any) -> tuple[int, bytes, str]:
        capfdbinary.readouterr()
        code = await run_query(
            AppConfig(), pg.url(database), sql=sql, environ={}, **options
        )
        out, err = capfdbinary.readouterr()
        return code, out, err.decode()

    return query


async def test_tsv(query: Query) -> None:
    code, out, _ = await query(format="tsv")
    assert code == 0
    assert out == b'id\ta\tb\n1\ta|b\t""\n2\t\t"x\ty"\n3\t"l\nm"\t""""\n'
    # Of a statement that COPY does not take:
    _, out, _ = await query("show server_version_num", format="tsv")
    assert out.startswith(b"server_version_num\n1")


async def test_markdown_and_inserts(query: Query) -> None:
    _, out, _ = await query(f"{SQL}; select 1 as one", format="markdown")
    assert out.decode() == (
        "| id | a | b |\n| ---: | --- | --- |\n"
        '| 1 | a\\|b |  |\n| 2 | NULL | x\ty |\n| 3 | l<br>m | " |\n'
        "\n| one |\n| ---: |\n| 1 |\n"
    )
    _, out, _ = await query(SQL, format="insert", table="Shop.items")
    assert out.decode().splitlines()[0] == (
        'INSERT INTO "shop"."items" ("id", "a", "b") VALUES (1, \'a|b\', \'\');'
    )


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"format": "insert"}, "--table NAME"),
        ({"format": "insert", "table": "a; drop table b"}, "not the name of a table"),
        ({"output": "/nowhere/x"}, "there is no folder /nowhere"),
        ({"output": "/dev/null", "overwrite": True}, "not an ordinary file"),
    ],
)
async def test_wrong_usage(query: Query, options: Any, words: str) -> None:
    code, out, err = await query(**options)
    assert (code, out) == (2, b"")
    assert words in err


async def test_the_file_holds_what_would_be_printed(
    query: Query, tmp_path: Path
) -> None:
    sql = f"{SQL}; create temp table t (i int); insert into t values (1) returning i"
    for format in ("table", "csv", "tsv", "json", "jsonl", "markdown", "insert"):
        path = tmp_path / format
        _, printed, said = await query(sql, format=format, table="t")
        code, out, err = await query(
            sql, format=format, table="t", output=str(path), timing=False
        )
        assert (code, out, err) == (0, b"", said)
        assert path.read_bytes() == printed
        assert path.stat().st_mode & 0o777 == 0o600
    assert len(list(tmp_path.iterdir())) == 7


async def test_a_file_is_replaced_only_when_told(query: Query, tmp_path: Path) -> None:
    path = tmp_path / "out"
    path.write_text("old")
    code, _, err = await query("select 1/0", output=str(path))
    assert (code, path.read_text()) == (2, "old")
    assert "is there already" in err
    code, _, err = await query("select 1/0", output=str(path), overwrite=True)
    assert (code, path.read_text()) == (1, "old")
    assert "division by zero" in err
    code, _, _ = await query(
        "select 1 as a", output=str(path), overwrite=True, format="csv"
    )
    assert (code, path.read_text()) == (0, "a\n1\n")
    assert list(tmp_path.iterdir()) == [path]


def program(pg: PgServer, database: str, path: Path, sql: str) -> list[str]:
    code = "import sys; from mdbtui.cli import main; sys.exit(main(sys.argv[1:]))"
    command = ["query", "-d", pg.url(database), "--format", "csv", "-o", str(path), sql]
    return [sys.executable, "-c", code, *command]


@pytest.mark.parametrize(
    "sql", ["select pg_sleep(60)", "select generate_series(1, 1e9)"]
)
def test_a_signal_leaves_no_file(
    pg: PgServer, database: str, tmp_path: Path, sql: str
) -> None:
    with subprocess.Popen(
        program(pg, database, tmp_path / "out", sql), stderr=subprocess.PIPE
    ) as process:
        eventually_sync(lambda: list(tmp_path.iterdir()) != [], message="not begun")
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 130
        assert process.stderr is not None
        assert b"Traceback" not in process.stderr.read()
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_said(pg: PgServer, database: str, tmp_path: Path) -> None:
    done = subprocess.run(
        program(pg, database, tmp_path / "out", "select generate_series(1, 1e7)"),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        preexec_fn=lambda: resource.setrlimit(
            resource.RLIMIT_FSIZE, (1 << 20, 1 << 20)
        ),
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert "larger than a file may be" in done.stderr
    assert done.stderr.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_a_terminal_is_told_how_far_it_is(
    pg: PgServer, database: str, tmp_path: Path
) -> None:
    ours, theirs = pty.openpty()
    path = tmp_path / "out"
    sql = "select i, md5(i::text) from generate_series(1, 600000) i"
    with subprocess.Popen(program(pg, database, path, sql), stderr=theirs) as process:
        os.close(theirs)
        said = b""
        while True:
            try:
                part = os.read(ours, 4096)
            except OSError:  # Linux's way to say that the other end is closed
                break
            if not part:
                break
            said += part
        assert process.wait(30) == 0
    os.close(ours)
    *steps, last = said.decode().split("\r\x1b[K")
    assert last.strip() == f"600,001 lines, 23.9 MB, written to {path}"
    assert any(step.endswith("MB/s") for step in steps)


def test_the_command_line(
    pg: PgServer, database: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    url = pg.url(database)
    path = tmp_path / "out.json"
    assert main(["query", "-d", url, "--format", "json", "-o", str(path), SQL]) == 0
    assert [row["id"] for row in json.loads(path.read_text())] == [1, 2, 3]
    assert main(["query", "-d", url, "--format", "tsv", SQL]) == 0
    rows = csv.reader(io.StringIO(capfd.readouterr().out, newline=""), delimiter="\t")
    assert [row[0] for row in rows] == ["id", "1", "2", "3"]
    command = ["query", "-d", url, "--format", "insert", "--table", "t"]
    assert main([*command, "-o", str(path), "--overwrite", "select 1 as i"]) == 0
    assert path.read_text() == 'INSERT INTO "t" ("i") VALUES (1);\n'
