"""What a configuration file may say."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mdbtui.config.keys import read_keymap, read_keys
from mdbtui.config.models import ConnectionSpec, Environment
from mdbtui.config.urls import fill_defaults, is_url, url_fields
from mdbtui.pool import ConfigError, DBConfig

if TYPE_CHECKING:
    from collections.abc import Callable

    from mdbtui.config.reader import Reader
    from mdbtui.config.yamlfile import Mapping, Node, Scalar

BUILT_IN_ENVIRONMENTS = (
    Environment("development"),
    Environment("staging"),
    Environment("production"),
)
COLOURS = (
    "red",
    "orange",
    "yellow",
    "green",
    "cyan",
    "blue",
    "purple",
    "magenta",
    "grey",
)

_BOUNDS = {
    "refresh_seconds": (0.2, 3600),
    "leak_seconds": (1, 86_400),
    "stream_idle_seconds": (1, 86_400),
    "result_memory_mb": (8, 65_536),
    "results_memory_mb": (8, 65_536),
}
_WHOLE = ("result_memory_mb", "results_memory_mb")
_SWITCHES = ("manual_commit", "statement_savepoints", "alert_bell")
_ALERTS = ("alerts", "alert_built_in", "alert_desktop", "alert_command")
_SETTINGS = (
    *("connections", "environments", "theme", "keymap", "keys", "null_text"),
    "snippets",
    *_ALERTS,
    *_BOUNDS,
    *_SWITCHES,
)
_SNIPPET_NAME, _SNIPPET_TEXT = 60, 20_000
"""How long a snippet's name and text may be."""
_NULL_TEXT_LIMIT = 20
_TEXTS = ("host", "database", "user", "ssl", "application_name")
_PATHS = ("sslrootcert", "sslcert", "sslkey")
_INTEGERS = (
    "port",
    "pool_min_size",
    "pool_max_size",
    "max_queries",
    "statement_timeout",
    "idle_in_transaction_timeout",
)
_NUMBERS = (
    "pool_idle_timeout",
    "max_inactive_connection_lifetime",
    "command_timeout",
    "acquire_timeout",
    "connect_timeout",
)
DB_FIELDS = (*_TEXTS, *_PATHS, "password", *_INTEGERS, *_NUMBERS)
_CONNECTION = ("url", *DB_FIELDS, "group", "tags", "environment")


@dataclass
class FileContent:
    """What one file says.

    Attributes:
        settings: The fields of `AppConfig` that are one value and set here.
        secret_lines: Lines that hold a password as it is, not as a reference.
    """

    connections: list[ConnectionSpec] = field(default_factory=list)
    environments: list[Environment] = field(default_factory=list)
    settings: dict[str, Any] = field(default_factory=dict)
    secret_lines: list[int] = field(default_factory=list)


def read_settings(
    root: Node | None, reader: Reader, environments: list[Environment]
) -> FileContent:
    """Judge a whole file; what is wrong is in ``reader.mistakes``.

    Args:
        root: The document.
        reader: Of this file.
        environments: Those that other files define.
    """
    content = FileContent()
    if root is None or _is_empty(root):
        return content
    top = reader.mapping(root, "the file")
    if top is None:
        return content
    values = reader.known(top, "", _SETTINGS)
    content.settings = _settings(values, reader)
    if "environments" in values:
        content.environments = _environments(values["environments"], reader)
    known = {e.name: e for e in (*environments, *content.environments)}
    if "connections" in values and not _is_empty(values["connections"]):
        node = reader.mapping(values["connections"], "connections")
        for key, value in node.entries if node else ():
            spec = _Connection(key, reader, known, content).read(value)
            if spec is not None:
                content.connections.append(spec)
    return content


