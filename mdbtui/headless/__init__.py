"""Commands without a screen; nothing here loads Textual."""

from __future__ import annotations

from mdbtui.headless.check import run_check
from mdbtui.headless.run import FORMATS, run_query

__all__ = ["FORMATS", "run_check", "run_query"]
