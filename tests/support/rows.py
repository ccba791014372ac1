"""A row source in memory, for tests of what draws rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from mdbtui.query.rows import Column, Row

INT4, TEXT, JSONB = 23, 25, 3802


def column(name: str, oid: int = TEXT, type_name: str = "text") -> Column:
    """A column; numbers are those of the types used here."""
    numeric = oid in (20, 21, INT4, 700, 701, 1700)
    return Column(name, oid, "int4" if oid == INT4 else type_name, numeric)


class ListSource:
    """Rows of a list, of which only some may be there yet."""

    def __init__(
        self,
        columns: Sequence[Column],
        rows: Iterable[Sequence[str | None]] = (),
        *,
        complete: bool = True,
    ) -> None:
        self.columns = columns
        self.rows: list[Row | None] = [tuple(row) for row in rows]
        self.complete = complete
        self.truncated = False
        self.wanted: list[tuple[int, int]] = []
        self.read = 0
        self.callbacks: list[Callable[[], None]] = []

    @property
    def count(self) -> int:
        return len(self.rows)

    @property
    def note(self) -> str:
        if self.complete:
            return f"all {self.count:,} rows"
        return f"{self.count:,}+ rows"

    def row(self, i: int) -> Row | None:
        self.read += 1
        return self.rows[i]

    async def bring(self, i: int) -> bool:
        return False

    def want(self, first: int, last: int) -> None:
        self.wanted.append((first, last))

    def subscribe(self, callback: Callable[[], None]) -> Callable[[], None]:
        self.callbacks.append(callback)
        return lambda: self.callbacks.remove(callback)

    def add(
        self, rows: Iterable[Sequence[str | None] | None], *, complete: bool = False
    ) -> None:
        """Let rows arrive; None is a row that is known but not at hand."""
        self.rows.extend(None if row is None else tuple(row) for row in rows)
        self.complete = complete
        self.tell()

    def tell(self) -> None:
        """Tell the subscribers that something changed."""
        for callback in tuple(self.callbacks):
            callback()
