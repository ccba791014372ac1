"""Commands without a screen; nothing here loads Textual."""

from __future__ import annotations

from mdbtui.headless.check import run_check
from mdbtui.headless.fanout import Several, run_fan_out
from mdbtui.headless.run import FORMATS, run_query
from mdbtui.headless.writing import Writing

__all__ = [
    "FORMATS",
    "Several",
    "Writing",
    "run_check",
    "run_fan_out",
    "run_query",
]
