"""What is announced of databases that go down and come back, and how little."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from mdbtui.pool import (
    BreakerOpened,
    ConnectionOpened,
    ConnectionRefused,
    LoginRefused,
    Parked,
)
from mdbtui.ui import toasts
from mdbtui.ui.toasts import Toasts

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)


class Told:
    """Toasts with a clock that a test turns."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.now = 0.0
        self._due: list[tuple[float, Callable[[], None]]] = []
        self._toasts = Toasts(self._notify, self._later)

    def _notify(self, message: str, *, title: str, **_: object) -> None:
        self.said.append(f"{title}: {message}")

    def _later(self, seconds: float, call: Callable[[], None]) -> None:
        self._due.append((self.now + seconds, call))

    def wait(self, seconds: float) -> None:
        """Let time go by."""
        self.now += seconds
        due = [call for at, call in self._due if at <= self.now]
        self._due = [each for each in self._due if each[0] > self.now]
        for call in due:
            call()

    def _at(self) -> datetime:
        return NOW + timedelta(seconds=self.now)

    def down(self, *db_ids: str) -> None:
        error = ConnectionRefused("nothing listens")
        for db_id in db_ids:
            self._toasts.heard(
                BreakerOpened(db_id=db_id, at=self._at(), error=error, retry_in=1.0)
            )
        self.wait(1)

    def up(self, *db_ids: str) -> None:
        for db_id in db_ids:
            self._toasts.heard(ConnectionOpened(db_id=db_id, at=self._at()))
        self.wait(1)

    def parked(self, error: ConnectionRefused | LoginRefused | Parked) -> None:
        self._toasts.heard(
            BreakerOpened(db_id="a", at=self._at(), error=error, retry_in=None)
        )
        self.wait(1)


def test_what_happens_once_is_told_once() -> None:
    told = Told()
    told.down("a")
    told.down("a")  # a probe that failed is no news
    told.up("a")
    told.up("a")
    told.parked(LoginRefused("wrong password"))
    assert told.said == [
        "a is down: nothing listens",
        "Back again: a",
        "a is not open to us: wrong password",
    ]


def test_what_the_user_parked_is_no_news() -> None:
    told = Told()
    told.parked(Parked("the pool is parked"))
    assert told.said == []


def test_many_at_once_are_one() -> None:
    told = Told()
    names = [f"db{i}" for i in range(20)]
    told.down(*names)
    told.up(*names)
    assert len(told.said) == 2
    assert told.said[0].startswith("20 databases can't be used: db0, db1")
    assert "and 12 more" in told.said[1]


@pytest.mark.parametrize("names", [["a"], [f"db{i}" for i in range(20)]])
def test_a_server_that_comes_and_goes_is_told_once(names: list[str]) -> None:
    told = Told()
    for _ in range(8):
        told.down(*names)
        told.wait(5)
        told.up(*names)
        told.wait(7)
    assert len(told.said) == 5  # down, back, down, back, and that it flaps
    assert "went away 3 times in 28 s" in told.said[-1]
    told.wait(toasts.STAYS_SECONDS - 12)
    assert len(told.said) == 5
    told.wait(6)
    told.wait(1)
    assert "stable again" in told.said[-1].lower()
    # What comes then is news again.
    told.down(*names)
    assert "down" in told.said[-1] or "can't be used" in told.said[-1]
