"""Rows of many databases as one result."""

from __future__ import annotations

import asyncio
from random import Random

from mdbtui.query import Column, MemoryBudget, RowStore, copytext
from mdbtui.query.fanout_memory import SharedBudget
from mdbtui.query.merged import MergedRows
from mdbtui.query.rows import ABSENT

INT = Column("id", 23, "int4", True)
BIG = Column("id", 20, "int8", True)
TEXT = Column("id", 25, "text", False)
NAME = Column("name", 25, "text", False)


def store(
    *columns: Column, rows: int = 0, budget: MemoryBudget | None = None
) -> RowStore:
    made = RowStore(columns, budget or MemoryBudget())
    add(made, 0, rows)
    return made


def add(to: RowStore, first: int, count: int) -> None:
    width = len(to.columns)
    rows = [[f"{i}"] * width for i in range(first, first + count)]
    if rows:
        to.append(copytext.encode(rows))


def all_rows(merged: MergedRows) -> list[tuple[str | None, ...] | None]:
    return [merged.row(i) for i in range(merged.count)]


async def test_columns_go_by_name_and_gaps_are_not_null() -> None:
    merged = MergedRows(["a", "b", "c"])
    merged.begin(0, store(INT, NAME, rows=1))
    before = merged.version
    merged.begin(2, store(INT, NAME, rows=1))
    assert merged.version == before  # the same shape: nothing to draw anew
    merged.begin(1, store(NAME, TEXT, rows=1))
    assert merged.version > before
    assert [c.name for c in merged.columns] == ["database", "id", "name"]
    assert [c.type_name for c in merged.columns[1:]] == ["int4 | text", "text"]
    assert [c.mark for c in merged.columns] == ["", "≠", ""]
    assert not merged.columns[1].numeric
    assert merged.types(1) == {"int4": 2, "text": 1}
    merged.withdraw(1)
    merged.begin(1, store(NAME, rows=1))
    assert merged.types(1) == {"int4": 2, "": 1}
    assert [c.mark for c in merged.columns] == ["", "≠", ""]
    assert merged.row(0) == ("a", "0", "0")
    assert merged.row(2) == ("b", ABSENT, "0")
    assert merged.row(2)[1] is ABSENT
    merged.finish(complete=True)
    for i in range(3):
        merged.store(i).finish()
    exported = [row async for chunk in merged.chunks() for row in chunk]
    assert exported == [("a", "0", "0"), ("b", None, "0"), ("c", "0", "0")]
    await merged.close()


async def test_numbers_of_any_kind_stay_numbers() -> None:
    merged = MergedRows(["a", "b"])
    merged.begin(0, store(INT))
    merged.begin(1, store(BIG))
    assert merged.columns[1].numeric
    assert merged.columns[1].mark == "≠"
    await merged.close()


async def test_names_may_repeat_within_a_result() -> None:
    merged = MergedRows(["a", "b"])
    merged.begin(0, store(INT, INT, rows=1))
    merged.begin(1, store(INT, rows=1))
    assert [c.name for c in merged.columns] == ["database", "id", "id"]
    assert all_rows(merged) == [("a", "0", "0"), ("b", "0", ABSENT)]
    await merged.close()


async def test_rows_come_and_go_as_a_model_says() -> None:
    """Arrivals in any order, withdrawals, one database alone, all again."""
    random = Random(6)
    for _ in range(30):
        names = [f"d{i}" for i in range(5)]
        merged = MergedRows(names)
        stores: dict[int, RowStore] = {}
        model: list[tuple[int, int]] = []
        for _ in range(60):
            index = random.randrange(5)
            step = random.random()
            if index not in stores:
                stores[index] = store(INT)
                merged.begin(index, stores[index])
            elif step < 0.75:
                count = random.randrange(1, 40)
                before = stores[index].count
                add(stores[index], before, count)
                merged._on_news(index)
                model += [(index, before + i) for i in range(count)]
            elif step < 0.9:
                merged.withdraw(index)
                del stores[index]
                model = [each for each in model if each[0] != index]
            else:
                merged.show_only({index})
                alone = [(f"d{index}", str(i)) for i in range(stores[index].count)]
                assert all_rows(merged) == alone
                merged.show_only(None)
                model.sort(key=lambda each: each[0])
            assert all_rows(merged) == [(f"d{i}", str(row)) for i, row in model]
        await merged.close()


async def test_news_are_told_and_words_are_right() -> None:
    merged = MergedRows(["a", "b"])
    told = asyncio.Event()
    merged.subscribe(told.set)
    one = store(INT)
    merged.begin(0, one)
    add(one, 0, 3)
    async with asyncio.timeout(5):
        while merged.count < 3:
            told.clear()
            await told.wait()
    assert merged.note == "3+ rows of 1 database"
    merged.begin(1, store(INT, rows=1))
    merged.finish(complete=True)
    assert merged.note == "4 rows of 2 databases"
    merged.show_only({1})
    assert merged.note == "1 row of b"
    await merged.close()


async def test_many_stores_share_one_budget_and_rows_come_back_from_disk() -> None:
    whole = MemoryBudget(200_000, 400_000)
    shared = SharedBudget(whole, 4)
    merged = MergedRows(["a", "b", "c", "d"])
    stores = [store(INT, NAME, budget=shared) for _ in range(4)]
    for index, each in enumerate(stores):
        merged.begin(index, each)
    for turn in range(40):
        for each in stores:
            add(each, turn * 400, 400)
            each.fetch_all()
            assert await each.wanted()
    assert whole.used <= 260_000
    assert shared.memory == whole.used
    merged.group()
    for i in (0, 1, 20_000, 63_999):
        assert await merged.bring(i)
        assert merged.row(i) == ("abcd"[i // 16_000], *[str(i % 16_000)] * 2)
    await merged.close()
    assert shared.memory == 0
