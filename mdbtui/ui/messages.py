"""The few messages that cross widgets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.message import Message

if TYPE_CHECKING:
    from mdbtui.pool import PoolEvent


class PoolChanged(Message):
    """Something happened to a pool: an edge, so it is never merged with others.

    What is true now is in the pool manager's snapshot, not here.
    """

    def __init__(self, event: PoolEvent) -> None:
        super().__init__()
        self.event = event


class ServerRequested(Message):
    """The server's side of a database is to be shown."""

    def __init__(self, db_id: str) -> None:
        super().__init__()
        self.db_id = db_id


class PoolRequested(Message):
    """The page of a pool is to be shown."""

    def __init__(self, db_id: str) -> None:
        super().__init__()
        self.db_id = db_id


class FleetRequested(Message):
    """All pools are to be shown, with the cursor on one."""

    def __init__(self, db_id: str | None) -> None:
        super().__init__()
        self.db_id = db_id


class CopyRequested(Message):
    """A value is to go to the clipboard, as the server sent it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text
