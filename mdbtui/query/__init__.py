"""Run statements on leased connections; read their rows as the server's text."""

from __future__ import annotations

from mdbtui.query.rows import Column, Notice, Result, Row, RowSource, Timing

__all__ = [
    "Column",
    "Notice",
    "Result",
    "Row",
    "RowSource",
    "Timing",
]
