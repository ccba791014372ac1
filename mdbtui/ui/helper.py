"""The helper process for work on texts that must not hold up the screen.

Python can neither interrupt a regular expression nor do anything else meanwhile, so
such work is done in a process, which is killed when it takes too long.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

from mdbtui.query.daemon import in_daemon_thread

_SLICE = 1 << 20
"""Characters encoded at once: nothing else runs meanwhile."""


class HelperFailed(Exception):  # noqa: N818 - it is told, not a failure of ours
    """The helper took too long, or could not be started; says so in one sentence."""


class Helper:
    """Asks the process, which is started when it is needed.

    One request at a time. A request that is cancelled or late ends the process.
    """

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._text: str | None = None
        self._lock = asyncio.Lock()
        self._guard = threading.Lock()
        self._asking = False

    async def ask(
        self, work: str, text: str, seconds: float, **wanted: Any
    ) -> tuple[dict[str, Any], bytes]:
        """Have something done with a text.

        Args:
            work: What; see `mdbtui.sql.helper`.
            text: The text.
            seconds: How long that may take.
            wanted: What else the work needs to know.

        Raises:
            HelperFailed: It took too long, or can't be done.
        """
        async with self._lock:
            request = {"work": work, "seconds": seconds + 1, **wanted}
            done = False
            try:
                async with asyncio.timeout(seconds):
                    answer = await in_daemon_thread(lambda: self._ask(request, text))
                done = True
            except TimeoutError:
                raise HelperFailed(f"it takes longer than {seconds:g} s") from None
            except (OSError, ValueError):
                raise HelperFailed("the helper process ended") from None
            finally:
                if not done:
                    self.close()
            return answer

    def _ask(self, request: dict[str, Any], text: str) -> tuple[dict[str, Any], bytes]:
        process = self._process
        if process is None or process.poll() is not None:
            process = _started()
            self._text = None
        with self._guard:
            self._process, self._asking = process, True
        try:
            return self._answer(process, request, text)
        finally:
            with self._guard:
                self._asking = False
                given_up = self._process is not process
            if given_up:
                _close_pipes(process)

    def _answer(
        self, process: subprocess.Popen[bytes], request: dict[str, Any], text: str
    ) -> tuple[dict[str, Any], bytes]:
        assert process.stdin is not None
        assert process.stdout is not None
        parts: list[bytes] = []
        if text is not self._text:
            parts = [
                text[at : at + _SLICE].encode("utf-8", "surrogatepass")
                for at in range(0, len(text), _SLICE)
            ]
        size = None if text is self._text else sum(map(len, parts))
        line = json.dumps({**request, "size": size}).encode() + b"\n"
        for part in (line, *parts):
            process.stdin.write(part)
        process.stdin.flush()
        self._text = text
        head = json.loads(process.stdout.readline())
        return head, process.stdout.read(head["size"])

    def close(self) -> None:
        """End the process, whatever it does."""
        with self._guard:
            process, self._process, self._text = self._process, None, None
            asking = self._asking
        if process is not None:
            process.kill()
            process.wait()
            # The thread that waits for its answer closes them itself.
            if not asking:
                _close_pipes(process)


def _close_pipes(process: subprocess.Popen[bytes]) -> None:
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with contextlib.suppress(OSError):
                pipe.close()


def _started() -> subprocess.Popen[bytes]:
    # The folder the program is in, and never the one it was started in.
    home = str(Path(__file__).parents[2])
    path = os.pathsep.join(filter(None, (home, os.environ.get("PYTHONPATH"))))
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "mdbtui.sql.helper"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": path},
        start_new_session=True,
    )
