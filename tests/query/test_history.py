"""The history: private, bounded, shared by consoles, and without passwords."""

from __future__ import annotations

import asyncio
import sqlite3
import stat
import sys
import time
from pathlib import Path

import pytest

from mdbtui.query.history import History
from mdbtui.query.history_entries import CANCELLED, DONE, FAILED, SCHEMA, WROTE, Wanted
from mdbtui.query.history_secrets import is_left_out
from tests.support.waiting import eventually


async def texts(history: History, **wanted: object) -> list[str]:
    found = await history.search(Wanted(**wanted))  # type: ignore[arg-type]
    return [entry.sql for entry in found]


async def until(history: History, count: int, **wanted: object) -> None:
    async def there() -> bool:
        return len(await texts(history, **wanted)) == count

    await eventually(there)


async def test_entries_keep_what_is_known_of_them(tmp_path: Path) -> None:
    history = History(tmp_path / "state" / "history.db")
    one = history.began("shop", "select 'ä'")
    history.ended(one, DONE, ms=12.5, rows=1000, more=True)
    two = history.began("shop", "select 1/0")
    history.ended(two, FAILED, ms=1.0, sqlstate="22012")
    three = history.began("metrics", "vacuum")
    history.ended(three, CANCELLED)
    history.began("metrics", "select pg_sleep(9)")
    await until(history, 4)
    found = await history.search(Wanted())
    assert [
        (e.db, e.sql, e.outcome, e.sqlstate, e.ms, e.rows, e.more) for e in found
    ] == [
        ("metrics", "select pg_sleep(9)", "open", "", None, None, False),
        ("metrics", "vacuum", "cancelled", "", None, None, False),
        ("shop", "select 1/0", "error", "22012", 1.0, None, False),
        ("shop", "select 'ä'", "done", "", 12.5, 1000, True),
    ]
    assert abs(found[0].at - time.time()) < 60
    assert await texts(history, failed=True) == ["select 1/0"]
    assert await texts(history, db="metrics", words="sleep") == ["select pg_sleep(9)"]
    assert await texts(history, words="SELECT shop") == ["select 1/0", "select 'ä'"]
    assert await texts(history, words="100%") == []
    for path in (tmp_path / "state").iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
    await history.close()


async def test_several_databases_are_kept_with_what_became_of_each(
    tmp_path: Path,
) -> None:
    history = History(tmp_path / "h.db")
    for targets in (["a", "b, c"], ["a"]):
        token = history.began("", "update t", targets=targets)
        history.ended(token, DONE, report=f"{len(targets)} of {len(targets)}\na  done")
    history.began("a", "select 1")
    await until(history, 3)
    one, first, both = await history.search(Wanted())
    assert (one.where, one.targets, one.report) == ("a", (), "")
    assert (first.where, first.targets) == ("⇉ 1 database", ("a",))
    assert both.targets == ("a", "b, c")
    assert both.report == "2 of 2\na  done"
    # They are found by their databases' names, and each of them has run it.
    assert await texts(history, words="update b") == ["update t"]
    assert len(await texts(history, db="a")) == 3
    assert len(await texts(history, db="b, c")) == 1
    assert await texts(history, db="b") == []
    await history.close()


async def test_each_run_of_what_wrote_on_several_is_reachable(tmp_path: Path) -> None:
    history = History(tmp_path / "h.db")
    for report in ("0 of 1 committed", "1 of 1 committed"):
        token = history.began("", "update t", targets=["a"], tag=WROTE)
        history.ended(token, DONE, report=report, tag=WROTE)
        history.ended(history.began("", "select 1", targets=["a"]), DONE)
    history.began("", "update t", targets=["a"], tag=WROTE)  # and did not end
    await until(history, 4)
    found = await history.search(Wanted(words="update"))
    assert [each.report for each in found] == [
        "",
        "1 of 1 committed",
        "0 of 1 committed",
    ]
    await history.star(found[1], True)
    await history.forget(found[1])
    kept = await history.search(Wanted(words="update"))
    assert [(each.id, each.starred) for each in kept] == [
        (found[0].id, True),
        (found[2].id, True),
    ]
    assert [e.times for e in await history.search(Wanted(words="select"))] == [2]
    await history.close()


async def test_a_file_of_an_older_version_is_gone_on_with(tmp_path: Path) -> None:
    path = tmp_path / "h.db"
    old = sqlite3.connect(path)
    old.execute(SCHEMA)
    old.execute("insert into entry (at, db, sql) values (1, 'shop', 'select 1')")
    old.commit()
    old.close()
    history = History(path)
    history.ended(history.began("", "update t", targets=["a"]), DONE, report="r")
    await until(history, 2)
    new, kept = await history.search(Wanted())
    assert (new.targets, new.report) == (("a",), "r")
    assert (kept.db, kept.targets, kept.report) == ("shop", (), "")
    await history.close()


async def test_stars_and_repeats(tmp_path: Path) -> None:
    history = History(tmp_path / "h.db")
    for sql in ("a", "b", "a", "a"):
        history.ended(history.began("shop", sql), DONE)
    await eventually(lambda: history._inserted == 4)
    a, b = await history.search(Wanted())
    assert (a.sql, a.times, a.starred, b.times) == ("a", 3, False, 1)
    await history.star(a, True)
    history.began("shop", "a")
    await until(history, 1, starred=True)
    await history.star(a, False)
    await until(history, 0, starred=True)
    await history.forget(a)
    assert await texts(history) == ["b"]
    await history.close()
    assert not (tmp_path / "h.db-wal").exists()


