"""What of a statement goes to the server: numbers for names, and values beside them.

Values are bound to the parameters, and never written into the text.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from mdbtui.pool import PoolError, QueryError
from mdbtui.query import errors
from mdbtui.query.text import NO_LIMIT, shows_text
from mdbtui.sql.parameters import Numbered, numbered

if TYPE_CHECKING:
    from mdbtui.sql import Statement

_NUMBER = re.compile(r"\$([0-9]{1,5})")


class Wire:
    """A statement as it is sent.

    Args:
        statement: With values for its parameters, or without: then names are left in
            the text, for the server to refuse.
    """

    def __init__(self, statement: Statement) -> None:
        self._statement = statement
        self._numbered = Numbered(statement.text)
        if statement.values is not None:
            self._numbered = numbered(statement.text)
        self.values: tuple[str | None, ...] = statement.values or ()

    @property
    def text(self) -> str:
        """What is sent."""
        return self._numbered.text

    async def insist(self, connection: Any, prepared: Any, db_id: str) -> None:
        """Refuse values that don't fit what the server has prepared.

        Raises:
            QueryError: There are more or fewer, or this connection can't take text.
        """
        count = len(prepared.get_parameters())
        if count == len(self.values) and (not count or shows_text(connection)):
            return
        # Preparing has begun a transaction that an empty statement ends.
        await connection.fetch("", timeout=NO_LIMIT)
        raise errors.parameters_refused(self._statement.text, db_id)

    def translated(self, exc: BaseException, db_id: str, offset: int = 0) -> PoolError:
        """Translate what the driver raised; places are those of the text as written.

        Args:
            exc: What was caught.
            db_id: The database.
            offset: How many characters were sent before the text.
        """
        error = errors.translated(exc, db_id, self.text, offset)
        if self._numbered.named and isinstance(error, QueryError):
            if error.position is not None:
                error.position = self._numbered.original(error.position)
            error.hint = "\n".join(
                filter(None, (error.hint, self._meant(error.message)))
            )
        return error

    def _meant(self, message: str) -> str:
        """Say what the numbers in the server's words stand for."""
        names = self._numbered.names
        numbers = dict.fromkeys(int(n) for n in _NUMBER.findall(message))
        return ", ".join(
            f"${number} stands for {names[number - 1]}"
            for number in numbers
            if 0 < number <= len(names) and names[number - 1] != f"${number}"
        )
