"""What the program remembers by itself: the theme chosen, pane sizes and the like."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from mdbtui.config import paths
from mdbtui.config.files import FileProblem, read_text, write_private

if TYPE_CHECKING:
    from collections.abc import Mapping


def load_state() -> dict[str, Any]:
    """Return what was remembered, or nothing if that is missing or broken. Blocks."""
    try:
        state = json.loads(read_text(paths.state_dir() / paths.STATE_FILE))
    except (FileNotFoundError, FileProblem, ValueError, RecursionError):
        return {}
    return state if isinstance(state, dict) else {}


def save_state(state: Mapping[str, Any]) -> bool:
    """Remember ``state``, which JSON can hold, in place of all that was there. Blocks.

    Returns:
        False if it could not be written, which nobody need be told.
    """
    text = json.dumps(dict(state), indent=2, ensure_ascii=False) + "\n"
    try:
        write_private(paths.state_dir() / paths.STATE_FILE, text)
    except FileProblem:
        return False
    return True
