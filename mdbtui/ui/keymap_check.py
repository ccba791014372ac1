"""What is wrong with the user's own keys: said at the start, by file and line."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING

from textual.binding import Binding, BindingType

from mdbtui.config.keys import reaches
from mdbtui.ui.key_names import key_name
from mdbtui.ui.keymaps import Keymap

if TYPE_CHECKING:
    from mdbtui.config.keys import KeySetting

Areas = Sequence[tuple[str, Sequence[BindingType]]]
"""The parts of the console and their bindings; the first works in all of them."""


def problems(areas: Areas, keymap: Keymap, settings: Sequence[KeySetting]) -> list[str]:
    """All that the user should know of the own keys, as ``file:line: keys.…``.

    Args:
        areas: Where keys mean something.
        keymap: What is in force.
        settings: What the configuration says.
    """
    known = {b.id: b for _, bindings in areas for b in _made(bindings) if b.id}
    found: list[str] = []
    for setting in settings:
        where = f"{setting.source}: keys.{setting.action}"
        if setting.action not in known:
            found.append(f"{where}: no such action; {_advice(setting.action, known)}")
            continue
        if setting.keys and not any(map(reaches, setting.keys)):
            keys = " ".join(map(key_name, setting.keys))
            found.append(f"{where}: most terminals cannot send {keys}; add another key")
        found += [f"{where}: {text}" for text in _clashes(setting, areas, keymap)]
    return found


def _made(bindings: Iterable[BindingType]) -> list[Binding]:
    return [b if isinstance(b, Binding) else Binding(*b) for b in bindings]


def _advice(name: str, known: Iterable[str | None]) -> str:
    names = [action for action in known if action]
    ends = [action for action in names if action.rpartition(".")[2] == name]
    close = ends or get_close_matches(name, names, 1)
    return f"did you mean {close[0]}?" if close else "F1 shows the names"


def _clashes(setting: KeySetting, areas: Areas, keymap: Keymap) -> list[str]:
    """What else has one of the keys where they would work."""
    everywhere = areas[0][0]
    mine = next(
        title
        for title, bindings in areas
        if any(b.id == setting.action for b in _made(bindings))
    )
    found: dict[str, str] = {}
    for title, bindings in areas:
        if mine != everywhere and title not in (mine, everywhere):
            continue
        for binding in _made(bindings):
            # What belongs to one part may stand behind what works everywhere.
            if binding.id == setting.action or not binding.description:
                continue
            if mine == everywhere and title != mine and not _is_set(binding, keymap):
                continue
            for key in set(keymap.keys(binding)) & set(setting.keys):
                name = f" (keys.{binding.id})" if binding.id else ""
                found[key] = (
                    f"{key_name(key)} is also for “{binding.description}”{name}; "
                    "give one of them another key"
                )
    return list(found.values())


def _is_set(binding: Binding, keymap: Keymap) -> bool:
    return (binding.id or "") in keymap.changed
