"""What the results pane knows of each of its results."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mdbtui.sql.psql import Command
from mdbtui.ui.ordering import OrderedStatement
from mdbtui.ui.report import LABEL_LIMIT, statement_label
from mdbtui.ui.safe import safe
from mdbtui.ui.widgets.grid import ResultGrid

if TYPE_CHECKING:
    from mdbtui.query import Result, RowStore, Timing
    from mdbtui.query.merged import MergedRows
    from mdbtui.sql import Statement
    from mdbtui.ui.widgets.fanout_view import FanOutView
    from mdbtui.ui.widgets.plan_view import PlanView


@dataclass
class Shown:
    """One result, with what shows it: rows, a plan, or many databases' rows."""

    key: str
    label: str
    view: ResultGrid | PlanView | FanOutView
    statement: Statement
    plan: PlanView | None = None
    fan: FanOutView | None = None
    rows: RowStore | MergedRows | None = None
    timing: Timing | None = None
    paint_ms: float | None = None
    pinned: bool = False

    @property
    def grid(self) -> ResultGrid | None:
        """Where its rows are."""
        if self.fan is not None:
            return self.fan.grid
        return self.view if isinstance(self.view, ResultGrid) else None

    @property
    def stores(self) -> list[RowStore | MergedRows]:
        """Its rows, if it has any."""
        return [] if self.rows is None else [self.rows]


def label_of(result: Result) -> str:
    """Return what a result's tab is called."""
    statement = result.statement
    if isinstance(statement, Command) and statement.label:
        return safe(statement.label, LABEL_LIMIT)
    if isinstance(statement, OrderedStatement) and statement.base is not None:
        mark = "▼" if statement.descending else "▲"
        return f"{mark}{statement.column + 1} {statement_label(statement.base)}"
    return statement_label(statement)
