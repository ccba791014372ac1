"""Writes ``connections.yaml``, one entry at a time.

The file may be edited by hand too. So it isn't written anew from what was read: the
lines of one entry are replaced, all other lines stay byte for byte as they are,
comments included. Lost are only comments inside the replaced entry. A reference such
as ``${APP_PASSWORD}`` stays in a replaced entry as long as its value is unchanged.
The new text is read again and compared before it takes the old one's place.
"""

from __future__ import annotations

import json
import os
import re
from contextlib import suppress
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from mdbtui.config import paths
from mdbtui.config.files import FileProblem, read_text, write_private
from mdbtui.config.models import ConfigFileError
from mdbtui.config.references import ReferenceProblem, expand, has_reference
from mdbtui.config.schema import DB_FIELDS, check_name
from mdbtui.config.yamlfile import Mapping, Scalar, parse_yaml
from mdbtui.pool import DBConfig, Secret

if TYPE_CHECKING:
    import collections.abc
    from pathlib import Path

    from mdbtui.config.models import ConnectionSpec

_HEADER = "# Written by mdbtui's connection form; it may be edited by hand too.\n"


def save_connection(
    spec: ConnectionSpec,
    *,
    replaces: str | None = None,
    environ: collections.abc.Mapping[str, str] = os.environ,
) -> None:
    """Write a connection into ``connections.yaml``. Blocks.

    Args:
        spec: The connection; an entry of this name is replaced.
        replaces: The former name of a renamed connection.
        environ: To tell which references still hold.

    Raises:
        ConfigFileError: The file is not one that can be edited, or can't be
            written; it is then as it was.
    """
    path = _path()
    if problem := check_name(spec.name):
        raise ConfigFileError([f"{path}: connections.{spec.name}: {problem}"])
    text, entries = _load(path)
    old = entries.get(replaces or spec.name)
    if replaces and replaces != spec.name and spec.name in entries:
        raise ConfigFileError(
            [f"{path}: connections.{spec.name}: exists; choose another name"]
        )
    new = _entry(spec, old[1] if old else None, environ)
    _replace(path, text, old, new)


def remove_connection(name: str) -> bool:
    """Remove a connection from ``connections.yaml``. Blocks.

    Returns:
        False if that file has none of this name.

    Raises:
        ConfigFileError: As ``save_connection``.
    """
    path = _path()
    text, entries = _load(path)
    if name not in entries:
        return False
    _replace(path, text, entries[name], None)
    return True


def _path() -> Path:
    return paths.config_dir() / paths.CONNECTIONS_FILE


def _load(path: Path) -> tuple[str, dict[str, tuple[Scalar, Any]]]:
    """Return the file's text and its entries by name."""
    try:
        text = read_text(path)
    except FileNotFoundError:
        return _HEADER + "connections:\n", {}
    except FileProblem as problem:
        raise ConfigFileError([f"{path}: {problem}"]) from None
    return text, _entries(text, path)


def _entries(text: str, path: Path) -> dict[str, tuple[Scalar, Any]]:
    root = parse_yaml(text, str(path))
    if root is None:
        return {}
    node = root.get("connections") if isinstance(root, Mapping) else root
    if node is None or (isinstance(node, Scalar) and node.is_null):
        return {}
    if not isinstance(node, Mapping):
        raise _not_editable(path)
    return {key.text: (key, value) for key, value in node.entries}


def _not_editable(path: Path) -> ConfigFileError:
    return ConfigFileError(
        [f"{path}: it is laid out in a way that is not edited here; edit it by hand"]
    )


def _replace(
    path: Path, text: str, old: tuple[Scalar, Any] | None, new: _Entry | None
) -> None:
    """Put ``new`` in the place of ``old``; refuse if that would change more."""
    expected = {name: _plain(node) for name, (_, node) in _entries(text, path).items()}
    lines = re.findall(r".*?(?:\r\n|[\n\r\x85\u2028\u2029])|.+\Z", text)
    if lines and not lines[-1].endswith(("\n", "\r")):
        lines[-1] += "\n"
    if old is not None:
        key, value = old
        del expected[key.text]
        first, last = key.line - 1, value.last_line
        indent = len(lines[first]) - len(lines[first].lstrip(" "))
        lines[first:last] = new.lines(indent) if new else []
    elif new is not None:
        at, indent = _place(lines, text, path)
        lines[at:at] = new.lines(indent)
    if new is not None:
        expected[new.name] = new.plain()
    changed = "".join(lines)
    try:
        got = {n: _plain(v) for n, (_, v) in _entries(changed, path).items()}
    except ConfigFileError:
        raise _not_editable(path) from None
    if got != expected:
        raise _not_editable(path)
    try:
        write_private(path, changed)
    except FileProblem as problem:
        raise ConfigFileError([f"{path}: {problem}"]) from None


