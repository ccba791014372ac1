"""Where the answers of many databases differ, and which of them deviate from most.

Rows are matched by key columns. Whether a row is there, and each of its values, is
usual where more databases have it so than otherwise. Where none leads, nobody is right.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from mdbtui.query.rows import Row

if TYPE_CHECKING:
    from mdbtui.query.merged import MergedRows

MOST_ROWS = 200_000
"""Rows of all databases together that are compared."""
LISTED = 1_000
"""Differences of a database that are kept in full; the others are counted."""
_NAMED = 4


class Kind(StrEnum):
    """How a row or cell differs."""

    MISSING = "missing"
    """The row is elsewhere, and not here."""
    EXTRA = "only here"
    """The row is here, and not elsewhere."""
    VALUE = "value"
    """The row is here and elsewhere, with another value in a column."""


@dataclass(frozen=True)
class Difference:
    """One difference.

    Attributes:
        kind: Which.
        key: The row's key.
        column: The column's name, of a value; else empty.
        here: The value here; of an extra row all its values.
        there: The value elsewhere, or the missing row's values; None also where no
            value is usual.
        usual: Most others agree on what is elsewhere.
    """

    kind: Kind
    key: Row
    column: str = ""
    here: str | None = None
    there: str | None = None
    usual: bool = True


@dataclass
class Deviation:
    """How one database deviates from what is usual.

    Attributes:
        name: The database.
        rows: So many rows it gave.
        schema: What its columns have, in words.
        counts: So many differences of each kind.
        listed: The first of them.
    """

    name: str
    rows: int
    schema: tuple[str, ...] = ()
    counts: Counter[Kind] = field(default_factory=Counter)
    listed: list[Difference] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.schema or self.counts)

    @property
    def words(self) -> str:
        """How it deviates, in a few words."""
        counts = self.counts
        parts = [f"{counts[k]:,} {k}" for k in Kind if counts[k] and k != Kind.VALUE]
        if values := counts[Kind.VALUE]:
            parts.append(
                "1 value differs" if values == 1 else f"{values:,} values differ"
            )
        if self.schema:
            parts.append(f"{len(self.schema)} in its columns")
        return ", ".join(parts)

    @property
    def example(self) -> str:
        """What it is in, by its first differences."""
        said = [*self.schema]
        for kind in Kind:
            found = [each for each in self.listed if each.kind is kind]
            names = ", ".join(_named(each) for each in found[:_NAMED])
            if found:
                more = " …" if self.counts[kind] > _NAMED else ""
                said.append(f"{kind}: {names}{more}")
        return "; ".join(said)

    def add(self, difference: Difference) -> None:
        """Count a difference, and keep it if there is room."""
        self.counts[difference.kind] += 1
        if len(self.listed) < LISTED:
            self.listed.append(difference)


def _named(difference: Difference) -> str:
    key = " ".join("NULL" if cell is None else cell for cell in difference.key)
    return f"{difference.column} of {key}".strip(" ") if difference.column else key


@dataclass(frozen=True)
class Answers:
    """What is compared.

    Attributes:
        columns: The names of the columns that all have.
        rows: Each database's rows, with these columns.
        schema: How each database's columns deviate, in words.
    """

    columns: tuple[str, ...]
    rows: Mapping[str, Sequence[Row]]
    schema: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Comparison:
    """What `compare` found.

    Attributes:
        answers: What was compared.
        key: The indexes of the key columns; rows are numbered where even all columns
            together are no key.
        deviations: Each database's, also of those that don't deviate.
    """

    answers: Answers
    key: tuple[int, ...]
    deviations: tuple[Deviation, ...]

    @property
    def key_names(self) -> tuple[str, ...]:
        """The names of the key columns."""
        return tuple(self.answers.columns[i] for i in self.key)

    @property
    def same(self) -> bool:
        """No database deviates."""
        return not any(self.deviations)

    @property
    def verdict(self) -> str:
        """The whole in a sentence, with a sign for it at its beginning."""
        count = len(self.deviations)
        if count < 2:
            return "nothing to compare: fewer than two databases answered"
        deviating = [each for each in self.deviations if each]
        if not deviating:
            rows = self.deviations[0].rows
            each = "1 row" if rows == 1 else f"{rows:,} rows"
            return f"= the same everywhere: {each} in {count} databases"
        if len(deviating) == count:
            return "≠ the two differ" if count == 2 else f"≠ all {count} differ"
        named = "; ".join(f"{each.name}: {each.words}" for each in deviating[:_NAMED])
        more = " …" if len(deviating) > _NAMED else ""
        verb = "deviates" if len(deviating) == 1 else "deviate"
        return f"≠ {len(deviating)} of {count} {verb} · {named}{more}"


class TooManyRows(Exception):  # noqa: N818 - it is no mistake
    """There are more rows than are compared."""


async def answers_of(merged: MergedRows, indexes: Sequence[int]) -> Answers:
    """Take the rows of these databases, which must be complete.

    Raises:
        TooManyRows: There are more than `MOST_ROWS`.
    """
    stores = {index: merged.store(index) for index in indexes}
    if sum(store.count for store in stores.values() if store) > MOST_ROWS:
        raise TooManyRows
    schema = _schemas(
        {
            merged.names[index]: {c.name: c.type_name for c in store.columns}
            for index, store in stores.items()
            if store is not None
        }
    )
    places = [
        place for place in range(1, len(merged.columns)) if not merged.types(place)[""]
    ]
    rows = {}
    for index, store in stores.items():
        if store is not None:
            rows[merged.names[index]] = [
                tuple([row[place] for place in places])
                async for chunk in merged.rows_of(index)
                for row in chunk
            ]
    return Answers(tuple(merged.columns[p].name for p in places), rows, schema)


def _schemas(
    columns: Mapping[str, Mapping[str, str]],
) -> dict[str, tuple[str, ...]]:
    """Say how each database's columns deviate from those of most."""
    names = dict.fromkeys(name for each in columns.values() for name in each)
    said: dict[str, list[str]] = {database: [] for database in columns}
    for name in names:
        found = [each.get(name, "") for each in columns.values()]
        if len(set(found)) == 1:
            continue
        usual = _leader(found)
        for database, each in columns.items():
            here = each.get(name, "")
            if here == usual:
                continue
            if usual == "":
                said[database].append(f"has column {name}")
            elif not here:
                said[database].append(f"no column {name}")
            else:
                elsewhere = f", elsewhere {usual}" if usual != _NONE else ""
                said[database].append(f"{name} is {here}{elsewhere}")
    return {database: tuple(words) for database, words in said.items()}