async def test_it_stays_within_its_bounds_and_keeps_stars(tmp_path: Path) -> None:
    history = History(tmp_path / "h.db", max_entries=600, max_bytes=400_000)
    history.began("shop", "first of all")
    await until(history, 1)
    (first,) = await history.search(Wanted())
    await history.star(first, True)
    for number in range(3_000):
        history.began("shop", f"select {number} -- {'x' * 300}")
    await eventually(lambda: history._inserted == 3_001)
    found = await history.search(Wanted(), limit=5_000)
    assert len(found) < 1_700
    assert found[0].sql.startswith("select 2999")
    assert found[-1].sql == "first of all"
    await history.close()
    assert (tmp_path / "h.db").stat().st_size < 1_000_000


_WRITER = """
import asyncio, sys
from pathlib import Path
from mdbtui.query.history import History
async def main():
    history = History(Path(sys.argv[1]), lambda text: sys.exit(text))
    for number in range(200):
        history.ended(history.began(sys.argv[2], f"select {number}"), "done")
        await asyncio.sleep(0)
    while history._writer._jobs.qsize():
        await asyncio.sleep(0.01)
    await history.close()
asyncio.run(main())
"""


async def test_several_consoles_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "h.db"
    writers = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-c", _WRITER, str(path), f"db{number}"
        )
        for number in range(4)
    ]
    assert [await writer.wait() for writer in writers] == [0, 0, 0, 0]
    history = History(path)
    found = await history.search(Wanted(), limit=2_000)
    assert len(found) == 800
    assert {entry.outcome for entry in found} == {"done"}
    await history.close()


@pytest.mark.parametrize("how", ["garbage", "folder", "link", "no folder"])
async def test_a_broken_file_stops_nothing_and_is_told_once(
    tmp_path: Path, how: str
) -> None:
    path = tmp_path / "h.db"
    if how == "garbage":
        path.write_bytes(b"not a database, but long enough to look at" * 100)
    elif how == "folder":
        path.mkdir()
    elif how == "link":
        path.symlink_to(tmp_path / "elsewhere")
    else:
        path.write_text("")
        path = path / "h.db"
    told: list[str] = []
    history = History(path, told.append)
    for _ in range(3):
        history.ended(history.began("shop", "select 1"), DONE)
    assert await history.search(Wanted()) == []
    await eventually(lambda: bool(told))
    await history.close()
    assert len(told) == 1
    assert "history can't be used" in told[0]
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize(
    "sql",
    [
        "create role me login password 'x'",
        "CREATE USER me WITH ENCRYPTED PASSWORD 'x'",
        "alter/**/user me -- now\n password 'x'",
        "ALTER ROLE me PASSWORD $$x$$",
        "do $$ begin execute 'alter role me password ''x'''; end $$",
        "create user mapping for me server s options (user 'me', password 'x')",
        "alter user mapping for me server s options (set password 'x')",
        "create server s foreign data wrapper w options (\"password\" 'x')",
        "select dblink_connect('host=h user=u password=x')",
        "select * from dblink('host=h PASSWORD = x', 'select 1')",
        "select dblink_connect('postgresql://me:x@h/db')",
        "create subscription s connection 'host=h password=x' publication p",
        "update account set password = 'x'",
        "select 1 -- nohist",
        "/* nohist */ select 1",
    ],
)
def test_what_holds_a_password_is_left_out(sql: str) -> None:
    assert is_left_out(sql)


@pytest.mark.parametrize(
    "sql",
    [
        "select password from account",
        "create role me login",
        "create table passwords (password text, at timestamptz)",
        "select 'postgres://host/db'",
        "alter table t add column password_hash text",
        "select 'nohist'",
        "alter system set password_encryption to default",
    ],
)
def test_what_only_looks_like_it_is_kept(sql: str) -> None:
    assert not is_left_out(sql)
    assert is_left_out(sql, "  ")
    assert not is_left_out(sql, "select 1; ")


async def test_a_search_in_a_hundred_thousand_is_quick(tmp_path: Path) -> None:
    history = History(tmp_path / "h.db")
    await history.search(Wanted())

    def fill() -> None:
        import sqlite3

        with sqlite3.connect(history.path) as connection:
            connection.executemany(
                "insert into entry (at, db, sql, outcome)"
                " values (?, 'shop', ?, 'done')",
                (
                    (n, f"select * from orders where id = {n} {'x' * 170}")
                    for n in range(100_000)
                ),
            )
        connection.close()

    await asyncio.to_thread(fill)
    for wanted, count in (
        (Wanted(), 200),
        (Wanted("orders 4711"), 20),
        (Wanted("nothing like it"), 0),
        (Wanted("orders", failed=True), 0),
        (Wanted(starred=True), 0),
    ):
        begin = time.perf_counter()
        found = await history.search(wanted)
        took = time.perf_counter() - begin
        assert len(found) == count or (count == 20 and found)
        assert took < 3, (wanted, took)
    await history.close()
