"""What may become of a transaction that a fan-out writes in."""

from __future__ import annotations

from enum import StrEnum


class End(StrEnum):
    """What became of one database's transaction."""

    NOT_STARTED = "not started"
    """Nothing was sent to the database."""
    OPEN = "open"
    """The statement was sent; its transaction has not ended."""
    PREPARED = "prepared"
    """It waits at the server under a name of ours, until all others came as far."""
    COMMITTED = "committed"
    ROLLED_BACK = "rolled back"
    FAILED = "failed"
    """The statement can't run in a transaction, and did not end well."""
    IN_DOUBT = "in doubt"
    """It was to be ended, and the server could not be asked what came of that."""


FIXED = frozenset({End.COMMITTED, End.IN_DOUBT, End.PREPARED})
"""To run the statement once more after these could do twice what is meant once."""
