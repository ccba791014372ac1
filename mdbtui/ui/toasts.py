"""What is announced when a database goes down or comes back."""

from __future__ import annotations

from collections import deque
from enum import Enum, auto
from typing import TYPE_CHECKING, Protocol

from mdbtui.pool import BreakerOpened, ConnectionOpened, Parked
from mdbtui.pool.durations import duration
from mdbtui.ui.safe import safe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from textual.notifications import SeverityLevel

    from mdbtui.pool import PoolEvent

GATHER_SECONDS = 0.5
"""Changes within this time are one announcement: a lost network is one event."""
MAX_SINGLE = 2
FLAPS, FLAPS_WITHIN = 3, 300.0
"""So many outages within so many seconds are told as one thing."""
STAYS_SECONDS = 60.0
NAME_LIMIT, TEXT_LIMIT, MAX_NAMES = 40, 300, 8


class News(Enum):
    """What there is to be told of a database."""

    DOWN = auto()
    REFUSED = auto()
    FLAPS = auto()
    UP = auto()
    STAYS = auto()


class Notify(Protocol):
    """How to show an announcement (`App.notify`)."""

    def __call__(
        self, message: str, *, title: str, severity: SeverityLevel, markup: bool
    ) -> None:
        """Show it."""


class Toasts:
    """Announces transitions, each once: a failed probe of a dead database is no news.

    Args:
        notify: Shows an announcement.
        later: Calls a function after so many seconds.
    """

    def __init__(
        self, notify: Notify, later: Callable[[float, Callable[[], None]], object]
    ) -> None:
        self._notify = notify
        self._later = later
        self._down: set[str] = set()
        self._news: dict[str, tuple[News, str]] = {}
        self._outages: dict[str, deque[datetime]] = {}
        self._flapping: dict[str, int] = {}
        """Of which nothing is said, with how often they went away since."""

    def heard(self, event: PoolEvent) -> None:
        """Take note of an event; announce it if it is news."""
        db_id = event.db_id
        if isinstance(event, BreakerOpened) and isinstance(event.error, Parked):
            return  # who had it parked knows it
        if isinstance(event, BreakerOpened) and db_id not in self._down:
            self._down.add(db_id)
            if db_id in self._flapping:
                self._flapping[db_id] += 1
            elif event.retry_in is None:  # the server is there, and waits for the user
                self._gather(db_id, News.REFUSED, str(event.error))
            elif span := self._flaps(event):
                self._flapping[db_id] = 0
                self._gather(db_id, News.FLAPS, span)
            else:
                self._gather(db_id, News.DOWN, str(event.error))
        elif isinstance(event, ConnectionOpened) and db_id in self._down:
            self._down.discard(db_id)
            if db_id in self._flapping:
                count = self._flapping[db_id]
                self._later(STAYS_SECONDS, lambda: self._stays(db_id, count))
            else:
                self._gather(db_id, News.UP)

    def _flaps(self, event: PoolEvent) -> str:
        """Return in how long a database went away too often; empty if it did not."""
        times = self._outages.setdefault(event.db_id, deque(maxlen=FLAPS))
        times.append(event.at)
        span = (event.at - times[0]).total_seconds()
        return duration(span) if len(times) == FLAPS and span <= FLAPS_WITHIN else ""

    def _stays(self, db_id: str, count: int) -> None:
        # Another outage since then begins the time anew.
        if self._flapping.get(db_id) == count and db_id not in self._down:
            del self._flapping[db_id], self._outages[db_id]
            self._gather(db_id, News.STAYS)

    def _gather(self, db_id: str, news: News, text: str = "") -> None:
        if not self._news:
            self._later(GATHER_SECONDS, self._announce)
        self._news[db_id] = news, text

    def _announce(self) -> None:
        gathered, self._news = self._news, {}
        found: dict[News, dict[str, str]] = {news: {} for news in News}
        for db_id, (news, text) in gathered.items():
            found[news][db_id] = text
        down = found[News.DOWN] | found[News.REFUSED]
        if len(down) <= MAX_SINGLE:
            for db_id, text in down.items():
                state = "is down" if db_id in found[News.DOWN] else "is not open to us"
                self._say(f"{safe(db_id, NAME_LIMIT)} {state}", text, "warning")
        else:
            self._say(f"{len(down)} databases can't be used", _names(down), "warning")
        if flaps := found[News.FLAPS]:
            span = next(iter(flaps.values()))
            until = f"until there was no outage for {duration(STAYS_SECONDS)}"
            self._say(
                "A server comes and goes" if len(flaps) == 1 else "Servers come and go",
                f"{_names(flaps)} went away {FLAPS} times in {span}. Nothing more is"
                f" said of that {until}. F7 shows it.",
                "warning",
            )
        for news, one, many in (
            (News.UP, "Back again", "{} are back"),
            (News.STAYS, "Stable again", "{} are stable again"),
        ):
            if names := found[news]:
                title = one if len(names) == 1 else many.format(len(names))
                self._say(title, _names(names), "information")

    def _say(self, title: str, text: str, severity: SeverityLevel) -> None:
        self._notify(
            safe(text, TEXT_LIMIT), title=title, severity=severity, markup=False
        )


def _names(db_ids: Iterable[str]) -> str:
    names = [safe(db_id, NAME_LIMIT) for db_id in db_ids]
    rest = len(names) - MAX_NAMES
    return ", ".join(names[:MAX_NAMES]) + (f" and {rest} more" if rest > 0 else "")
