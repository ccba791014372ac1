"""Schema objects of a database: what the tree on the left shows.

`Catalog.children` gives one level at a time, as frozen `Node` values.
"""

from mdbtui.catalog.details import SEPARATOR
from mdbtui.catalog.identifiers import natural_key, quote_ident
from mdbtui.catalog.models import Node, NodeKind
from mdbtui.catalog.service import Catalog

__all__ = [
    "SEPARATOR",
    "Catalog",
    "Node",
    "NodeKind",
    "natural_key",
    "quote_ident",
]
