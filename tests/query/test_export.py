"""Whole results in files: read back by other programs, and what goes wrong."""

from __future__ import annotations

import asyncio
import csv
import json
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from markdown_it import MarkdownIt

from mdbtui.pool import ConnectionLostError, PoolManager
from mdbtui.query import Column, RowStore, Session, StatementCancelled, output
from mdbtui.query.export import Export
from mdbtui.query.export_file import FileThere
from mdbtui.query.export_rows import QueryAgain, StoredRows, Way, ways
from mdbtui.query.export_writers import ExportOptions
from mdbtui.query.formats import FILE_FORMATS
from mdbtui.query.formats.sql import quote_table
from tests.query.conftest import config
from tests.query.support import at_rest, psql, rows_of, run, statement
from tests.support.server import PgServer
from tests.support.waiting import eventually

MAKE = r"""
create table t (
  id int, "na""me" text, n numeric, f float8, b bool, d date, j jsonb, a text[],
  raw bytea
);
insert into t values
  (1, 'plain', 1.50, 'NaN', true, 'infinity', '{"k": [1, null]}', '{a,"b c",NULL}',
   '\xde00'),
  (2, '', -5, '-Infinity', false, '0044-03-15 BC', 'null', '{}', ''),
  (3, null, null, null, null, null, null, null, null),
  (4, E'two\nlines\r\nand\ttab', 'NaN', 1e300, true, '2024-01-31', '"x"', '{""}', null),
  (5, 'say "hi", it''s ; a \ back\\slash', 0, 0.1, null, null, '[]', null, null),
  (6, '\.', 0, 0, null, null, null, null, null),
  (7, '\N', 0, 0, null, null, null, null, null),
  (8, 'NULL', 0, 0, null, null, null, null, null),
  (9, '| a \| **b** <br> `c` &lt; [x](y) _z_ ~~s~~ snake_case', 1, 1, null, null, null,
   null, null),
  (10, '=1+1', 0, 0, null, null, null, null, null),
  (11, '''); drop table t; --', 0, 0, null, null, null, null, null),
  (12, E'\x01\x1b[31m \u202e 日本語 🎉 \u0085', 0, 0, null, null, null, null, null),
  (13, ' ', 0, 0, null, null, null, null, null);
"""
SQL = "select * from t order by id"
BIG = "select i, md5(i::text) as m from generate_series(1, 5000000) i"


@pytest.fixture
async def table(pg: PgServer, database: str) -> str:
    pg.psql(database, "-c", MAKE)
    return database


async def exported(
    pools: PoolManager,
    session: Session,
    path: Path,
    options: ExportOptions | str,
    *,
    sql: str = SQL,
    way: Way = Way.AGAIN,
    overwrite: bool = False,
) -> Export:
    """Export a query's rows and wait for the end."""
    result = await run(session, sql)
    assert result.rows is not None
    rows: QueryAgain | StoredRows = StoredRows(result.rows)
    if way is Way.AGAIN:
        again = Session(pools, session.db_id)
        rows = QueryAgain(again, statement(sql), result.rows.columns)
    if isinstance(options, str):
        options = ExportOptions(options)
    export = Export(rows, path, options, overwrite=overwrite)
    export.start()
    await export.wait()
    return export


def leftovers(folder: Path) -> list[str]:
    return [each.name for each in folder.iterdir()]


BOTH = pytest.mark.parametrize("way", list(Way))


@BOTH
@pytest.mark.parametrize(("format", "delimiter"), [("csv", ","), ("tsv", "\t")])
async def test_csv_and_tsv_are_read_back(
    pools: PoolManager,
    session: Session,
    pg: PgServer,
    table: str,
    tmp_path: Path,
    way: Way,
    format: str,
    delimiter: str,
) -> None:
    path = tmp_path / "out"
    export = await exported(pools, session, path, format, way=way)
    assert export.error is None
    rows = await rows_of(session, SQL)
    with path.open(newline="") as file:
        header, *read = csv.reader(file, delimiter=delimiter, strict=True)
    assert header == ["id", 'na"me', *"nfbdja", "raw"]
    assert read == [[cell or "" for cell in row] for row in rows]
    # COPY tells NULL and '' apart, as the file does.
    options = f"format csv, header, delimiter E'{delimiter}'"
    pg.psql(
        table,
        "-c",
        "create table u (like t)",
        "-c",
        f"\\copy u from '{path}' with ({options})",
    )
    assert psql(pg, table, "table t except table u") == []
    assert psql(pg, table, "select count(*) from u") == [("13",)]
    progress = export.progress
    assert (progress.rows, progress.total, progress.exact) == (13, 13, True)
    assert progress.bytes == path.stat().st_size
    assert path.stat().st_mode & 0o777 == 0o600
    assert leftovers(tmp_path) == ["out"]


