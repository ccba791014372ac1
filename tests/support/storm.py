"""Fan-outs that are cancelled, retried and lose backends at any moment."""

from __future__ import annotations

import asyncio
from random import Random

from mdbtui.pool import BreakerState, PoolManager
from mdbtui.query.fanout import FanOut
from mdbtui.query.fanout_outcome import State
from mdbtui.query.fanout_slots import Limits
from mdbtui.sql import Statement
from tests.support.waiting import eventually

ROWS = 1_200
SQL = f"""select g, repeat('x', 100), pg_sleep(0.002 * (g = 1)::int)
          from generate_series(1, {ROWS}) g"""
KILL = r"""select pg_terminate_backend(pid) from pg_stat_activity
           where pid <> pg_backend_pid() and datname like 'fan\_%' and random() < 0.3"""


async def storm(
    pools: PoolManager, ids: list[str], killer: str, *, rounds: int, seed: int
) -> None:
    """Check that no row is shown of a database that is not done, none is missing of
    one that is, and no connection stays on loan.

    Args:
        pools: Where connections come from.
        ids: Databases whose names begin with ``fan_``.
        killer: Another one of that server.
        rounds: So many fan-outs.
        seed: For what happens to them.
    """
    random = Random(seed)
    for _ in range(rounds):
        statement = Statement(SQL, 0, len(SQL))
        fan = FanOut(pools, ids, statement, limits=Limits(4, 4, timeout=20))
        fan.start()
        for _ in range(random.randrange(3)):
            await asyncio.sleep(random.random() * 0.03)
            step = random.random()
            if step < 0.3:
                await fan.cancel(random.sample(ids, 2))
            elif step < 0.5:
                await fan.cancel()
            elif step < 0.7:
                await pools.execute_query(killer, KILL)
            else:
                fan.retry(random.sample(ids, 3))
        async with asyncio.timeout(30):
            await fan.wait()
        check(fan)
        await fan.close()
    await eventually(
        lambda: not any(pool.in_use or pool.waiting for pool in pools.snapshot().pools),
        message=str(pools.snapshot()),
    )
    for pool in pools.snapshot().pools:
        assert pool.breaker is BreakerState.CLOSED
        assert pool.size <= pool.max_size


def check(fan: FanOut) -> None:
    """Compare what is shown with what the outcomes say."""
    done = [each.db_id for each in fan.outcomes if each.state is State.DONE]
    shown: dict[str | None, int] = {}
    for i in range(fan.rows.count):
        row = fan.rows.row(i)
        assert row is not None
        shown[row[0]] = shown.get(row[0], 0) + 1
    assert shown == dict.fromkeys(done, ROWS)
    for outcome in fan.outcomes:
        assert outcome.rows == (ROWS if outcome.db_id in done else 0)
