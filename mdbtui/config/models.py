"""What the configuration comes down to: frozen values without any behaviour."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mdbtui.config.alerts import AlertRule
    from mdbtui.config.keys import KeySetting
    from mdbtui.pool import DBConfig


class ConfigFileError(ValueError):
    """The configuration can't be used; ``str()`` lists every mistake, one a line.

    Attributes:
        mistakes: One line each, ``file:line: connections.NAME.field: what is
            wrong; what to do``. No line holds a password or a URL.
    """

    def __init__(self, mistakes: Iterable[str]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__("\n".join(self.mistakes))


@dataclass(frozen=True)
class Environment:
    """What a connection is for, such as ``production``.

    Attributes:
        name: As written in the configuration.
        colour: ``#rgb``, ``#rrggbb`` or a colour name; None lets the theme choose.
    """

    name: str
    colour: str | None = None


@dataclass(frozen=True)
class ConnectionSpec:
    """One configured connection.

    Attributes:
        name: Unique; also the display name in ``db``.
        db: How to connect; its ``id`` is ``name``.
        group: The folder that it is shown in, if any.
        tags: Free words to find it by.
        environment: What it is for, if given.
        source: Where it was defined: ``file:line`` or ``environment``.
    """

    name: str
    db: DBConfig
    group: str | None = None
    tags: tuple[str, ...] = ()
    environment: Environment | None = None
    source: str = ""


@dataclass(frozen=True)
class AppConfig:
    """All settings of one start of the program.

    Attributes:
        connections: In the order of the files.
        environments: The built-in ones and the user's own.
        theme: The theme to start with; None leaves the choice to the saved state.
        keymap: The keymap to start with; None leaves it to the saved state.
        keys: The user's own keys for some actions.
        refresh_seconds: How often live panels are refreshed.
        leak_seconds: A connection that is held longer is marked as not given back.
        null_text: What the grid shows for NULL.
        stream_idle_seconds: Rows that nobody asks for wait at the server this long.
        result_memory_mb: Memory that the rows of one result may take, in MiB.
        results_memory_mb: The same for all results together.
        snippets: Names and texts that completion offers where a statement begins.
        manual_commit: Tabs begin transactions by themselves; the user ends them.
        statement_savepoints: A statement that fails undoes only itself, not its
            transaction.
        alerts: The user's own rules.
        alert_built_in: The built-in rules that hold, too; None for all, as they are.
        alert_bell: A raised alert rings the terminal's bell.
        alert_desktop: How the terminal is told of one: ``off``, ``osc9``, ``osc777``.
        alert_command: A program with arguments that is run for each; empty for none.
        warnings: Not mistakes, but the user should know.
    """

    connections: tuple[ConnectionSpec, ...] = ()
    environments: tuple[Environment, ...] = ()
    theme: str | None = None
    keymap: str | None = None
    keys: tuple[KeySetting, ...] = ()
    refresh_seconds: float = 1.0
    leak_seconds: float = 60.0
    null_text: str = "NULL"
    stream_idle_seconds: float = 60.0
    result_memory_mb: int = 128
    results_memory_mb: int = 512
    snippets: tuple[tuple[str, str], ...] = ()
    manual_commit: bool = False
    statement_savepoints: bool = False
    alerts: tuple[AlertRule, ...] = ()
    alert_built_in: tuple[AlertRule, ...] | None = None
    alert_bell: bool = False
    alert_desktop: str = "off"
    alert_command: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    def connection(self, name: str) -> ConnectionSpec | None:
        """Return the connection with this name, or None."""
        return next((spec for spec in self.connections if spec.name == name), None)
