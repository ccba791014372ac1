"""The dialogues of the main screen, each loaded when it is first opened.

No first frame shows one, and together they would take 3 ms of it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mdbtui.ui.screens.ask import AskScreen as AskScreen
    from mdbtui.ui.screens.ask import ConfirmScreen as ConfirmScreen
    from mdbtui.ui.screens.ask import RefusedScreen as RefusedScreen
    from mdbtui.ui.screens.choose import ChooseScreen as ChooseScreen
    from mdbtui.ui.screens.leaving import may_leave as may_leave

_HOMES = {
    "AskScreen": "ask",
    "ChooseScreen": "choose",
    "ConfirmScreen": "ask",
    "RefusedScreen": "ask",
    "may_leave": "leaving",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"mdbtui.ui.screens.{_HOMES[name]}"), name)
