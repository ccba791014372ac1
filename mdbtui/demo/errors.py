"""What can go wrong between `--demo` and its databases."""

from __future__ import annotations


class DemoError(Exception):
    """The demo server could not be started, filled or stopped.

    Attributes:
        message: What happened, in one sentence.
        hint: What to do about it; may be empty.
        log: The end of PostgreSQL's own log; may be empty.
    """

    def __init__(self, message: str, *, hint: str = "", log: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.log = log

    def __str__(self) -> str:
        parts = [self.message]
        if self.log:
            parts.append(f"PostgreSQL's own log ends with:\n{self.log}")
        if self.hint:
            parts.append(self.hint)
        return "\n".join(parts)