def _place(lines: list[str], text: str, path: Path) -> tuple[int, int]:
    """Return where a new entry goes: the index of its line and its indentation."""
    entries = _entries(text, path)
    if entries:
        key, value = list(entries.values())[-1]
        line = lines[key.line - 1]
        return value.last_line, len(line) - len(line.lstrip(" "))
    for number, line in enumerate(lines):
        if re.match(r"connections[ \t]*:", line):
            lines[number] = "connections:\n"
            return number + 1, 2
    lines.append("connections:\n")
    return len(lines), 2


def _plain(node: Any) -> Any:
    """Return a node's values as lists, dicts and texts."""
    if isinstance(node, Scalar):
        return node.text
    if isinstance(node, Mapping):
        return {key.text: _plain(value) for key, value in node.entries}
    return [_plain(item) for item in node.items]


class _Entry:
    """One connection as it stands in the file."""

    def __init__(self, name: str, values: dict[str, str | list[str]]) -> None:
        self.name = name
        self._values = values

    def plain(self) -> dict[str, str | list[str]]:
        return self._values

    def lines(self, indent: int) -> list[str]:
        space = " " * indent
        lines = [f"{space}{_scalar(self.name)}:\n"]
        for key, value in self._values.items():
            written = (
                f"[{', '.join(map(_scalar, value))}]"
                if isinstance(value, list)
                else _scalar(value, quoted=key == "password")
            )
            lines.append(f"{space}  {key}: {written}\n")
        return lines


def _entry(
    spec: ConnectionSpec,
    old: Any,
    environ: collections.abc.Mapping[str, str],
) -> _Entry:
    values: dict[str, str | list[str]] = {}
    defaults = {field.name: field.default for field in fields(DBConfig)}
    kept = _references(old, environ)
    for name in DB_FIELDS:
        value = getattr(spec.db, name)
        always = name in ("host", "database", "user")
        if value is None or (not always and value == defaults[name]):
            continue
        text = value.reveal() if isinstance(value, Secret) else _written(value)
        reference = kept.get((name, text)) or (
            kept.get(("", text)) if name == "password" else None
        )
        values[name] = reference or text.replace("${", "$${")
    if spec.group is not None:
        values["group"] = spec.group.replace("${", "$${")
    if spec.tags:
        values["tags"] = [tag.replace("${", "$${") for tag in spec.tags]
    if spec.environment is not None:
        values["environment"] = spec.environment.name
    return _Entry(spec.name, values)


def _written(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _references(
    old: Any, environ: collections.abc.Mapping[str, str]
) -> dict[tuple[str, str], str]:
    """Return the old entry's references by (field, value).

    The single variables in it are there too, under the field ``""``: a password
    that stood in a ``url`` becomes ``${NAME}`` again in this way.
    """
    kept: dict[tuple[str, str], str] = {}
    for key, node in old.entries if isinstance(old, Mapping) else ():
        if not isinstance(node, Scalar) or not has_reference(node.text):
            continue
        for name in re.findall(r"(?<!\$)\$\{([A-Za-z_][A-Za-z0-9_]*)\}", node.text):
            kept["", environ.get(name, "")] = f"${{{name}}}"
        with suppress(ReferenceProblem):
            kept[key.text, expand(node.text, environ)] = node.text
    return kept


def _scalar(text: str, *, quoted: bool = False) -> str:
    if not quoted and re.fullmatch(r"[A-Za-z_][A-Za-z0-9_.-]*|[1-9][0-9]*", text):
        word = Scalar(0, 0, text, plain=True)
        if (word.is_text or text.isdigit()) and not word.is_null:
            return text
    escaped = json.dumps(text, ensure_ascii=False)[1:-1]
    return '"' + re.sub(r"[^\x20-\x7e\xa0-\ud7ff\ue000-\ufdff]", _escape, escaped) + '"'


def _escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
