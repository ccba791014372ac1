"""A real pseudo terminal around a Python program."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path


def _take_terminal() -> None:
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


class TerminalProgram:
    """A Python script that runs in a pseudo terminal of its own.

    Args:
        script: The file to run.
        size: Columns and rows.
        env: Changes to the environment; None removes a variable.
        controlling: Whether it is the controlling terminal, whose end sends SIGHUP.
    """

    def __init__(
        self,
        script: Path,
        *args: str,
        size: tuple[int, int] = (80, 24),
        env: dict[str, str | None] | None = None,
        controlling: bool = True,
    ) -> None:
        environ = dict(os.environ, TERM="xterm-256color", COLORTERM="truecolor")
        for name, value in (env or {}).items():
            if value is None:
                environ.pop(name, None)
            else:
                environ[name] = value
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", *size[::-1], 0, 0))
        self._bytes = b""
        self.process = subprocess.Popen(
            [sys.executable, str(script), *args],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=environ,
            start_new_session=True,
            preexec_fn=_take_terminal if controlling else None,
        )
        os.close(slave)

    def __enter__(self) -> TerminalProgram:
        return self

    def __exit__(self, *exc: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.hang_up()

    def read(self, seconds: float = 0.05) -> bool:
        """Read once what the program has written; False when it was quiet so long."""
        if self.master < 0 or not select.select([self.master], [], [], seconds)[0]:
            return False
        try:
            data = os.read(self.master, 1 << 16)
        except OSError:
            return False
        self._bytes += data
        return bool(data)

    @property
    def output(self) -> str:
        """All that was read so far."""
        return self._bytes.decode("utf-8", "replace")

    def read_all(self, quiet: float = 0.2, timeout: float = 5.0) -> str:
        """Read until the program is quiet; all output so far."""
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline and self.read(quiet):
            pass
        return self.output

    def read_until(self, text: str, timeout: float = 15.0) -> str:
        """Read until `text` was written; fail with the output when it was not."""
        deadline = time.monotonic() + timeout
        while text.encode() not in self._bytes:
            assert time.monotonic() < deadline, f"no {text!r} in {self.output!r}"
            self.read()
        return self.output

    def send(self, keys: str | bytes) -> None:
        os.write(self.master, keys.encode() if isinstance(keys, str) else keys)

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def hang_up(self) -> None:
        """Close the terminal, as when its window is closed."""
        if self.master >= 0:
            os.close(self.master)
            self.master = -1

    def wait(self, timeout: float = 5.0) -> int:
        """Wait for the end while reading; the exit status, negative for a signal."""
        deadline = time.monotonic() + timeout
        while self.process.poll() is None:
            assert time.monotonic() < deadline, f"still running: {self.output[-2000:]}"
            if not self.read(0.02) and self.master < 0:
                select.select([], [], [], 0.02)
        self.read_all(0.02)
        return self.process.returncode
