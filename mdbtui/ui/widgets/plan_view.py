"""A plan in the results: a tree to walk through, its nodes' details, text and JSON."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Static

from mdbtui.query.plan_text import plan_text
from mdbtui.ui.keymaps import named
from mdbtui.ui.messages import CopyRequested
from mdbtui.ui.safe import plain
from mdbtui.ui.widgets.grid_trees import JsonLines
from mdbtui.ui.widgets.grid_value_view import ValueView
from mdbtui.ui.widgets.grid_values import Lines, TextLines
from mdbtui.ui.widgets.plan_compare_lines import CompareLines
from mdbtui.ui.widgets.plan_lines import DetailLines, PlanLines, headline

if TYPE_CHECKING:
    from textual import events
    from textual.app import ComposeResult

    from mdbtui.query.plan import Plan
    from mdbtui.sql import Statement


class PlanPart(ValueView):
    """Lines about a plan."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"value--slow", "value--bad"}
    DEFAULT_CSS = """
    PlanPart {
        & > .value--slow { color: $text-warning; text-style: bold; }
        & > .value--bad { color: $text-error; }
    }
    """


class PlanTree(PlanPart):
    """The tree of a plan, or its text or JSON."""

    class Moved(Message):
        """The cursor is on another line, or the lines are others."""

    def move_to(self, line: int) -> None:
        """Put the cursor on a line and scroll there."""
        super().move_to(line)
        self.post_message(self.Moved())

    def lines_changed(self) -> None:
        """Draw again after the lines or their width have changed."""
        width = self.scrollable_content_region.width
        if isinstance(self.lines, PlanLines | CompareLines) and width:
            self.lines.width = width
        super().lines_changed()

    def on_resize(self, event: events.Resize) -> None:
        self.lines_changed()
        self.post_message(self.Moved())


class PlanView(Vertical):
    """One plan; `front` takes the keyboard.

    Args:
        plan: What is shown.
        statement: What it is the plan of.
        db_id: Where it would run.
    """

    DEFAULT_CSS = """
    PlanView { height: 1fr; }
    PlanView > .plan--head {
        height: 1; background: $surface; color: $foreground; text-wrap: nowrap;
        text-overflow: ellipsis;
    }
    PlanView > .plan--columns {
        height: 1; background: $panel; color: $text-muted; text-wrap: nowrap;
    }
    PlanView > PlanTree { height: 3fr; min-height: 3; }
    PlanView > .plan--details {
        height: 2fr; max-height: 16; border-top: solid $border-blurred;
    }
    PlanView.-whole > .plan--details, PlanView.-whole > .plan--columns {
        display: none;
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = named(
        "plans",
        [
            Binding("t", "show('text')", "Plan as text, or as a tree"),
            Binding("J", "show('json')", "Plan as JSON, or as a tree"),
            Binding("x", "slowest", "Slowest node"),
            Binding("c", "compare", "Compare with another plan"),
            Binding(
                "y,ctrl+c", "copy", "Copy the plan: text, or JSON where that shows"
            ),
            Binding("right,l", "fold(0)", "Unfold, or go down", show=False),
            Binding("left,h", "fold(1)", "Fold, or go up", show=False),
        ],
    )

    class CompareRequested(Message):
        """This plan is to be compared with another one."""

        def __init__(self, view: PlanView) -> None:
            super().__init__()
            self.view = view

    class AgainRequested(Message):
        """This plan is to be asked for once more."""

        def __init__(self, view: PlanView) -> None:
            super().__init__()
            self.view = view

    def ask_again(self) -> None:
        """Ask for this plan once more."""
        self.post_message(self.AgainRequested(self))

    def __init__(
        self, plan: Plan, statement: Statement, db_id: str, *, classes: str = ""
    ) -> None:
        super().__init__(classes=classes)
        self.plan = plan
        self.statement = statement
        self.db_id = db_id
        self._lines = PlanLines(plan)
        self._tree = PlanTree()
        self._details = PlanPart(classes="plan--details")
        self._columns = Static(classes="plan--columns")
        self._form = "tree"

    def compose(self) -> ComposeResult:
        yield Static(plain(headline(self.plan)), classes="plan--head")
        yield self._columns
        yield self._tree
        yield self._details

    def on_mount(self) -> None:
        self._tree.show(self._lines, 0)

    @property
    def front(self) -> PlanTree:
        """What takes the keyboard."""
        return self._tree

    @property
    def form(self) -> str:
        """What is shown: ``tree``, ``text`` or ``json``."""
        return self._form

    @on(PlanTree.Moved)
    def _moved(self, event: PlanTree.Moved) -> None:
        event.stop()
        if self._form != "tree" or not self._tree.is_mounted:
            return
        self._columns.update(plain(self._lines.heading()))
        node = self._lines.node(self._tree.cursor or 0)
        width = self._details.scrollable_content_region.width
        self._details.show(DetailLines(self.plan, node, width))

    @on(ValueView.Chosen)
    def _chosen(self, event: ValueView.Chosen) -> None:
        event.stop()
        lines = self._tree.lines
        if isinstance(lines, PlanLines | JsonLines) and lines.toggle(event.line):
            self._tree.lines_changed()

    async def action_show(self, form: str) -> None:
        """Show the plan in a form, or as a tree again."""
        form = "tree" if self._form == form else form
        lines: Lines = self._lines
        if form != "tree":
            # A plan of a thousand nodes takes longer than the loop may be held.
            width = max(self._tree.scrollable_content_region.width, 20)
            make = _text_lines if form == "text" else _json_lines
            lines = await asyncio.to_thread(make, self.plan, width)
        self._form = form
        self.set_class(self._form != "tree", "-whole")
        self._tree.show(lines, None if form == "text" else 0)
        self._tree.post_message(PlanTree.Moved())

    async def action_slowest(self) -> None:
        """Put the cursor on the node that took longest by itself."""
        if self._form != "tree":
            await self.action_show(self._form)
        line = self._lines.line_of(self.plan.slowest[-1])
        self._tree.lines_changed()
        self._tree.move_to(line)

    def action_fold(self, fold: int) -> None:
        """Fold or unfold the node at the cursor; beyond that, go up or down."""
        tree, lines = self._tree, self._lines
        if tree.lines is not lines or tree.cursor is None:
            return
        node = lines.node(tree.cursor)
        if node.children and lines.is_folded(tree.cursor) != bool(fold):
            lines.toggle(tree.cursor)
            tree.lines_changed()
        elif not fold:
            tree.action_step(1)
        elif node.parent is not None:
            tree.move_to(lines.line_of(node.parent))

    def action_compare(self) -> None:
        """Ask for a comparison with another plan."""
        self.post_message(self.CompareRequested(self))

    async def action_copy(self) -> None:
        """Copy the plan as it is shown; the tree as text."""
        text = self.plan.text
        if self._form != "json":
            text = await asyncio.to_thread(plan_text, self.plan.raw)
        self.post_message(CopyRequested(text))


def _text_lines(plan: Plan, width: int) -> Lines:
    return TextLines(plan_text(plan.raw), width)


def _json_lines(plan: Plan, width: int) -> Lines:
    return JsonLines(plan.text)
