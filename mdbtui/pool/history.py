"""The last hour of a pool, a sample each second, in columns of packed numbers."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from dataclasses import astuple, dataclass
from itertools import pairwise
from math import log2
from typing import overload

CAPACITY = 3600
BANDS = 16
"""How many bands of waiting time are counted in each second."""
_FIRST_BAND_US = 250
_COLUMNS = (
    ("at", "d"),
    ("size", "H"),
    ("in_use", "H"),
    ("waiting", "I"),
    ("queries_per_s", "f"),
    ("errors_per_s", "f"),
    ("acquire_p95_ms", "f"),
    ("asked_per_s", "f"),
    ("returned_per_s", "f"),
    ("held_s", "f"),
)
_PLACE = {name: place for place, (name, _) in enumerate(_COLUMNS)}
# A count is kept in one byte, to within 4 %: this many steps to a doubling.
_STEPS = 16
_COUNTS = tuple(2 ** (code / _STEPS) - 1 for code in range(256))
NO_BANDS = bytes(BANDS)
"""The packed bands of a second without an acquire."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One pool in one second of its history."""

    at: float
    """Monotonic seconds (`PoolManager`'s clock)."""
    size: int
    in_use: int
    waiting: int
    queries_per_s: float
    errors_per_s: float
    acquire_p95_ms: float
    asked_per_s: float = 0.0
    """Callers that asked for a connection, also those who got none."""
    returned_per_s: float = 0.0
    """Connections that came back."""
    held_s: float = 0.0
    """How long those had been lent, all together."""


@dataclass(frozen=True)
class Load:
    """What was asked of a pool in some time; what Little's law needs.

    Attributes:
        seconds: How long that was.
        asked_per_s: Callers per second.
        held_ms: How long a connection was lent, on average; 0 if none came back.
        in_use: Connections in use, on average.
        in_use_peak: And at most.
        waiting: Callers waiting, on average.
        waiting_peak: And at most.
    """

    seconds: float = 0.0
    asked_per_s: float = 0.0
    held_ms: float = 0.0
    in_use: float = 0.0
    in_use_peak: int = 0
    waiting: float = 0.0
    waiting_peak: int = 0


