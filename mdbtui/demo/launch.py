"""The program's end of `watcher.py`: start it, hear when it is ready, end it."""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

_SCRIPT = Path(__file__).with_name("watcher.py")
_STOP_TIMEOUT = 10.0


class Watched:
    """A server process with its watcher.

    Args:
        job: What the watcher is to run; see `watcher.main`.
        lock_fd: An open file to be kept open as long as the server runs.

    Attributes:
        server_pid: The server's process id; 0 until it is known.
    """

    def __init__(self, job: dict[str, Any], *, lock_fd: int | None = None) -> None:
        self.server_pid = 0
        self._buffer = b""
        # -I -S: nothing of the user's environment is imported, and it starts faster.
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", _SCRIPT],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd="/",
            start_new_session=True,  # ctrl+c in the terminal is not for the server
            pass_fds=() if lock_fd is None else (lock_fd,),
        )
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.write(json.dumps(job).encode() + b"\n")
            self._process.stdin.flush()

    @property
    def alive(self) -> bool:
        """Whether the watcher, and so the server, still runs."""
        return self._process.poll() is None

    def wait_until_ready(self, timeout: float) -> bool:
        """Wait for the server to take connections; False when it ended or *timeout* s.

        Blocks; not for the event loop.
        """
        deadline = time.monotonic() + timeout
        while (line := self._read_line(deadline)) is not None:
            word, _, value = line.partition(" ")
            if word == "pid":
                self.server_pid = int(value)
            elif word == "ready":
                return True
        return False

    def stop(self) -> None:
        """Stop the server and wait for its end; blocks for a bounded time."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()
        try:
            self._process.wait(_STOP_TIMEOUT)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()

    def _read_line(self, deadline: float) -> str | None:
        assert self._process.stdout is not None
        pipe = self._process.stdout.fileno()
        with selectors.DefaultSelector() as selector:
            selector.register(pipe, selectors.EVENT_READ)
            while b"\n" not in self._buffer:
                if not selector.select(max(0.0, deadline - time.monotonic())):
                    return None
                # Past the file object's buffer, which select() would not know of.
                chunk = os.read(pipe, 4096)
                if not chunk:
                    return None
                self._buffer += chunk
        line, _, self._buffer = self._buffer.partition(b"\n")
        return line.decode("ascii")
