"""Remembers on disk what was prepared, until it is ended: also through a kill -9.

A file for each run: which names at which databases, and whether all were to be
committed. The servers know better what is left; this says where to look.
"""

from __future__ import annotations

import contextlib
import json
import os
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from mdbtui.pool import PoolError
from mdbtui.query.daemon import in_daemon_thread

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

MOST = 1_000
"""So many files are read."""


@dataclass(frozen=True)
class Noted:
    """A run that may have left something.

    Attributes:
        run: Its name.
        gids: The names of its transactions, by database.
        commit: All had been prepared, and were to be committed.
    """

    run: str
    gids: Mapping[str, str]
    commit: bool


class Journal:
    """The runs that are under way, or were not brought to an end.

    Args:
        folder: Made when it is first needed.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._noted: dict[str, Noted] = {}

    async def begin(self, run: str, gids: Mapping[str, str]) -> None:
        """Note what a run is about to prepare.

        Raises:
            PoolError: It can't be kept; nothing should be prepared then.
        """
        await self._write(Noted(run, dict(gids), commit=False))

    async def decide(self, run: str, *, commit: bool) -> None:
        """Note that all of a run are prepared, and to be committed.

        Raises:
            PoolError: It can't be kept.
        """
        await self._write(Noted(run, self._noted[run].gids, commit))

    async def end(self, run: str) -> None:
        """Forget a run: nothing of it is left."""
        self._noted.pop(run, None)

        def remove() -> None:
            with contextlib.suppress(OSError):
                self._path(run).unlink(missing_ok=True)

        await in_daemon_thread(remove)

    async def read(self) -> list[Noted]:
        """Return what is noted, by any run of the program."""
        return await in_daemon_thread(self._read)

    def _path(self, run: str) -> Path:
        return self._folder / f"{run}.json"

    async def _write(self, noted: Noted) -> None:
        try:
            await in_daemon_thread(partial(self._write_now, noted))
        except OSError as error:
            raise PoolError(
                f"what is prepared can't be noted: {error.strerror}",
                hint=f"nothing is prepared without that; see {self._folder}",
            ) from error
        self._noted[noted.run] = noted

    def _write_now(self, noted: Noted) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self._path(noted.run)
        draft = path.with_suffix(".new")
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
        text = json.dumps({"gids": dict(noted.gids), "commit": noted.commit})
        with os.fdopen(os.open(draft, flags, 0o600), "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)

    def _read(self) -> list[Noted]:
        found = []
        try:
            paths = sorted(self._folder.glob("mdbtui_*.json"))[:MOST]
        except OSError:
            return []
        for path in paths:
            with contextlib.suppress(OSError, ValueError, TypeError, AttributeError):
                kept: Any = json.loads(path.read_text("utf-8"))
                gids = {str(db): str(gid) for db, gid in kept["gids"].items()}
                found.append(Noted(path.stem, gids, bool(kept["commit"])))
        return found
