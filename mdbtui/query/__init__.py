"""Run statements on leased connections; read their rows as the server's text."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from mdbtui.query.rows import Column, Notice, Result, Row, RowSource, Timing

if TYPE_CHECKING:
    from mdbtui.query.errors import SessionBusy, StatementCancelled
    from mdbtui.query.session import Session
    from mdbtui.query.spill import MemoryBudget
    from mdbtui.query.store import RowStore
    from mdbtui.query.text import driver_options
    from mdbtui.query.tuning import tune_gc

__all__ = [
    "Column",
    "MemoryBudget",
    "Notice",
    "Result",
    "Row",
    "RowSource",
    "RowStore",
    "Session",
    "SessionBusy",
    "StatementCancelled",
    "Timing",
    "driver_options",
    "tune_gc",
]

# The first frame needs the names of rows only; what runs statements (and the pool
# with it) takes longer to load than all of these.
_HOMES = {
    "MemoryBudget": "spill",
    "RowStore": "store",
    "Session": "session",
    "SessionBusy": "errors",
    "StatementCancelled": "errors",
    "driver_options": "text",
    "tune_gc": "tuning",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
