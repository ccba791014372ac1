"""The console's themes: shipped ones and the user's own, found, loaded, switched."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from textual.app import App
from textual.theme import Theme

import mdbtui
from mdbtui.ui.theme_file import OWN_VARIABLES, ConsoleTheme, ThemeError, read_theme

DEFAULT_THEME = "harbour"

# For Textual's own themes, which know nothing of SQL. Both keep 4.5:1 on theirs.
_DARK_SYNTAX = {
    "keyword": "bold #8ab8ff",
    "string": "#a5d68c",
    "number": "#f2b366",
    "comment": "italic #9aa5b1",
    "parameter": "#f29e9e",
    "function": "#dcc4ff",
    "type": "#7fd6d0",
}
_LIGHT_SYNTAX = {
    "keyword": "bold #0b3d91",
    "string": "#1f5c1a",
    "number": "#7a3e00",
    "comment": "italic #4a5058",
    "parameter": "#8a1c1c",
    "function": "#5b2a86",
    "type": "#0b5563",
}


@dataclass(frozen=True)
class ThemeReport:
    """What became of the theme files."""

    loaded: tuple[ConsoleTheme, ...]
    failed: tuple[str, ...]
    """Every mistake in every file, as ``file:line: field: what``."""


def shipped_themes_dir() -> Path:
    """The folder of the shipped themes: in an installed package, or in a checkout."""
    package = Path(mdbtui.__file__).parent
    installed = package / "themes"
    return installed if installed.is_dir() else package.parent / "themes"


class Themes:
    """The theme files by name; one of the user's replaces a shipped one.

    Args:
        user_dir: The folder of the user's own themes; it need not exist.
    """

    def __init__(self, user_dir: Path | None = None) -> None:
        self._dirs = [shipped_themes_dir(), *([user_dir] if user_dir else [])]

    def paths(self) -> Mapping[str, Path]:
        """Every theme file by its theme's name, without reading one."""
        found: dict[str, Path] = {}
        for folder in self._dirs:
            try:
                files = sorted(folder.iterdir())
            except OSError:
                continue  # the user has no themes
            for path in files:
                if path.suffix in (".yaml", ".yml"):
                    found[path.stem] = path
        return found

    def load(self, name: str) -> ConsoleTheme:
        """Read one theme.

        Raises:
            ThemeError: There is none of that name, or its file has mistakes.
        """
        path = self.paths().get(name)
        if path is None:
            raise ThemeError([f"no theme is named {name!r}"])
        return read_theme(path)

    def load_all(self) -> ThemeReport:
        """Read every theme; a broken one is reported and stops nothing."""
        loaded: list[ConsoleTheme] = []
        failed: list[str] = []
        for path in self.paths().values():
            try:
                loaded.append(read_theme(path))
            except ThemeError as error:
                failed += error.problems
        return ThemeReport(tuple(loaded), tuple(failed))


def default_syntax(theme: Theme) -> dict[str, str]:
    """The colours of SQL text for a theme that has none of its own."""
    return dict(_DARK_SYNTAX if theme.dark else _LIGHT_SYNTAX)


if TYPE_CHECKING:
    _Base = App[None]
else:
    _Base = object


class ThemesMixin(_Base):
    """Gives an app the console's themes and variables; name it before `App`."""

    _themes: Themes
    _syntax: dict[str, dict[str, str]]

    def open_themes(self, themes: Themes, wanted: str | None = None) -> tuple[str, ...]:
        """Use one theme from the first frame on; to be called in ``__init__``.

        Only this theme is read. Where NO_COLOR is set, the theme stays Textual's.

        Args:
            themes: Where the themes are.
            wanted: The theme's name, ours or Textual's; None means the default.

        Returns:
            What was wrong with the wanted theme; the default is in use then.
        """
        self._themes = themes
        self._syntax = {}
        if self.no_color:
            return ()
        problems: tuple[str, ...] = ()
        name = wanted or DEFAULT_THEME
        if name not in self.available_themes or name in themes.paths():
            try:
                self._add_theme(themes.load(name))
            except ThemeError as error:
                problems, name = error.problems, DEFAULT_THEME
                self._add_theme(themes.load(name))
        # Assigning `theme` here would compute and apply all CSS once more at start.
        self.set_reactive(App.theme, name)
        self.stylesheet.set_variables(self.get_css_variables())
        return problems

    async def load_other_themes(self) -> ThemeReport:
        """Read all themes in a thread and offer the good ones; after the first frame.

        A theme in use that has changed on disk is applied anew.
        """
        report = await asyncio.to_thread(self._themes.load_all)
        failed = [*report.failed]
        good = []
        shipped = shipped_themes_dir()
        paths = self._themes.paths()
        for loaded in report.loaded:
            name = loaded.theme.name
            path = paths.get(name)
            # The project's tests have tried its own; one trial takes 30 ms.
            if path is not None and path.parent != shipped:
                try:
                    await self._try_theme(loaded.theme)
                except Exception as error:  # noqa: BLE001 (whatever CSS parsing raises)
                    failed.append(f"{path}:1: cannot be used: {type(error).__name__}")
                    continue
            good.append(loaded)
            changed = self._registered(name) not in (None, loaded.theme)
            self._add_theme(loaded)
            if changed and self.theme == name:
                self.mutate_reactive(App.theme)
        return ThemeReport(tuple(good), tuple(failed))

    def syntax_styles(self, theme: str | None = None) -> dict[str, str]:
        """Rich styles for SQL text: keyword, string, number, comment and so on.

        Args:
            theme: A theme's name; None means the current one.
        """
        name = theme or self.theme
        if name in self._syntax:
            return dict(self._syntax[name])
        known = self._registered(name)
        return default_syntax(known) if known is not None else {}

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """The console's own variables for themes that do not set them."""
        theme = self.current_theme
        if OWN_VARIABLES.keys() <= theme.variables.keys():
            return {}
        generated = theme.to_color_system().generate()
        return {name: generated[stand_in] for name, stand_in in OWN_VARIABLES.items()}

    def _registered(self, name: str) -> Theme | None:
        return self.available_themes.get(name)

    def _add_theme(self, loaded: ConsoleTheme) -> None:
        self.register_theme(loaded.theme)
        self._syntax[loaded.theme.name] = loaded.syntax

    async def _try_theme(self, theme: Theme) -> None:
        """Parse all CSS with a theme's variables: a bad one would end the app later."""
        trial = self.stylesheet.copy()
        trial.set_variables(
            {
                **self.get_css_variables(),
                **theme.to_color_system().generate(),
                **theme.variables,
            }
        )
        await asyncio.to_thread(trial.reparse)
