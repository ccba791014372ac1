"""Places for a demo's data: kept from start to start, one program in each at a time."""

from __future__ import annotations

import fcntl
import os
from dataclasses import dataclass
from pathlib import Path

MAX_SLOTS = 8


@dataclass(frozen=True)
class Slot:
    """A place that this program has taken.

    Attributes:
        home: The folder for the cluster.
        lock_fd: The open lock file. Whoever holds a copy of it keeps the slot: the
            server's watcher does, so that nobody takes it while the server still ends.
    """

    home: Path
    lock_fd: int

    def release(self) -> None:
        """Let others have the place."""
        os.close(self.lock_fd)


def take_slot(folder: Path) -> Slot | None:
    """Take the first free slot in *folder*.

    Returns:
        None when all are taken, or when the file system has no locks.
    """
    for number in range(1, MAX_SLOTS + 1):
        lock_fd = os.open(
            folder / f"slot-{number}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600
        )
        try:
            fcntl.flock(lock_fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(lock_fd)
            continue
        return Slot(folder / f"slot-{number}", lock_fd)
    return None