def band_of(seconds: float) -> int:
    """Return the band that a waiting time belongs to."""
    return min((int(seconds * 1e6) // _FIRST_BAND_US).bit_length(), BANDS - 1)


def band_limit_ms(band: int) -> float:
    """Return the time in ms that a band's waits are shorter than (the last: none)."""
    return _FIRST_BAND_US * (1 << band) / 1000


def pack_bands(counts: Sequence[int]) -> bytes:
    """Pack the counts of one second's bands; to within 4 %."""
    return bytes(min(255, round(_STEPS * log2(1 + n))) for n in counts)


class History(Sequence[Sample]):
    """A pool's samples at one moment, oldest first; unpacked only where it is read.

    Args:
        columns: The values of each of `Sample`'s fields.
        bands: The packed bands of each sample, one behind the other.
    """

    __slots__ = ("_bands", "_columns")

    def __init__(self, columns: Sequence[array[float]], bands: bytes = b"") -> None:
        self._columns = columns
        self._bands = bands

    @classmethod
    def of(cls, samples: Iterable[Sample]) -> History:
        """Return the history that consists of these samples."""
        ring = Ring()
        for sample in samples:
            ring.append(astuple(sample))
        return ring.history()

    def __len__(self) -> int:
        return len(self._columns[0]) if self._columns else 0

    @overload
    def __getitem__(self, index: int) -> Sample: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Sample]: ...
    def __getitem__(self, index: int | slice) -> Sample | Sequence[Sample]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        if not -len(self) <= index < len(self):
            raise IndexError(index)
        return Sample(*(column[index] for column in self._columns))  # type: ignore[arg-type]

    def series(self, name: str, count: int, seconds: float) -> list[float | None]:
        """Reduce one number to a value for each column of a chart: its largest.

        A column's time begins at a multiple of its length, so that a chart moves
        one column at a time and does not flicker between.

        Args:
            name: A field of `Sample`.
            count: How many columns.
            seconds: What they show together, up to the last sample.

        Returns:
            `count` values, oldest first; None where there is no sample.
        """
        if not len(self):
            return [None] * count
        column = self._columns[_PLACE[name]]
        edges = self._edges(count, seconds)
        return [
            max(column[first:end]) if first < end else None
            for first, end in pairwise(edges)
        ]

    def bands(self, count: int, seconds: float) -> list[list[float] | None]:
        """Count the acquires of each band of waiting time, column by column.

        Args and columns are those of `series`.
        """
        if not len(self):
            return [None] * count
        edges = self._edges(count, seconds)
        packed = self._bands
        found: list[list[float] | None] = []
        for first, end in pairwise(edges):
            if first >= end:
                found.append(None)
                continue
            piece = packed[first * BANDS : end * BANDS]
            if not any(piece):
                found.append([0.0] * BANDS)
                continue
            found.append(
                [sum(map(_COUNTS.__getitem__, piece[b::BANDS])) for b in range(BANDS)]
            )
        return found

    def load(
        self,
        seconds: float,
        *,
        pressed: bool = False,
        without: Callable[[float], bool] | None = None,
    ) -> Load:
        """Sum up the last `seconds` (1 at least).

        Args:
            seconds: How far back.
            pressed: Only of those seconds in which callers waited.
            without: Which of them are left out; it gets how long ago each was.
        """
        if not len(self):
            return Load()
        at = self._columns[0]
        first = bisect_left(at, at[-1] - max(seconds, 1.0) + 0.5)
        places: Sequence[int] = range(first, len(at))
        if pressed:
            waiting = self._columns[_PLACE["waiting"]]
            places = [place for place in places if waiting[place]]
            if without is not None:
                places = [p for p in places if not without(at[-1] - at[p])]
        count = len(places)
        if not count:
            return Load()
        picked = {
            name: [self._columns[_PLACE[name]][place] for place in places]
            for name in ("in_use", "waiting", "asked_per_s", "returned_per_s", "held_s")
        }
        returned = sum(picked["returned_per_s"])
        return Load(
            seconds=count if pressed else min(seconds, at[-1] - at[first] + 1),
            asked_per_s=sum(picked["asked_per_s"]) / count,
            held_ms=1000 * sum(picked["held_s"]) / returned if returned else 0.0,
            in_use=sum(picked["in_use"]) / count,
            in_use_peak=int(max(picked["in_use"])),
            waiting=sum(picked["waiting"]) / count,
            waiting_peak=int(max(picked["waiting"])),
        )

    def usually_held(self, seconds: float) -> float:
        """Return for how many seconds a connection is usually lent; 0 if not known.

        That is of the last `seconds`, and of what came back in each of them: a few
        that were lent for very long do not change it.
        """
        if not len(self):
            return 0.0
        at = self._columns[0]
        first = bisect_left(at, at[-1] - seconds)
        returned = self._columns[_PLACE["returned_per_s"]][first:]
        held = self._columns[_PLACE["held_s"]][first:]
        each = sorted(h / r for h, r in zip(held, returned, strict=True) if r)
        return each[len(each) // 2] if each else 0.0

    def waited_ago(self, limit: float) -> float | None:
        """Return how many seconds before the last sample somebody waited.

        Args:
            limit: How far back to look.
        """
        if not len(self):
            return None
        at, waiting = self._columns[0], self._columns[_PLACE["waiting"]]
        first = bisect_left(at, at[-1] - limit)
        for place in range(len(at) - 1, first - 1, -1):
            if waiting[place]:
                return at[-1] - at[place]
        return None

    def _edges(self, count: int, seconds: float) -> list[int]:
        """Where each column's samples begin, and where the last one's end."""
        at = self._columns[0]
        step = seconds / max(1, count)
        last = int(at[-1] // step)
        begins = [
            bisect_left(at, (last - count + 1 + column) * step)
            for column in range(count)
        ]
        return [*begins, len(at)]


class Ring:
    """The last `capacity` samples of one pool; memory grows as they come.

    Most pools of a fleet rest, so a number that was never anything but 0 takes no
    memory: of a pool that was never used only the times are kept.
    """

    __slots__ = ("_adders", "_bands", "_capacity", "_columns", "_next")

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._capacity = capacity
        self._columns: list[array[float] | None] = [None] * len(_COLUMNS)
        self._adders: list[Callable[[float], None] | None] = [None] * len(_COLUMNS)
        self._bands: bytearray | None = None
        self._next = 0

    def __len__(self) -> int:
        times = self._columns[0]
        return 0 if times is None else len(times)

    def append(self, sample: Sequence[float], bands: bytes = NO_BANDS) -> None:
        """Add the fields of one `Sample`, in its order; the oldest makes room."""
        count = len(self)
        if not count:
            self._begin(0, 0)
        if bands is not NO_BANDS and self._bands is None:
            self._bands = bytearray(count * BANDS)
        if count == self._capacity:
            self._replace_oldest(sample, bands)
            return
        for place, (add, value) in enumerate(zip(self._adders, sample, strict=True)):
            if add is not None:
                add(value)
            elif value:
                self._begin(place, count).append(value)
        if self._bands is not None:
            self._bands += bands

    def _replace_oldest(self, sample: Sequence[float], bands: bytes) -> None:
        at = self._next
        for place, value in enumerate(sample):
            column = self._columns[place]
            if column is not None:
                column[at] = value
            elif value:
                self._begin(place, self._capacity)[at] = value
        if self._bands is not None:
            self._bands[at * BANDS : (at + 1) * BANDS] = bands
        self._next = (at + 1) % self._capacity

    def _begin(self, place: int, count: int) -> array[float]:
        """Keep a number from now on, which was 0 in all `count` samples."""
        column = self._columns[place] = _zeros(place, count)
        self._adders[place] = column.append
        return column

    def history(self) -> History:
        """Return a copy of what is there."""
        count, cut = len(self), self._next
        if not count:
            return History(())
        columns = [
            _zeros(place, count) if column is None else column[cut:] + column[:cut]
            for place, column in enumerate(self._columns)
        ]
        if self._bands is None:
            return History(columns, bytes(count * BANDS))
        packed = bytes(self._bands[cut * BANDS :] + self._bands[: cut * BANDS])
        return History(columns, packed)


def _zeros(place: int, count: int) -> array[float]:
    code = _COLUMNS[place][1]
    return array(code, bytes(array(code).itemsize * count))
