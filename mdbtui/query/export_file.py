"""A file that is there under its name when it is complete, and not before.

What is written goes to a private file beside it, which takes the name in the end. A
full disk, a cancel, a crash or a lost server leaves the name as it was.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import secrets
import stat
from pathlib import Path

from mdbtui.pool import PoolError
from mdbtui.query.daemon import in_daemon_thread
from mdbtui.query.output import Output, OutputError

ABORT_LIMIT = 2.0
"""Seconds to wait for a disk that does not answer when an export is given up."""

_NO_LINKS = (errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EXDEV)


class ExportError(PoolError):
    """The file can't be written, or the rows are not all to be had."""


class FileThere(ExportError):  # noqa: N818 - a question rather than a failure
    """There is a file of that name; it may be replaced if the user says so."""


def resolved(written: str, folder: Path | None = None) -> Path:
    """Return the whole path of a file as a user writes it. Blocks.

    ``~`` is the home folder, and ``..`` and links in the folders are resolved; the
    file's own name is left as it is, also where that is a link.

    Args:
        written: What the user wrote.
        folder: Where relative paths begin; by default the current folder.

    Raises:
        ExportError: It can't be the path of a file.
    """
    try:
        path = (folder or Path.cwd()) / Path(written).expanduser()
        parent = path.parent.resolve()
    except (OSError, RuntimeError, ValueError) as exc:
        raise ExportError(f"not a path: {exc}") from None
    if Path(written).name in ("", "..") or written.endswith("/") or "\0" in written:
        raise ExportError("not the name of a file")
    return parent / path.name


def check_place(path: Path, *, overwrite: bool = False) -> None:
    """Refuse a place where no file may be put. Blocks.

    Raises:
        FileThere: A file is there and `overwrite` wasn't said.
        ExportError: There is no such folder, or something else of that name: a link
            (it could lead anywhere), a folder, a device.
    """
    try:
        if not path.parent.is_dir():
            raise ExportError(f"there is no folder {path.parent}")
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return
    except OSError as exc:
        raise _refused(exc, path) from None
    if stat.S_ISLNK(mode):
        raise ExportError(
            f"{path} is a symbolic link", hint="name the file that it points to"
        )
    if not stat.S_ISREG(mode):
        raise ExportError(f"{path} is not an ordinary file")
    if not overwrite:
        raise FileThere(f"{path} is there already")


class ExportFile:
    """Bytes on their way to a file.

    Args:
        path: The file; see `resolved`.
        overwrite: Replace a file that is there.
    """

    def __init__(self, path: Path, *, overwrite: bool = False) -> None:
        self.path = path
        self.written = 0
        """Bytes taken so far."""
        self._overwrite = overwrite
        # Not made from the name: with a suffix that could become too long.
        self._temporary = path.with_name(f".mdbtui-{secrets.token_hex(8)}.part")
        self._descriptor = -1
        self._output: Output | None = None
        self._given_up = False

    async def open(self) -> None:
        """Make the temporary file, readable by the user only.

        Raises:
            ExportError: It can't be made, or `path` is no place for a file.
        """
        opening = asyncio.ensure_future(in_daemon_thread(self._open))
        try:
            self._descriptor = await asyncio.shield(opening)
        except asyncio.CancelledError:
            await asyncio.wait({opening}, timeout=ABORT_LIMIT)
            if opening.done() and opening.exception() is None:
                self._descriptor = opening.result()
            await self.abort()
            raise
        self._output = Output(self._descriptor)

    def _open(self) -> int:
        check_place(self.path, overwrite=self._overwrite)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            return os.open(self._temporary, flags, 0o600)
        except OSError as exc:
            raise _refused(exc, self.path) from None

    async def write(self, data: bytes) -> None:
        """Take `data`; waits while too much is on its way to the disk.

        Raises:
            ExportError: The disk is full, say, or `abandon` was called.
        """
        assert self._output is not None
        try:
            await self._output.write(data)
        except OutputError as exc:
            raise _refused(exc, self.path) from None
        self.written += len(data)

    async def flush(self) -> None:
        """Return when all that was taken is with the system.

        Raises:
            ExportError: As `write` does.
        """
        assert self._output is not None
        try:
            await self._output.flush()
        except OutputError as exc:
            raise _refused(exc, self.path) from None

    async def commit(self) -> None:
        """Give the complete file its name, once its bytes are on the disk.

        Cancelled while that is done, it returns normally if the file has its name.

        Raises:
            ExportError: It could not be; then there is no file.
        """
        await self.flush()
        assert self._output is not None
        self._output.close()
        finishing = asyncio.ensure_future(in_daemon_thread(self._finish))
        try:
            await asyncio.shield(finishing)
        except asyncio.CancelledError:
            self._given_up = True
            await asyncio.wait({finishing}, timeout=ABORT_LIMIT)
            if not finishing.done() or finishing.exception() is not None:
                raise
        except OSError as exc:
            raise _refused(exc, self.path) from None
        self._descriptor = -1

    def _finish(self) -> None:
        assert self._output is not None
        self._output.join()
        os.fsync(self._descriptor)
        if self._given_up:
            raise InterruptedError(0, "given up")
        if self._overwrite:
            check_place(self.path, overwrite=True)
            self._temporary.replace(self.path)
        else:
            self._take_free_name()
        # The name is in the folder, which has to reach the disk as well. The file is
        # there by now, whatever becomes of this.
        with contextlib.suppress(OSError):
            os.close(self._descriptor)
            folder = os.open(self.path.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)

    def _take_free_name(self) -> None:
        try:
            # Unlike a renaming, this never replaces what came there meanwhile.
            os.link(self._temporary, self.path)
        except FileExistsError:
            raise FileThere(f"{self.path} is there already") from None
        except OSError as exc:
            if exc.errno not in _NO_LINKS:
                raise
            check_place(self.path)
            self._temporary.rename(self.path)
        else:
            self._temporary.unlink()

    def abandon(self) -> None:
        """Take no more, and wake who waits in `write`, with an error."""
        self._given_up = True
        if self._output is not None:
            self._output.abandon()

    async def abort(self) -> None:
        """Remove what was written. Bounded, repeatable, harmless after `commit`."""
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor < 0:
            return
        self.abandon()
        if self._output is not None:
            self._output.close()
        removing = asyncio.ensure_future(
            in_daemon_thread(lambda: self._remove(descriptor))
        )
        # A disk that does not answer keeps the thread, not us.
        await asyncio.wait({removing}, timeout=ABORT_LIMIT)

    def _remove(self, descriptor: int) -> None:
        if self._output is not None:
            self._output.join()
        with contextlib.suppress(OSError):
            os.close(descriptor)
        with contextlib.suppress(OSError):
            self._temporary.unlink()


def _refused(exc: OSError | OutputError, path: Path) -> ExportError:
    if exc.errno in (errno.ENOSPC, errno.EDQUOT):
        return ExportError(
            f"the disk of {path.parent} is full", hint="nothing was left there"
        )
    if exc.errno == errno.EFBIG:
        return ExportError(f"{path} would be larger than a file may be here")
    words = exc.strerror if isinstance(exc, OSError) else str(exc)
    return ExportError(f"{path} can't be written: {words}")
