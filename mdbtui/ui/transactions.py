"""What is said about transactions and what else a tab's session holds."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from mdbtui.pool import ConnectionLostError, QueryError
from mdbtui.sql.transactions import outside_only
from mdbtui.ui.safe import safe

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mdbtui.query import Session
    from mdbtui.ui.runner import PaneRunner

IDLE_WARNING = 300.0
"""Seconds of doing nothing in an open transaction until that is worth a warning."""
LIMIT_SHARE = 0.8
"""The part of the server's own idle limit after which it is warned of."""
NAMES_LIMIT, STATEMENT_LIMIT = 200, 80
_INSIDE = "25001"
_FAILED = "25P02"


def age(seconds: float) -> str:
    """Return how long something lasts, in one unit: ``12 s``, ``5 min``, ``3 h``."""
    if seconds < 60:
        return f"{seconds:.0f} s"
    if seconds < 3600:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h" if seconds < 36_000 else f"{seconds / 3600:.0f} h"


def mark(session: Session | None) -> str:
    """Return the sign of what a session keeps, for its tab; nothing for nothing."""
    if session is None or not session.pinned:
        return ""
    if session.transaction_failed:
        return "✗ "
    return "◆ " if session.in_transaction else "◇ "


def losses(session: Session) -> str:
    """Return what ends with a session's connection, one thing a line."""
    lines = []
    if (now := session.state.transaction) is not None:
        count = f"{now.statements} statement{'s' * (now.statements != 1)}"
        lines.append(
            f"the open transaction, begun {age(time.monotonic() - now.since)} ago, "
            f"with {count}: it will be rolled back"
        )
    lines += [safe(each.full, NAMES_LIMIT) for each in session.state.held]
    return "\n".join(f"· {line}" for line in lines)


def about_error(error: Exception, session: Session | None, sql: str) -> str:
    """Return what an error means for the session's transaction, and what can be done.

    Args:
        error: Why a statement failed.
        session: Where.
        sql: The statement.
    """
    if session is None:
        return ""
    state = session.state
    if isinstance(error, ConnectionLostError):
        known = state.doubt is not None and state.doubt.xid is not None
        return (
            "{key.commit} asks the server what became of the transaction."
            if known
            else ""
        )
    if not isinstance(error, QueryError):
        return ""
    if error.sqlstate == _INSIDE and (name := outside_only(sql)):
        return (
            f"{name} can't run inside a transaction:"
            " {key.commit} commits the open one, {key.roll_back} rolls it back."
        )
    now = state.transaction
    if now is None or now.broken is None:
        return ""
    ways = "{key.roll_back} rolls all of it back"
    if now.savepoints:
        last = safe(now.savepoints[-1], STATEMENT_LIMIT)
        ways += f"; {{key.savepoints}} rolls back to a savepoint (the last is {last})"
    if error.sqlstate != _FAILED:
        return f"The transaction has failed and takes no other statement: {ways}."
    broken = now.broken
    return (
        "Not run: the transaction had failed before, at "
        f"“{safe(broken.statement, STATEMENT_LIMIT)}” "
        f"({broken.sqlstate}: {safe(broken.message, NAMES_LIMIT)}). {ways}."
    )


OUTCOMES = {
    "committed": ("It was committed: all it did is there.", "information"),
    "aborted": ("It was rolled back: nothing it did is there.", "warning"),
    "in progress": (
        "It is still in progress: the server has not noticed the lost connection, "
        "or still commits. Ask again ({key.commit}).",
        "warning",
    ),
    "": ("The server does not remember it any more. Look at the data.", "warning"),
}
"""What is said of the server's answer about a transaction in doubt; how grave it is."""


class IdleWatch:
    """Warns of sessions that do nothing while they hold a transaction.

    Each is warned of once when it has been idle for a while, and once more before the
    server ends it. One that was lost is told at once.
    """

    def __init__(self) -> None:
        self._told: dict[PaneRunner, tuple[float, int]] = {}

    def look(self, runners: Iterable[PaneRunner]) -> list[tuple[PaneRunner, str, bool]]:
        """Return what is new: the tab, the words, and whether something is lost."""
        news = []
        told: dict[PaneRunner, tuple[float, int]] = {}
        for runner in runners:
            session = runner.talk.session
            if session is None:
                continue
            if (loss := session.loss()) is not None:
                news.append((runner, f"The connection was lost: {loss}.", True))
                continue
            idle = session.idle_for
            since, before = self._told.get(runner, (0.0, 0))
            began = time.monotonic() - idle
            # Something ran meanwhile: the next rest is another one.
            stage = before if abs(began - since) < 0.5 else 0
            reached = sum(idle >= limit for limit in _stages(session))
            if session.pinned and reached > stage:
                news.append((runner, _warning(session, idle), False))
            if session.pinned and reached:
                told[runner] = (began, max(stage, reached))
        self._told = told
        return news


def _stages(session: Session) -> list[float]:
    limit = _limit(session)
    stages = [IDLE_WARNING] if session.in_transaction else []
    return [*stages, limit * LIMIT_SHARE] if limit is not None else stages


def _limit(session: Session) -> float | None:
    limits = session.state.limits
    return limits.in_transaction if session.in_transaction else limits.between


def _warning(session: Session, idle: float) -> str:
    now, limit = session.state.transaction, _limit(session)
    words = "What this session holds is idle" if now is None else "An open transaction"
    words += f" for {age(idle)}" if now is None else f" is idle for {age(idle)}"
    if now is not None:
        words += f" (begun {age(time.monotonic() - now.since)} ago; it holds its locks)"
    words += "."
    if limit is not None:
        words += f" The server ends it in {age(max(0.0, limit - idle))}."
    if now is None:
        return f"{words} Any statement keeps it alive."
    if now.broken is not None:
        return f"{words} It has failed: {{key.roll_back}} rolls it back."
    return f"{words} {{key.commit}} commits, {{key.roll_back}} rolls back."
