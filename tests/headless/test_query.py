"""What `mdbtui query` writes, with psql as the judge."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest

from mdbtui.config import AppConfig, ConnectionSpec, parse_url
from mdbtui.headless import run_query
from mdbtui.headless.report import Report, marked_line
from mdbtui.pool import DBConfig
from tests.support.server import PgServer
from tests.support.waiting import eventually_sync

Query = Callable[..., Awaitable[tuple[int, bytes, str]]]

HOSTILE = r'''
select * from (values
  (1, 'plain', 'x'), (2, '', null), (3, null, ''), (4, '\.', '\.'),
  (5, E'a\nb', E'a\rb'), (6, 'say "hi"', ','), (7, '\N', '\n'),
  (8, E'\t tab', E'\x0b\x0c\x08'), (9, ' lead', 'trail '), (10, '日本語 🎉', 'é'),
  (11, '"', '""'), (12, E'\\.\n', E'\n\\.'), (13, 'a,\.,b', E'"\n\\.\n"'),
  (14, E'\u009b\u202e', E'\x1b[31m'), (15, ',', E'\n')
) v(id, "a,b", "c ""d""")
order by id
'''
SINGLE = r"""
select v from (values ('\.'), (''), (null), ('x'), ('"\."'), (E'\n')) t(v)
"""
TYPES = """
select true, false, null::bool, 1::int2, -2::int4, 9007199254740993::int8,
  0.1::float4, 1e300::float8, 'NaN'::float8, '-Infinity'::float4, 1.50::numeric,
  'NaN'::numeric, 1e-20::numeric, 12.3::money, 'c'::"char", 'n'::name, 'bp'::char(5),
  '\\xdeadbeef'::bytea, date 'infinity', timestamp '0044-03-15 BC', time '24:00',
  timetz '12:00:00+05:30:15', timestamptz '2024-01-01 00:00Z',
  interval '1 year 2 mons -3 days 04:05:06.7', array[1,2,null], '[0:1]={a,b}'::text[],
  array['a b','c"d',null,''], int4range(1,5), '{[1,2),[5,6)}'::int4multirange,
  row(1,'a b',null), point(1,2), '((0,0),(1,1))'::polygon, '10.0.0.1/8'::inet,
  '08:00:2b:01:02:03'::macaddr, B'1010', '{"a": [1, 2]}'::json,
  '{"b": 1.50, "a": null}'::jsonb, '$.a'::jsonpath,
  'a fat cat'::tsvector, 'a & b'::tsquery,
  'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid, '0/16B3748'::pg_lsn, '(0,1)'::tid,
  'pg_class'::regclass, 1::oid, '10:20:'::pg_snapshot
"""
MANY = """
select 1 as a; select 2 as b, 'x' as c where false; values (1), (2);
table pg_catalog.pg_am; with x as (select 3) select * from x;
select 1 as "a", 2 as "a"; select null; select ''; select '' as a, null as b;
show server_version_num; explain (costs off) select 1;
create temp table t (i int, v text); insert into t values (1, 'x'), (2, null);
insert into t values (3, '\\.') returning *; update t set v = '' where i = 1
returning v, i; select i /* c */ from t -- at the end
; begin; select * from t; select; delete from t where i = 2 returning i;
commit;
select; select from generate_series(1, 3); table t limit 0;
select repeat('long ', 50), 7; (select 1) union all select 2;
select * from t for update; select 'end'
"""


@pytest.fixture
def query(
    pg: PgServer, database: str, capfdbinary: pytest.CaptureFixture[bytes]
) -> Query:
    """Run a query; return its status and what was on stdout and stderr."""

    async def query(sql: str | None = None, **options: Any) -> tuple[int, bytes, str]:
        config = options.pop("config", AppConfig())
        target = options.pop("target", pg.url(database))
        capfdbinary.readouterr()
        code = await run_query(config, target, sql=sql, environ={}, **options)
        out, err = capfdbinary.readouterr()
        return code, out, err.decode()

    return query


@pytest.fixture
def psql(pg: PgServer, database: str) -> Callable[..., bytes]:
    """What psql writes on stdout."""

    def psql(sql: str, *options: str) -> bytes:
        done = subprocess.run(
            [pg.bin_dir / "psql", "-X", "-q", *options, pg.url(database)],
            input=sql.encode(),
            env={**os.environ, "PGCLIENTENCODING": "UTF8"},
            capture_output=True,
            timeout=60,
            check=False,
        )
        return done.stdout

    return psql


@pytest.mark.parametrize("sql", [HOSTILE, SINGLE, TYPES, MANY])
@pytest.mark.parametrize("format", ["csv", "table"])
async def test_is_what_psql_prints(
    query: Query, psql: Callable[..., bytes], sql: str, format: str
) -> None:
    options = ["--csv"] if format == "csv" else []
    if format == "table":
        # psql leaves what turns the direction of the text as it is; we do not.
        sql = sql.replace(r"\u202e", "")
    code, out, err = await query(sql, format=format)
    assert code == 0, err
    assert out.split(b"\n") == psql(sql, *options).split(b"\n")


async def test_a_table_shows_what_would_turn_the_text(query: Query) -> None:
    _, out, _ = await query(r"select E'a\u202eb' as v")
    assert rb" a\u202Eb" in out


def random_rows(seed: int) -> str:
    """A query with 400 rows of what breaks formats, the same at every run."""
    random = Random(seed)
    pieces = ["", "\\", ".", "\\.", ",", '"', "'", "\n", "\r", "\t", "N", " ", "a", "é"]
    pieces += ["日", "🎉", "e\u0301", "\x01", "\x7f", "%", "{", "$", "\u00a0", "NULL"]

    def cell() -> str:
        if random.random() < 0.1:
            return "null::text"
        text = "".join(random.choices(pieces, k=random.randrange(5)))
        return "'" + text.replace("'", "''") + "'"

    rows = ", ".join(
        f"({number}, {cell()}, {cell()}, {random.randrange(-99, 99)}, {cell()})"
        for number in range(400)
    )
    return f"select * from (values {rows}) v(i, a, b, n, c) order by i"


@pytest.mark.parametrize("seed", range(3))
async def test_random_values_are_what_psql_prints(
    query: Query, psql: Callable[..., bytes], seed: int
) -> None:
    sql = random_rows(seed)
    _, out, _ = await query(sql, format="csv")
    assert out.split(b"\n") == psql(sql, "--csv").split(b"\n")
    _, out, _ = await query(sql, format="table")
    assert out.split(b"\n") == psql(sql).split(b"\n")
    _, out, _ = await query(sql, format="jsonl")
    rows = [list(row.values()) for row in lines_of(out)]
    arrays = f"select json_agg(json_build_array(i, a, b, n, c)) from ({sql}) q"
    assert rows == json.loads(psql(arrays, "-At"))


@pytest.mark.parametrize("name", ["pg_type", "pg_proc", "pg_stats", "pg_attribute"])
async def test_catalogs_are_what_psql_prints(
    query: Query, psql: Callable[..., bytes], name: str
) -> None:
    sql = f"select * from pg_catalog.{name} order by 1, 2"
    code, out, _ = await query(sql, format="csv")
    assert code == 0
    assert out == psql(sql, "--csv")


async def test_rows_beyond_the_sample_keep_their_places(
    query: Query, psql: Callable[..., bytes]
) -> None:
    sql = "select i, repeat('x', 5) as v from generate_series(1000, 6000) i"
    _, out, _ = await query(sql)
    assert out == psql(sql)


def lines_of(out: bytes) -> list[Any]:
    return [json.loads(line) for line in out.splitlines()]


async def test_json_values(query: Query) -> None:
    sql = """
    select 1 as i, 9007199254740993 as big, 1.500 as n, 'NaN'::float8 as nan,
      '-Infinity'::numeric as inf, 1e-7::float8 as small, true as t, null as missing,
      '' as empty, '{"k": [1.10, "\\u202e"],
      "m": "é"}'::json as doc, '[1]'::jsonb as docs, array[1,2] as list,
      date '2024-01-31' as day, E'"\\n\\\\\\x1b\\u009b' as hostile
    """
    code, out, _ = await query(sql, format="jsonl")
    assert code == 0
    assert out.count(b"\n") == 1
    assert b'"big": 9007199254740993' in out
    assert b'"n": 1.500' in out
    assert b'"k": [1.10' in out
    assert b"\x1b" not in out
    assert "\u009b".encode() not in out
    (row,) = lines_of(out)
    assert row == {
        "i": 1,
        "big": 9007199254740993,
        "n": 1.5,
        "nan": "NaN",
        "inf": "-Infinity",
        "small": 1e-7,
        "t": True,
        "missing": None,
        "empty": "",
        "doc": {"k": [1.1, "\u202e"], "m": "é"},
        "docs": [1],
        "list": "{1,2}",
        "day": "2024-01-31",
        "hostile": '"\n\\\x1b\x9b',
    }


async def test_json_is_an_array_for_each_result(query: Query) -> None:
    sql = 'select 1 a, 2 a, 3 a_2, 4 "%s"; select 1 where false; create table t ()'
    code, out, err = await query(sql, format="json")
    assert code == 0
    first, second = out.decode().split("]\n")[:2]
    assert json.loads(first + "]") == [{"a": 1, "a_3": 2, "a_2": 3, "%s": 4}]
    assert json.loads(second + "]") == []
    assert err == "CREATE TABLE\n"
    assert await query("select from t; insert into t default values", format="json")
    assert (await query("select from t", format="jsonl"))[1] == b"{}\n"
    _, out, _ = await query("select i from generate_series(1, 3000) i", format="json")
    assert json.loads(out) == [{"i": i} for i in range(1, 3001)]


async def test_only_data_is_on_standard_output(query: Query) -> None:
    sql = """
    create table t (i int); insert into t values (1), (2);
    do $$ begin raise notice 'hello %', 1 using hint = 'wave'; end $$;
    select * from t; drop table t
    """
    code, out, err = await query(sql, format="csv", timing=True)
    assert code == 0
    assert out == b"i\n1\n2\n"
    lines = [line for line in err.splitlines() if not line.startswith("Time: ")]
    assert lines == [
        "CREATE TABLE",
        "INSERT 0 2",
        "NOTICE:  hello 1",
        "HINT:  wave",
        "DO",
        "DROP TABLE",
    ]
    assert err.count("Time: ") == 5


async def test_an_error_ends_it_and_shows_the_place(query: Query) -> None:
    sql = "select 1;\nselect 2,\n       nobody\n  from pg_class; select 3"
    code, out, err = await query(sql, format="csv")
    assert (code, out) == (1, b"?column?\n1\n")
    assert err.splitlines() == [
        'ERROR:  column "nobody" does not exist',
        "LINE 2:        nobody",
        "               ^",
        "SQLSTATE:  42703",
    ]


@pytest.mark.parametrize("format", ["csv", "table", "json", "jsonl"])
@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("selec 1", 'syntax error at or near "selec"'),
        ("select 1/0", "division by zero"),
        ("select $1", "parameters"),
        ("copy pg_class from stdin", "COPY … FROM STDIN"),
        ("copy (select 1) to stdout", "COPY … TO STDOUT"),
        ("select 1) to stdout; commit; copy (select 2", "syntax error"),
        ("begin; select nobody; commit", "nobody"),
        ("begin; select 1 +; commit", "syntax error"),
    ],
)
async def test_errors_of_every_kind(
    query: Query, format: str, sql: str, words: str
) -> None:
    code, _, err = await query(sql, format=format)
    assert code == 1
    assert words in err
    assert err.count("ERROR:") == 1


async def test_rows_before_an_error_come_first(query: Query) -> None:
    # The last ones that the server sent may be lost; it said that all are void.
    sql = "select 1 / (300000 - i) as x from generate_series(1, 300001) i"
    code, out, err = await query(sql, format="csv")
    assert code == 1
    assert "division by zero" in err
    assert out.startswith(b"x\n0\n")


async def test_an_open_transaction_is_rolled_back_and_said(
    query: Query, psql: Callable[..., bytes]
) -> None:
    code, _, err = await query("begin; create table t ()")
    assert code == 0
    assert "rolled back" in err
    assert psql("select to_regclass('t') is null", "-At") == b"t\n"


async def test_sql_from_a_file_names_the_line(query: Query, tmp_path: Path) -> None:
    file = tmp_path / "script.sql"
    file.write_text("\ufeffselect 1 as a;\n\nselect x;\n")
    code, out, err = await query(file=file, format="csv")
    assert (code, out) == (1, b"a\n1\n")
    assert err.startswith(f"{file}:3: ERROR:  ")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"target": "nobody"}, 'no connection "nobody"'),
        ({"target": None}, "say which database"),
        ({"target": "postgresql://u:S3CRET@@h/d"}, "the URL is wrong"),
        ({"target": "mysql://u:S3CRET@h/d"}, "no connection of that URL"),
        ({"file": Path("/nowhere/x.sql")}, "No such file"),
        ({"file": Path("/"), "sql": "select 1"}, "not both"),
        ({"sql": ""}, "no SQL"),
        ({"sql": " -- nothing\n;"}, "no SQL"),
        ({"sql": r"\d"}, r"not known here: \d; nothing"),
        ({"sql": "\\copy big to stdout"}, r"not known here: \copy big to stdout;"),
        ({"sql": "select 1;\n\\d\n\\q"}, r"not known here: \d and 1 more;"),
        ({"sql": "select 1 \\gx"}, r"not known here: \gx;"),
    ],
)
async def test_wrong_usage(query: Query, options: Any, words: str) -> None:
    if "file" not in options:
        options = {"sql": "select 1", **options}
    code, out, err = await query(**options)
    assert (code, out) == (2, b"")
    assert words in err
    assert "S3CRET" not in err


async def test_the_only_connection_and_names(
    query: Query, pg: PgServer, database: str
) -> None:
    spec = ConnectionSpec("here", parse_url(pg.url(database), name="here"))
    config = AppConfig(connections=(spec,))
    for target in (None, "here"):
        code, out, _ = await query("select 1", config=config, target=target)
        assert (code, out[:9]) == (0, b" ?column?")


async def test_a_database_that_is_not_there(query: Query, pg: PgServer) -> None:
    down = DBConfig(name="down", port=1, host="127.0.0.1", connect_timeout=1)
    config = AppConfig(connections=(ConnectionSpec("down", down),))
    for target, name in (("down", "down"), (pg.url("nobody"), f"{pg.port}/nobody")):
        code, out, err = await query("select 1", config=config, target=target)
        assert (code, out) == (3, b"")
        assert err.startswith("mdbtui: ")
        assert f"{name}: " in err
        assert pg.password not in err


def test_the_place_of_an_error() -> None:
    assert marked_line("select x", 8) == ["LINE 1: select x", "               ^"]
    assert marked_line("a\n\tb é日x", 8) == ["LINE 2:  b é日x", " " * 14 + "^"]
    assert marked_line("", 1) == ["LINE 1: ", "        ^"]
    line, caret = marked_line("x" * 500 + "!" + "y" * 500, 501)
    assert line[caret.index("^")] == "!"
    assert len(line) < 90


# What only a process of its own can show.

PROGRAM = """
import asyncio, sys
from mdbtui.config import AppConfig
from mdbtui.headless import run_query
sys.exit(asyncio.run(run_query(AppConfig(), sys.argv[1], sql=sys.argv[3] or None,
    format=sys.argv[2])))
"""


def program(pg: PgServer, database: str, format: str, sql: str) -> list[str]:
    return [sys.executable, "-c", PROGRAM, pg.url(database), format, sql]


def test_nothing_heavy_is_loaded() -> None:
    code = textwrap.dedent("""
        import sys
        import mdbtui.headless
        heavy = {"textual", "rich", "yaml", "asyncpg", "pybreaker"}
        print(sorted(heavy & {name.split(".")[0] for name in sys.modules}))
    """)
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"


@pytest.mark.parametrize("format", ["csv", "table", "jsonl"])
def test_a_reader_that_leaves_ends_it_quietly(
    pg: PgServer, database: str, format: str
) -> None:
    sql = "select generate_series(1, 100000000)"
    with subprocess.Popen(
        program(pg, database, format, sql),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.read(100)
        process.stdout.close()
        assert process.wait(20) == 141
        assert process.stderr.read() == b""
    eventually_sync(lambda: active(pg, database) == "0\n", message="query goes on")


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)]
)
@pytest.mark.parametrize(
    "sql", ["select pg_sleep(60)", "select generate_series(1, 1000000000)"]
)
def test_a_signal_ends_the_statement_too(
    pg: PgServer, database: str, sql: str, number: signal.Signals, code: int
) -> None:
    with subprocess.Popen(
        program(pg, database, "csv", sql),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        eventually_sync(lambda: active(pg, database) == "1\n", message="not started")
        # Its output is not read: a pager that rests must not hold up the end.
        begun = time.monotonic()
        process.send_signal(number)
        assert process.wait(10) == code
        assert time.monotonic() - begun < 8
        assert process.stderr is not None
        assert b"Traceback" not in process.stderr.read()
    eventually_sync(lambda: active(pg, database) == "0\n", message="query goes on")


def active(pg: PgServer, database: str) -> str:
    return pg.psql(
        "postgres",
        "-c",
        "select count(*) from pg_stat_activity where state = 'active'"
        f" and datname = '{database}'",
    )


def test_memory_stays_flat_and_stdin_is_read(pg: PgServer, database: str) -> None:
    sql = "select i, md5(i::text) from generate_series(1, 400000) i"
    # VmHWM, since the other measure begins with the size of the test program.
    code = PROGRAM.replace("sys.exit(", "code = (") + textwrap.dedent("""
        import pathlib, resource
        status = pathlib.Path("/proc/self/status")
        kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        if sys.platform == "darwin":
            kilobytes //= 1024
        if status.exists():
            kilobytes = int(status.read_text().split("VmHWM:")[1].split()[0])
        print(kilobytes, file=sys.stderr)
        sys.exit(code)
    """)
    for format in ("csv", "table", "json"):
        done = subprocess.run(
            [sys.executable, "-c", code, pg.url(database), format, ""],
            input=sql.encode(),
            capture_output=True,
            check=True,
            timeout=60,
        )
        assert done.stdout.count(b"\n") >= 400_000
        assert int(done.stderr) < 80_000, format


async def test_cancelling_the_caller_cancels_the_query(
    query: Query, pg: PgServer, database: str
) -> None:
    task = asyncio.create_task(query("select pg_sleep(60)"))
    while await asyncio.to_thread(active, pg, database) != "1\n":
        assert not task.done()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await asyncio.to_thread(active, pg, database) == "0\n"


@pytest.mark.parametrize("format", ["csv", "table", "jsonl"])
async def test_a_query_that_raises_a_syntax_error_runs_once(
    query: Query, psql: Callable[..., bytes], format: str
) -> None:
    psql("""create sequence sq; create function f42() returns int language plpgsql as
    $$ begin perform nextval('sq'); execute 'selec 1'; return 1; end $$""")
    code, _, err = await query("select f42()", format=format)
    assert (code, err.count("ERROR:")) == (1, 1)
    assert psql("select last_value from sq", "-At") == b"1\n"


async def test_a_psql_command_in_a_file_is_said_and_nothing_runs(
    query: Query, psql: Callable[..., bytes], tmp_path: Path
) -> None:
    file = tmp_path / "script.sql"
    file.write_text("create table t ();\n\n\\connect other\ndrop table x;\n")
    code, out, err = await query(file=file)
    assert (code, out) == (2, b"")
    assert err.startswith(f"mdbtui: {file}:3: psql's backslash commands")
    assert psql("select to_regclass('t') is null", "-At") == b"t\n"


async def test_a_nul_is_an_sql_error_with_its_line(
    query: Query, tmp_path: Path
) -> None:
    file = tmp_path / "script.sql"
    file.write_text("select 1 as a;\nselect 2,\n  '\0';\n")
    code, out, err = await query(file=file, format="csv")
    assert (code, out) == (1, b"a\n1\n")
    assert err.splitlines()[:2] == [
        f"{file}:2: ERROR:  the statement has a NUL character (\\x00), "
        "which SQL text can't have",
        r"LINE 2:   '\x00'",
    ]


async def test_a_huge_cell_does_not_widen_the_other_rows(query: Query) -> None:
    sql = "select repeat('x', 3000000) as v, 1 as n union all select 'é', i from"
    _, out, _ = await query(f"{sql} generate_series(1, 100) i")
    head, line, huge, *rest = out.decode().splitlines()
    assert line == "-" * 1002 + "+---"
    assert (len(head), len(huge)) == (1006, 3_000_005)
    assert rest[0] == " é" + " " * 1000 + "| 1"
    assert len(out) < 3_200_000


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)]
)
def test_a_signal_ends_it_although_nobody_reads_its_messages(
    pg: PgServer, database: str, number: signal.Signals, code: int
) -> None:
    pg.psql(database, "-c", "create sequence sq")
    sql = """do $$ begin for i in 1..100000 loop
      raise notice 'number %', nextval('sq'); end loop; end $$"""
    with subprocess.Popen(
        program(pg, database, "csv", sql),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        eventually_sync(
            lambda: pg.psql(database, "-c", "table sq").startswith("100000|"),
            message="the server is held up",
        )
        begun = time.monotonic()
        process.send_signal(number)
        assert process.wait(10) == code
        assert time.monotonic() - begun < 8
        assert process.stderr is not None
        assert b"Traceback" not in process.stderr.read()


def test_all_messages_reach_a_reader(pg: PgServer, database: str) -> None:
    sql = """do $$ begin for i in 1..30000 loop raise notice '%', i; end loop; end $$;
      select 1 as a"""
    done = subprocess.run(
        program(pg, database, "csv", sql), capture_output=True, check=True, timeout=60
    )
    numbers = "".join(f"NOTICE:  {i}\n" for i in range(1, 30_001))
    assert (done.stdout, done.stderr.decode()) == (b"a\n1\n", f"{numbers}DO\n")


async def test_messages_that_nobody_reads_are_bounded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    reader, writer = os.pipe()
    with os.fdopen(writer, "w") as stream:
        monkeypatch.setattr("sys.stderr", stream)
        report = Report()
        line = "x" * 99_999
        for _ in range(300):
            report.say(line)
            await asyncio.sleep(0)
        said = asyncio.create_task(asyncio.to_thread(read_all, reader))
        await report.flush()
        report.say("the end")
        await report.flush()
        await report.close()
    lines = (await said).decode().splitlines()
    os.close(reader)
    kept = lines.count(line)
    assert 80 <= kept <= 180
    assert lines[kept:] == [
        f"mdbtui: {300 - kept} messages were left out here, since nobody read them",
        "the end",
    ]


def read_all(descriptor: int) -> bytes:
    data = b""
    while part := os.read(descriptor, 1 << 20):
        data += part
    return data


@pytest.mark.parametrize(
    ("closed", "words"),
    [
        (">&-", b"mdbtui: standard output is closed\n"),
        ("<&-", b"mdbtui: standard input is closed, no SQL"),
        (">&- 2>&-", b""),
        (">&- <&- 2>&-", b""),
    ],
)
def test_closed_streams(pg: PgServer, database: str, closed: str, words: bytes) -> None:
    sql = "" if "<" in closed else "select 1"
    done = subprocess.run(
        ["/bin/sh", "-c", f'"$@" {closed}', "sh", *program(pg, database, "csv", sql)],
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.startswith(words)
    assert done.stderr.count(b"\n") == bool(words)


def test_closed_messages_stop_nothing(pg: PgServer, database: str) -> None:
    done = subprocess.run(
        [
            *("/bin/sh", "-c", '"$@" 2>&-', "sh"),
            *program(pg, database, "csv", "create table t (); select 1 as a"),
        ],
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, b"a\n1\n")
