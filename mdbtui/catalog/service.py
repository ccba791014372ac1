"""Catalog: the objects of a database, one level at a time."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Mapping
from typing import TYPE_CHECKING

from mdbtui.catalog import build
from mdbtui.catalog.identifiers import natural_key
from mdbtui.catalog.models import Node, NodeKind
from mdbtui.catalog.queries import query
from mdbtui.pool import PoolError, QueryError

if TYPE_CHECKING:
    from mdbtui.catalog.levels import Level
    from mdbtui.pool import DBConfig, PoolManager

TIMEOUT_S = 10.0
"""How long one statement of the catalog may take, in seconds."""
SIZES_TIMEOUT_S = 3.0
"""How long the sizes of the other databases may take, in seconds."""
PAGE_ROWS = 2000
"""Rows in one answer: the driver turns a whole answer into objects in one go, and
10,000 rows would hold up the event loop for some 50 ms."""
SLICE_ROWS = 250
"""Rows that are turned into nodes before others get their turn on the loop."""

_FORBIDDEN = "42501"


class Catalog:
    """Reads schema objects through the pools, one level of the tree at a time.

    Nothing is kept: what a database holds changes at any time, and whoever shows it
    decides when to ask again. All errors are `mdbtui.pool` errors. A table that is
    locked exclusively holds up its own definition, indexes and constraints (the
    server needs the lock to print them), and nothing else.

    Args:
        pools: Where the databases are registered.
    """

    def __init__(self, pools: PoolManager) -> None:
        self._pools = pools

    async def children(self, db_id: str, node: Node | None = None) -> list[Node]:
        """Return what is directly below a node, in the order to show it.

        What the role may not see is left out; a level that it may not see at all is
        an error.

        Args:
            db_id: The database.
            node: A node that this method returned; None for the top level.

        Raises:
            PoolError: No connection, or the server refused.
        """
        if node is None:
            return await self._top(db_id)
        # The first frame has no levels.
        from mdbtui.catalog.levels import LEVELS, SCHEMA_FOLDERS, TABLE_FOLDERS

        match node.kind:
            case NodeKind.SCHEMA:
                return await self._folders(db_id, node, "schema_counts", SCHEMA_FOLDERS)
            case NodeKind.SYSTEM_SCHEMAS:
                return await self._schemas(db_id, system=True)
            case NodeKind.EXTENSIONS:
                return await self._listed(db_id, "extensions", build.extension)
            case NodeKind.DATABASES:
                return await self._databases(db_id)
        level = LEVELS.get(node.kind)
        nodes = await self._level(db_id, node, level) if level else []
        if node.has_parts:
            nodes += await self._folders(db_id, node, "table_parts", TABLE_FOLDERS)
        return nodes

    async def definition(self, db_id: str, node: Node) -> str:
        """Return the SQL that makes an object.

        A table's comes without what the query file names; views, functions, indexes,
        keys, constraints, triggers and enums are complete.

        Args:
            db_id: The database.
            node: A node with `Node.has_definition`.

        Raises:
            PoolError: No connection, the server refused, or the object is gone.
        """
        from mdbtui.catalog.levels import DEFINITIONS

        name = DEFINITIONS.get(node.kind)
        rows = await self._rows(db_id, name, str(node.oid)) if name else []
        if not rows or rows[0]["definition"] is None:
            raise PoolError(
                f"there is no definition of this {node.kind.value}",
                hint="It may have been dropped: refresh the tree.",
                db_id=db_id,
            )
        return str(rows[0]["definition"])

    def sibling(self, db_id: str, database: str) -> DBConfig:
        """Return how to connect to another database of the same server.

        Args:
            db_id: A registered database.
            database: The other one's name.
        """
        config = self._pools.config(db_id)
        name = f"{config.name}/{database}" if config.name else None
        return dataclasses.replace(config, database=database, name=name)

    async def _rows(
        self, db_id: str, name: str, *args: str, timeout: float = TIMEOUT_S
    ) -> list[build.Row]:
        rows = await self._pools.execute_query(
            db_id, query(name), *args, timeout=timeout
        )
        return list(rows)

    async def _level(self, db_id: str, node: Node, level: Level) -> list[Node]:
        args = (str(node.oid), *level.args)
        return await self._listed(
            db_id,
            level.query,
            level.make(node),
            *args,
            paged=level.paged,
            ordered=level.ordered,
        )

    async def _listed(
        self,
        db_id: str,
        name: str,
        make: build.Build,
        *args: str,
        paged: bool = False,
        ordered: bool = False,
    ) -> list[Node]:
        nodes: list[Node] = []
        keys: list[str] = []
        last = "0"
        while True:
            page = (last, str(PAGE_ROWS)) if paged else ()
            rows = await self._rows(db_id, name, *args, *page)
            for start in range(0, len(rows), SLICE_ROWS):
                made = [make(row) for row in rows[start : start + SLICE_ROWS]]
                nodes += made
                keys += [natural_key(node.name) for node in made]
                await asyncio.sleep(0)
            if not paged or len(rows) < PAGE_ROWS:
                break
            last = str(rows[-1]["oid"])
        if ordered:
            return nodes
        return [nodes[i] for i in sorted(range(len(nodes)), key=keys.__getitem__)]

    async def _folders(
        self, db_id: str, node: Node, name: str, kinds: Mapping[str, NodeKind]
    ) -> list[Node]:
        """Return the folders that hold something, with how much."""
        try:
            rows = await self._rows(db_id, name, str(node.oid))
        except QueryError as error:
            if error.sqlstate != _FORBIDDEN:
                raise
            # Part of the catalog is closed to this role: the folders can't be
            # counted, but some of them can be opened.
            return [_folder(kind, node) for kind in kinds.values()]
        counts = {row["kind"]: int(row["count"]) for row in rows}
        return [
            _folder(kind, node, f"{counts[name]:,}")
            for name, kind in kinds.items()
            if counts.get(name)
        ]

    async def _top(self, db_id: str) -> list[Node]:
        own = await self._schemas(db_id, system=False)
        if len(own) == 1:
            own[0] = dataclasses.replace(own[0], open_first=True)
        return [
            *own,
            _folder(NodeKind.EXTENSIONS),
            _folder(NodeKind.SYSTEM_SCHEMAS),
            _folder(NodeKind.DATABASES),
        ]

    async def _schemas(self, db_id: str, *, system: bool) -> list[Node]:
        return await self._listed(
            db_id, "schemas", build.schema, "true" if system else "false"
        )

    async def _databases(self, db_id: str) -> list[Node]:
        try:
            rows = await self._rows(db_id, "database_sizes", timeout=SIZES_TIMEOUT_S)
        except PoolError:
            rows = []  # not allowed, or too slow: the names are what matters
        sizes = {build.oid_of(row): int(row["bytes"]) for row in rows}
        return await self._listed(db_id, "databases", build.database(sizes))


def _folder(kind: NodeKind, owner: Node | None = None, detail: str = "") -> Node:
    return Node(
        kind,
        kind.value,
        owner.path if owner else (),
        detail,
        owner.oid if owner else 0,
        expandable=True,
        open_first=kind is NodeKind.TABLES,
    )
