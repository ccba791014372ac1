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
from collections.abc import Sequence
from pathlib import Path

ANSI = re.compile(rb"\x1b\[[0-9;?<>=$]*[ -/]*[@-~]|\x1b[()][A-Z0-9]|\x1b[=>]")
PAGE = os.sysconf("SC_PAGE_SIZE")
TICK = os.sysconf("SC_CLK_TCK")
TAIL = 200_000
FRAME_END = b"\x1b[?2026l"


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
        self.plain = b""
        self._partial = b""
        self.written = 0
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
        self.written += len(data)
        whole = self._partial + data
        # A sequence may be cut by the end of a read.
        escape = whole.rfind(b"\x1b", -40)
        cut = len(whole) if escape < 0 or ANSI.match(whole, escape) else escape
        self._partial = whole[cut:]
        self.plain = (self.plain + ANSI.sub(b"", whole[:cut]))[-TAIL:]
        return data

    def until(self, *texts: str, timeout: float = 60.0, fresh: bool = True) -> float:
        """Seconds until all of `texts` were written, escape sequences apart.

        Args:
            fresh: What was written before does not count.
        """
        start = time.perf_counter()
        missing = {text.encode() for text in texts}
        if fresh:
            self.plain = b""
        while time.perf_counter() - start < timeout:
            missing = {text for text in missing if text not in self.plain}
            if not missing:
                return time.perf_counter() - start
            self.read(0.005)
        raise TimeoutError(f"{missing} not written within {timeout} s: {self.tail()}")

    def tail(self) -> str:
        """The last of what was written, for messages."""
        return self.plain[-2_000:].decode("utf-8", "replace")

    def rest(self, seconds: float) -> None:
        """Let time pass, and read what is written meanwhile."""
        end = time.perf_counter() + seconds
        while (left := end - time.perf_counter()) > 0:
            self.read(left)

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

    def press(self, keys: Sequence[bytes], pause: float = 0.2) -> None:
        """Send keys one by one, with a pause before each but the first."""
        for number, key in enumerate(keys):
            if number:
                self.rest(pause)
            self.send(key)

    def frame_after(self, keys: bytes, least: int, timeout: float = 10.0) -> float:
        """Seconds from a key to the end of the first frame of `least` bytes."""
        start = time.perf_counter()
        before = self.written
        self.send(keys)
        while time.perf_counter() - start < timeout:
            data = self.read(0.005)
            if self.written - before >= least and FRAME_END in data:
                return time.perf_counter() - start
        raise TimeoutError(f"no frame was painted: {self.tail()}")

    def age(self) -> float:
        """Seconds since the program was started."""
        return time.perf_counter() - self.started

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
