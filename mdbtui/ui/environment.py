"""What must be settled before Textual is imported: its variables, and a real terminal.

Textual reads its environment variables at import time, so this module may not import
it, not even indirectly.
"""

from __future__ import annotations

import os
import sys
from collections.abc import MutableMapping
from typing import TextIO

# The rest is refused as a whole: TEXTUAL_DRIVER imports a class by name,
# TEXTUAL_PRESS types keys into the console, TEXTUAL_LOG and TEXTUAL_SCREENSHOT write
# what is on the screen into files, TEXTUAL=debug prints local variables.
_ALLOWED = frozenset(
    {
        "TEXTUAL_ANIMATIONS",
        "TEXTUAL_COLOR_SYSTEM",
        "TEXTUAL_DIM_FACTOR",
        "TEXTUAL_DISABLE_KITTY_KEY",
        "TEXTUAL_FPS",
        "TEXTUAL_SMOOTH_SCROLL",
    }
)
_FRAMES_PER_SECOND = "120"
"""Textual's 60 let a key wait up to 17 ms when a clock was painted just before it."""
NO_COLOR_THEME = "ansi-dark"
"""The theme for NO_COLOR: it marks cursor and selection by reverse video."""


def scrub_environment(environ: MutableMapping[str, str] = os.environ) -> None:
    """Remove Textual's variables that run, type or record, and settle the others.

    To be called before the first import of Textual.

    Args:
        environ: The environment to change.
    """
    for name in [*environ]:
        if name == "TEXTUAL" or (name.startswith("TEXTUAL_") and name not in _ALLOWED):
            del environ[name]
    if environ.get("NO_COLOR"):
        # Without an ANSI theme at construction Textual still paints 24-bit greys.
        environ["TEXTUAL_THEME"] = NO_COLOR_THEME
    else:
        # no-color.org: an empty value means nothing; Textual would obey it.
        environ.pop("NO_COLOR", None)
    environ.setdefault("TEXTUAL_FPS", _FRAMES_PER_SECOND)


def terminal_problem(
    environ: MutableMapping[str, str] = os.environ,
    stdin: TextIO | None = sys.__stdin__,
    stderr: TextIO | None = sys.__stderr__,
) -> str | None:
    """Say why a full screen cannot be shown here, or None when it can.

    Args:
        environ: The environment, for TERM.
        stdin: Where the keys come from.
        stderr: Where the screen is drawn (Textual draws on standard error).

    Returns:
        One sentence for the user with what to do, or None.
    """
    if environ.get("TERM", "") in ("", "dumb"):
        return (
            "This terminal cannot show a full screen (TERM is "
            f"{environ.get('TERM') or 'not set'}); use `mdbtui query`, or set TERM."
        )
    for stream, name, use in (
        (stdin, "input", "keys are read from it"),
        (stderr, "error", "the screen is drawn on it"),
    ):
        if stream is None or stream.closed or not stream.isatty():
            return (
                f"Standard {name} is not a terminal, and {use}; "
                "use `mdbtui query` in scripts and pipes."
            )
    return None
