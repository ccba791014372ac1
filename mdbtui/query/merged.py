"""The rows of many databases as one result: the database first, columns by name."""

from __future__ import annotations

import asyncio
import logging
from array import array
from bisect import bisect_right
from collections import Counter
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mdbtui.query.merged_columns import (
    DATABASE,
    DIFFERS,
    Key,
    Shape,
    joined,
    keys_of,
)
from mdbtui.query.rows import ABSENT, Column, Row
from mdbtui.query.store import LARGE, NOTIFY_EVERY, SPLIT_BYTES

if TYPE_CHECKING:
    from mdbtui.query.store import RowStore

log = logging.getLogger(__name__)


@dataclass(eq=False)
class _Part:
    """One database's rows.

    Attributes:
        mapping: Where each merged column is in them, -1 for nowhere; None while they
            are in order.
        taken: So many of them are in the merged rows.
    """

    name: str
    store: RowStore
    keys: tuple[Key, ...]
    shape: Shape
    unsubscribe: Callable[[], None]
    mapping: tuple[int, ...] | None = None
    taken: int = 0

    def row(self, row: Row, gap: str | None = ABSENT) -> Row:
        if self.mapping is None:
            return (self.name, *row)
        return (self.name, *[gap if i < 0 else row[i] for i in self.mapping])