async def test_both_ways_write_the_same_csv(
    pools: PoolManager, session: Session, table: str, tmp_path: Path
) -> None:
    sql = f'select id, "na""me", n, f, b, d, j, a, raw from ({SQL}) q where id <> 6'
    path = tmp_path / "out"
    for guard in (False, True):
        options = ExportOptions("csv", header=False, guard=guard)
        await exported(pools, session, path, options, sql=sql, overwrite=True)
        by_server = path.read_bytes()
        await exported(
            pools, session, path, options, sql=sql, way=Way.STORED, overwrite=True
        )
        assert path.read_bytes() == by_server
        assert by_server.startswith(b"1,plain")


@BOTH
async def test_a_spreadsheet_takes_no_text_for_a_formula(
    pools: PoolManager, session: Session, table: str, tmp_path: Path, way: Way
) -> None:
    values = ["=1+1", "+x", "-x", "@x", "\tx", "\rx", '=a,"b"', "＝x", "-1-2", "x=1"]
    values += ["-5", "+5.5e-3", "-.5", "", "'=x"]
    array = ",".join(f"$${value}$$" for value in values)
    sql = (
        f"select v, n, v as again from unnest(array[{array}]) with ordinality u(v, n)"
        " union all select null, -7, '-Infinity' order by n"
    )
    path = tmp_path / "out"
    for format, delimiter in (("csv", ","), ("tsv", "\t")):
        options = ExportOptions(format, guard=True)
        export = await exported(
            pools, session, path, options, sql=sql, way=way, overwrite=True
        )
        assert export.error is None
        with path.open(newline="") as file:
            _, first, *read = csv.reader(file, delimiter=delimiter, strict=True)
        assert first == ["", "-7", "-Infinity"]
        guarded = [f"'{v}" for v in values[:9]] + values[9:]
        assert [row[0] for row in read] == guarded
        assert [row[2] for row in read] == guarded


@BOTH
@pytest.mark.parametrize("format", ["json", "jsonl"])
async def test_json_is_read_back(
    pools: PoolManager,
    session: Session,
    pg: PgServer,
    table: str,
    tmp_path: Path,
    way: Way,
    format: str,
) -> None:
    path = tmp_path / "out"
    assert (await exported(pools, session, path, format, way=way)).error is None
    text = path.read_text()
    read = (
        json.loads(text)
        if format == "json"
        else [json.loads(line) for line in text.split("\n") if line]
    )
    assert len(read) == 13
    assert [row['na"me'] for row in read] == [
        row[1] for row in await rows_of(session, SQL)
    ]
    assert read[0]["j"] == {"k": [1, None]}
    assert (read[0]["id"], read[0]["n"], read[0]["b"]) == (1, 1.5, True)
    assert (read[0]["f"], read[0]["d"], read[1]["f"]) == (
        "NaN",
        "infinity",
        "-Infinity",
    )
    assert set(read[2].values()) == {3, None}


@BOTH
@pytest.mark.parametrize("header", [True, False])
async def test_inserts_run_in_psql(
    pools: PoolManager,
    session: Session,
    pg: PgServer,
    table: str,
    tmp_path: Path,
    way: Way,
    header: bool,
) -> None:
    path = tmp_path / "out.sql"
    name = quote_table('public."odd "" table"')
    options = ExportOptions("insert", header=header, table=name)
    assert (await exported(pools, session, path, options, way=way)).error is None
    pg.psql(table, "-c", f"create table {name} (like t)", "-f", str(path))
    assert psql(pg, table, f"table t except table {name}") == []
    assert psql(pg, table, f"select count(*) from {name}") == [("13",)]
    assert psql(pg, table, "select count(*) from t") == [("13",)]


