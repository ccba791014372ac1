"""What running a statement adds to the pool's errors."""

from __future__ import annotations

from mdbtui.pool import PoolError


class StatementCancelled(PoolError):  # noqa: N818 - named as the pool's errors are
    """The user cancelled the statement before it gave anything."""


class SessionBusy(PoolError):  # noqa: N818 - as above
    """The session runs another statement, or is closed."""
