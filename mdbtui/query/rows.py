"""What a statement gives back: columns, rows on demand, notices, times."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, TypeAlias

if TYPE_CHECKING:
    from mdbtui.query.store import RowStore
    from mdbtui.sql import Statement

Row: TypeAlias = tuple[str | None, ...]
"""One row as the server's own text; None is SQL's NULL."""


class _Absent(str):
    """The type of `ABSENT`."""

    __slots__ = ()


ABSENT = _Absent()
"""A cell of rows of several databases whose own result has no such column: drawn as
nothing. Only its identity tells it from an empty text."""


@dataclass(frozen=True)
class Column:
    """One column of a result.

    Attributes:
        name: As the server named it; names may repeat within a result.
        type_oid: The type's OID (a domain shows as the type under it).
        type_name: The type's name, arrays as ``int4[]``; the OID's digits where
            the name could not be found out.
        numeric: The values are numbers, to be drawn to the right.
        mark: A sign drawn beside the name; empty for none.
    """

    name: str
    type_oid: int
    type_name: str
    numeric: bool
    mark: str = ""


class RowSource(Protocol):
    """Rows that are still arriving, read by number: all that a grid needs."""

    @property
    def columns(self) -> Sequence[Column]:
        """The columns, known before the first row."""

    @property
    def count(self) -> int:
        """Rows known so far."""

    @property
    def complete(self) -> bool:
        """No more rows will come; `note` says whether that was all of them."""

    @property
    def truncated(self) -> bool:
        """Complete, but not all rows that there were: running again gives them."""

    @property
    def note(self) -> str:
        """What is known, in words ("1,000+ rows", "all 12 rows" …)."""

    def row(self, i: int) -> Row | None:
        """Return row `i` (from 0), or None when it isn't at hand (yet).

        Never blocks: a row that has to be read back from the disk is asked for
        and subscribers are told when it is there.
        """

    async def bring(self, i: int) -> bool:
        """Have row `i` at hand when this returns, for who goes through many rows.

        Returns:
            False when it can't be had (yet).
        """

    def want(self, first: int, last: int) -> None:
        """Say that rows `first` to `last` are on screen or about to be."""

    def subscribe(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call `callback` after changes of count, complete, note or rows at hand.

        Calls are merged, so read the state rather than count the calls.

        Returns:
            A function that ends the subscription.
        """


@dataclass(frozen=True)
class Notice:
    """A message the server sent beside the result (NOTICE, WARNING, INFO …)."""

    severity: str
    message: str
    detail: str | None = None
    hint: str | None = None
    sqlstate: str | None = None


@dataclass
class Timing:
    """Where a statement's time went, in milliseconds.

    `transfer_ms` grows while rows arrive and leaves out the time in which
    nobody asked for more rows.
    """

    wait_ms: float = 0.0
    """From asking the pool to holding a connection, connecting included."""
    first_row_ms: float = 0.0
    """From sending the statement to its first row, or its end without rows."""
    transfer_ms: float = 0.0
    """From the first row to the last one that was fetched."""

    @property
    def total_ms(self) -> float:
        """All three together."""
        return self.wait_ms + self.first_row_ms + self.transfer_ms


@dataclass
class Result:
    """What one statement gave.

    `tag` of a statement with rows is None until its last row is here;
    `rows` is None for a statement that returns none.
    """

    statement: Statement
    rows: RowStore | None = None
    tag: str | None = None
    timing: Timing = field(default_factory=Timing)
    notices: list[Notice] = field(default_factory=list)
    notices_dropped: int = 0
    """Notices beyond the first 1,000; a statement can send millions."""
