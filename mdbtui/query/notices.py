"""What the server says beside the result, while the statement runs."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

from mdbtui.query.rows import Notice, Result

MAX_NOTICES = 1_000
"""Notices kept for a result; a loop in PL/pgSQL can send millions."""


class NoticeBox:
    """Collects a connection's notices into a result.

    Args:
        result: Where they are kept, the first `MAX_NOTICES`.
        told: Called at once for each one, kept or not.
    """

    def __init__(self, result: Result, told: Callable[[Notice], None] | None) -> None:
        self._result = result
        self._told = told

    def listen(self, connection: Any) -> None:
        """Begin to collect; `ignore` must follow before the connection goes back."""
        connection.add_log_listener(self._received)

    def ignore(self, connection: Any) -> None:
        """End collecting; a lost connection is no error."""
        with contextlib.suppress(Exception):
            connection.remove_log_listener(self._received)

    def add(self, notice: Notice) -> None:
        """Take a notice of our own or the server's."""
        if len(self._result.notices) < MAX_NOTICES:
            self._result.notices.append(notice)
        else:
            self._result.notices_dropped += 1
        if self._told is not None:
            self._told(notice)

    def _received(self, _connection: Any, message: Any) -> None:
        self.add(
            Notice(
                severity=message.severity or "NOTICE",
                message=message.message or "",
                detail=message.detail,
                hint=message.hint,
                sqlstate=message.sqlstate,
            )
        )


async def insist_on_utf8(connection: Any, notices: NoticeBox, timeout: float) -> None:
    """Undo a change of client_encoding: the driver goes on sending UTF-8.

    Args:
        connection: Where a statement ran.
        notices: Where that is told.
        timeout: Seconds for the server to answer.
    """
    encoding = connection.get_settings().client_encoding
    if encoding == "UTF8":
        return
    await connection.execute("set client_encoding to utf8", timeout=timeout)
    message = f"client_encoding is UTF8 again: {encoding} would garble text here"
    notices.add(Notice("NOTICE", message))
