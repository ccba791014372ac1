"""Textual's Tree over the sidebar's items: labels made when painted, cheap updates."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from rich.text import Text, TextType
from textual.binding import Binding, BindingType
from textual.strip import Strip
from textual.widgets import Tree
from textual.widgets.tree import TreeNode

from mdbtui.ui.keymaps import named
from mdbtui.ui.widgets.sidebar_items import Item, ItemKind
from mdbtui.ui.widgets.sidebar_labels import Styler, label

_NO_TEXT = Text()
_NO_STYLE = Style.null()
_TOGGLE = Style.from_meta({"toggle": True})


class SidebarTree(Tree[Item]):
    """A tree that shows items; the item is the truth, its node only where it shows.

    Stock trees keep a rich Text for each node and render every one of them whenever a
    line appears or vanishes: 250 ms for 10,000 lines. Here a label is made only for
    lines that are painted, cut to the width of the pane, so that no width has to be
    measured and nothing scrolls sideways; and a line is painted in a third of the time.
    """

    DEFAULT_CSS = """
    SidebarTree {
        overflow-x: hidden;
        scrollbar-size-vertical: 1;
        /* Labels are fitted to the width, which must not change with the lines. */
        scrollbar-gutter: stable;
        & > .sidebar--group { text-style: bold; }
        & > .sidebar--folder { color: $text-accent; }
        & > .sidebar--detail { text-style: dim; }
        & > .sidebar--up { color: $text-success; }
        & > .sidebar--trouble { color: $text-warning; }
        & > .sidebar--down { color: $text-error; }
        & > .sidebar--production {
            color: $text;
            background: $error;
            text-style: bold;
        }
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "sidebar--group",
        "sidebar--folder",
        "sidebar--detail",
        "sidebar--up",
        "sidebar--trouble",
        "sidebar--down",
        "sidebar--production",
    }
    BINDINGS: ClassVar[list[BindingType]] = named(
        "connections",
        [
            Binding("right,l", "open", "Open", show=False),
            Binding("left,h", "close", "Close", show=False),
            Binding("j", "cursor_down", show=False),
            Binding("k", "cursor_up", show=False),
        ],
    )

    def __init__(self, root: Item, *, id: str | None = None) -> None:
        self._changing = False
        super().__init__(_NO_TEXT, root, id=id)
        self.show_root = False
        self.auto_expand = False
        self._places: dict[Item, TreeNode[Item]] = {root: self.root}

    @property
    def item(self) -> Item | None:
        """The item under the cursor."""
        node = self.cursor_node
        return node.data if node else None

    def place(self, item: Item) -> TreeNode[Item] | None:
        """Return the node that shows an item."""
        return self._places.get(item)

    def is_open(self, item: Item) -> bool:
        """Whether an item shows what is below it."""
        node = self._places.get(item)
        return node is not None and node.is_expanded

    def open(self, item: Item) -> None:
        """Show what is below an item; posts NodeExpanded when it did not before."""
        node = self._places.get(item)
        if node is not None and node.allow_expand and not node.is_expanded:
            node.expand()

    def go_to(self, item: Item) -> None:
        """Put the cursor on an item, if it is shown."""
        node = self._places.get(item)
        # Asking for the last line numbers them all, and this one may be new.
        if node is not None and self.last_line >= 0:
            self.move_cursor(node)

    def repaint(self, item: Item) -> None:
        """Paint an item's own line anew, if it can be seen."""
        node = self._places.get(item)
        top = self.scroll_offset.y
        if node is not None and top <= node.line < top + self.size.height:
            node.refresh()

    def show(self, item: Item, lines: Iterable[Item]) -> list[Item]:
        """Make the lines below an item those given; what stays is not touched.

        Returns:
            The items that were not there before.
        """
        parent = self._places.get(item)
        if parent is None:
            return []
        with self._one_change():
            return self._change(parent, list(lines))

    def _change(self, parent: TreeNode[Item], wanted: list[Item]) -> list[Item]:
        keep = set(wanted)
        # The first line goes first: the tree searches for the index of each from there.
        for child in list(parent.children):
            if child.data not in keep:
                self._remove(child)
        added = []
        for index, line in enumerate(wanted):
            children = parent.children
            if index < len(children) and children[index].data is line:
                continue
            if line in self._places:
                self._remove(self._places[line])  # it moved
            self._places[line] = parent.add(
                _NO_TEXT, line, before=index, allow_expand=line.expandable
            )
            added.append(line)
        return added

    def show_only(self, lines: Iterable[Item], note: str = "") -> None:
        """Show these items alone, each below the items that it belongs to, all open.

        Args:
            lines: In the order of the whole tree.
            note: A line at the end.
        """
        root = self.root.data
        assert root is not None
        self.clear()
        self._places = {root: self.root}
        with self._one_change():
            for line in lines:
                parent = self.root
                for item in (*reversed(list(line.ancestors())), line):
                    if item not in self._places:
                        self._places[item] = parent.add(
                            _NO_TEXT, item, expand=True, allow_expand=False
                        )
                    parent = self._places[item]
            if note:
                self.root.add_leaf(_NO_TEXT, Item(ItemKind.EMPTY, note))

    def process_label(self, label: TextType) -> Text:
        """Take labels as they are: they are never markup, and made when painted."""
        return label if isinstance(label, Text) else Text(label)

    def get_label_width(self, node: TreeNode[Item]) -> int:
        """One cell, whatever the label: it is cut to the pane anyway."""
        return 1

    def render_line(self, y: int) -> Strip:
        """Return one line of the pane: guides, icon, label."""
        line = self.scroll_offset.y + y
        node = self.get_node_at_line(line)
        base = self.rich_style
        if node is None or node.data is None:
            return Strip.blank(self.size.width, base)
        guides = _guides(node)
        icon = ""
        if node.allow_expand:
            icon = self.ICON_NODE_EXPANDED if node.is_expanded else self.ICON_NODE
        width = self.scrollable_content_region.width - len(guides) - len(icon)
        style_of: Styler = self._style
        if node is self.cursor_node:
            # The cursor has its own two colours: others on top could not be read.
            style_of = _no_style
            base += self.get_component_rich_style("tree--cursor")
        elif line == self.hover_line:
            base += self.get_component_rich_style("tree--highlight-line")
        # What Tree's own mouse handlers look for.
        hit = Style.from_meta({"line": line, "node": node.id})
        segments = [
            Segment(guides, self.rich_style + self._style("tree--guides") + hit)
        ]
        if icon:
            segments.append(Segment(icon, base + hit + _TOGGLE))
        segments += [
            Segment(text, base + style + hit)
            for text, style in label(node.data, width, style_of)
        ]
        return Strip(segments).adjust_cell_length(self.size.width, self.rich_style)

    def action_open(self) -> None:
        """Open the line under the cursor, or go to the first one below it."""
        node = self.cursor_node
        if node is None or not node.allow_expand:
            return
        if not node.is_expanded:
            node.expand()
        elif node.children:
            self.move_cursor(node.children[0])

    def action_close(self) -> None:
        """Close the line under the cursor, or go to the one it is below."""
        node = self.cursor_node
        if node is None:
            return
        if node.allow_expand and node.is_expanded:
            node.collapse()
        elif node.parent is not None and not node.parent.is_root:
            self.move_cursor(node.parent)

    @contextlib.contextmanager
    def _one_change(self) -> Iterator[None]:
        self._changing = True
        try:
            yield
        finally:
            self._changing = False
            self._invalidate()

    def _invalidate(self) -> None:
        # Stock trees ask for a new layout with every single line: half of the time
        # that many lines take.
        if not self._changing:
            super()._invalidate()

    def on_resize(self) -> None:
        """Keep the cursor in sight when what is around the tree grows."""
        if self.cursor_line >= 0:
            self.scroll_to_line(self.cursor_line, animate=False)

    def _remove(self, node: TreeNode[Item]) -> None:
        below = [node]
        while below:
            gone = below.pop()
            below += gone.children
            if gone.data is not None:
                self._places.pop(gone.data, None)
        node.remove()

    def _style(self, name: str) -> Style:
        return self.get_component_rich_style(name, partial=True) if name else _NO_STYLE


def _no_style(_: str) -> Style:
    return _NO_STYLE


def _guides(node: TreeNode[Item]) -> str:
    """Return the lines that lead from the items above to a node, two cells a level."""
    marks: list[str] = []
    here = node
    while here.parent is not None and not here.parent.is_root:
        if here is node:
            marks.append("└ " if here.is_last else "├ ")
        else:
            marks.append("  " if here.is_last else "│ ")
        here = here.parent
    return "".join(reversed(marks))