async def test_markdown_shows_what_was_there(
    pools: PoolManager, session: Session, table: str, tmp_path: Path
) -> None:
    path = tmp_path / "out.md"
    sql = 'select id, "na""me" from t order by id'
    assert (await exported(pools, session, path, "markdown", sql=sql)).error is None
    cells: list[str] = []
    for token in (
        MarkdownIt("commonmark")
        .enable(["table", "strikethrough"])
        .parse(path.read_text())
    ):
        if token.type == "inline":
            kinds = {child.type for child in token.children or []}
            assert kinds <= {"text", "html_inline", "text_special"}, token
            cells.append(
                "".join(
                    "\n" if child.content == "<br>" else child.content
                    for child in token.children or []
                )
            )
    rows = await rows_of(session, sql)
    shown = ["NULL" if c is None else c.replace("\r\n", "\n") for r in rows for c in r]
    # A line end is <br>, the word "<br>" is text; blanks at the ends go.
    assert [c.strip() for c in cells[2:]] == [c.strip() for c in shown]


async def test_parquet_keeps_numbers_and_texts(
    pools: PoolManager, session: Session, table: str, tmp_path: Path
) -> None:
    parquet: Any = pytest.importorskip("pyarrow.parquet")
    path = tmp_path / "out.parquet"
    assert (await exported(pools, session, path, "parquet")).error is None
    read = parquet.read_table(path).to_pylist()
    rows = await rows_of(session, SQL)
    assert [row["id"] for row in read] == list(range(1, 14))
    assert [row['na"me'] for row in read] == [row[1] for row in rows]
    assert [row["d"] for row in read] == [row[5] for row in rows]
    assert [row["b"] for row in read][:4] == [True, False, None, True]
    assert read[3]["f"] == 1e300
    sql = "select i, i::text as i from generate_series(1, 120000) i"
    await exported(pools, session, path, "parquet", sql=sql, overwrite=True)
    file = parquet.ParquetFile(path)
    assert (file.metadata.num_rows, file.num_row_groups) == (120_000, 2)
    assert file.schema_arrow.names == ["i", "i_2"]


