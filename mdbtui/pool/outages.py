"""When a server went away, and when it was back."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from mdbtui.pool.events import BreakerClosed, BreakerOpened, ConnectionOpened

if TYPE_CHECKING:
    from mdbtui.pool.events import PoolEvent

CAPACITY = 50


@dataclass(frozen=True, slots=True)
class Outage:
    """One time that a server could not be reached.

    Attributes:
        began: When its breaker opened (aware).
        why: What was said then.
        ended: When connecting worked again; None while it does not, or where nobody
            has tried.
    """

    began: datetime
    why: str
    ended: datetime | None = None


class Outages:
    """The last outages of one database, made out of its events."""

    __slots__ = ("_known",)

    def __init__(self) -> None:
        self._known: deque[Outage] | None = None

    def add(self, event: PoolEvent) -> None:
        """Take note of an event."""
        last = self._known[-1] if self._known else None
        away = last is not None and last.ended is None
        if isinstance(event, BreakerOpened):
            # Parked: it answers, or nobody asks; both are no outage.
            if event.retry_in is not None and not away:
                if self._known is None:
                    self._known = deque(maxlen=CAPACITY)
                self._known.append(Outage(event.at, event.error.message))
            return
        back = isinstance(event, ConnectionOpened) or (
            isinstance(event, BreakerClosed) and not event.reset
        )
        if back and away and self._known and last is not None:
            self._known[-1] = replace(last, ended=event.at)

    def entries(self) -> tuple[Outage, ...]:
        """Return what is known, oldest first."""
        return tuple(self._known or ())
