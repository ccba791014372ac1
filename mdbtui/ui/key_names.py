"""How keys are written for people."""

from __future__ import annotations

NAMES = {
    "escape": "Esc",
    "pageup": "PgUp",
    "pagedown": "PgDn",
    "question_mark": "?",
    "right_square_bracket": "]",
    "left_square_bracket": "[",
    "underscore": "_",
    "slash": "/",
    "ampersand": "&",
    "less_than_sign": "<",
    "greater_than_sign": ">",
    "plus": "+",
    "minus": "-",
    "at": "@",
    "full_stop": ".",
    "comma": ",",
    "colon": ":",
    "equals_sign": "=",
    "dollar_sign": "$",
    "number_sign": "#",
    "asterisk": "*",
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
}
_SHORT = {"ctrl": "^", "alt": "M-", "shift": "S-"}


def key_name(key: str) -> str:
    """How one key is written for people: ``ctrl+PgUp``, ``F5``, ``?``."""
    *modifiers, last = key.split("+")
    if len(last) > 1 and last[0] == "f" and last[1:].isdigit():
        last = last.upper()
    elif last in NAMES:
        last = NAMES[last]
    elif len(last) > 1:
        last = last.capitalize()
    return "+".join((*modifiers, last))


def short_key(key: str) -> str:
    """How the key bar writes a key: ``^O``, ``S-F5``, ``M-x``."""
    *modifiers, last = key.split("+")
    name = key_name(last)
    if modifiers == ["ctrl"] and len(last) == 1:
        name = last.upper()
    return (
        "".join(_SHORT.get(modifier, f"{modifier}-") for modifier in modifiers) + name
    )
