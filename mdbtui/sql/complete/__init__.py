"""Completion of SQL: what may be written at the cursor. Pure functions, no I/O."""

from __future__ import annotations

from mdbtui.sql.complete.engine import complete, warm_up
from mdbtui.sql.complete.items import Completion, Item
from mdbtui.sql.complete.names import Names

__all__ = ["Completion", "Item", "Names", "complete", "warm_up"]
