"""Drive a program in a real pseudo-terminal and time what it writes."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time
from pathlib import Path

ANSI = re.compile(rb"\x1b\[[0-9;?<>=$]*[ -/]*[@-~]|\x1b[()][A-Z0-9]|\x1b[=>]")
PAGE = os.sysconf("SC_PAGE_SIZE")
TICK = os.sysconf("SC_CLK_TCK")
KEYS = {
    "f5": b"\x1b[15~",
    "ctrl+j": b"\n",
    "pagedown": b"\x1b[6~",
    "ctrl+q": b"\x11",
    "escape": b"\x1b",
}


class Terminal:
    """A program under a pseudo-terminal of a fixed size."""

    def __init__(
        self,
        argv: list[str],
        *,
        rows: int = 48,
        columns: int = 160,
        env: dict[str, str] | None = None,
    ) -> None:
        self.seen = bytearray()
        self.started = time.perf_counter()
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            environment = {
                **os.environ,
                "TERM": "xterm-256color",
                "COLORTERM": "truecolor",
                **(env or {}),
            }
            environment.pop("NO_COLOR", None)
            size = struct.pack("HHHH", rows, columns, 0, 0)
            fcntl.ioctl(0, termios.TIOCSWINSZ, size)
            os.execvpe(argv[0], argv, environment)
        fcntl.ioctl(
            self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0)
        )

    def read(self, timeout: float) -> bytes:
        """What came within `timeout` seconds; empty if nothing did."""
        ready, _, _ = select.select([self.fd], [], [], timeout)
        if not ready:
            return b""
        try:
            data = os.read(self.fd, 1 << 20)
        except OSError:
            return b""
        # Answer what a terminal answers, as otherwise programs wait for it.
        if b"\x1b[?2026$p" in data:
            os.write(self.fd, b"\x1b[?2026;2$y")
        if b"\x1b[6n" in data:
            os.write(self.fd, b"\x1b[1;1R")
        if b"\x1b[c" in data:
            os.write(self.fd, b"\x1b[?62;22c")
        self.seen += data
        return data

    def until(self, text: str, timeout: float = 60.0) -> float:
        """Seconds until `text` has been written, escape sequences apart."""
        start = time.perf_counter()
        wanted = text.encode()
        collected = b""
        while time.perf_counter() - start < timeout:
            data = self.read(0.002)
            if data:
                collected += data
                if wanted in ANSI.sub(b"", collected[-400_000:]):
                    return time.perf_counter() - start
        raise TimeoutError(f"{text!r} was not written within {timeout} s")

    def settle(self, quiet: float = 0.3, timeout: float = 30.0) -> float:
        """Read until nothing came for `quiet` seconds; when the last byte came."""
        start = last = time.perf_counter()
        while time.perf_counter() - start < timeout:
            if self.read(0.01):
                last = time.perf_counter()
            elif time.perf_counter() - last > quiet:
                break
        return last

    def send(self, data: bytes | str) -> None:
        os.write(self.fd, data.encode() if isinstance(data, str) else data)

    def first_byte_after(self, data: bytes, timeout: float = 10.0) -> float:
        """Seconds from a key to the first byte that was written for it."""
        start = time.perf_counter()
        self.send(data)
        while time.perf_counter() - start < timeout:
            if self.read(0.001):
                return time.perf_counter() - start
        raise TimeoutError("nothing was painted")

    def rss_mb(self) -> float:
        """Resident memory of the program and what it started, in MB."""
        return sum(
            int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE / 2**20
            for pid in self.family()
        )

    def cpu_seconds(self) -> float:
        """CPU time of the program and what it started."""
        total = 0.0
        for pid in self.family():
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            total += (int(fields[11]) + int(fields[12])) / TICK
        return total

    def family(self) -> list[int]:
        found, todo = [], [self.pid]
        while todo:
            pid = todo.pop()
            found.append(pid)
            children = Path(f"/proc/{pid}/task/{pid}/children")
            todo += [int(child) for child in children.read_text().split()]
        return found

    def close(self) -> None:
        for pid in reversed(self.family()):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.fd)
