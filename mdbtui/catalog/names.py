"""All names of a database, loaded beside everything else, for completion."""

from __future__ import annotations

import asyncio
import gc
import importlib
import json
import logging
import sys
import time
from typing import TYPE_CHECKING, Any

from mdbtui.catalog.queries import query
from mdbtui.pool import PoolError, QueryError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from mdbtui.pool import PoolManager
    from mdbtui.sql.complete.names import Names, Relation

    Row = dict[str, Any]

_log = logging.getLogger("mdbtui.catalog")

TIMEOUT_S = 20.0
"""How long one page may take, in seconds."""
RETRY_S = 15.0
"""Seconds after a failure in which a database is not asked again by itself."""
RELATIONS_PAGE = 250
"""Relations in one answer, each with all its columns."""
PAGE = 500
SLICE_S = 0.003
"""Seconds after which others get their turn on the loop."""


class NameService:
    """Keeps the names of the databases that are worked with.

    A database is read once, in pages, and what has arrived is offered at once. A
    failure is nobody's news: there are then fewer names. Each method returns at once.

    Args:
        pools: Where the databases are registered.
    """

    def __init__(self, pools: PoolManager) -> None:
        self._pools = pools
        self._known: dict[str, Names] = {}
        self._loading: dict[str, asyncio.Task[None]] = {}
        self._again: set[str] = set()
        self._failed: dict[str, float] = {}
        self._listeners: list[Callable[[str], None]] = []

    def known(self, db_id: str | None) -> Names:
        """Return what is known of a database, which may be nothing."""
        from mdbtui.sql.complete.names import EMPTY

        return self._known.get(db_id, EMPTY) if db_id is not None else EMPTY

    def loading(self, db_id: str) -> bool:
        """Whether a database is being read."""
        return db_id in self._loading

    def want(self, db_id: str) -> None:
        """Read a database, if that was not done before."""
        if db_id in self._loading or db_id in self._known:
            return
        if time.monotonic() - self._failed.get(db_id, -RETRY_S) >= RETRY_S:
            self._load(db_id)

    def refresh(self, db_id: str) -> None:
        """Read a database anew; until that is done the old names are offered."""
        if db_id in self._loading:
            self._again.add(db_id)
        else:
            self._load(db_id)

    def forget(self, db_id: str) -> None:
        """Drop a database's names, and what is being read of it."""
        self._again.discard(db_id)
        self._known.pop(db_id, None)
        self._failed.pop(db_id, None)
        if task := self._loading.get(db_id):
            task.cancel()

    def subscribe(self, listener: Callable[[str], None]) -> Callable[[], None]:
        """Call `listener` with the db_id when a database was read.

        Returns:
            A function that ends the subscription.
        """
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    async def close(self) -> None:
        """Stop reading."""
        tasks = list(self._loading.values())
        self._again.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _load(self, db_id: str) -> None:
        task = asyncio.create_task(self._read(db_id), name=f"names of {db_id}")
        self._loading[db_id] = task
        task.add_done_callback(lambda done: self._done(db_id, done))

    def _done(self, db_id: str, task: asyncio.Task[None]) -> None:
        if self._loading.get(db_id) is task:
            del self._loading[db_id]
        if task.cancelled():
            return
        error = task.exception()
        if error is None:
            self._failed.pop(db_id, None)
        else:
            self._failed[db_id] = time.monotonic()
            if not isinstance(error, PoolError):
                loop = task.get_loop()
                loop.call_exception_handler(
                    {"message": task.get_name(), "exception": error}
                )
        for listener in tuple(self._listeners):
            listener(db_id)
        if db_id in self._again:
            self._again.discard(db_id)
            self._load(db_id)

    async def _read(self, db_id: str) -> None:
        # Both take a while to import, and the first key may come early.
        for name in ("asyncpg", "mdbtui.sql.complete.names"):
            await asyncio.to_thread(importlib.import_module, name)
        loader = _Loader(self._pools, db_id)
        await loader.read_server()
        fresh = db_id not in self._known
        if fresh:
            self._known[db_id] = loader.names
        try:
            await loader.read_all()
        except BaseException:
            if fresh:
                self._known.pop(db_id, None)
            raise
        self._known[db_id] = loader.names