_NONE: Final = "\0"
"""Stands for a value that does not lead; no server's text has this character."""


def _leader(found: Iterable[str | None]) -> str | None:
    """Return what more have than anything else; `_NONE` when two lead."""
    (first, most), *others = Counter(found).most_common(2)
    return _NONE if others and others[0][1] == most else first


def compare(answers: Answers, key: Sequence[int] | None = None) -> Comparison:
    """Find out who deviates in what; takes about a second for `MOST_ROWS`.

    Args:
        answers: What the databases gave.
        key: The indexes of the columns that rows are matched by; None finds some.
    """
    chosen = tuple(key) if key is not None else find_key(answers)
    tables = {
        name: _by_key(rows, chosen, len(answers.columns))
        for name, rows in answers.rows.items()
    }
    deviations = {
        name: Deviation(name, len(rows), answers.schema.get(name, ()))
        for name, rows in answers.rows.items()
    }
    rest = [name for i, name in enumerate(answers.columns) if i not in chosen]
    for each in dict.fromkeys(k for table in tables.values() for k in table):
        found = {name: table.get(each) for name, table in tables.items()}
        if len(set(found.values())) > 1:
            for name, difference in _at_key(each, found, rest):
                deviations[name].add(difference)
    return Comparison(answers, chosen, tuple(deviations.values()))


