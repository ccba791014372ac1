"""How the fleet, a pool's page and a server's side lie over one another.

They are levels, from all databases down to one server. Whichever is asked for from
wherever, what is on its level or below is closed first: so Escape goes up, towards the
editor, and no screen lies there twice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from textual.app import App
    from textual.screen import Screen

FLEET, POOL, SERVER = 1, 2, 3


def front_at(app: App[Any], level: int, db_id: str | None) -> Screen[Any] | None:
    """Make room for a screen.

    Args:
        app: Its screens.
        level: The one that is wanted.
        db_id: The database that it shows; None where any will do.

    Returns:
        The screen, if it is there already, now in front; None: push it.
    """
    while True:
        top: Any = app.screen
        at = getattr(top, "level", 0)
        if at < level:
            return None
        if at == level and db_id in (None, top.db_id):
            return app.screen
        top.dismiss(None)