async def test_parquet_without_its_package_says_what_to_install(
    pools: PoolManager,
    session: Session,
    table: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("mdbtui.query.export_parquet.find_spec", lambda name: None)
    export = await exported(pools, session, tmp_path / "x", "parquet")
    assert 'pip install "mdbtui[parquet]"' in str(export.error)
    assert leftovers(tmp_path) == []


# Where the rows come from


async def test_what_runs_again_and_what_does_not(session: Session, table: str) -> None:
    def found(sql: str, rows: RowStore, pinned: bool = False) -> list[Way]:
        return list(ways(statement(sql), rows, pinned=pinned))

    arriving = RowStore([])
    assert found("select 1", arriving) == [Way.AGAIN, Way.STORED]
    assert found("select 1", arriving, pinned=True) == [Way.STORED]
    assert found("delete from t returning 1", arriving) == [Way.STORED]
    assert found("explain analyze select 1", arriving) == [Way.STORED]
    arriving.finish()
    assert found("select 1", arriving) == [Way.STORED, Way.AGAIN]
    assert found(
        "with x as (insert into t values (1) returning 1) table x", arriving
    ) == [Way.STORED]
    stopped = RowStore([])
    stopped.finish("stopped")
    assert found("select 1", stopped) == [Way.AGAIN]
    assert found("show all", stopped) == []
    assert found("select 1", stopped, pinned=True) == []


async def test_changes_are_made_once(
    pools: PoolManager, session: Session, pg: PgServer, table: str, tmp_path: Path
) -> None:
    path = tmp_path / "out"
    sql = "insert into t (id) select 100 from generate_series(1, 3) returning id"
    await exported(pools, session, path, "csv", sql=sql, way=Way.STORED)
    assert path.read_text() == "id\n100\n100\n100\n"
    assert psql(pg, table, "select count(*) from t where id = 100") == [("3",)]


async def test_rows_of_an_open_transaction_are_fetched_in_it(
    pools: PoolManager, session: Session, table: str, tmp_path: Path
) -> None:
    await run(session, "begin")
    await run(session, "create temp table u as select generate_series(1, 30000) as i")
    path = tmp_path / "out"
    export = await exported(pools, session, path, "csv", sql="table u", way=Way.STORED)
    assert export.error is None
    assert path.read_text().split() == ["i", *map(str, range(1, 30_001))]
    assert session.in_transaction
    assert not session.transaction_failed


async def test_rows_that_stopped_arriving_make_no_file(
    session: Session, table: str, tmp_path: Path
) -> None:
    result = await run(session, BIG)
    assert result.rows is not None
    export = Export(StoredRows(result.rows), tmp_path / "out", ExportOptions("csv"))
    export.start()
    await eventually(lambda: export.progress.rows > 2_000)
    await rows_of(session, "select 1")
    await export.wait()
    assert "the next statement ran" in str(export.error)
    assert leftovers(tmp_path) == []


async def test_rows_that_are_not_all_there_make_no_file(tmp_path: Path) -> None:
    for closed, words in ((False, "stopped at 1 row"), (True, "can't be read back")):
        rows = RowStore([Column("x", 25, "text", False)])
        rows.append(b"1\n")
        rows.finish("" if closed else "stopped at {rows}")
        if closed:
            await rows.close()
        export = Export(StoredRows(rows), tmp_path / "out", ExportOptions("csv"))
        export.start()
        await export.wait()
        assert words in str(export.error)
    assert leftovers(tmp_path) == []


@BOTH
async def test_equal_names_and_no_columns(
    pools: PoolManager, session: Session, table: str, tmp_path: Path, way: Way
) -> None:
    path = tmp_path / "out"
    sql = "select 1 as a, 2 as a"
    await exported(pools, session, path, "jsonl", sql=sql, way=way)
    assert json.loads(path.read_text()) == {"a": 1, "a_2": 2}
    export = await exported(
        pools, session, tmp_path / "no", "csv", sql="select", way=way
    )
    assert "no columns" in str(export.error)
    assert leftovers(tmp_path) == ["out"]


@pytest.mark.parametrize("format", [name for name in FILE_FORMATS if name != "parquet"])
@BOTH
async def test_no_rows(
    pools: PoolManager,
    session: Session,
    table: str,
    tmp_path: Path,
    way: Way,
    format: str,
) -> None:
    path = tmp_path / "out"
    sql = "select id from t where false"
    export = await exported(pools, session, path, format, sql=sql, way=way)
    assert export.error is None
    heads = {"csv": "id\n", "tsv": "id\n", "json": "[]\n"}
    assert path.read_text() == heads.get(
        format, "| id |\n| ---: |\n" if format == "markdown" else ""
    )


async def test_a_query_with_other_columns_by_now(
    pools: PoolManager, session: Session, table: str, tmp_path: Path
) -> None:
    result = await run(session, "select 1 as a, 2 as b")
    assert result.rows is not None
    again = QueryAgain(
        Session(pools, session.db_id), statement("select 1"), result.rows.columns
    )
    export = Export(again, tmp_path / "out", ExportOptions("jsonl"))
    export.start()
    await export.wait()
    assert "other columns" in str(export.error)
    assert leftovers(tmp_path) == []
    await at_rest(pools, session.db_id)


async def test_how_far_it_is(
    pools: PoolManager, session: Session, pg: PgServer, table: str, tmp_path: Path
) -> None:
    pg.psql(
        table,
        "-c",
        "create table big as select i, repeat(E'x\\n', 50) from"
        " generate_series(1, 100000) i",
        "-c",
        "analyze big",
    )
    result = await run(session, "table big")
    assert result.rows is not None
    again = QueryAgain(
        Session(pools, session.db_id), statement("table big"), result.rows.columns
    )
    export = Export(again, tmp_path / "out", ExportOptions("jsonl"))
    seen = []
    export.start()
    while not export.done:
        seen.append(export.progress)
        await asyncio.sleep(0.02)
    middle = [each for each in seen if each.rows and each.rows < 100_000]
    assert middle
    assert all(each.total == 100_000 and not each.exact for each in middle)
    assert all(each.rate > 0 and 0 < (each.fraction or 0) < 1 for each in middle)
    assert [each.rows for each in seen] == sorted(each.rows for each in seen)
    assert (export.progress.rows, export.progress.fraction) == (100_000, 1)
    assert export.error is None


# What goes wrong


@BOTH
@pytest.mark.parametrize("format", ["csv", "jsonl"])
async def test_a_cancel_leaves_nothing(
    pools: PoolManager,
    session: Session,
    table: str,
    tmp_path: Path,
    way: Way,
    format: str,
) -> None:
    result = await run(session, BIG)
    assert result.rows is not None
    rows: Any = StoredRows(result.rows)
    if way is Way.AGAIN:
        again = Session(pools, session.db_id)
        rows = QueryAgain(again, statement(BIG), result.rows.columns)
    export = Export(rows, tmp_path / "out", ExportOptions(format))
    ended: list[Export] = []
    export.start(ended.append)
    await eventually(lambda: export.progress.rows > 20_000)
    assert not (tmp_path / "out").exists()
    begun = time.monotonic()
    await export.cancel()
    assert time.monotonic() - begun < 6
    assert export.done
    assert export.cancelled
    assert isinstance(export.error, StatementCancelled)
    assert leftovers(tmp_path) == []
    await eventually(lambda: ended == [export])
    await export.cancel()
    assert await rows_of(session, "select 1") == [("1",)]
    await at_rest(pools, session.db_id)


@pytest.mark.parametrize("stage", ["at once", "while it waits for a connection"])
async def test_a_cancel_before_the_first_row(
    pools: PoolManager, pg: PgServer, table: str, tmp_path: Path, stage: str
) -> None:
    db_id = pools.register(config(pg, table, pool_max_size=1))
    lease = await pools.lease(db_id)
    columns = [Column("x", 23, "int4", True)]
    rows = QueryAgain(Session(pools, db_id), statement("select 1"), columns)
    export = Export(rows, tmp_path / "out", ExportOptions("csv"))
    export.start()
    if stage != "at once":
        await eventually(lambda: leftovers(tmp_path) != [])
    await export.cancel()
    assert export.cancelled
    assert leftovers(tmp_path) == []
    await lease.release()
    await at_rest(pools, db_id)


@pytest.mark.parametrize("format", ["csv", "jsonl"])
async def test_a_server_that_dies_leaves_no_file(
    pools: PoolManager, own_server: PgServer, tmp_path: Path, format: str
) -> None:
    db_id = pools.register(config(own_server, "postgres"))
    session = Session(pools, db_id)
    result = await run(session, BIG)
    assert result.rows is not None
    rows = QueryAgain(Session(pools, db_id), statement(BIG), result.rows.columns)
    export = Export(rows, tmp_path / "out", ExportOptions(format))
    export.start()
    await eventually(lambda: export.progress.rows > 20_000)
    # All of them: a backend that never waits would not notice that it is alone.
    for pid in own_server.pids():
        os.kill(pid, signal.SIGKILL)
    await export.wait()
    assert isinstance(export.error, ConnectionLostError)
    assert leftovers(tmp_path) == []
    await session.close()


FULL = """
import asyncio, resource, sys
from pathlib import Path
from mdbtui.config import parse_url
from mdbtui.pool import PoolManager
from mdbtui.query import Session, driver_options
from mdbtui.query.export import Export
from mdbtui.query.export_rows import QueryAgain
from mdbtui.query.export_writers import ExportOptions
from mdbtui.sql import Statement

async def main():
    sql = "select i, md5(i::text) from generate_series(1, 1000000) i"
    statement = Statement(sql, 0, len(sql))
    async with PoolManager(driver_options=driver_options) as pools:
        db_id = pools.register(parse_url(sys.argv[1]))
        session = Session(pools, db_id)
        result = await session.run(statement)
        if sys.argv[4:]:
            resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))
        again = QueryAgain(Session(pools, db_id), statement, result.rows.columns)
        export = Export(again, Path(sys.argv[2]), ExportOptions(sys.argv[3]))
        export.start()
        await export.wait()
        print(export.error)
        await session.run(Statement("select 1", 0, 8))  # its connection still works
        await session.close()

asyncio.run(main())
status = Path("/proc/self/status")
kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
if sys.platform == "darwin":
    kilobytes //= 1024
if status.exists():
    kilobytes = int(status.read_text().split("VmHWM:")[1].split()[0])
print(kilobytes)
"""


def program(pg: PgServer, database: str, *arguments: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", FULL, pg.url(database), *arguments],
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout.splitlines()


@pytest.mark.parametrize("format", ["csv", "jsonl"])
def test_a_file_that_can_grow_no_more_leaves_nothing(
    pg: PgServer, table: str, tmp_path: Path, format: str
) -> None:
    said, _ = program(pg, table, str(tmp_path / "out"), format, "limited")
    assert "larger than a file may be" in said
    assert leftovers(tmp_path) == []


@pytest.mark.parametrize("format", ["csv", "insert"])
def test_memory_stays_flat(
    pg: PgServer, table: str, tmp_path: Path, format: str
) -> None:
    said, kilobytes = program(pg, table, str(tmp_path / "out"), format)
    assert said == "None"
    assert (tmp_path / "out").read_bytes().count(b"\n") >= 1_000_000
    assert int(kilobytes) < 80_000


async def test_a_full_disk_is_named(
    pools: PoolManager,
    session: Session,
    table: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full")
    full = os.open("/dev/full", os.O_WRONLY)
    monkeypatch.setattr(output.os, "write", _writing_to(full, os.write))
    export = await exported(pools, session, tmp_path / "out", "csv")
    os.close(full)
    assert "is full" in str(export.error)
    assert leftovers(tmp_path) == []
    assert not export.cancelled
    await at_rest(pools, session.db_id)


def _writing_to(
    descriptor: int, write: Callable[[int, Any], int]
) -> Callable[[int, Any], int]:
    """Divert what the writing thread writes."""

    def diverted(given: int, data: Any) -> int:
        mine = threading.current_thread().name == "output"
        return write(descriptor if mine else given, data)

    return diverted


async def test_a_disk_that_hangs_holds_up_neither_the_loop_nor_the_cancel(
    pools: PoolManager,
    session: Session,
    table: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hangs, released = threading.Event(), threading.Event()
    write = os.write

    def hanging(descriptor: int, data: Any) -> int:
        if threading.current_thread().name == "output":
            hangs.set()
            released.wait(30)
        return write(descriptor, data)

    monkeypatch.setattr(output.os, "write", hanging)
    result = await run(session, BIG)
    assert result.rows is not None
    rows = QueryAgain(
        Session(pools, session.db_id), statement(BIG), result.rows.columns
    )
    export = Export(rows, tmp_path / "out", ExportOptions("csv"))
    export.start()
    await eventually(hangs.is_set)
    taken = -1
    while taken != export.progress.bytes:  # until no more is taken
        taken = export.progress.bytes
        begun = time.monotonic()
        await asyncio.sleep(0.1)
        assert time.monotonic() - begun < 2
    assert taken < 4 << 20
    open_before = pools.snapshot().by_id(session.db_id).size
    begun = time.monotonic()
    await export.cancel()
    assert time.monotonic() - begun < 9
    assert pools.snapshot().by_id(session.db_id).size == open_before == 2
    released.set()
    await eventually(lambda: export.done and leftovers(tmp_path) == [])
    assert export.cancelled
    await session.close()
    await at_rest(pools, session.db_id)


async def test_what_came_there_meanwhile_stays(
    pools: PoolManager, session: Session, table: str, tmp_path: Path
) -> None:
    path = tmp_path / "out"
    result = await run(session, "select generate_series(1, 200000)")
    assert result.rows is not None
    rows = QueryAgain(
        Session(pools, session.db_id), result.statement, result.rows.columns
    )
    export = Export(rows, path, ExportOptions("csv"))
    export.start()
    await eventually(lambda: leftovers(tmp_path) != [])
    path.write_text("of somebody else")
    await export.wait()
    assert isinstance(export.error, FileThere)
    assert path.read_text() == "of somebody else"
    assert leftovers(tmp_path) == ["out"]


async def test_an_error_of_the_query_is_the_exports(
    pools: PoolManager, session: Session, table: str, tmp_path: Path
) -> None:
    result = await run(session, "select 1 as x")
    assert result.rows is not None
    sql = "select 1 / (30000 - i) as x from generate_series(1, 30001) i"
    for format in ("csv", "jsonl"):
        rows = QueryAgain(
            Session(pools, session.db_id), statement(sql), result.rows.columns
        )
        export = Export(rows, tmp_path / "out", ExportOptions(format))
        export.start()
        await export.wait()
        assert "division by zero" in str(export.error)
    assert leftovers(tmp_path) == []


def test_nothing_is_loaded_before_it_is_asked_for() -> None:
    code = textwrap.dedent("""
        import sys
        import mdbtui.query.export, mdbtui.query.formats
        heavy = {"asyncpg", "pyarrow", "textual", "mdbtui.query.export_parquet"}
        print(sorted(heavy & set(sys.modules)))
    """)
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"
