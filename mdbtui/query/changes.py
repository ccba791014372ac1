"""What changed in the rows of databases from one answer to the next.

Rows are matched by columns that tell them apart in both answers, else by their place.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from mdbtui.query.differ import is_key
from mdbtui.query.merged_columns import DIFFERS, Key, joined, keys_of
from mdbtui.query.rows import ABSENT, Column, Row

_MOST_KEY_COLUMNS = 4


@dataclass(frozen=True)
class Answer:
    """One database's rows at one time.

    Attributes:
        columns: Of its own result.
        rows: As many as were taken.
        cut: It had more.
    """

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    cut: bool = False

    @property
    def keys(self) -> tuple[Key, ...]:
        """What tells its columns apart."""
        return keys_of(tuple((c.name, c.type_name) for c in self.columns))


@dataclass(frozen=True)
class Pair:
    """A database's last answer, and the one before that."""

    before: Answer | None
    now: Answer


class Change(StrEnum):
    """What became of a row."""

    NONE = ""
    NEW = "new"
    GONE = "gone"
    CHANGED = "changed"


@dataclass(frozen=True)
class Line:
    """One row of a board.

    Attributes:
        database: Whose.
        key: Its key's values; its number where rows go by their place.
        row: Its values in the board's columns, of a row that is gone the last ones.
        change: What became of it.
        before: Of a changed row, its values before.
    """

    database: str
    key: Row
    row: Row
    change: Change = Change.NONE
    before: Row | None = None

    @property
    def changed(self) -> tuple[int, ...]:
        """The indexes of the values that changed."""
        if self.before is None:
            return ()
        pairs = zip(self.before, self.row, strict=True)
        return tuple(i for i, (old, new) in enumerate(pairs) if old != new)


@dataclass(frozen=True)
class Board:
    """All databases' rows, with what changed in them.

    Attributes:
        columns: By name; one that is not the same everywhere is marked.
        lines: Each database's rows in their order, the gone ones behind them.
        key: The names of the columns that rows are matched by; None for their place.
    """

    columns: tuple[Column, ...] = ()
    lines: tuple[Line, ...] = ()
    key: tuple[Key, ...] | None = ()


def board_of(pairs: Mapping[str, Pair], last: Board | None = None) -> Board:
    """Work out what changed.

    Args:
        pairs: Each database's answers.
        last: The board before this one, whose key is kept as long as it will do.
    """
    keys, columns = _reconciled([pair.now for pair in pairs.values()])
    tables = {
        name: (
            None if pair.before is None else _placed(pair.before, keys),
            _placed(pair.now, keys),
        )
        for name, pair in pairs.items()
    }
    kept = last.key if last is not None else None
    chosen = _key_of(list(tables.values()), keys, columns, kept)
    lines = tuple(
        line
        for name, (before, now) in tables.items()
        for line in _lines(name, before, now, chosen)
    )
    names = None if chosen is None else tuple(keys[i] for i in chosen)
    return Board(columns, lines, names)


def _reconciled(
    answers: Sequence[Answer],
) -> tuple[tuple[Key, ...], tuple[Column, ...]]:
    found: dict[Key, Column] = {}
    having: Counter[Key] = Counter()
    for answer in answers:
        having.update(answer.keys)
        for key, column in zip(answer.keys, answer.columns, strict=True):
            found[key] = joined(found[key], column) if key in found else column
    columns = (
        replace(column, mark=DIFFERS) if having[key] < len(answers) else column
        for key, column in found.items()
    )
    return tuple(found), tuple(columns)


def _placed(answer: Answer, keys: tuple[Key, ...]) -> Sequence[Row]:
    """Return an answer's rows in the columns of all."""
    if answer.keys == keys:
        return answer.rows
    places = {key: place for place, key in enumerate(answer.keys)}
    order = [places.get(key) for key in keys]
    return [
        tuple([ABSENT if at is None else row[at] for at in order])
        for row in answer.rows
    ]


_Table = tuple[Sequence[Row] | None, Sequence[Row]]
"""A database's rows before and now."""


def _key_of(
    tables: Sequence[_Table],
    keys: tuple[Key, ...],
    columns: Sequence[Column],
    kept: tuple[Key, ...] | None,
) -> tuple[int, ...] | None:
    """Return the columns by which most rows are found again; None for the place.

    None are needed where there is but one row.
    """
    rows = [each for before, now in tables for each in (before or (), now)]
    if all(len(each) < 2 for each in rows):
        return ()
    best, most = None, -1
    for candidate in _candidates(keys, columns, kept):
        if not all(is_key(each, candidate) for each in rows):
            continue
        found = sum(
            len(
                {_at(row, candidate) for row in before}
                & {_at(r, candidate) for r in now}
            )
            for before, now in tables
            if before is not None
        )
        if found > most:
            best, most = candidate, found
    known = any(before for before, _ in tables)
    # What never comes again is no key, unless it was one: of rows that only pass by.
    if best is not None and known and not most and kept != tuple(keys[i] for i in best):
        return None
    return best


def _candidates(
    keys: tuple[Key, ...], columns: Sequence[Column], kept: tuple[Key, ...] | None
) -> Iterator[tuple[int, ...]]:
    """Yield what may be a key, the likeliest first."""
    if kept and set(kept) <= set(keys):
        yield tuple(keys.index(key) for key in kept)
    # What is counted or measured is a number, and so is many a key.
    singles = sorted(range(len(columns)), key=lambda i: columns[i].numeric)
    yield from ((i,) for i in singles)
    for count in range(2, min(_MOST_KEY_COLUMNS, len(columns)) + 1):
        yield tuple(range(count))


def _at(row: Row, places: Sequence[int]) -> Row:
    return tuple([row[i] for i in places])


def _lines(
    name: str,
    before: Sequence[Row] | None,
    now: Sequence[Row],
    key: tuple[int, ...] | None,
) -> Iterator[Line]:
    def keyed(rows: Sequence[Row]) -> dict[Row, Row]:
        if key is None:
            return {(str(number),): row for number, row in enumerate(rows, 1)}
        return {_at(row, key): row for row in rows}

    here = keyed(now)
    if before is None:
        yield from (Line(name, place, row) for place, row in here.items())
        return
    there = keyed(before)
    for place, row in here.items():
        old = there.get(place)
        if old is None:
            yield Line(name, place, row, Change.NEW)
        elif old != row:
            yield Line(name, place, row, Change.CHANGED, old)
        else:
            yield Line(name, place, row)
    for place, row in there.items():
        if place not in here:
            yield Line(name, place, row, Change.GONE)
