"""The log file: everything that libraries would otherwise print onto the screen.

asyncpg and asyncio report through `logging`, whose last resort is standard error,
which is where the screen is drawn. Entries are redacted, bounded in number and size,
and written by a thread of their own: the loop never waits for a disk.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import queue
import re
import sys
import threading
import traceback
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from mdbtui.ui.redaction import Redactor

if TYPE_CHECKING:
    from logging.handlers import RotatingFileHandler

MAX_FILE_BYTES = 1_000_000
"""The file is renamed to `.1` at this size, and an older `.1` is dropped."""
_MAX_WAITING = 1_000
_MAX_LOOKED_AT = 40_000
_MAX_HEAD, _MAX_TAIL = 4_000, 12_000
_CLOSE_SECONDS = 1.0

_CONTROL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]"
)

_log = logging.getLogger("mdbtui")


class LogFile(logging.Handler):
    """Sends all logging, stray task errors and warnings to a file, as a context.

    The file (0600, in a 0700 folder) is opened with the first entry, so that a start
    without one costs nothing.

    Args:
        path: The file.
        level: The least level that is written.
    """

    def __init__(self, path: Path, level: int = logging.INFO) -> None:
        super().__init__(level)
        self.path = path
        self.redactor = Redactor()
        """Tell it each password: it then appears in no entry."""
        self.setFormatter(_Formatter())
        self._queue: queue.Queue[str | None] = queue.Queue(_MAX_WAITING)
        self._dropped = 0
        self._thread: threading.Thread | None = None
        self._undo = contextlib.ExitStack()

    def __enter__(self) -> LogFile:
        root = logging.getLogger()
        undo = self._undo
        undo.callback(setattr, logging, "raiseExceptions", logging.raiseExceptions)
        undo.callback(setattr, threading, "excepthook", threading.excepthook)
        undo.callback(setattr, sys, "unraisablehook", sys.unraisablehook)
        undo.callback(root.setLevel, root.level)
        undo.callback(self.close)
        undo.callback(root.removeHandler, self)
        root.addHandler(self)
        root.setLevel(self.level)
        logging.raiseExceptions = False  # a failing log may not print its records
        threading.excepthook = self._thread_error
        sys.unraisablehook = self._unraisable
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._undo.close()

    def watch(self, loop: asyncio.AbstractEventLoop) -> None:
        """Log what the loop would otherwise print: errors nobody awaited."""
        loop.set_exception_handler(self._loop_error)

    def emit(self, record: logging.LogRecord) -> None:
        """Queue one redacted entry; drop it when a thousand wait already."""
        entry = self._bounded(self.format(record))
        if self._thread is None:
            self._thread = threading.Thread(
                target=self._write_all, name="log-writer", daemon=True
            )
            self._thread.start()
        try:
            self._queue.put_nowait(entry)
        except queue.Full:
            self._dropped += 1

    def close(self) -> None:
        """Write what waits and end the thread; give up on a stuck disk after 1 s."""
        thread, self._thread = self._thread, None
        if thread is not None:
            with contextlib.suppress(queue.Full):
                self._queue.put(None, timeout=_CLOSE_SECONDS)
                thread.join(_CLOSE_SECONDS)
        super().close()

    def _bounded(self, entry: str) -> str:
        if len(entry) > _MAX_LOOKED_AT:
            half = _MAX_LOOKED_AT // 2
            entry = f"{entry[:half]} … {entry[-half:]}"
        entry = self.redactor.redact(entry)
        if len(entry) > _MAX_HEAD + _MAX_TAIL:
            entry = f"{entry[:_MAX_HEAD]} … {entry[-_MAX_TAIL:]}"
        entry = _CONTROL.sub(lambda match: f"\\x{ord(match[0]):02x}", entry)
        # Indented, so that no line of a server's text looks like an entry of ours.
        return entry.replace("\n", "\n    ").encode("utf-8", "replace").decode()

    def _write_all(self) -> None:
        target: RotatingFileHandler | None = None
        try:
            while (entry := self._queue.get()) is not None:
                if target is None:
                    target = _open(self.path)
                if self._dropped:
                    entry += f"\n    ({self._dropped} entries were dropped before this)"
                    self._dropped = 0
                target.handle(logging.makeLogRecord({"msg": entry}))
        except OSError:
            # No place to write to and none to say so; entries are dropped from now on.
            return
        finally:
            if target is not None:
                target.close()

    def _loop_error(
        self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]
    ) -> None:
        # Only these two: the rest are reprs of handles with their arguments.
        _log.error(context.get("message", ""), exc_info=context.get("exception"))

    def _thread_error(self, args: threading.ExceptHookArgs) -> None:
        _log.error("error in a thread", exc_info=args.exc_value)

    def _unraisable(self, args: sys.UnraisableHookArgs) -> None:
        _log.error("error that could not be raised", exc_info=args.exc_value)


class _Formatter(logging.Formatter):
    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")

    def formatException(self, ei: Any) -> str:  # noqa: N802 (logging's name)
        """The traceback with source lines but without local variables."""
        report = traceback.TracebackException(*ei, capture_locals=False, compact=True)
        return "".join(report.format()).rstrip()


def _open(path: Path) -> RotatingFileHandler:
    # 5 ms to import, which no start without a log entry has to pay.
    from logging.handlers import RotatingFileHandler

    class PrivateFile(RotatingFileHandler):
        def _open(self) -> Any:
            flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW
            descriptor = os.open(self.baseFilename, flags, 0o600)
            os.fchmod(descriptor, 0o600)
            return open(descriptor, "a", encoding="utf-8")  # noqa: PTH123

    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return PrivateFile(path, maxBytes=MAX_FILE_BYTES, backupCount=1)
