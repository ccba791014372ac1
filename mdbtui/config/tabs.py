"""The open tabs on disk: one folder for each running console, one file for each tab.

A console holds a lock on its folder for as long as it runs. The system lets go of it
however the console ends, so that the next one can tell which folders nobody uses, and
takes their tabs over. A tab's file is a line of JSON and then the text as it is;
each is replaced in one step. Everything here blocks.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mdbtui.config.files import make_private_dir

if TYPE_CHECKING:
    from collections.abc import Sequence

MAX_TEXT = 16 << 20
"""Characters of a tab's text that are kept; a longer one is not."""
MAX_HEAD = 64 << 10
_LOCK, _ORDER, _SUFFIX = "lock", "order.json", ".tab"


@dataclass(frozen=True)
class KeptTab:
    """What is remembered of a tab.

    Attributes:
        key: Its name among the tabs of a console.
        text: What the editor holds.
        db_id: Its database; None for none.
        row, column: The cursor, from 0.
        name: What the user calls it; empty for nothing.
        file: The path of its file; empty for none.
        mtime_ns, size: The file's when it was last read or written; -1 for none.
        crlf, bom: How the file's lines end, and whether it begins with a mark.
        unsaved: Whether the text is not what the file holds.
        front: Whether it was the one in front.
        commit: ``auto`` or ``manual``; empty for what the configuration says.
        targets: The databases that it runs on (see `targets.TargetChoice.kept`).
    """

    key: str
    text: str = ""
    db_id: str | None = None
    row: int = 0
    column: int = 0
    name: str = ""
    file: str = ""
    mtime_ns: int = -1
    size: int = -1
    crlf: bool = False
    bom: bool = False
    unsaved: bool = False
    front: bool = False
    commit: str = ""
    targets: str = ""

    @property
    def is_empty(self) -> bool:
        """There is nothing in it that anybody would miss."""
        return not (self.text.strip() or self.name or self.file)


class TabStore:
    """This console's folder of tabs. Made by `open_store`; not for several threads."""

    def __init__(self, folder: Path, lock: int) -> None:
        self.folder = folder
        self._lock = lock

    def write(self, tab: KeptTab) -> None:
        """Keep a tab in place of what was kept of it.

        Raises:
            OSError: It could not be written; what was kept before still is.
        """
        head = {k: v for k, v in asdict(tab).items() if k not in ("key", "text")}
        data = tab.text.encode("utf-8", "surrogatepass")
        line = json.dumps(head, ensure_ascii=True).encode()
        _replace(self.folder / f"{tab.key}{_SUFFIX}", line + b"\n" + data)

    def write_order(self, keys: Sequence[str]) -> None:
        """Keep the order of the tabs.

        Raises:
            OSError: It could not be written.
        """
        _replace(self.folder / _ORDER, json.dumps(list(keys)).encode())

    def remove(self, key: str) -> None:
        """Forget a tab."""
        with contextlib.suppress(OSError):
            (self.folder / f"{key}{_SUFFIX}").unlink()

    def close(self) -> None:
        """Let go of the folder: the next start takes the tabs over."""
        lock, self._lock = self._lock, -1
        if lock >= 0:
            os.close(lock)


def open_store(base: Path, most: int) -> tuple[TabStore, list[KeptTab]]:
    """Begin a folder of tabs, with those that no running console holds.

    The newest folder is used on as it is; the tabs of others are copied into it
    before they are removed there, so that no moment exists without them.

    Args:
        base: Where the folders are.
        most: So many tabs can be taken over; a folder with more of them waits.

    Returns:
        The store, and its tabs in order.

    Raises:
        OSError: The folder can't be made, or files can't be locked there.
    """
    make_private_dir(base)
    taken = _take_unused(base)
    if not taken:
        return _new_store(base), []
    store, *others = taken
    tabs = _read_all(store.folder)
    for other in others:
        found = [tab for tab in _read_all(other.folder) if not tab.is_empty]
        if len(tabs) + len(found) <= most:
            moved = [replace(tab, key=new_key(), front=False) for tab in found]
            for tab in moved:
                store.write(tab)
            tabs += moved
            shutil.rmtree(other.folder, ignore_errors=True)
        other.close()
    store.write_order([tab.key for tab in tabs])
    return store, tabs


def new_key() -> str:
    """Return a name for a tab that no other has."""
    return os.urandom(8).hex()


def _new_store(base: Path) -> TabStore:
    """Make a folder that is locked before others can see it under its name."""
    name = f"{os.getpid()}-{os.urandom(4).hex()}"
    hidden = base / f".{name}"
    hidden.mkdir(mode=0o700)
    lock = _locked(hidden)
    if lock is None:
        raise OSError(0, "the new folder is locked already")
    folder = base / name
    hidden.rename(folder)
    return TabStore(folder, lock)


def _take_unused(base: Path) -> list[TabStore]:
    """Lock every folder that nobody has locked, the one last written to first."""
    found = []
    for entry in os.scandir(base):
        if entry.name.startswith(".") or not entry.is_dir(follow_symlinks=False):
            continue
        folder = Path(entry.path)
        with contextlib.suppress(OSError):
            if (lock := _locked(folder)) is not None:
                found.append((folder.stat().st_mtime_ns, TabStore(folder, lock)))
    found.sort(key=lambda each: each[0], reverse=True)
    return [store for _, store in found]


def _locked(folder: Path) -> int | None:
    """Return a descriptor that holds the folder's lock; None if another has it.

    Raises:
        OSError: Files can't be locked there.
    """
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
    lock = os.open(folder / _LOCK, flags, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # Another console may have emptied the folder just before.
        if os.fstat(lock).st_nlink:
            return lock
    except BlockingIOError:
        pass
    except OSError:
        os.close(lock)
        raise
    os.close(lock)
    return None


def _read_all(folder: Path) -> list[KeptTab]:
    """Return a folder's tabs in order; a broken file is put aside."""
    try:
        order = json.loads(_read(folder / _ORDER, MAX_HEAD))
        places = {key: place for place, key in enumerate(order)}
    except (OSError, ValueError, TypeError, RecursionError):
        places = {}
    tabs = []
    for path in sorted(folder.glob(f"*{_SUFFIX}")):
        try:
            tabs.append(_read_tab(path))
        except (OSError, ValueError, TypeError, RecursionError):
            with contextlib.suppress(OSError):
                path.rename(path.with_suffix(".broken"))
    tabs.sort(key=lambda tab: places.get(tab.key, len(places)))
    return tabs


def _read_tab(path: Path) -> KeptTab:
    line, _, data = _read(path, 4 * MAX_TEXT + MAX_HEAD).partition(b"\n")
    head = json.loads(line)
    if not isinstance(head, dict):
        raise TypeError("the first line is no object")
    kept: dict[str, Any] = {}
    for field in fields(KeptTab):
        value = head.get(field.name, field.default)
        # Only what this version would write itself: the file may be of any other.
        right = (
            value is None or isinstance(value, str)
            if field.name == "db_id"
            else type(value) is type(field.default)
        )
        kept[field.name] = value if right else field.default
    kept["key"] = path.stem
    kept["text"] = data.decode("utf-8", "surrogatepass")
    return KeptTab(**kept)


def _read(path: Path, most: int) -> bytes:
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
    with os.fdopen(descriptor, "rb") as file:
        data = file.read(most + 1)
    if len(data) > most:
        raise ValueError("too long")
    return data


def _replace(path: Path, data: bytes) -> None:
    """Put a private file in the place of another, in one step."""
    # Its own suffix: a half-written file must not be read as a tab.
    temporary = path.with_suffix(".new")
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(temporary, flags, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
