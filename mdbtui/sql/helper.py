"""A process of its own for work on SQL text that may take long or for ever.

It reads requests from its standard input and answers each on its standard output: a
line of JSON that tells the length in bytes of what follows it. It ends by itself with
its input, and when a request takes longer than was allowed for it. Started as
``python -m mdbtui.sql.helper``; nothing else imports it.
"""

from __future__ import annotations

import json
import signal
import sys
import time
from collections.abc import Callable
from typing import Any, BinaryIO

from mdbtui.sql.search import Needle, SearchError, found, replaced

Answer = tuple[dict[str, Any], bytes]


def _find(text: str, wanted: dict[str, Any]) -> Answer:
    needle = Needle(**wanted["needle"])
    return {}, found(needle, text, wanted["start"], wanted["end"]).tobytes()


def _replace(text: str, wanted: dict[str, Any]) -> Answer:
    start, end, new, count = replaced(
        Needle(**wanted["needle"]),
        text,
        wanted["template"],
        wanted["start"],
        wanted["end"],
        wanted["most"],
    )
    head = {"start": start, "end": end, "count": count}
    return head, new.encode("utf-8", "surrogatepass")


def _format(text: str, wanted: dict[str, Any]) -> Answer:
    from mdbtui.sql.formatting import format_text

    done = format_text(text, wanted["budget"])
    body = json.dumps(done.changes).encode()
    return {"left": done.left}, body


_WORK: dict[str, Callable[[str, dict[str, Any]], Answer]] = {
    "find": _find,
    "replace": _replace,
    "format": _format,
}


def serve(requests: BinaryIO, answers: BinaryIO) -> None:
    """Answer requests until there are no more.

    A request may leave its text out: then it is about the text before.
    """
    text = ""
    while line := requests.readline():
        wanted = json.loads(line)
        if (size := wanted["size"]) is not None:
            text = requests.read(size).decode("utf-8", "surrogatepass")
        # Nobody may be there any more to end this process.
        signal.setitimer(signal.ITIMER_REAL, wanted["seconds"])
        began = time.process_time()
        try:
            head, body = _WORK[wanted["work"]](text, wanted)
        except SearchError as error:
            head, body = {"error": str(error)}, b""
        signal.setitimer(signal.ITIMER_REAL, 0)
        head = {**head, "took": time.process_time() - began, "size": len(body)}
        answers.write(json.dumps(head).encode() + b"\n" + body)
        answers.flush()


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    serve(sys.stdin.buffer, sys.stdout.buffer)
