"""A run of many statements: cancelled, switched away from, closed, at any moment."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from mdbtui.pool import PoolManager
from mdbtui.query import (
    Notice,
    Result,
    Session,
    StatementCancelled,
    driver_options,
)
from mdbtui.sql import Statement, split
from mdbtui.ui.conversation import Conversation
from tests.support.console import spec_of
from tests.support.server import PgServer

STATEMENTS = 300


class Heard:
    """Notes what a run says, and pulls a trigger at one of its statements."""

    def __init__(self) -> None:
        self.started = 0
        self.finished = 0
        self.failures: list[Exception] = []
        self.trigger_at = 0
        self.reached = asyncio.Event()

    def statement_started(self, number: int, total: int, statement: Statement) -> None:
        self.started = number
        if number == self.trigger_at:
            self.reached.set()

    def statement_finished(self, result: Result) -> None:
        self.finished += 1

    def statement_failed(self, statement: Statement, error: Exception) -> None:
        self.failures.append(error)

    def notice_arrived(self, notice: Notice) -> None:
        pass


@pytest.fixture
async def talk(pg: PgServer, database: str) -> AsyncIterator[Conversation]:
    pg.psql(database, "-c", "create table done (i int)")
    pools = PoolManager(driver_options=driver_options)
    for name in (database, "postgres"):
        pools.register(spec_of(pg, name).db)

    def session(db_id: str, on_notice: object) -> Session:
        return Session(pools, db_id, holder="test", on_notice=None)

    conversation = Conversation(session, Heard())
    conversation.db_id = database
    yield conversation
    await conversation.close()
    await pools.close_all()


def script() -> list[Statement]:
    return split(
        ";\n".join(f"insert into done values ({i})" for i in range(STATEMENTS))
    )


def done(pg: PgServer, database: str) -> int:
    return int(pg.psql(database, "-Atc", "select count(*) from done"))


@pytest.mark.parametrize("at", [1, 2, 7, 40, 111])
@pytest.mark.parametrize("turns", [0, 1, 3, 10])
async def test_a_cancelled_script_sends_nothing_more(
    pg: PgServer, database: str, talk: Conversation, at: int, turns: int
) -> None:
    heard: Heard = talk._listener  # type: ignore[assignment]
    heard.trigger_at = at
    run = asyncio.create_task(talk.run(script()))
    await heard.reached.wait()
    for _ in range(turns):
        await asyncio.sleep(0)
    await talk.cancel()
    await asyncio.wait_for(run, 5)
    assert isinstance(heard.failures[0], StatementCancelled)
    assert heard.started <= at + turns + 1
    assert done(pg, database) <= heard.started


@pytest.mark.parametrize("end", ["switch", "close"])
@pytest.mark.parametrize("at", [1, 5, 60])
async def test_leaving_a_running_script_ends_it(
    pg: PgServer, database: str, talk: Conversation, end: str, at: int
) -> None:
    heard: Heard = talk._listener  # type: ignore[assignment]
    heard.trigger_at = at
    run = asyncio.create_task(talk.run(script()))
    await heard.reached.wait()
    await (talk.switch("postgres") if end == "switch" else talk.close())
    await asyncio.wait_for(run, 5)
    count = done(pg, database)
    assert count < STATEMENTS
    assert not talk.running
    if end == "switch":
        await talk.run(split("select 1"))
        assert heard.finished >= 1
    assert done(pg, database) == count
