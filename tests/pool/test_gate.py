from __future__ import annotations

import asyncio
import random

from mdbtui.pool.gate import ConnectSlots, Gate
from tests.support.waiting import eventually


async def test_nobody_overtakes() -> None:
    gate = Gate(2)
    order: list[int] = []

    async def visit(number: int) -> None:
        await gate.enter()
        order.append(number)
        await asyncio.sleep(0)
        gate.leave()
        # Whoever comes back at once has to queue again.
        await gate.enter()
        order.append(100 + number)
        gate.leave()

    await asyncio.gather(*(visit(number) for number in range(20)))
    assert order == [*range(20), *range(100, 120)]
    assert gate.free == 2


async def test_cancelled_waiters_leave_nothing() -> None:
    dice = random.Random(7)
    gate = Gate(3)

    async def visit() -> None:
        await gate.enter()
        try:
            await asyncio.sleep(0.001)
        finally:
            gate.leave()

    tasks = [asyncio.create_task(visit()) for _ in range(2000)]
    for task in dice.sample(tasks, 700):
        if dice.random() < 0.5:
            await asyncio.sleep(0)
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert gate.free == 3


async def test_a_place_given_to_a_cancelled_waiter_goes_on() -> None:
    gate = Gate(1)
    await gate.enter()
    first = asyncio.create_task(gate.enter())
    second = asyncio.create_task(gate.enter())
    await asyncio.sleep(0)
    gate.leave()  # the place is the first one's, who has not seen it yet
    first.cancel()
    await asyncio.wait_for(second, 1)
    assert first.cancelled()
    assert gate.free == 0


async def test_dead_servers_hold_up_only_themselves() -> None:
    slots = ConnectSlots(total=2, per_address=2, patience=0.05)
    never = asyncio.Event()
    connected: list[str] = []

    async def connect(address: str, *, dead: bool) -> None:
        async with slots.hold(address):
            if dead:
                await never.wait()
            connected.append(address)

    dead = [asyncio.create_task(connect(f"dead{i // 4}", dead=True)) for i in range(20)]
    await asyncio.sleep(0)
    alive = [asyncio.create_task(connect(f"alive{i}", dead=False)) for i in range(30)]
    await asyncio.wait_for(asyncio.gather(*alive), 2)
    assert len(connected) == 30
    for task in dead:
        task.cancel()
    await asyncio.gather(*dead, return_exceptions=True)
    assert not slots._addresses
    assert slots._total.free == 2


async def test_one_address_is_not_stormed() -> None:
    slots = ConnectSlots(total=100, per_address=4)
    go = asyncio.Event()
    inside = 0
    most = 0

    async def connect() -> None:
        nonlocal inside, most
        async with slots.hold("server"):
            inside += 1
            most = max(most, inside)
            await go.wait()
            inside -= 1

    tasks = [asyncio.create_task(connect()) for _ in range(20)]
    await eventually(lambda: inside == 4)
    go.set()
    await asyncio.gather(*tasks)
    assert most == 4
