"""How late the event loop runs: a heartbeat, a histogram, and the stack of a stall."""

from __future__ import annotations

import asyncio
import sys
import threading
import time
import traceback
from bisect import bisect_left
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType

# Bucket borders in ms, each 12 % over the last, from 0.1 ms to about 100 s.
_BORDERS = tuple(0.1 * 1.12**step for step in range(123))
_STACK_FRAMES = 12


@dataclass(frozen=True)
class Stall:
    """One time that the loop stood still for longer than the limit."""

    ms: float
    """How late the heartbeat came."""
    stack: str
    """Where the loop's thread was at the limit; empty when it was gone by then."""


class StallMonitor:
    """Measures the lateness of a heartbeat on the running loop, as an async context.

    Args:
        period: Seconds between two beats.
        limit_ms: A stall longer than this is kept with its stack.
        on_stall: Called on the loop after each such stall.
    """

    def __init__(
        self,
        period: float = 0.02,
        limit_ms: float = 50.0,
        on_stall: Callable[[Stall], None] | None = None,
    ) -> None:
        self._period = period
        self._limit = limit_ms / 1000
        self._on_stall = on_stall
        self.stalls: deque[Stall] = deque(maxlen=20)
        """The last stalls over the limit, oldest first."""
        self._stopped = threading.Event()
        self._thread_id = 0
        self._stack = ""
        self._handle: asyncio.TimerHandle | None = None
        self.reset()

    async def __aenter__(self) -> StallMonitor:
        self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        # The beat that is due counts: a stall just before the end is one too.
        await asyncio.sleep(max(0.0, self._due - time.monotonic()) + 0.001)
        self.stop()

    def start(self) -> None:
        """Start the beat on the running loop, and the thread that watches it."""
        self._loop = asyncio.get_running_loop()
        self._thread_id = threading.get_ident()
        self._schedule()
        threading.Thread(target=self._watch, name="stall-monitor", daemon=True).start()

    def stop(self) -> None:
        """Stop measuring; the numbers stay. May be called twice."""
        self._stopped.set()
        if self._handle is not None:
            self._handle.cancel()

    def reset(self) -> None:
        """Forget what was measured."""
        self._counts = [0] * (len(_BORDERS) + 1)
        self._total = 0
        self._cpu = time.thread_time()
        self.max_ms = 0.0
        """The longest lateness, whoever caused it: this program or a busy machine."""
        self.max_cpu_ms = 0.0
        """The most processor time that the loop's thread used between two beats; it
        does not grow when the machine is busy with others."""
        self.stalls.clear()

    @property
    def p50_ms(self) -> float:
        """The median lateness."""
        return self.quantile_ms(0.5)

    @property
    def p95_ms(self) -> float:
        """The lateness that 95 % of the beats did not exceed."""
        return self.quantile_ms(0.95)

    @property
    def p99_ms(self) -> float:
        """The lateness that 99 % of the beats did not exceed."""
        return self.quantile_ms(0.99)

    def quantile_ms(self, share: float) -> float:
        """The lateness that this share of the beats did not exceed, within 12 %."""
        wanted = share * self._total
        seen = 0
        for border, count in zip(_BORDERS, self._counts, strict=False):
            seen += count
            if seen >= wanted:
                return min(border, self.max_ms)
        return self.max_ms

    def summary(self) -> str:
        """The numbers in one short line for the status bar."""
        return f"loop p99 {self.p99_ms:.1f} · max {self.max_ms:.0f} ms"

    def _schedule(self) -> None:
        self._stack = ""
        self._due = time.monotonic() + self._period
        self._handle = self._loop.call_at(self._loop.time() + self._period, self._beat)

    def _beat(self) -> None:
        late = max(0.0, time.monotonic() - self._due)
        cpu = time.thread_time()
        ms = late * 1000
        self._counts[bisect_left(_BORDERS, ms)] += 1
        self._total += 1
        self.max_ms = max(self.max_ms, ms)
        self.max_cpu_ms = max(self.max_cpu_ms, (cpu - self._cpu) * 1000)
        self._cpu = cpu
        stack = self._stack
        self._schedule()
        if late > self._limit:
            stall = Stall(ms, stack)
            self.stalls.append(stall)
            if self._on_stall is not None:
                self._on_stall(stall)

    def _watch(self) -> None:
        # It sleeps until a beat would be overdue, so a healthy loop costs it little.
        wait = self._stopped.wait
        while not wait(max(0.001, self._due + self._limit - time.monotonic())):
            if time.monotonic() < self._due + self._limit:
                continue
            frames = sys._current_frames()  # noqa: SLF001 (documented, only named so)
            frame = frames.get(self._thread_id)
            if frame is not None and not self._stack:
                stack = traceback.extract_stack(frame, limit=_STACK_FRAMES)
                self._stack = "".join(traceback.format_list(stack))
            wait(self._period)