def _at_key(
    key: Row, found: Mapping[str, Row | None], columns: Sequence[str]
) -> Iterator[tuple[str, Difference]]:
    """Say who deviates at one key: in having the row, else value by value."""
    rows = [row for row in found.values() if row is not None]
    having, lacking = len(rows), len(found) - len(rows)
    usual = [_leader(values) for values in zip(*rows, strict=True)]
    for name, here in found.items():
        if here is None:
            if having >= lacking:
                there = " | ".join(map(_shown, usual))
                decided = having > lacking
                yield name, Difference(Kind.MISSING, key, "", None, there, decided)
        elif lacking >= having:
            text = " | ".join(map(_shown, here))
            yield name, Difference(Kind.EXTRA, key, "", text, None, lacking > having)
        else:
            for column, mine, theirs in zip(columns, here, usual, strict=True):
                if mine != theirs:
                    known = theirs != _NONE
                    other = theirs if known else None
                    yield name, Difference(Kind.VALUE, key, column, mine, other, known)


def between(comparison: Comparison, one: str, other: str) -> Deviation:
    """Return how one database differs from another one."""
    answers = comparison.answers
    width = len(answers.columns)
    here = _by_key(answers.rows[one], comparison.key, width)
    there = _by_key(answers.rows[other], comparison.key, width)
    rest = [n for i, n in enumerate(answers.columns) if i not in comparison.key]
    own, others = answers.schema[one], answers.schema[other]
    words = [f"{one}: {word}" for word in own if word not in others]
    words += [f"{other}: {word}" for word in others if word not in own]
    found = Deviation(one, len(here), tuple(words))
    for key in dict.fromkeys((*here, *there)):
        mine, theirs = here.get(key), there.get(key)
        if mine is None:
            text = " | ".join(map(_shown, theirs or ()))
            found.add(Difference(Kind.MISSING, key, there=text))
        elif theirs is None:
            found.add(Difference(Kind.EXTRA, key, here=" | ".join(map(_shown, mine))))
        else:
            for column, a, b in zip(rest, mine, theirs, strict=True):
                if a != b:
                    found.add(Difference(Kind.VALUE, key, column, a, b))
    return found


def find_key(answers: Answers) -> tuple[int, ...]:
    """Return columns whose values occur once in each database's rows.

    None are needed where no database has two rows. A single column is best, the
    first from the left; else the first few; else all.
    """
    tables = [rows for rows in answers.rows.values() if len(rows) > 1]
    if not tables:
        return ()
    width = len(answers.columns)
    candidates: list[tuple[int, ...]] = [(i,) for i in range(width)]
    candidates += [tuple(range(n)) for n in range(2, width)]
    for candidate in candidates:
        if all(is_key(rows, candidate) for rows in tables):
            return candidate
    return tuple(range(width))


def is_key(rows: Iterable[Row], columns: Sequence[int]) -> bool:
    """Say whether these columns' values tell all the rows apart, and are all there."""
    seen = set()
    for row in rows:
        key = tuple([row[i] for i in columns])
        if key in seen or None in key:
            return False
        seen.add(key)
    return True


def _by_key(rows: Iterable[Row], key: Sequence[int], width: int) -> dict[Row, Row]:
    """Return rows by their key; equal ones are numbered, so that none is lost."""
    rest = [i for i in range(width) if i not in key]
    found: dict[Row, Row] = {}
    seen: Counter[Row] = Counter()
    for row in rows:
        place = tuple([row[i] for i in key])
        seen[place] += 1
        if seen[place] > 1:
            place = (*place, f"({seen[place]})")
        found[place] = tuple([row[i] for i in rest])
    return found


def _shown(value: str | None) -> str:
    return "NULL" if value is None else "…" if value == _NONE else value
