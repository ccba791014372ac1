"""What all pools of a manager share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mdbtui.pool.config import DriverOptions
from mdbtui.pool.events import PoolEvent
from mdbtui.pool.gate import ConnectSlots
from mdbtui.pool.threads import Threads

if TYPE_CHECKING:
    from mdbtui.pool.managed import ManagedPool


class Driver:
    """Loads the driver and the breaker, when the first pool opens.

    Importing them takes longer than the loop may stand still, so a thread does it.
    """

    def __init__(
        self, threads: Threads, factory: Callable[[], DriverOptions] | None
    ) -> None:
        self._threads = threads
        self._factory = factory
        self._options: DriverOptions | None = None

    async def options(self) -> DriverOptions:
        """Return what the program adds to each connection; the driver is loaded."""
        if self._options is None:
            self._options = await self._threads.run("driver", self._load)
        return self._options

    def _load(self) -> DriverOptions:
        import mdbtui.pool.breaker
        import mdbtui.pool.connect  # noqa: F401

        return self._factory() if self._factory else DriverOptions()


@dataclass(frozen=True)
class Shared:
    """The clock, the subscribers, the threads and the slots of one manager."""

    clock: Callable[[], float]
    """Monotonic seconds."""
    emit: Callable[[PoolEvent], None]
    wake: Callable[[ManagedPool], None]
    """Called when a pool begins to need the manager's ticks."""
    driver: Driver
    threads: Threads
    trace: bool = False
    """Note where in the program each lease is taken."""
    slots: ConnectSlots = field(default_factory=ConnectSlots)