class MergedRows:
    """A `RowSource` over a store for each database.

    Rows stand in the order in which they came, and only ever are added, except when
    `version` changes: then rows were taken away or columns are others, and whoever
    shows them begins anew.

    Args:
        names: What the databases are called; they go by their place here.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self.names = tuple(names)
        self.columns: tuple[Column, ...] = (DATABASE,)
        self.version = 0
        self.complete = False
        self.closed = False
        self.error: Exception | None = None
        self._parts: dict[int, _Part] = {}
        self._keys: tuple[Key, ...] = ()
        self._shapes: Counter[Shape] = Counter()
        self._only: frozenset[int] | None = None
        self._begin_anew()
        self._subscribers: list[Callable[[], None]] = []
        self._notifying: asyncio.Handle | None = None
        self._notified = float("-inf")

    # What a grid reads

    @property
    def count(self) -> int:
        """Rows known so far."""
        return self._count

    @property
    def truncated(self) -> bool:
        """Some database had more rows than were fetched."""
        return any(part.store.truncated for _, part in self._shown())

    @property
    def note(self) -> str:
        """What is known about the rows, in words."""
        more = "" if self.complete else "+"
        rows = f"{self.count:,}{more} row{'s' * (self.count != 1 or bool(more))}"
        shown = [part for _, part in self._shown()]
        if self._only is not None and len(self._only) == 1:
            (index,) = self._only
            return f"{rows} of {self.names[index]}"
        cut = sum(part.store.truncated for part in shown)
        words = f"{rows} of {len(shown)} database{'s' * (len(shown) != 1)}"
        return f"{words}, {cut} with more rows" if cut else words

    def row(self, i: int) -> Row | None:
        """Return row `i`, or None when it isn't at hand (yet); never blocks."""
        if not 0 <= i < self._count:
            return None
        part, local = self._find(i)
        row = part.store.row(local)
        return None if row is None else part.row(row)

    async def bring(self, i: int) -> bool:
        """Have row `i` at hand, read back from the disk if need be."""
        if not 0 <= i < self._count:
            return False
        part, local = self._find(i)
        return await part.store.bring(local)

    def want(self, first: int, last: int) -> None:
        """Say that rows `first` to `last` are on screen: they are read back.

        Nothing is fetched for it: each database's rows come as fast as they can.
        """
        i, last = max(first, 0), min(last, self._count - 1)
        while i <= last:
            segment = bisect_right(self._starts, i) - 1
            end = min(last, self._end(segment) - 1)
            part, local = self._find(i)
            part.store.want(local, local + end - i)
            i = end + 1

    def fetch_all(self) -> None:
        """Do nothing: all rows are on their way."""

    def subscribe(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call `callback` (merged, at most each 15 ms) when something changed."""
        self._subscribers.append(callback)

        def unsubscribe() -> None:
            if callback in self._subscribers:
                self._subscribers.remove(callback)

        return unsubscribe

    async def chunks(self, *, keep: bool = True) -> AsyncIterator[list[Row]]:
        """Go through all rows, one database after the other.

        What a database's result does not have is None here. Only to be used when
        `complete`.

        Args:
            keep: Leave the rows in the store.
        """
        for index, _ in self._shown():
            async for rows in self.rows_of(index, keep=keep):
                yield rows

    async def rows_of(
        self, index: int, *, keep: bool = True, own: bool = False
    ) -> AsyncIterator[list[Row]]:
        """Go through one database's rows; `chunks` says how.

        Args:
            index: The database.
            keep: Leave the rows in the store.
            own: With the columns of its own result only, as they are in it.
        """
        part = self._parts.get(index)
        if part is None:
            return
        async for rows in part.store.chunks(keep=keep):
            if own or part.mapping is None:
                yield [(part.name, *row) for row in rows]
            else:
                yield [part.row(row, None) for row in rows]

    # What else is asked of it

    @property
    def has_parts(self) -> bool:
        """Some database gave a result with columns."""
        return bool(self._parts)

    def store(self, index: int) -> RowStore | None:
        """Return the rows of one database by themselves."""
        part = self._parts.get(index)
        return part.store if part is not None else None

    def types(self, column: int) -> Counter[str]:
        """Count the types that a merged column has; ``""`` where it is missing."""
        key = self._keys[column - 1]
        found: Counter[str] = Counter()
        for shape, count in self._shapes.items():
            found[
                dict(zip(keys_of(shape), shape, strict=True)).get(key, ("", ""))[1]
            ] += count
        return found

    @property
    def only(self) -> frozenset[int] | None:
        """The databases whose rows are shown; None for all."""
        return self._only

    def show_only(self, indexes: Collection[int] | None) -> None:
        """Show only these databases' rows; None shows all again."""
        self._only = None if indexes is None else frozenset(indexes)
        self.group()

    def group(self) -> None:
        """Put the rows in order: one database after the other."""
        self._begin_anew()
        for index, part in self._shown():
            part.taken = 0
            self._grow(index)
        self._renew()

    # What a fan-out does

    def begin(self, index: int, store: RowStore) -> None:
        """Take the rows of a database from now on as they come."""
        store.split_bytes = max(LARGE, SPLIT_BYTES // len(self.names))
        shape = tuple((column.name, column.type_name) for column in store.columns)
        part = self._parts[index] = _Part(
            self.names[index],
            store,
            keys_of(shape),
            shape,
            store.subscribe(lambda: self._on_news(index)),
        )
        self._shapes[shape] += 1
        if self._shapes[shape] == 1:
            self._reconcile()
        else:
            part.mapping = self._mapping(part.keys)
        self._on_news(index)

    def withdraw(self, index: int) -> RowStore | None:
        """Take a database's rows away; return them, to be closed."""
        part = self._parts.pop(index, None)
        if part is None:
            return None
        part.unsubscribe()
        self._shapes[part.shape] -= 1
        if not self._shapes[part.shape]:
            del self._shapes[part.shape]
            self._reconcile()
        if part.taken:
            self._leave_out(index)
            self._renew()
        return part.store

    def finish(self, *, complete: bool) -> None:
        """Say whether all databases are over."""
        for index in tuple(self._parts):
            self._grow(index)
        self.complete = complete
        self._changed()

    async def close(self) -> None:
        """Give memory and disk space back; the rows are gone."""
        self.closed = True
        self._subscribers.clear()
        if self._notifying is not None:
            self._notifying.cancel()
        parts = tuple(self._parts.values())
        self._parts.clear()
        self._begin_anew()
        for part in parts:
            part.unsubscribe()
        await asyncio.gather(*(part.store.close() for part in parts))

    # Inside

    def _begin_anew(self) -> None:
        # Segments: rows that are together in one database's store.
        self._owners = array("L")
        self._locals = array("Q")
        self._starts = array("Q")
        self._count = 0

    def _shown(self) -> list[tuple[int, _Part]]:
        return [
            (index, part)
            for index, part in sorted(self._parts.items())
            if self._only is None or index in self._only
        ]

    def _end(self, segment: int) -> int:
        following = segment + 1
        return self._starts[following] if following < len(self._starts) else self._count

    def _find(self, i: int) -> tuple[_Part, int]:
        segment = bisect_right(self._starts, i) - 1
        part = self._parts[self._owners[segment]]
        return part, self._locals[segment] + i - self._starts[segment]

    def _on_news(self, index: int) -> None:
        self._grow(index)
        self._changed()

    def _grow(self, index: int) -> None:
        part = self._parts[index]
        if self._only is not None and index not in self._only:
            return
        new = part.store.count - part.taken
        if new <= 0:
            return
        if not self._owners or self._owners[-1] != index:
            self._owners.append(index)
            self._locals.append(part.taken)
            self._starts.append(self._count)
        part.taken += new
        self._count += new

    def _leave_out(self, index: int) -> None:
        """Close the gap that a database's rows leave; the others keep their order."""
        kept = [
            (owner, local, self._end(segment) - start)
            for segment, (owner, local, start) in enumerate(
                zip(self._owners, self._locals, self._starts, strict=True)
            )
            if owner != index
        ]
        self._begin_anew()
        for owner, local, rows in kept:
            self._owners.append(owner)
            self._locals.append(local)
            self._starts.append(self._count)
            self._count += rows

    def _reconcile(self) -> None:
        """Work out the columns anew: a result came that is not like the others."""
        found: dict[Key, Column] = {}
        having: Counter[Key] = Counter()
        for _, part in sorted(self._parts.items()):
            having.update(part.keys)
            for key, column in zip(part.keys, part.store.columns, strict=True):
                known = found.get(key)
                found[key] = column if known is None else joined(known, column)
        self._keys = tuple(found)
        columns = (
            replace(c, mark=DIFFERS) if having[key] < len(self._parts) else c
            for key, c in found.items()
        )
        self.columns = (DATABASE, *columns)
        for part in self._parts.values():
            part.mapping = self._mapping(part.keys)
        self._renew()

    def _mapping(self, keys: tuple[Key, ...]) -> tuple[int, ...] | None:
        if keys == self._keys:
            return None
        places = {key: place for place, key in enumerate(keys)}
        return tuple(places.get(key, -1) for key in self._keys)

    def _renew(self) -> None:
        self.version += 1
        self._changed()

    def _changed(self) -> None:
        if self._notifying is not None or not self._subscribers:
            return
        loop = asyncio.get_running_loop()
        due = max(self._notified + NOTIFY_EVERY, loop.time())
        self._notifying = loop.call_at(due, self._notify)

    def _notify(self) -> None:
        self._notifying = None
        self._notified = asyncio.get_running_loop().time()
        for callback in tuple(self._subscribers):
            try:
                callback()
            except Exception:
                log.exception("a subscriber of rows failed")
