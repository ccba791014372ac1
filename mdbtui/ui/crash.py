"""What a crash shows: one plain sentence, and never a variable's value.

Textual's own report prints the local variables of every frame; in a database console
these are passwords and rows.
"""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import RenderableType

_log = logging.getLogger("mdbtui")


def crash_message(error: BaseException, log_path: Path | None) -> str:
    """The one sentence about an internal error, without the error's own words.

    Args:
        error: What was raised; only the name of its class is shown.
        log_path: Where the details are, if anywhere.
    """
    where = f" Details are in {log_path}." if log_path is not None else ""
    return f"mdbtui stopped: internal error ({type(error).__name__}).{where}"


class CrashMixin:
    """Ends an app after an internal error without printing locals; before `App`."""

    log_path: Path | None = None
    """The log file that the message names."""

    _exception: Exception | None

    if TYPE_CHECKING:

        @property
        def _exception_event(self) -> asyncio.Event:
            """Set when `_exception` is (Textual's)."""

        def exit(
            self,
            result: object = None,
            return_code: int = 0,
            message: RenderableType | None = None,
        ) -> None:
            """End the app (Textual's)."""

    def _handle_exception(self, error: Exception) -> None:
        cause = getattr(error, "error", error)  # WorkerFailed carries the real one
        _log.critical("internal error", exc_info=cause)
        if self._exception is not None:
            return
        # run_test() raises this again at its end.
        self._exception = error
        self._exception_event.set()
        self.exit(return_code=1, message=crash_message(cause, self.log_path))

    def panic(self, *renderables: RenderableType) -> None:
        """End the app because its input thread failed.

        Args:
            renderables: Textual's report, which is not shown.
        """
        _log.critical("the terminal's input failed")
        self.exit(return_code=1, message="mdbtui stopped: the terminal's input failed.")
