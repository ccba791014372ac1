"""Standard output that is slow, gone or full."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from mdbtui.query.output import BLOCK, Output, OutputError
from tests.support.waiting import eventually


async def test_a_reader_that_rests_is_waited_for() -> None:
    reader, writer = os.pipe()
    output = Output(writer)
    taken = 0

    async def write() -> None:
        nonlocal taken
        for _ in range(100):
            await output.write(b"x" * BLOCK)
            taken += 1
        await output.flush()

    task = asyncio.create_task(write())
    # The loop goes on meanwhile; the pipe holds half a block.
    await eventually(lambda: taken >= 4)
    for _ in range(20):
        await asyncio.sleep(0)
    assert taken <= 6
    received = 0
    while received < 100 * BLOCK:
        received += len(await asyncio.to_thread(os.read, reader, 1 << 20))
    await task
    output.close()
    assert (taken, received) == (100, 100 * BLOCK)
    os.close(reader)
    os.close(writer)


async def test_a_reader_that_left() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    output = Output(writer)
    await output.write(b"x")
    with pytest.raises(OutputError) as caught:
        await output.flush()
    assert caught.value.closed
    with pytest.raises(OutputError):
        await output.write(b"x" * BLOCK)
    output.close()
    os.close(writer)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
async def test_a_full_disk() -> None:
    descriptor = os.open("/dev/full", os.O_WRONLY)
    output = Output(descriptor)
    await output.write(b"x")
    with pytest.raises(OutputError, match="No space left") as caught:
        await output.flush()
    assert not caught.value.closed
    output.close()
    os.close(descriptor)
