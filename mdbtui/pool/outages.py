"""When a server went away, and when it was back."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from mdbtui.pool.events import BreakerClosed, BreakerOpened, ConnectionOpened

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mdbtui.pool.events import PoolEvent

CAPACITY = 50
RECENT_S = 300.0
FLAPS = 2
"""So many outages within minutes are more than one that is over."""
STABLE_S, STABLE_TIMES = 30.0, 2.0
"""A server that comes and goes is stable when it stayed for so long, and for so many
times as long as it had stayed between its outages."""


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


class Flapping(NamedTuple):
    """A server that went away several times in a few minutes.

    Attributes:
        outages: When, oldest first.
        away_s: For how long each time, as far as it was back.
        up_s: For how long it stayed in between.
        stays_s: Since when it stays; None while it is away.
    """

    outages: tuple[Outage, ...]
    away_s: tuple[float, ...]
    up_s: tuple[float, ...]
    stays_s: float | None

    @property
    def is_over(self) -> bool:
        """It stays for longer than it did."""
        least = max([STABLE_S, *(STABLE_TIMES * up for up in self.up_s)])
        return self.stays_s is not None and self.stays_s >= least


def flapping(outages: Sequence[Outage], now: datetime) -> Flapping | None:
    """Say of a server how it comes and goes; None where it does not."""
    lately = tuple(
        each
        for each in outages
        if (now - (each.ended or now)).total_seconds() <= RECENT_S
    )
    if len(lately) < FLAPS:
        return None
    last = lately[-1].ended
    return Flapping(
        lately,
        tuple(
            (each.ended - each.began).total_seconds()
            for each in lately
            if each.ended is not None
        ),
        tuple(
            (after.began - before.ended).total_seconds()
            for before, after in pairwise(lately)
            if before.ended is not None
        ),
        None if last is None else (now - last).total_seconds(),
    )


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

    @property
    def flaps(self) -> int:
        """How often the server went away lately, while it flaps; else 0."""
        if self._known is None or len(self._known) < FLAPS:
            return 0
        found = flapping(self._known, datetime.now(UTC))
        return 0 if found is None or found.is_over else len(found.outages)

    def entries(self) -> tuple[Outage, ...]:
        """Return what is known, oldest first."""
        return tuple(self._known or ())
