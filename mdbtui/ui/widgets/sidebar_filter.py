"""Search what the sidebar has loaded, without holding up anybody."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from mdbtui.ui.widgets.sidebar_items import Item

if TYPE_CHECKING:
    from mdbtui.catalog import Node

MATCHES = 200
"""Matches that are shown."""
_SLICE = 2000
"""Names that are compared before others get their turn on the loop (about 2 ms)."""


class Matches(NamedTuple):
    """What was found: the first items, and how many there are in all."""

    items: list[Item]
    total: int

    @property
    def note(self) -> str:
        """What the items do not tell."""
        rest = self.total - len(self.items)
        if rest:
            return f"… {rest:,} more matches"
        return "" if self.total else "nothing loaded matches"


async def find(root: Item, text: str) -> Matches:
    """Return the items whose names hold every word of a text.

    A word with a dot in it is looked for in the qualified name.

    Args:
        root: Where to begin; it is not itself looked at.
        text: What the user typed.
    """
    words = text.casefold().split()
    items: list[Item] = []
    total = seen = 0
    for parent, node in _names(root):
        seen += 1
        if seen % _SLICE == 0:
            await asyncio.sleep(0)
        if not all(word in _haystack(parent, node, word) for word in words):
            continue
        total += 1
        if total <= MATCHES:
            items.append(parent.child(node) if node else parent)
    return Matches(items, total)


def _haystack(parent: Item, node: Node | None, word: str) -> str:
    if node is None:
        return parent.text.casefold()
    return (".".join(node.path) if "." in word else node.name).casefold()


def _names(item: Item) -> Iterator[tuple[Item, Node | None]]:
    """Yield all that has a name, in the order of the tree: members and loaded nodes."""
    for member in item.members:
        yield member, None
        yield from _names(member)
    # A refresh may replace the nodes while the search waits for its turn.
    for node in item.nodes:
        if not node.is_folder:
            yield item, node
        known = item.made.get((node.kind, node.name))
        if known is not None:
            yield from _names(known)
