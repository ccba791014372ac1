"""What the sidebar asks of its owner, and the keys that ask."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message

from mdbtui.ui.keymaps import named

if TYPE_CHECKING:
    from mdbtui.catalog import Node
from mdbtui.ui.widgets.sidebar_items import Item

_OFFERS = ("preview", "insert_name", "definition", "reconnect", "refresh")


class SidebarRequests(Vertical):
    """The part of the sidebar that turns a key on a line into a message."""

    BINDINGS: ClassVar[list[BindingType]] = named(
        "connections",
        [
            Binding("p", "preview", "Rows"),
            Binding("i", "insert_name", "Name"),
            Binding("d", "definition", "Definition"),
            Binding("c", "reconnect", "Connect"),
            Binding("e", "edit", "Change this connection", show=False),
            Binding("x", "remove", "Remove this connection", show=False),
            Binding("a", "server", "Activity of its server", show=False),
        ],
    )

    @dataclass
    class ConnectionHighlighted(Message, namespace="sidebar"):
        """The cursor came to a line of another connection."""

        db_id: str

    @dataclass
    class ConnectionSelected(Message, namespace="sidebar"):
        """The user chose a connection (Enter or click) to work with."""

        db_id: str

    @dataclass
    class PreviewRequested(Message, namespace="sidebar"):
        """The user wants to see rows of a relation (``Node.has_rows``)."""

        db_id: str
        node: Node

    @dataclass
    class NameRequested(Message, namespace="sidebar"):
        """The user wants a name in the editor; ``text`` is as SQL writes it."""

        db_id: str
        node: Node
        text: str

    @dataclass
    class DefinitionRequested(Message, namespace="sidebar"):
        """The user wants the SQL of an object (``Node.has_definition``)."""

        db_id: str
        node: Node

    @dataclass
    class DatabaseRequested(Message, namespace="sidebar"):
        """The user chose another database of the same server (``node.name``)."""

        db_id: str
        node: Node

    @dataclass
    class ReconnectRequested(Message, namespace="sidebar"):
        """The user wants to connect now; the owner calls `Sidebar.reload` after it."""

        db_id: str

    @dataclass
    class ServerRequested(Message, namespace="sidebar"):
        """The user wants to see what a connection's server does."""

        db_id: str

    @dataclass
    class EditRequested(Message, namespace="sidebar"):
        """The user wants to change a connection's settings."""

        db_id: str

    @dataclass
    class RemoveRequested(Message, namespace="sidebar"):
        """The user wants a connection gone."""

        db_id: str

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._offered: tuple[bool, ...] = ()

    @property
    def item(self) -> Item | None:
        """The item under the cursor."""
        raise NotImplementedError

    def refresh_offers(self) -> None:
        """Have the footer show what the line under the cursor can do, if it changed."""
        offered = tuple(bool(self.check_action(name, ())) for name in _OFFERS)
        if offered != self._offered:
            self._offered = offered
            self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer only what the line under the cursor can do."""
        del parameters
        item = self.item
        node = item.node if item else None
        match action:
            case "preview":
                return node is not None and node.has_rows and bool(node.sql_name)
            case "insert_name":
                return node is not None and node.sql_name is not None
            case "definition":
                return node is not None and node.has_definition
            case "reconnect" | "refresh" | "edit" | "remove" | "server":
                return item is not None and bool(item.db_id)
        return True

    def action_preview(self) -> None:
        if (item := self.item) and item.node:
            self.post_message(self.PreviewRequested(item.db_id, item.node))

    def action_insert_name(self) -> None:
        if (item := self.item) and item.node and (text := item.node.sql_name):
            self.post_message(self.NameRequested(item.db_id, item.node, text))

    def action_definition(self) -> None:
        if (item := self.item) and item.node:
            self.post_message(self.DefinitionRequested(item.db_id, item.node))

    def action_reconnect(self) -> None:
        if item := self.item:
            self.post_message(self.ReconnectRequested(item.db_id))

    def action_server(self) -> None:
        if item := self.item:
            self.post_message(self.ServerRequested(item.db_id))

    def action_edit(self) -> None:
        if item := self.item:
            self.post_message(self.EditRequested(item.db_id))

    def action_remove(self) -> None:
        if item := self.item:
            self.post_message(self.RemoveRequested(item.db_id))