def _settings(values: dict[str, Node], reader: Reader) -> dict[str, Any]:
    """Read what is one value each."""
    found: dict[str, Any] = {}
    if "theme" in values:
        found["theme"] = reader.text(values["theme"], "theme")
    if "keymap" in values:
        found["keymap"] = read_keymap(values["keymap"], reader)
    if "keys" in values and not _is_empty(values["keys"]):
        found["keys"] = read_keys(values["keys"], reader)
    if "null_text" in values:
        found["null_text"] = _null_text(values["null_text"], reader)
    if "snippets" in values and not _is_empty(values["snippets"]):
        found["snippets"] = _snippets(values["snippets"], reader)
    for name in _BOUNDS:
        if name in values:
            found[name] = _bounded(name, values[name], reader)
    for name in _SWITCHES:
        if name in values:
            found[name] = reader.switch(values[name], name)
    for name in _ALERTS:
        if name in values and not _is_empty(values[name]):
            found[name] = _alert_setting(name, values[name], reader)
    return found


def _alert_setting(name: str, node: Node, reader: Reader) -> Any:
    # Most configurations have none: the parser of rules is not loaded for them.
    from mdbtui.config.alert_built_in import read_built_in
    from mdbtui.config.alerts import read_alerts, read_command, read_desktop

    read: dict[str, Callable[[Node, Reader], Any]] = {
        "alerts": read_alerts,
        "alert_built_in": read_built_in,
        "alert_desktop": read_desktop,
        "alert_command": read_command,
    }
    return read[name](node, reader)


def _is_empty(node: Node) -> bool:
    # "connections:" with every entry commented out is a usual sight.
    return getattr(node, "is_null", False)


def _bounded(name: str, node: Node, reader: Reader) -> float | None:
    read = reader.integer if name in _WHOLE else reader.number
    value = read(node, name)
    least, most = _BOUNDS[name]
    if value is not None and not least <= value <= most:
        reader.wrong(node.line, name, f"has to be from {least} to {most}")
        return None
    return value


def _null_text(node: Node, reader: Reader) -> str | None:
    if _is_empty(node) and (written := getattr(node, "text", "")):
        return str(written)  # YAML takes a plain NULL for no value at all
    text = reader.text(node, "null_text")
    if text is not None and not (text.isprintable() and text.strip()):
        reader.wrong(node.line, "null_text", "has to be printable, and not blank")
    elif text is not None and len(text) > _NULL_TEXT_LIMIT:
        what = f"has to have {_NULL_TEXT_LIMIT} characters at most"
        reader.wrong(node.line, "null_text", what)
    return text


def _snippets(node: Node, reader: Reader) -> tuple[tuple[str, str], ...]:
    mapping = reader.mapping(node, "snippets")
    found: list[tuple[str, str]] = []
    for key, value in mapping.entries if mapping else ():
        path = f"snippets.{key.text}" if key.text.isprintable() else "snippets"
        text = reader.text(value, path)
        if not key.text.isprintable() or not 0 < len(key.text) <= _SNIPPET_NAME:
            what = f"a name has 1 to {_SNIPPET_NAME} printable characters"
            reader.wrong(key.line, path, what)
        elif text is not None and not 0 < len(text) <= _SNIPPET_TEXT:
            what = f"has to have 1 to {_SNIPPET_TEXT} characters"
            reader.wrong(value.line, path, what)
        elif text is not None:
            found.append((key.text, text.rstrip("\n")))
    return tuple(found)


def _environments(node: Node, reader: Reader) -> list[Environment]:
    found: list[Environment] = []
    mapping = reader.mapping(node, "environments")
    for key, value in mapping.entries if mapping else ():
        path = f"environments.{key.text}"
        entry = reader.mapping(value, path)
        if entry is None:
            continue
        values = reader.known(entry, path, ("colour",))
        colour: str | None = None
        if "colour" in values:
            where = f"{path}.colour"
            colour = reader.text(values["colour"], where)
            if colour is not None and not _is_colour(colour):
                reader.wrong(
                    values["colour"].line,
                    where,
                    f'not a colour; write "#rrggbb" or one of {", ".join(COLOURS)}',
                )
        found.append(Environment(key.text, colour))
    return found


def _is_colour(text: str) -> bool:
    return text in COLOURS or bool(re.fullmatch(r"#([0-9a-fA-F]{3}){1,2}", text))


def check_name(name: str) -> str | None:
    """Return what is wrong with a connection's name, or None."""
    if not name or name != name.strip() or len(name) > 100:
        return "a name has 1 to 100 characters and no space around it"
    if not name.isprintable() or is_url(name):
        return "a name is made of printable characters and is not a URL"
    return None


