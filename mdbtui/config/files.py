"""Private files: read with a bound, written whole or not at all."""

from __future__ import annotations

import os
import stat
from pathlib import Path

MAX_BYTES = 1_000_000


class FileProblem(Exception):  # noqa: N818 - it is reported, not a failure of ours
    """Why a file could not be read or written, in one sentence."""


def read_text(path: Path) -> str:
    """Return the text of a file of at most 1 MB.

    Raises:
        FileNotFoundError: There is none.
        FileProblem: It can't be read, is too large or isn't UTF-8.
    """
    try:
        # A FIFO that nobody writes to would otherwise block the start for ever.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise FileProblem("it is not a regular file; name a file")
            data = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise FileProblem(f"it cannot be read: {error.strerror}") from None
    if len(data) > MAX_BYTES:
        raise FileProblem("it is larger than 1 MB; is this the right file?")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise FileProblem(f"it is not UTF-8 in line {line}; save it as UTF-8") from None


def readable_by_others(path: Path) -> bool:
    """Tell whether group or others have any right to the file."""
    try:
        return bool(path.stat().st_mode & 0o077)
    except OSError:
        return False


def make_private_dir(path: Path) -> None:
    """Make the folder (0700) unless it exists; its parents get the usual mode."""
    if not path.is_dir():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.mkdir(mode=0o700, exist_ok=True)


def write_private(path: Path, text: str) -> None:
    """Replace the file by ``text`` in one step, readable by its owner only.

    Whoever reads meanwhile sees the old file or the new one, also after a crash.

    Raises:
        FileProblem: It could not be written; the old file is as it was.
    """
    if path.is_symlink():
        raise FileProblem(
            "it is a symbolic link, which is never written through; edit it by hand"
        )
    import tempfile  # not needed at start

    temporary: Path | None = None
    try:
        make_private_dir(path.parent)
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        temporary = Path(name)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(descriptor)
        temporary.replace(path)
        temporary = None
    except OSError as error:
        raise FileProblem(f"it cannot be written: {error.strerror}") from None
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