class _Loader:
    """Reads one database once."""

    def __init__(self, pools: PoolManager, db_id: str) -> None:
        from mdbtui.sql.complete.names import Names

        self.names: Names = Names()
        self._pools = pools
        self._db_id = db_id
        self._tuples: dict[tuple[str, ...], tuple[str, ...]] = {}

    async def _rows(self, name: str, *args: str) -> list[Row]:
        rows = await self._pools.execute_query(
            self._db_id, query(name), *args, timeout=TIMEOUT_S
        )
        return list(rows)

    async def _paged(self, name: str, page: int) -> AsyncIterator[Row]:
        """Give the rows of all pages; others get their turn on the loop between."""
        last = "0"
        while True:
            rows = await self._rows(name, last, str(page))
            until = time.perf_counter() + SLICE_S
            for row in rows:
                yield row
                if time.perf_counter() > until:
                    await asyncio.sleep(0)
                    until = time.perf_counter() + SLICE_S
            # The collector's pass over what one page left is short; over what it
            # lets gather until it comes by itself it would be felt.
            gc.collect(0)
            if len(rows) < page:
                return
            last = str(rows[-1]["oid"])

    async def read_server(self) -> None:
        from mdbtui.sql.complete.names import Setting

        row = (await self._rows("names_server"))[0]
        names = self.names
        names.search_path = tuple(_list(row["path"]))
        names.schemas = _list(row["schemas"])
        names.databases = _list(row["databases"])
        names.settings = {
            name: Setting(name, kind, tuple(values or ()), comment or "")
            for name, kind, values, comment in _list(row["settings"])
        }
        names.enums = {name: tuple(labels) for name, labels in _list(row["enums"])}

    async def read_all(self) -> None:
        """Read what does not fit one answer; what the role may not see is left out."""
        for part in (
            self._relations,
            self._foreign_keys,
            self._types,
            self._functions,
            self._comments,
        ):
            try:
                await part()
            except QueryError:
                _log.debug("no names from %s", part.__name__, exc_info=True)

    async def _relations(self) -> None:
        async for row in self._paged("names_relations", RELATIONS_PAGE):
            self.names.add_relations((self._relation(row),))
        for schema in self.names.relation_schemas:
            for index in self.names.index(schema):
                await asyncio.sleep(0)
                index.prepare()
                await asyncio.sleep(0)

    def _relation(self, row: Row) -> Relation:
        from mdbtui.sql.complete.names import Relation

        columns = _list(row["columns"])
        return Relation(
            sys.intern(row["schema"]),
            row["name"],
            sys.intern(row["kind"]),
            self._shared(tuple(sys.intern(name) for name, _ in columns)),
            self._shared(tuple(sys.intern(kind) for _, kind in columns)),
            row["comment"] or "",
        )

    def _shared(self, texts: tuple[str, ...]) -> tuple[str, ...]:
        return self._tuples.setdefault(texts, texts)

    async def _foreign_keys(self) -> None:
        from mdbtui.sql.complete.names import ForeignKey

        async for row in self._paged("names_foreign_keys", PAGE):
            pairs = _list(row["pairs"])
            key = ForeignKey(
                row["schema"],
                row["name"],
                tuple(sys.intern(mine) for mine, _ in pairs),
                row["to_schema"],
                row["to_name"],
                tuple(sys.intern(theirs) for _, theirs in pairs),
            )
            self.names.add_foreign_keys((key,))

    async def _types(self) -> None:
        from mdbtui.sql.complete.names import Type

        async for row in self._paged("names_types", PAGE):
            self.names.types.append(
                Type(row["schema"], row["name"], row["kind"], row["comment"] or "")
            )

    async def _functions(self) -> None:
        from mdbtui.sql.complete.names import Function

        async for row in self._paged("names_functions", PAGE):
            function = Function(
                sys.intern(row["schema"]),
                row["name"],
                row["arguments"] or "",
                sys.intern(row["result"] or ""),
                row["kind"],
                row["returns_set"] == "true",
                tuple(name for name in _list(row["outputs"]) if name),
                row["comment"] or "",
            )
            self.names.add_functions((function,))

    async def _comments(self) -> None:
        last = ("0", "0")
        while True:
            rows = await self._rows("names_comments", *last, str(PAGE))
            for row in rows:
                place = (row["schema"], row["name"], row["column"])
                self.names.column_comments[place] = row["comment"]
            if len(rows) < PAGE:
                return
            last = (str(rows[-1]["oid"]), str(rows[-1]["number"]))


def _list(text: str | None) -> list[Any]:
    """A list that the server wrote as JSON; NULL is an empty one."""
    return list(json.loads(text)) if text else []