class _Connection:
    """Reads one entry of ``connections``."""

    def __init__(
        self,
        key: Scalar,
        reader: Reader,
        environments: dict[str, Environment],
        content: FileContent,
    ) -> None:
        self._key = key
        self._path = f"connections.{key.text}"
        self._reader = reader
        self._environments = environments
        self._content = content
        self._lines: dict[str, int] = {}

    def read(self, node: Node) -> ConnectionSpec | None:
        if problem := check_name(self._key.text):
            self._reader.wrong(self._key.line, self._path, problem)
        mapping = self._reader.mapping(node, self._path)
        if mapping is None:
            return None
        before = len(self._reader.mistakes)
        spec = self._read(mapping)
        return spec if len(self._reader.mistakes) == before else None

    def _read(self, mapping: Mapping) -> ConnectionSpec | None:
        reader = self._reader
        values = reader.known(mapping, self._path, _CONNECTION)
        fields = self._url(values)
        for name in DB_FIELDS:
            if name not in values:
                continue
            if name in fields:
                reader.wrong(
                    values[name].line,
                    f"{self._path}.{name}",
                    "given here and in the url; remove one",
                )
            self._lines[name] = values[name].line
            fields[name] = self._field(name, values[name])
        if "url" in values:
            fields = fill_defaults(fields)
        db = self._config({k: v for k, v in fields.items() if v is not None})
        group = self._optional_text(values, "group")
        tags = (
            reader.texts(values["tags"], f"{self._path}.tags")
            if "tags" in values
            else ()
        )
        environment = self._environment(values)
        if db is None:
            return None
        return ConnectionSpec(
            name=self._key.text,
            db=db,
            group=group,
            tags=tags or (),
            environment=environment,
            source=f"{reader.source}:{self._key.line}",
        )

    def _url(self, values: dict[str, Node]) -> dict[str, Any]:
        if "url" not in values:
            return {}
        node, path = values["url"], f"{self._path}.url"
        url = self._reader.text(node, path, url=True)
        if url is None:
            return {}
        try:
            fields = url_fields(url)
        except ConfigError as error:
            self._reader.wrong(node.line, path, error.message)
            return {}
        self._lines.update(dict.fromkeys(fields, node.line))
        if "password" in fields:
            self._note_secret(node)
        return fields

    def _field(self, name: str, node: Node) -> Any:
        path = f"{self._path}.{name}"
        if name == "password":
            self._note_secret(node)
            return self._reader.secret(node, path)
        if name in _INTEGERS:
            return self._reader.integer(node, path)
        if name in _NUMBERS:
            return self._reader.number(node, path)
        text = self._reader.text(node, path)
        if name in _PATHS and text is not None:
            return os.path.expanduser(text)  # noqa: PTH111 - "system" is no path
        return text

    def _note_secret(self, node: Node) -> None:
        if "${" not in getattr(node, "text", ""):
            self._content.secret_lines.append(node.line)

    def _config(self, fields: dict[str, Any]) -> DBConfig | None:
        """Build the config; go on without each wrong field, to find all of them."""
        wrong = False
        while True:
            try:
                db = DBConfig(**fields, name=self._key.text)
            except ConfigError as error:
                wrong = True
                line = self._lines.get(error.field, self._key.line)
                self._reader.wrong(line, f"{self._path}.{error.field}", error.message)
                if fields.pop(error.field, None) is None:
                    return None
            else:
                return None if wrong else db

    def _optional_text(self, values: dict[str, Node], name: str) -> str | None:
        if name not in values:
            return None
        return self._reader.text(values[name], f"{self._path}.{name}")

    def _environment(self, values: dict[str, Node]) -> Environment | None:
        name = self._optional_text(values, "environment")
        if name is None:
            return None
        if name not in self._environments:
            self._reader.wrong(
                values["environment"].line,
                f"{self._path}.environment",
                f"unknown; use one of {', '.join(self._environments)} "
                "or define it under environments:",
            )
            return None
        return self._environments[name]
