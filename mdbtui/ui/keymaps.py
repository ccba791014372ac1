"""Keymaps: the names of actions, the keys that are in force, and switching them.

Textual's own keymap does the work: it puts other keys in place of a binding's by the
binding's id, wherever that binding is. What is added here are the ids, the keymaps,
and an answer to "which keys does this have now?" for help, key bar and palette.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from textual.app import App
from textual.binding import Binding, BindingType

from mdbtui.config.keys import reaches
from mdbtui.ui.key_names import key_name, short_key

if TYPE_CHECKING:
    from mdbtui.config import AppConfig

    _Base = App[Any]
else:
    _Base = object

DEFAULT = "default"
NO_KEY = "none"
"""Stands for the keys of an action that has none: no terminal sends it."""

# Keys of DataGrip's Windows keymap for what the program has. Where only some
# terminals send a key, one that all of them send stays beside it. Its ctrl+B (to the
# definition), ctrl+N, ctrl+Q and F4 are left out: here they do other things
# that would be missed more.
_DATAGRIP: dict[str, str] = {
    "run": "ctrl+enter,f5,ctrl+j",
    "cancel": "ctrl+f2,f9",
    "history": "ctrl+e,ctrl+alt+e",
    "replace": "ctrl+r,alt+h",
    "new_pane": "ctrl+shift+q,ctrl+n",
    "focus_sidebar": "alt+1,f2",
    "maximise": "ctrl+shift+f12,ctrl+g",
    "command_palette": "ctrl+shift+a,ctrl+p",
    "open_file": "ctrl+shift+o,alt+o",
    "taller_editor": "ctrl+shift+down",
    "shorter_editor": "ctrl+shift+up",
    "editor.delete_line": "ctrl+y",
    "editor.join_lines": "ctrl+shift+j,alt+j",
    "editor.toggle_case": "ctrl+shift+u,alt+shift+u",
    "editor.move_the_lines_up": "alt+shift+up,alt+up",
    "editor.move_the_lines_down": "alt+shift+down,alt+down",
    "editor.redo": "ctrl+shift+z,alt+shift+z",
    "editor.cursor_line_end": "end",
}
KEYMAPS: dict[str, tuple[str, dict[str, str]]] = {
    DEFAULT: ("this program's own keys", {}),
    "vim": ("vim's modes in the editor", {}),
    "datagrip": ("DataGrip's keys, as far as terminals send them", _DATAGRIP),
}
#: The app's own keys; they are listed with those of the main screen.
APP_KEYS: list[BindingType] = [
    Binding("ctrl+q", "quit", "Quit", show=False, priority=True),
    Binding("ctrl+p", "command_palette", "All commands", show=False, priority=True),
]
#: What is bound on the main screen, by its name; a hint may name its key.
_BOUND: dict[str, Binding] = {}
_NAMED_KEY = re.compile(r"(^|(?<=\. ))?\{key\.(\w+)\}")
#: Actions whose keys stay: Esc ends whatever there is to end.
_FIXED = frozenset(("escape",))


def named(area: str, bindings: Iterable[BindingType]) -> list[Any]:
    """Bindings with ids, by which a keymap and the configuration know them.

    The id is the action's name behind the area's, with a word for an argument; with
    numbers, what it does in words. What has no description keeps its keys.
    """
    found: list[Binding] = []
    for binding in bindings:
        made = binding if isinstance(binding, Binding) else Binding(*binding)
        fixed = made.action in _FIXED or "escape" in made.key.split(",")
        if made.id is None and made.description and not fixed:
            made = dataclasses.replace(made, id=_id(area, made))
            if not area and made.id is not None:
                _BOUND.setdefault(made.id, made)
        found.append(made)
    return found


def _id(area: str, binding: Binding) -> str:
    name = binding.action.removeprefix("app.")
    if word := re.fullmatch(r"(\w+)\('(\w+)'\)", name):
        name = f"{word[1]}_{word[2]}"
    elif "(" in name:
        words = re.split(r"[,:;(]", binding.description)[0]
        name = re.sub(r"[^a-z0-9]+", "_", words.lower()).strip("_")
    return f"{area}.{name}" if area else name


def said(text: str) -> str:
    """A text of ours with the keys in force for what it names: ``{key.commit}``."""
    return _NAMED_KEY.sub(_key_said, text)


def _key_said(match: re.Match[str]) -> str:
    begins, action = match.groups()
    binding = _BOUND.get(action)
    keys = _in_force[0].keys(binding) if binding is not None else []
    if not keys:
        return f"“{binding.description if binding else action}”"
    name = key_name(_surest(keys))
    return name if begins is None else name[0].upper() + name[1:]


class Keymap:
    """The keys that are in force.

    Args:
        name: Of the keymap.
        own: The user's own keys by action; they win.
    """

    def __init__(
        self, name: str = DEFAULT, own: Mapping[str, tuple[str, ...]] | None = None
    ) -> None:
        self.name = name
        mine = {
            action: ",".join(keys) or NO_KEY for action, keys in (own or {}).items()
        }
        base = {
            action: ",".join(_sorted_modifiers(key) for key in keys.split(","))
            for action, keys in KEYMAPS[name][1].items()
        }
        self.changed: dict[str, str] = {**base, **mine}

    def keys(self, binding: Binding) -> list[str]:
        """The keys of a binding, the first the most common one."""
        keys = self.changed.get(binding.id or "", binding.key).split(",")
        return [key.strip() for key in keys if key.strip() != NO_KEY]

    def apply(self, bindings: Iterable[BindingType]) -> list[BindingType]:
        """The bindings with the keys that are in force; not those without any."""
        found: list[BindingType] = []
        for binding in bindings:
            made = binding if isinstance(binding, Binding) else Binding(*binding)
            if keys := self.keys(made):
                found.append(dataclasses.replace(made, key=",".join(keys)))
        return found

    def hint(self, binding: Binding, usual: str) -> str:
        """How the key bar writes a binding's key; as usual where it is as usual."""
        if (binding.id or "") not in self.changed:
            return usual
        keys = self.keys(binding)
        return short_key(_surest(keys)) if keys else ""

    def palette(self, binding: Binding) -> str:
        """What the command palette says of a binding's keys."""
        keys = self.keys(binding)
        return f"Key: {key_name(_surest(keys))}" if keys else "No key"


def _surest(keys: list[str]) -> str:
    """The first key that every terminal sends, or else the first."""
    return next(filter(reaches, keys), keys[0])


def _sorted_modifiers(key: str) -> str:
    *modifiers, last = key.strip().split("+")
    return "+".join((*sorted(modifiers), last))


#: Texts are written in many places, and there is one console in a process.
_in_force = [Keymap()]


class KeymapsMixin(_Base):
    """An app whose keymap can be switched; before `App` in the bases."""

    keymap: Keymap = Keymap()
    _own_keys: Mapping[str, tuple[str, ...]] = {}

    def open_keymap(self, config: AppConfig, remembered: object) -> None:
        """Take the configured keymap, or the one of the last start."""
        name = config.keymap or remembered
        self._own_keys = {setting.action: setting.keys for setting in config.keys}
        self.use_keymap(name if isinstance(name, str) and name in KEYMAPS else DEFAULT)

    def use_keymap(self, name: str) -> None:
        """Switch to a keymap, with the user's own keys over it."""
        self.keymap = Keymap(name, self._own_keys)
        self.set_keymap(self.keymap.changed)
        _in_force[0] = self.keymap
