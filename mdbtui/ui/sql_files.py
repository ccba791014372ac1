"""Files of SQL on disk: read, saved in one step, and found changed underneath.

Everything here blocks, and what goes wrong is one exception with a sentence in it.
"""

from __future__ import annotations

import contextlib
import os
import stat
from dataclasses import dataclass
from pathlib import Path

MAX_BYTES = 64 << 20
MAX_LISTED = 5_000
"""Entries of a folder that are looked at."""
_BOM = b"\xef\xbb\xbf"


class FileTrouble(Exception):  # noqa: N818 - it is told, not a failure of ours
    """Why a file can't be read or written, in one sentence."""


class FileChanged(FileTrouble):
    """The file is not what was read: someone else wrote or removed it."""


@dataclass(frozen=True)
class SqlFile:
    """A file as it was last read or written.

    Attributes:
        path: Where it is; may be a link.
        mtime_ns, size: What tells that it was changed; -1 for a file that isn't there.
        crlf: Its lines end as on Windows, and are to be saved so.
        bom: It begins with a byte order mark, and is to be saved so.
    """

    path: Path
    mtime_ns: int = -1
    size: int = -1
    crlf: bool = False
    bom: bool = False


@dataclass(frozen=True)
class Saved:
    """What a save did.

    Attributes:
        file: The file as it is now.
        target: Where the bytes went, if the path is a link.
    """

    file: SqlFile
    target: Path | None = None


def whole_path(written: str, folder: Path | None = None) -> Path:
    """Return the path that is meant by what a user wrote.

    Raises:
        FileTrouble: It can't be a file's path.
    """
    try:
        path = (folder or Path.cwd()) / Path(written).expanduser()
        path = Path(os.path.normpath(path))
    except (OSError, RuntimeError, ValueError) as error:
        raise FileTrouble(f"that is no path: {error}") from None
    if not written.strip() or written.endswith("/") or "\0" in written:
        raise FileTrouble("a file's name is missing")
    return path


def read_sql(path: Path) -> tuple[str, SqlFile]:
    """Return a file's text, with line feeds as its only line ends, and the file.

    Raises:
        FileTrouble: It isn't there, too large, not a file, or not UTF-8.
    """
    try:
        # A FIFO that nobody writes to would block for ever.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as file:
            found = os.fstat(descriptor)
            if not stat.S_ISREG(found.st_mode):
                raise FileTrouble(f"{path} is not an ordinary file")
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise FileTrouble(f"{path} can't be read: {error.strerror}") from None
    if len(data) > MAX_BYTES:
        raise FileTrouble(f"{path} is larger than {MAX_BYTES >> 20} MiB")
    bom = data.startswith(_BOM)
    try:
        text = data[len(_BOM) if bom else 0 :].decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise FileTrouble(f"{path} is not UTF-8 in line {line}") from None
    crlf = "\r\n" in text and text.count("\r\n") == text.count("\n")
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text, SqlFile(path, found.st_mtime_ns, found.st_size, crlf, bom)


def has_changed(file: SqlFile) -> bool:
    """Say whether the file is no longer as it was read or written."""
    return _stamp(file.path) != (file.mtime_ns, file.size)


def look_again(file: SqlFile) -> SqlFile:
    """Return the file as it is on the disk now, its text being left aside."""
    mtime_ns, size = _stamp(file.path)
    return SqlFile(file.path, mtime_ns, size, file.crlf, file.bom)


def save_sql(file: SqlFile, text: str, *, overwrite: bool = False) -> Saved:
    """Write a file in one step; whoever reads sees the old text or the new one.

    A link stays a link: its target is written. A file that is there keeps its mode,
    a new one gets the usual one.

    Args:
        file: Where to, and how it was when it was read.
        text: What to write.
        overwrite: Write also if the file changed since.

    Raises:
        FileChanged: It changed since, and `overwrite` wasn't said.
        FileTrouble: It could not be written; the old file is as it was.
    """
    if not overwrite and has_changed(file):
        raise FileChanged(f"{file.path} changed on the disk")
    try:
        data = (text.replace("\n", "\r\n") if file.crlf else text).encode()
    except UnicodeEncodeError as error:
        raise FileTrouble(
            f"line {text.count(chr(10), 0, error.start) + 1} has a character that"
            " UTF-8 can't hold"
        ) from None
    try:
        target = file.path.resolve() if file.path.is_symlink() else file.path
        written = _replace(target, _BOM + data if file.bom else data)
    except (OSError, RuntimeError) as error:
        words = error.strerror if isinstance(error, OSError) else "its links go round"
        raise FileTrouble(f"{file.path} can't be written: {words}") from None
    saved = SqlFile(
        file.path, written.st_mtime_ns, written.st_size, file.crlf, file.bom
    )
    return Saved(saved, target if target != file.path else None)


def _stamp(path: Path) -> tuple[int, int]:
    try:
        found = path.stat()
    except OSError:
        return -1, -1
    return found.st_mtime_ns, found.st_size


def _replace(path: Path, data: bytes) -> os.stat_result:
    try:
        old = path.stat()
    except FileNotFoundError:
        old = None
    if old is not None:
        if not stat.S_ISREG(old.st_mode):
            raise FileTrouble(f"{path} is not an ordinary file")
        if not os.access(path, os.W_OK):
            raise FileTrouble(f"{path} may not be written")
    temporary = path.with_name(f".mdbtui-{os.urandom(8).hex()}.part")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    # What replaces a private file must not be readable by others for a moment.
    descriptor = os.open(temporary, flags, 0o666 if old is None else 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            if old is not None:
                with contextlib.suppress(OSError):
                    os.fchown(descriptor, old.st_uid, old.st_gid)
                os.fchmod(descriptor, stat.S_IMODE(old.st_mode))
            file.write(data)
            file.flush()
            os.fsync(descriptor)
            written = os.fstat(descriptor)
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
    return written


def completions(written: str, folder: Path | None = None) -> list[str]:
    """Return what a half-written path can become: folders with a slash, SQL files.

    Other files are offered once a part of their name is written. Hidden ones only
    after a dot. Nothing for a folder that can't be read.
    """
    head, slash, start = written.rpartition("/")
    try:
        place = (folder or Path.cwd()) / Path(head + slash).expanduser()
        found = []
        with os.scandir(place) as entries:
            for number, entry in enumerate(entries):
                if number >= MAX_LISTED:
                    break
                name = entry.name
                if not name.startswith(start) or (
                    name.startswith(".") and not start.startswith(".")
                ):
                    continue
                if entry.is_dir():
                    found.append((0, name + "/"))
                elif name.endswith(".sql") or start:
                    found.append((1 if name.endswith(".sql") else 2, name))
    except (OSError, RuntimeError, ValueError):
        return []
    return [head + slash + name for _, name in sorted(found)]
