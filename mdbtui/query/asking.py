"""What the server knows of a statement's parameters, and of values for them.

Neither runs the statement. Both work on the session's own connection: its settings,
temporary tables and open transaction count.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mdbtui.pool import QueryError
from mdbtui.query import errors
from mdbtui.query.binding import Wire
from mdbtui.query.execution import Execution
from mdbtui.query.text import NO_LIMIT
from mdbtui.sql import Classified, Kind, Statement, classify
from mdbtui.sql.parameters import numbered

if TYPE_CHECKING:
    from mdbtui.pool import Lease
    from mdbtui.query.session import Session

MAX_ASKED = 100
"""Parameters of one statement that can be asked for."""

# The statement itself leaves nothing behind: it is not run.
_NOTHING_DONE = Classified(Kind.ROWS)
_SAVEPOINT = "mdbtui_values"
# "char" name text bpchar varchar unknown: they take whatever is written.
_TAKING_ALL = frozenset({18, 19, 25, 705, 1042, 1043})
_FORMATTED = """
select pg_catalog.format_type(t.oid, null)
  from pg_catalog.unnest($1::text::pg_catalog.oid[]) with ordinality t (oid, place)
 order by t.place
"""


@dataclass(frozen=True)
class Parameter:
    """One parameter of a statement.

    Attributes:
        name: As it is written: ``$1`` or ``:name``.
        type_oid: The type that the server has found for it.
        type_name: That type's name, arrays as ``int4[]``.
    """

    name: str
    type_oid: int
    type_name: str


async def parameters(session: Session, statement: Statement) -> tuple[Parameter, ...]:
    """Return a statement's parameters; none if the server sees none in it.

    Raises:
        QueryError: The server refused the statement, it is of a kind that takes no
            parameters, or there are more than can be asked for.
        PoolError: As `Session.run` does.
    """
    holder: list[_Inquiry] = []

    def make() -> Execution:
        holder.append(_Inquiry(session, statement))
        return holder[0]

    await session.perform(statement, make)
    return holder[0].found


async def refused_values(
    session: Session, statement: Statement, asked: tuple[Parameter, ...]
) -> dict[int, QueryError]:
    """Return which of a statement's values its types don't take, and why.

    Args:
        session: Where it is to run.
        statement: The statement, with values.
        asked: What `parameters` returned for it.

    Raises:
        PoolError: As `Session.run` does.
    """
    holder: list[_Trial] = []

    def make() -> Execution:
        holder.append(_Trial(session, statement, asked))
        return holder[0]

    await session.perform(statement, make)
    return holder[0].refused


class _Inquiry(Execution):
    """Prepares a statement, and leaves it at that."""

    def __init__(self, session: Session, statement: Statement) -> None:
        self.found: tuple[Parameter, ...] = ()
        super().__init__(session, statement, _NOTHING_DONE)
        names = self._names = numbered(statement.text).names
        self.wire = Wire(
            Statement(
                statement.text, 0, len(statement.text), values=(None,) * len(names)
            )
        )

    async def _on_server(self, lease: Lease) -> None:
        connection: Any = lease.connection
        if connection.is_in_transaction():
            await self.owner.before(self)  # what a mistake here must not cost
        prepared = await connection.prepare(self.wire.text, timeout=NO_LIMIT)
        # An empty statement ends the transaction that preparing has begun.
        await connection.fetch("", timeout=NO_LIMIT)
        types = prepared.get_parameters()
        text, db_id = self.result.statement.text, self.owner.db_id
        if len(types) != len(self._names):
            # In CREATE FUNCTION, say, $1 is not ours; a name is nobody else's.
            name = next((n for n in self._names if n.startswith(":")), None)
            if name is not None:
                keyword = classify(text).keyword
                raise errors.takes_no_parameters(keyword, text, name, db_id)
            return
        if len(types) > MAX_ASKED:
            raise QueryError(f"more than {MAX_ASKED} parameters can't be asked for")
        names = await self.owner.names().named(connection, types)
        self.found = tuple(
            Parameter(name, each.oid, type_name)
            for name, each, type_name in zip(self._names, types, names, strict=True)
        )


class _Trial(Execution):
    """Has the server read values as their types would, one by one if need be."""

    def __init__(
        self, session: Session, statement: Statement, asked: tuple[Parameter, ...]
    ) -> None:
        self.refused: dict[int, QueryError] = {}
        self._typed = asked
        super().__init__(session, statement, _NOTHING_DONE)

    async def _on_server(self, lease: Lease) -> None:
        connection: Any = lease.connection
        values = self.wire.values
        places = [
            place
            for place, (value, each) in enumerate(zip(values, self._typed, strict=True))
            if value is not None and each.type_oid not in _TAKING_ALL
        ]
        if not places:
            return
        oids = ",".join(str(self._typed[place].type_oid) for place in places)
        rows = await connection.fetch(_FORMATTED, f"{{{oids}}}", timeout=NO_LIMIT)
        for place, row in zip(places, rows, strict=True):
            self._check()
            # The type's name is as the server quotes it.
            await self._try(connection, place, f"select $1::{row[0]}", values[place])

    async def _try(
        self, connection: Any, place: int, sql: str, value: str | None
    ) -> None:
        # A mistyped value must not cost the user the open transaction.
        within = connection.is_in_transaction()
        if within:
            await connection.execute(f"savepoint {_SAVEPOINT}", timeout=NO_LIMIT)
        try:
            await connection.fetch(sql, value, timeout=NO_LIMIT)
        except Exception as exc:
            error = self._translated(exc)
            if not isinstance(error, QueryError) or self.ending is not None:
                raise
            self.refused[place] = error
        finally:
            if within and not connection.is_closed():
                for words in ("rollback to savepoint", "release savepoint"):
                    await connection.execute(f"{words} {_SAVEPOINT}", timeout=NO_LIMIT)
