"""The sidebar: all connections with their state, and what their databases hold."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Input, Static, Tree

from mdbtui.catalog import NodeKind
from mdbtui.pool import PoolError
from mdbtui.ui.keymaps import named
from mdbtui.ui.widgets.sidebar_details import details
from mdbtui.ui.widgets.sidebar_filter import find
from mdbtui.ui.widgets.sidebar_items import (
    BATCH,
    Item,
    ItemKind,
    Mark,
    State,
    Status,
    grouped,
)
from mdbtui.ui.widgets.sidebar_requests import SidebarRequests
from mdbtui.ui.widgets.sidebar_tree import SidebarTree

if TYPE_CHECKING:
    from mdbtui.catalog import Node
    from mdbtui.config import ConnectionSpec
    from mdbtui.pool import FleetStats

Load = Callable[[str, "Node | None"], Awaitable["list[Node]"]]


class Sidebar(SidebarRequests):
    """Connections in their groups; each opens into what its database holds.

    It loads nothing until a line is opened, each branch in a worker of its own, so
    that a dead database delays no other. It never opens or closes a connection.

    Args:
        load: Gives what is below a node of a database (None: its top level); raises
            `PoolError`.
        connections: What to show first.
    """

    DEFAULT_CSS = """
    Sidebar {
        & > Input { display: none; }
        &.-filtering > Input { display: block; }
        & > #sidebar-found { display: none; }
        &.-filtering > #sidebar-found { display: block; }
        &.-filtering > #sidebar-tree { display: none; }
        & > SidebarTree { height: 1fr; }
        & > #sidebar-details {
            height: auto;
            min-height: 3;
            max-height: 8;
            padding: 0 1;
            background: $boost;
        }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = named(
        "connections",
        [
            Binding("slash", "filter", "Filter"),
            Binding("R", "refresh", "Refresh"),
            Binding("escape", "end_filter", "Back", show=False),
            Binding("down", "to_found", "To what was found", show=False),
        ],
    )

    def __init__(
        self,
        load: Load,
        connections: Sequence[ConnectionSpec] = (),
        *,
        id: str | None = None,
    ) -> None:
        super().__init__(id=id)
        self._fetch_children = load
        self._root = Item(ItemKind.ROOT)
        self._connections = grouped(self._root, connections)
        self._current = ""
        self.objects = SidebarTree(self._root, id="sidebar-tree")
        """The tree of everything."""
        self.found = SidebarTree(self._root, id="sidebar-found")
        """The tree of what the filter lets through; mounted by the first filter."""
        self._wanted = Input(placeholder="filter what is loaded", compact=True)

    def compose(self) -> ComposeResult:
        yield self.objects
        yield Static(id="sidebar-details")

    def on_mount(self) -> None:
        self.border_title = "Connections"
        self._show_connections()

    @property
    def filtering(self) -> bool:
        """Whether the filter is open."""
        return self.has_class("-filtering")

    @property
    def item(self) -> Item | None:
        """The item under the cursor of the tree that is shown."""
        return (self.found if self.filtering else self.objects).item

    @property
    def db_id(self) -> str:
        """The connection that the cursor is in; empty when in none."""
        return self._current

    def focus_tree(self) -> None:
        """Put the focus where the cursor keys move through the lines."""
        (self.found if self.filtering else self.objects).focus()

    def set_connections(self, connections: Sequence[ConnectionSpec]) -> None:
        """Show these connections; what was opened below those that stay is kept."""
        self._connections = grouped(self._root, connections)
        self._show_connections()

    def select(self, db_id: str) -> None:
        """Put the cursor on a connection and open it."""
        item = self._connections.get(db_id)
        if item is not None:
            self.objects.open(item)
            self.objects.go_to(item)

    def reload(self, db_id: str) -> None:
        """Ask a database again for what is open below its connection."""
        item = self._connections.get(db_id)
        if item is not None and self.objects.is_open(item):
            self._load(item)

    def update_states(self, fleet: FleetStats) -> None:
        """Show how the connections stand; only lines that changed are painted."""
        tree = self.objects
        for stats in fleet.pools:
            item = self._connections.get(stats.db_id)
            if item is None:
                continue
            mark = Mark.of(stats)
            if mark == item.mark:
                continue
            was, item.mark = item.mark, mark
            tree.repaint(item)
            if self.filtering:
                self.found.repaint(item)
            back = mark.state is State.UP and was.state is not State.UP
            if back and item.status is Status.FAILED and tree.is_open(item):
                self._load(item)
            if item is self.item:
                self._show_details()

    def action_refresh(self) -> None:
        item = self.item
        while item is not None and not item.expandable:
            item = item.parent
        if item is not None and item.db_id:
            self._retry(item)

    async def action_filter(self) -> None:
        if not self.found.is_attached:
            await self.mount(self._wanted, before=self.objects)
            await self.mount(self.found, after=self.objects)
        self.add_class("-filtering")
        self._wanted.focus()
        self._search(self._wanted.value)

    def action_to_found(self) -> None:
        # Only the input lets this key pass.
        self.focus_tree()

    def action_end_filter(self) -> None:
        if self.filtering:
            self._end_filter()

    def _end_filter(self, chosen: Item | None = None) -> None:
        self.workers.cancel_group(self, "filter")
        self.remove_class("-filtering")
        self._wanted.value = ""
        self.found.show_only(())
        self.objects.focus()
        if chosen is not None:
            self._reveal(chosen)
        self._moved()

    def _reveal(self, item: Item) -> None:
        """Put the tree's cursor on an item, opening all that it is below."""
        for above in reversed(list(item.ancestors())):
            self.objects.open(above)
            self._show(above)
        parent = item.parent
        if (
            parent is not None
            and item.node is not None
            and not self.objects.place(item)
        ):
            parent.reveal(item.node)
            self._show(parent)
        self.objects.go_to(item)

    @on(Input.Changed)
    def _filter_changed(self, event: Input.Changed) -> None:
        event.stop()
        if self.filtering:
            self._search(event.value)

    @on(Input.Submitted)
    def _filter_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.found.focus()

    def _search(self, text: str) -> None:
        self.run_worker(
            self._find(text), group="filter", exclusive=True, exit_on_error=False
        )

    async def _find(self, text: str) -> None:
        matches = await find(self._root, text)
        self.found.show_only(matches.items, matches.note)
        if matches.items:
            self.found.go_to(matches.items[0])
        self.call_after_refresh(self._moved)

    @on(Tree.NodeHighlighted)
    def _highlighted(self, event: Tree.NodeHighlighted[Item]) -> None:
        event.stop()
        self._moved()

    @on(Tree.NodeSelected)
    def _selected(self, event: Tree.NodeSelected[Item]) -> None:
        event.stop()
        item = event.node.data
        if item is None:
            return
        if self.filtering:
            self._end_filter(item)
        else:
            self._choose(item)

    @on(Tree.NodeCollapsed)
    def _collapsed(self, event: Tree.NodeCollapsed[Item]) -> None:
        event.stop()

    @on(Tree.NodeExpanded)
    def _expanded(self, event: Tree.NodeExpanded[Item]) -> None:
        event.stop()
        item = event.node.data
        if item is None or event.node.tree is not self.objects or not item.db_id:
            return
        if item.status in (Status.UNKNOWN, Status.FAILED):
            self._load(item)

    def _choose(self, item: Item) -> None:
        """Do what Enter and a click on a line mean."""
        match item.kind:
            case ItemKind.CONNECTION:
                self.post_message(self.ConnectionSelected(item.db_id))
                self.objects.open(item)
            case ItemKind.MORE if item.parent:
                item.parent.limit += BATCH
                self._show(item.parent)
            case ItemKind.ERROR if item.parent:
                self._retry(item.parent)
            case ItemKind.OBJECT if item.node and item.node.kind is NodeKind.DATABASE:
                self.post_message(self.DatabaseRequested(item.db_id, item.node))
            case _:
                self.objects.action_toggle_node()

    def _retry(self, item: Item) -> None:
        """Load an item's children again, connecting first where that was given up."""
        connection = self._connections.get(item.db_id)
        if connection is not None and connection.mark.state.is_refusing:
            self.post_message(self.ReconnectRequested(item.db_id))
        else:
            self._load(item)

    def _load(self, item: Item) -> None:
        if item.status is Status.LOADING:
            return
        item.status = Status.LOADING
        self._show(item)
        self.run_worker(self._fetch(item), group="catalog", exit_on_error=False)

    async def _fetch(self, item: Item) -> None:
        try:
            nodes = await self._fetch_children(item.db_id, item.node)
        except PoolError as error:
            item.fail(error.message, error.hint)
        except asyncio.CancelledError:
            item.status = Status.UNKNOWN
            raise
        except Exception as error:
            item.fail(f"internal error: {type(error).__name__}", "See the log.")
            self._show(item)
            raise
        else:
            item.adopt(nodes)
            self._refresh_below(item)
        self._show(item)

    def _refresh_below(self, item: Item) -> None:
        """Ask again for what is open below a refreshed item; forget what is closed."""
        for child in item.made.values():
            if child.status is Status.UNKNOWN:
                continue
            if self.objects.is_open(child):
                self._load(child)
            else:
                child.forget()
                self.objects.show(child, ())

    def _show(self, item: Item) -> None:
        """Bring the tree up to what is known below an item."""
        for line in self.objects.show(item, item.lines()):
            if line.node is not None and line.node.open_first:
                self.objects.open(line)
        self.call_after_refresh(self._moved)

    def _show_connections(self) -> None:
        tree = self.objects
        added = tree.show(self._root, self._root.lines())
        for group in self._root.members:
            if group.kind is ItemKind.GROUP:
                tree.show(group, group.lines())
        for line in added:
            if line.kind is ItemKind.GROUP:
                tree.open(line)
        if tree.cursor_line < 0 and self._root.members:
            tree.go_to(self._root.members[0])

    def _moved(self) -> None:
        """Tell what the cursor is on now."""
        item = self.item
        self._show_details()
        db_id = item.db_id if item else ""
        if db_id and db_id != self._current:
            self._current = db_id
            self.post_message(self.ConnectionHighlighted(db_id))
        self.refresh_offers()

    def _show_details(self) -> None:
        item = self.item
        content = details(item) if item else None
        line = self.query_one("#sidebar-details", Static)
        line.display = content is not None
        if content is not None:
            line.update(content)
