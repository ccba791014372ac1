"""What the server's screen remembers, from one opening and one start to the next."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from mdbtui.monitor.service import INTERVAL_S, MAX_INTERVAL_S, MIN_INTERVAL_S
from mdbtui.ui.widgets.server_views import Filters

_SWITCHES = ("idle", "own", "background")


@dataclass
class ServerMemory:
    """What was chosen the last time.

    The view and the filters by text and by state are for the moment: at the next start
    they would only hide what one looks for.

    Attributes:
        arranged: Of each view's table the order and columns, as `LiveGrid` gives them.
    """

    view: str = "1"
    filters: Filters = field(default_factory=Filters)
    interval: float = INTERVAL_S
    arranged: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, state: object) -> ServerMemory:
        """Return what a file remembered; whatever is wrong in it is left out."""
        memory = cls()
        if not isinstance(state, dict):
            return memory
        if isinstance(seconds := state.get("seconds"), int | float):
            memory.interval = min(max(seconds, MIN_INTERVAL_S), MAX_INTERVAL_S)
        shown = state.get("shown")
        if isinstance(shown, list):
            idle, own, background = (name in shown for name in _SWITCHES)
            memory.filters = Filters(idle=idle, own=own, background=background)
        if isinstance(arranged := state.get("tables"), dict):
            memory.arranged = dict(arranged)
        return memory

    def state(self) -> dict[str, Any]:
        """Return what is worth a file."""
        return {
            "seconds": self.interval,
            "shown": [name for name in _SWITCHES if getattr(self.filters, name)],
            "tables": self.arranged,
        }
