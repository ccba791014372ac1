"""What a crash shows: one plain sentence, and never a variable's value.

Textual's own report prints the local variables of every frame; in a database console
these are passwords and rows.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import RenderableType
from textual.app import App

_log = logging.getLogger("mdbtui")


def crash_message(error: BaseException, log_path: Path | None) -> str:
    """The one sentence about an internal error, without the error's own words.

    Args:
        error: What was raised; only the name of its class is shown.
        log_path: Where the details are, if anywhere.
    """
    where = f" Details are in {log_path}." if log_path is not None else ""
    return f"mdbtui stopped: internal error ({type(error).__name__}).{where}"


if TYPE_CHECKING:
    _Base = App[None]
else:
    _Base = object


class CrashMixin(_Base):
    """Ends an app after an internal error without printing locals; before `App`."""

    log_path: Path | None = None
    """The log file that the message names."""

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
