"""The user's own program, run for each alert: no shell, one at a time, not for long."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import re
import signal
from collections import deque
from collections.abc import Mapping, Sequence

_log = logging.getLogger("mdbtui.alerts")

MAX_WAITING = 50
SECONDS = 10.0
# The environment may hold passwords (PGPASSWORD, DB_PASSWORD, what ${NAME} refers to),
# so only what a program for notifications needs is handed on.
_KEPT = (
    *("PATH", "HOME", "USER", "LOGNAME", "LANG", "LC_ALL", "TZ", "TMPDIR", "SHELL"),
    *("DISPLAY", "WAYLAND_DISPLAY", "DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR"),
)


class CommandHook:
    """Runs a program for each alert.

    Args:
        command: The program and its arguments; ``{text}``, ``{state}``, ``{database}``
            and ``{rule}`` in these stand for the alert's.
        seconds: What runs longer is ended.
    """

    def __init__(self, command: Sequence[str], seconds: float = SECONDS) -> None:
        self._command = command
        self._seconds = seconds
        self._waiting: deque[dict[str, str]] = deque()
        self._task: asyncio.Task[None] | None = None

    def put(self, facts: Mapping[str, str]) -> None:
        """Run the program for an alert, after those before it."""
        if not self._command:
            return
        if len(self._waiting) >= MAX_WAITING:
            _log.warning("alert_command is too slow: an alert was left out")
            return
        self._waiting.append({k: v.replace("\0", "") for k, v in facts.items()})
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run_all())

    async def close(self) -> None:
        """End what runs, and forget what waits."""
        self._waiting.clear()
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run_all(self) -> None:
        while self._waiting:
            await self._run(self._waiting.popleft())

    async def _run(self, facts: dict[str, str]) -> None:
        program, *arguments = self._command
        filled = [
            re.sub(r"\{(\w+)\}", lambda found: facts.get(found[1], found[0]), argument)
            for argument in arguments
        ]
        environment = {name: os.environ[name] for name in _KEPT if name in os.environ}
        environment |= {f"MDBTUI_{k.upper()}": v for k, v in facts.items()}
        devnull = asyncio.subprocess.DEVNULL
        try:
            process = await asyncio.create_subprocess_exec(
                program,
                *filled,
                stdin=devnull,
                stdout=devnull,
                stderr=devnull,
                env=environment,
                start_new_session=True,
            )
        except OSError as error:
            _log.warning("alert_command did not start: %s", error.strerror)
            return
        try:
            async with asyncio.timeout(self._seconds):
                status = await process.wait()
            if status:
                _log.warning("alert_command ended with status %s", status)
        except TimeoutError:
            _log.warning("alert_command was ended after %g s", self._seconds)
        finally:
            if process.returncode is None:
                # What it started goes with it.
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                await process.wait()
