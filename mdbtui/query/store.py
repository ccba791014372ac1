"""RowStore: rows that arrive in chunks, in bounded memory, read by number."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Sequence

from mdbtui.query import copytext
from mdbtui.query.pages import Pages
from mdbtui.query.rows import Column, Row
from mdbtui.query.spill import MemoryBudget, in_thread, shared_budget

log = logging.getLogger(__name__)

MARGIN = 1_000
"""Rows fetched beyond the last wanted one, so that scrolling finds them there."""

AHEAD = 16 << 20
"""Bytes after which the margin is cut short: a thousand rows may be a gigabyte."""

NOTIFY_EVERY = 0.015
"""Seconds between two calls of a subscriber: as often as a screen can change."""

SPLIT_BYTES = 2 << 20
"""Encoded bytes of the pages whose rows are kept split (≈ 8 MB as objects)."""

LARGE = 256 << 10
"""Pages beyond this are split in a thread: each MB takes the loop some ms."""

MAX_REQUESTS = 64
"""Pages waiting to be read back; older requests are of rows no longer on screen."""


class RowStore:
    """The rows of one result (see `RowSource` for how a grid reads them).

    A producer adds rows with `append`, waits in `wanted` until somebody needs more
    and ends with `finish`. Readers that go through everything use `chunks`.

    Args:
        columns: The result's columns.
        budget: The memory it may take, with all others that share the budget.
    """

    def __init__(
        self, columns: Sequence[Column], budget: MemoryBudget | None = None
    ) -> None:
        self.columns: Sequence[Column] = tuple(columns)
        self.complete = False
        self.closed = False
        self.truncated = False
        """Complete, but the server had more: to be had by running again."""
        self.error: Exception | None = None
        """Why the rows ended early, where that was an error."""
        self.paused_since: float | None = None
        """Since when (loop time) the stream rests because all wanted is here."""
        self.at_rest = asyncio.Event()
        """Set while no rows are under way: all wanted ones are here, or all."""
        self._budget = budget or shared_budget()
        keep = min(self._budget.result // 128, self._budget.total // 512)
        self._pages = Pages(keep, self._budget.directory)
        self._budget.register(self)
        self._ending = ""
        self._unreadable = False

        self._wanted = 0
        self._ahead = 0
        self.all_wanted = False
        self._readers = 0
        self._interrupted = False
        self._touched = 0.0
        self._wake = asyncio.Event()
        self._arrived = asyncio.Event()

        self.split_bytes = SPLIT_BYTES
        """Less where many stores are read as one."""
        self._split: OrderedDict[int, tuple[list[Row], int]] = OrderedDict()
        self._split_bytes = 0
        self._recent: tuple[int, list[Row]] = (0, [])
        self._requests: OrderedDict[int, None] = OrderedDict()
        self._loader: asyncio.Task[None] | None = None

        self._subscribers: list[Callable[[], None]] = []
        self._notifying: asyncio.Handle | None = None
        self._notified = float("-inf")

    # What a grid reads

    @property
    def count(self) -> int:
        """Rows known so far."""
        return self._pages.count

    @property
    def memory(self) -> int:
        """Bytes of rows in memory."""
        return self._pages.memory

    @property
    def note(self) -> str:
        """What is known about the rows, in words."""
        if not self.complete:
            note = f"{self.count:,}+ rows" if self.count else "no rows yet"
        elif self._ending:
            note = self.noted(self._ending)
        elif self.count > 1:
            note = f"all {self.count:,} rows"
        else:
            note = "1 row" if self.count else "no rows"
        if self._unreadable:
            note += "; the temporary file can't be read"
        return note

    def noted(self, ending: str) -> str:
        """Write the number of rows into an ending."""
        return ending.format(
            rows="1 row" if self.count == 1 else f"{self.count:,} rows"
        )

    def row(self, i: int) -> Row | None:
        """Return row `i`, or None when it isn't at hand (yet); never blocks."""
        start, rows = self._recent
        if 0 <= i - start < len(rows):
            return rows[i - start]
        if not 0 <= i < self.count:
            return None
        page = self._pages.find(i)
        if page in self._split:
            rows = self._split[page][0]
            self._split.move_to_end(page)
        else:
            data = self._pages.at_hand(page)
            if data is None or len(data) > LARGE:
                self._request(page)
                return None
            rows = copytext.decode(data, len(self.columns))
            self._keep(page, rows, len(data))
        start = self._pages.start(page)
        self._recent = (start, rows)
        return rows[i - start]

    async def bring(self, i: int) -> bool:
        """Have row `i` at hand, read back from the disk if need be.

        Quicker than to wait for news of it, which are held back for some ms.
        """
        if self.row(i) is not None:
            return True
        if not 0 <= i < self.count:
            return False
        page = self._pages.find(i)
        try:
            data = await self._pages.read(page)
        except OSError:
            return False
        rows = await self._decode(data)
        if self.closed:
            return False
        self._requests.pop(page, None)
        self._keep(page, rows, len(data))
        return True

    def want(self, first: int, last: int) -> None:
        """Say that rows `first` to `last` are on screen or about to be."""
        self._touched = asyncio.get_running_loop().time()
        if last >= self._wanted:
            self._wanted = last + 1
            self._ahead = 0
            self._wake.set()
        last = min(last, self.count - 1)
        if 0 <= first <= last:
            low, high = self._pages.find(first), self._pages.find(last)
            for page in range(max(low, high + 1 - MAX_REQUESTS), high + 1):
                if page not in self._split and self._pages.at_hand(page) is None:
                    self._request(page)

    def fetch_all(self) -> None:
        """Fetch every row there is, for End, find or export."""
        self.all_wanted = True
        self._touched = asyncio.get_running_loop().time()
        self._wake.set()

    def subscribe(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call `callback` (merged, at most each 15 ms) when something changed."""
        self._subscribers.append(callback)

        def unsubscribe() -> None:
            if callback in self._subscribers:
                self._subscribers.remove(callback)

        return unsubscribe

    async def chunks(self, *, keep: bool = False) -> AsyncIterator[list[Row]]:
        """Go through all rows from the first one, fetching as they are read.

        Args:
            keep: Leave the rows in the store; otherwise each chunk is dropped when
                it is handed out, so memory stays flat whatever the size.

        Raises:
            Exception: `error`, after the rows that came before it.
            OSError: A temporary file can't be read.
        """
        page = 0
        self._readers += 1
        try:
            while True:
                if page < len(self._pages):
                    self._pages.seal()
                    data = await self._pages.read(page)
                    rows = await self._decode(data)
                    if not keep:
                        self._drop(page)
                    page += 1
                    yield rows
                    if page % 8 == 0:  # rows in memory give the loop no other turn
                        await asyncio.sleep(0)
                elif self.complete:
                    break
                else:
                    self._wanted = self.count
                    self._ahead = 0
                    self._arrived.clear()
                    self._wake.set()
                    await self._arrived.wait()
            if self.error is not None:
                raise self.error
        finally:
            self._readers -= 1

    async def close(self) -> None:
        """Give memory and disk space back; the rows are gone, a stream ends."""
        self.closed = True
        self.interrupt()
        self._budget.discard(self)
        self._subscribers.clear()
        if self._notifying is not None:
            self._notifying.cancel()
        if self._loader is not None:
            self._loader.cancel()
            await asyncio.wait({self._loader})
        self._split.clear()
        self._recent = (0, [])
        await self._pages.clear()

    # What a producer does

    def append(self, data: bytes) -> None:
        """Take whole rows in COPY text form."""
        page = self._pages.append(data)
        if page in self._split:
            self._drop_split(page)
        self._ahead += len(data)
        self._arrived.set()
        self._changed()

    @property
    def enough(self) -> bool:
        """Whether all rows are here that are wanted so far, and the margin."""
        if self.all_wanted or self._interrupted or self.count < self._wanted:
            return False
        return self.count >= self._wanted + MARGIN or self._ahead >= AHEAD

    async def wanted(self, idle: float | None = None) -> bool:
        """Wait until more rows are wanted and there is room for them.

        Args:
            idle: Seconds after which waiting is given up.

        Returns:
            False when nobody wanted rows for `idle` seconds.

        Raises:
            OSError: The rows no longer fit the memory and the disk is full.
        """
        if self._budget.exceeded(self):
            await self._budget.make_room(self)
        if not self.enough:
            return True
        loop = asyncio.get_running_loop()
        self._touched = self.paused_since = loop.time()
        self.at_rest.set()
        try:
            while self.enough:
                self._wake.clear()
                rest = None
                if idle is not None and not self._readers:
                    rest = self._touched + idle - loop.time()
                    if rest <= 0:
                        return False
                try:
                    async with asyncio.timeout(rest):
                        await self._wake.wait()
                except TimeoutError:
                    continue
        finally:
            self.paused_since = None
            self.at_rest.clear()
        return True

    def interrupt(self) -> None:
        """End a producer's wait in `wanted`, now and from now on."""
        self._interrupted = True
        self._wake.set()

    def finish(self, ending: str = "", error: Exception | None = None) -> None:
        """Say that no more rows come.

        Args:
            ending: Why not all came, with ``{rows}`` for how many did; empty when
                these are all rows there are.
            error: Raised to readers of `chunks` after the last row.
        """
        self.complete = True
        self.at_rest.set()
        self.truncated = bool(ending)
        self._ending = ending
        self.error = error
        self._arrived.set()
        self._changed()

    async def spill(self, wanted: int) -> int:
        """Move about `wanted` bytes to disk (for `MemoryBudget`)."""
        return await self._pages.spill(wanted)

    # Inside

    async def _decode(self, data: bytes) -> list[Row]:
        columns = len(self.columns)
        if len(data) <= LARGE:
            return copytext.decode(data, columns)
        return await in_thread(lambda: copytext.decode(data, columns))

    def _request(self, page: int) -> None:
        if self._unreadable or self._pages.is_gone(page):
            return
        self._requests[page] = None
        self._requests.move_to_end(page)
        if len(self._requests) > MAX_REQUESTS:
            self._requests.popitem(last=False)
        if self._loader is None or self._loader.done():
            self._loader = asyncio.get_running_loop().create_task(self._load())

    async def _load(self) -> None:
        while self._requests:
            page, _ = self._requests.popitem()
            try:
                data = await self._pages.read(page)
            except OSError:
                self._unreadable = True
                self._requests.clear()
                log.exception("rows can't be read back")
            else:
                self._keep(page, await self._decode(data), len(data))
            self._changed()

    def _keep(self, page: int, rows: list[Row], size: int) -> None:
        self._drop_split(page)
        self._split[page] = (rows, size)
        self._split_bytes += size
        while self._split_bytes > self.split_bytes and len(self._split) > 1:
            self._drop_split(next(iter(self._split)))

    def _drop_split(self, page: int) -> None:
        if page in self._split:
            self._split_bytes -= self._split.pop(page)[1]

    def _drop(self, page: int) -> None:
        self._drop_split(page)
        self._pages.forget(page)

    def _changed(self) -> None:
        if self._notifying is not None or not self._subscribers:
            return
        loop = asyncio.get_running_loop()
        if self._notified + NOTIFY_EVERY > loop.time():
            self._notifying = loop.call_at(self._notified + NOTIFY_EVERY, self._notify)
        else:
            self._notifying = loop.call_soon(self._notify)

    def _notify(self) -> None:
        self._notifying = None
        self._notified = asyncio.get_running_loop().time()
        for callback in tuple(self._subscribers):
            try:
                callback()
            except Exception:
                log.exception("a subscriber of rows failed")
