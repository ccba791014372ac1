"""What is announced when a database goes down or comes back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from mdbtui.pool import BreakerOpened, ConnectionOpened, Parked
from mdbtui.ui.safe import safe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from textual.notifications import SeverityLevel

    from mdbtui.pool import PoolEvent

GATHER_SECONDS = 0.5
"""Changes within this time are one announcement: a lost network is one event."""
MAX_SINGLE = 2
NAME_LIMIT, TEXT_LIMIT, MAX_NAMES = 40, 300, 8


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
        self._refused: dict[str, bool] = {}
        self._news: dict[str, str | None] = {}

    def heard(self, event: PoolEvent) -> None:
        """Take note of an event; announce it if it is news."""
        if isinstance(event, BreakerOpened) and isinstance(event.error, Parked):
            return  # who had it parked knows it
        if isinstance(event, BreakerOpened) and event.db_id not in self._down:
            self._down.add(event.db_id)
            # Parked: the server is there, and it waits for the user.
            self._refused[event.db_id] = event.retry_in is None
            self._gather(event.db_id, str(event.error))
        elif isinstance(event, ConnectionOpened) and event.db_id in self._down:
            self._down.discard(event.db_id)
            self._gather(event.db_id, None)

    def _gather(self, db_id: str, problem: str | None) -> None:
        if not self._news:
            self._later(GATHER_SECONDS, self._announce)
        self._news[db_id] = problem

    def _announce(self) -> None:
        news, self._news = self._news, {}
        down = {db_id: text for db_id, text in news.items() if text is not None}
        up = [db_id for db_id, text in news.items() if text is None]
        if len(down) <= MAX_SINGLE:
            for db_id, text in down.items():
                state = "is not open to us" if self._refused[db_id] else "is down"
                self._say(f"{safe(db_id, NAME_LIMIT)} {state}", text, "warning")
        else:
            self._say(f"{len(down)} databases can't be used", _names(down), "warning")
        if up:
            self._say(
                "Back again" if len(up) == 1 else f"{len(up)} are back",
                _names(up),
                "information",
            )

    def _say(self, title: str, text: str, severity: SeverityLevel) -> None:
        self._notify(
            safe(text, TEXT_LIMIT), title=title, severity=severity, markup=False
        )


def _names(db_ids: Iterable[str]) -> str:
    names = [safe(db_id, NAME_LIMIT) for db_id in db_ids]
    rest = len(names) - MAX_NAMES
    return ", ".join(names[:MAX_NAMES]) + (f" and {rest} more" if rest > 0 else "")
