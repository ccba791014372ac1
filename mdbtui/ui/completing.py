"""What is proposed in the editors: the names of their databases, and what was used."""

from __future__ import annotations

import asyncio
import gc
import importlib
from collections import Counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from mdbtui.catalog.names import NameService
    from mdbtui.sql.complete import Completion, Item
    from mdbtui.ui.conversation import Conversation
    from mdbtui.ui.widgets.editor_completion import Excerpt

MOST_USES = 500
"""Names of one database whose uses are remembered."""
_ENGINE = "mdbtui.sql.complete"


class Completing:
    """Completion for all editors.

    Args:
        names: Reads the databases' names.
        snippets: Names and texts of the user's own.
    """

    def __init__(
        self, names: NameService, snippets: Iterable[tuple[str, str]] = ()
    ) -> None:
        self._names = names
        self._snippets = tuple(snippets)
        self._uses: dict[str, Counter[str]] = {}
        self._engine: Any = None
        self._due: set[str] = set()

    async def warm_up(self) -> None:
        """Load what completes, which takes longer than a key may."""
        engine = await asyncio.to_thread(importlib.import_module, _ENGINE)
        await asyncio.to_thread(engine.warm_up)
        # What was loaded lives on. Seen now, it does not add to the first pass of the
        # collector while somebody types and names arrive.
        gc.collect(0)
        self._engine = engine

    def reading(self, db_id: str | None) -> bool:
        """Whether there will soon be more to propose."""
        return self._engine is None or (
            db_id is not None and self._names.loading(db_id)
        )

    def propose(self, talk: Conversation, around: Excerpt) -> Completion | None:
        """Say what may be written; None until all is loaded that this takes."""
        db_id, session = talk.db_id, talk.session
        if db_id is not None:
            self._names.want(db_id)
        if self._engine is None:
            return None
        found: Completion = self._engine.complete(
            around.text,
            around.offset,
            self._names.known(db_id).seen_by(session.state.path if session else ()),
            uses=self._uses.get(db_id or ""),
            snippets=self._snippets,
            carry=around.carry,
        )
        return found

    # ---- names ----------------------------------------------------------------------

    def subscribe(self, listener: Callable[[str], None]) -> Callable[[], None]:
        """Call `listener` with the db_id when its names were read."""
        return self._names.subscribe(listener)

    def read_anew(self, db_id: str) -> None:
        """Read a database's names again."""
        self._names.refresh(db_id)

    def ran(self, talk: Conversation) -> None:
        """Read the names again if a run changed them.

        Within a transaction nobody else sees the change: it is done after its end.
        """
        db_id = talk.db_id
        if db_id is None:
            return
        if talk.changed_catalog:
            self._due.add(db_id)
        session = talk.session
        if db_id in self._due and not (session and session.in_transaction):
            self._due.discard(db_id)
            self._names.refresh(db_id)

    # ---- what was used --------------------------------------------------------------

    def took(self, db_id: str | None, item: Item) -> None:
        """Count a use."""
        if not item.key:
            return
        uses = self._uses.setdefault(db_id or "", Counter())
        uses[item.key] += 1
        if len(uses) > 2 * MOST_USES:
            self._uses[db_id or ""] = Counter(dict(uses.most_common(MOST_USES)))

    def state(self) -> dict[str, dict[str, int]]:
        """Return the uses, to be remembered."""
        return {
            db_id: dict(uses.most_common(MOST_USES))
            for db_id, uses in self._uses.items()
        }

    def restore(self, state: object) -> None:
        """Take what `state` returned at the last start; anything else is ignored."""
        if not isinstance(state, dict):
            return
        for db_id, uses in state.items():
            if isinstance(uses, dict):
                self._uses[str(db_id)] = Counter(
                    {
                        str(key): count
                        for key, count in uses.items()
                        if isinstance(count, int) and 0 < count < 10**9
                    }
                )
