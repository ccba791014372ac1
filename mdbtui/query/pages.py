"""Pages: chunks of rows in the order they came, in memory or on disk."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from pathlib import Path

from mdbtui.query.spill import SpillFile, in_thread

SMALL = 4096
"""Chunks below this many bytes are joined: a slow server sends single rows."""

LARGE = 16 << 10
"""Chunks above this many bytes are cut, so that splitting a page takes ≤ 1 ms."""

OVERHEAD = 96
"""Bytes a page costs beside its rows (bytes object, list and index entries)."""

BATCH = 4 << 20
"""Bytes written in one go: some ms of a thread, and a short wait for a reader."""

AT_ONCE = 1 << 20
"""So many bytes are freed on the loop; of more than that a thread frees these pages
at a time."""
PAGES = AT_ONCE // LARGE

_NOWHERE = (1 << 64) - 1


class Pages:
    """Encoded rows by number.

    Args:
        keep: Bytes at the beginning that stay in memory: everyone comes back to
            the first rows.
        directory: Where the temporary file goes.
    """

    def __init__(self, keep: int = 0, directory: Path | None = None) -> None:
        self.count = 0
        self.memory = 0
        self._keep = keep
        self._directory = directory
        self._starts = array("Q")
        self._data: list[bytes | None] = []
        self._sizes = array("Q")
        self._offsets = array("Q")
        self._file: SpillFile | None = None
        self._sealed = 0  # pages below this number don't grow any more
        self._unspilled = 0

    def __len__(self) -> int:
        return len(self._data)

    def append(self, data: bytes) -> int:
        """Take whole rows; return the number of the first page they are in."""
        last = len(self._data) - 1
        before = self._data[last] if last >= self._sealed else None
        if before is not None and len(before) + len(data) <= SMALL:
            self._data[last] = before + data
            self._sizes[last] += len(data)
            self.memory += len(data)
            self.count += data.count(b"\n")
            return last
        begin = 0
        while begin < len(data):
            end = len(data)
            if end - begin > LARGE:
                end = data.index(b"\n", begin + LARGE - 1) + 1
            # Slicing to the whole gives the same object: nothing is copied.
            self._add(data[begin:end])
            begin = end
        return last + 1

    def _add(self, data: bytes) -> None:
        self._starts.append(self.count)
        self._data.append(data)
        self._sizes.append(len(data))
        self._offsets.append(_NOWHERE)
        self.memory += len(data) + OVERHEAD
        self.count += data.count(b"\n")

    def seal(self) -> None:
        """Let the next rows begin a page of their own: the last one was read."""
        self._sealed = len(self._data)

    def find(self, row: int) -> int:
        """Return the number of the page that holds `row`."""
        return bisect_right(self._starts, row) - 1

    def start(self, page: int) -> int:
        """Return the number of a page's first row."""
        return self._starts[page]

    def size(self, page: int) -> int:
        """Return the bytes of a page."""
        return self._sizes[page]

    def at_hand(self, page: int) -> bytes | None:
        """Return a page that is in memory, else None."""
        return self._data[page]

    def is_gone(self, page: int) -> bool:
        """Whether the page was dropped by `forget`."""
        return self._data[page] is None and self._offsets[page] == _NOWHERE

    async def read(self, page: int) -> bytes:
        """Return a page, from the disk if need be.

        Raises:
            OSError: The disk can't be read.
        """
        data = self._data[page]
        if data is not None:
            return data
        file, offset, size = self._file, self._offsets[page], self._sizes[page]
        if file is None or offset == _NOWHERE:
            raise OSError("the rows were given back")
        return await in_thread(lambda: file.read(offset, size))

    def forget(self, page: int) -> None:
        """Drop a page's rows for good."""
        data = self._data[page]
        if data is not None:
            self._data[page] = None
            self.memory -= len(data) + OVERHEAD
        self._offsets[page] = _NOWHERE

    async def spill(self, wanted: int) -> int:
        """Move about `wanted` bytes of the oldest rows to disk.

        Not to be called again before it has returned.

        Returns:
            The bytes of memory that became free; 0 when there is nothing to move.

        Raises:
            OSError: The disk can't be written; all rows are still in memory.
        """
        wanted = min(wanted, BATCH)
        first = self._unspilled
        while self._keep > 0 and first < len(self._data) - 1:
            self._keep -= self._sizes[first]
            first += 1
        self._unspilled = first
        batch: list[bytes] = []
        size = 0
        page = first
        while size < wanted and page < len(self._data) - 1:
            data = self._data[page] or b""
            batch.append(data)
            size += len(data)
            page += 1
        if not batch:
            return 0
        file = self._file = self._file or SpillFile(self._directory)
        offset = await in_thread(lambda: file.append(b"".join(batch)))
        before = self.memory
        for each, data in enumerate(batch, first):
            if self._data[each] is not None:
                self.forget(each)
                self._offsets[each] = offset
            offset += len(data)
        self._unspilled = page
        return before - self.memory or 1

    async def clear(self) -> None:
        """Give memory and disk space back; the rows can't be read any more.

        A million rows and their file take 20 to 30 ms to free, which a thread does.
        """
        data: list[bytes | None] = self._data
        files = [self._file]
        self._data = [None] * len(data)
        self._offsets = array("Q", [_NOWHERE]) * len(data)
        self._file = None
        large, self.memory = self.memory > AT_ONCE, 0

        def let_go() -> None:
            while data:
                del data[-PAGES:]  # others get their turn between
            files.clear()

        if large or files[0] is not None:
            await in_thread(let_go)
