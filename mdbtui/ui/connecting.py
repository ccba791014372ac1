r"""psql's \c: which connection a database's name means."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mdbtui.pool import QueryError
from mdbtui.query.errors import StatementCancelled
from mdbtui.sql import Statement
from mdbtui.ui.keymaps import said
from mdbtui.ui.status import quit_question

if TYPE_CHECKING:
    from mdbtui.ui.director import Director
    from mdbtui.ui.runner import PaneRunner

_EXISTS = "select from pg_catalog.pg_database where datname = $1::text"


async def other_database(director: Director, runner: PaneRunner, name: str) -> str:
    """Return the connection to a database of the pane's server, or of that name.

    The server's own databases come first, as in psql; a connection that is
    configured for one is used, rather than a new one made.

    Raises:
        QueryError: There is none.
        StatementCancelled: The user would not lose the open transaction.
    """
    from mdbtui.ui.screens.ask import ConfirmScreen

    services, here = director.services, runner.talk.db_id
    assert here is not None
    exists = Statement(_EXISTS, 0, len(_EXISTS), values=(name,))
    result = await runner.talk.open().run(exists)
    assert result.rows is not None
    there = sum([len(chunk) async for chunk in result.rows.chunks()])
    await result.rows.close()
    if not there and services.connection(name) is None:
        raise QueryError(
            f"database {name} does not exist on this server, nor a connection of"
            " that name",
            hint=said(r"\l lists the databases; {key.switch} the connections"),
        )
    question = quit_question([runner])
    if question and not await director.app.push_screen_wait(ConfirmScreen(*question)):
        raise StatementCancelled("the tab stays where it is")
    if not there:
        return name
    mine = services.pools.config(here)
    for spec in services.connections:
        place = (spec.db.host, spec.db.port, spec.db.user, spec.db.database)
        if place == (mine.host, mine.port, mine.user, name):
            return spec.db.id
    return services.add_sibling(here, name)
