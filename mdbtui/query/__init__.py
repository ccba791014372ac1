"""Run statements on leased connections; read their rows as the server's text."""

from __future__ import annotations

from mdbtui.query.errors import SessionBusy, StatementCancelled
from mdbtui.query.rows import Column, Notice, Result, Row, RowSource, Timing
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
