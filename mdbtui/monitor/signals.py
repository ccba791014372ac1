"""Cancel what backends run, or end them: never another one than was looked at."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from mdbtui.pool import PoolError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mdbtui.monitor.link import Link
    from mdbtui.monitor.models import Backend


class Signal(Enum):
    """What a backend is told."""

    CANCEL = "cancel"
    """Give up the running statement; its transaction fails, its session stays."""
    TERMINATE = "terminate"
    """End the session; its transaction is rolled back."""


class Outcome(Enum):
    """What became of a signal; the value is the server's word for it in the query."""

    SENT = "sent"
    GONE = "gone"
    """The backend had ended before."""
    ANOTHER = "another"
    """Another backend has its pid now, so nothing was sent."""
    MOVED_ON = "moved on"
    """It runs another statement now, so nothing was cancelled."""
    NOT_SENT = "not sent"
    """The server could not send it; its log says why."""
    REFUSED = "refused"
    """No permission, or no answer; `SignalResult.error` says it."""


@dataclass(frozen=True)
class SignalResult:
    """What became of one signal.

    Attributes:
        error: Why it was refused; empty where it was not.
    """

    backend: Backend
    outcome: Outcome
    error: str = ""


async def send(
    link: Link, signal: Signal, backends: Iterable[Backend]
) -> list[SignalResult]:
    """Send a signal to each of these backends; each has a result of its own."""
    results = []
    for backend in backends:
        about = [backend.pid, backend.started_us, backend.user_oid]
        if signal is Signal.CANCEL:
            about.append(backend.query_us)
        try:
            (row,) = await link.fetch(signal.value, *about)
            results.append(SignalResult(backend, Outcome(row["outcome"])))
        except PoolError as error:
            results.append(SignalResult(backend, Outcome.REFUSED, str(error)))
    return results
