"""The process between the program and its PostgreSQL server.

It runs as a script of its own (`python -I -S watcher.py`) and starts the server, so
that the server is stopped however the program ends: the program holds the other end
of this process's standard input, and the kernel closes that end even after a kill -9.

The program writes one line of JSON (see `main`), reads lines back: `pid N`, then
`ready` or nothing, and closes the pipe to stop the server.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

_POLL = 0.005  # s
_PR_SET_PDEATHSIG = 1
# Fast shutdown, immediate shutdown, and no more questions: below the three seconds
# in which the program has to be gone.
_ESCALATION = ((signal.SIGINT, 1.5), (signal.SIGQUIT, 0.8), (signal.SIGKILL, 5.0))


def main() -> None:
    """Run one server until standard input ends or the server does."""
    job: dict[str, Any] = json.loads(sys.stdin.buffer.readline())
    with Path(job["log"]).open("ab") as log:
        server = subprocess.Popen(
            job["command"],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd="/",
            preexec_fn=_die_with_parent(),  # safe: this process has one thread yet
            **job["popen"],
        )
    # After the start, since a child inherits what is ignored.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    _say(f"pid {server.pid}")
    threading.Thread(target=_stop_at_eof, args=(server,), daemon=True).start()
    if _wait_until_ready(server, Path(job["pid_file"]), job["timeout"]):
        _say("ready")
    server.wait()


def _wait_until_ready(
    server: subprocess.Popen[bytes], pid_file: Path, timeout: float
) -> bool:
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        with contextlib.suppress(subprocess.TimeoutExpired):
            server.wait(_POLL)
            return False
        with contextlib.suppress(OSError):
            # Line 1 is the pid (a crashed server leaves its file), line 8 the status.
            lines = pid_file.read_text("ascii", "replace").splitlines()
            if lines[:1] == [str(server.pid)] and "ready" in map(str.strip, lines[7:8]):
                return True
    return False


def _stop_at_eof(server: subprocess.Popen[bytes]) -> None:
    sys.stdin.buffer.read()
    for number, patience in _ESCALATION:
        server.send_signal(number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            server.wait(patience)
            return


def _say(line: str) -> None:
    # The program may be gone already; the server still has to be stopped in order.
    with contextlib.suppress(OSError):
        sys.stdout.write(line + "\n")
        sys.stdout.flush()


def _die_with_parent() -> Callable[[], None] | None:
    """Let Linux stop the server too when somebody kills this watcher.

    `killall -9 python` ends the program and its watcher together.
    """
    if not sys.platform.startswith("linux"):
        return None
    prctl = ctypes.CDLL(None).prctl

    def ask() -> None:
        prctl(_PR_SET_PDEATHSIG, signal.SIGINT)

    return ask


if __name__ == "__main__":
    main()
