"""All sources of configuration, put together."""

from __future__ import annotations

import os
from collections import ChainMap
from typing import TYPE_CHECKING

from mdbtui.config import paths
from mdbtui.config.files import FileProblem, read_text, readable_by_others
from mdbtui.config.models import AppConfig, ConfigFileError
from mdbtui.config.reader import Reader
from mdbtui.config.schema import BUILT_IN_ENVIRONMENTS, FileContent, read_settings
from mdbtui.config.variables import spec_from_variables
from mdbtui.config.yamlfile import read_tree

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from mdbtui.config.models import ConnectionSpec, Environment


def load_config(
    path: Path | None = None,
    *,
    env_file: Path | None = None,
    environ: Mapping[str, str] = os.environ,
) -> AppConfig:
    """Read the configuration. Blocks; 50 connections take some 15 ms.

    Without ``path`` these are read, if they exist: ``config.yaml``, which is the
    user's and never written, and ``connections.yaml`` beside it, which
    ``save_connection`` writes. ``DB_HOST`` or ``DB_NAME`` in the environment make
    one more connection, named ``env``.

    Args:
        path: Read this file in place of the two.
        env_file: A ``.env`` file; the environment itself wins over it.
        environ: The environment, for ``DB_*`` and ``${NAME}``.

    Raises:
        ConfigFileError: It lists every mistake of every file.
    """
    mistakes: list[str] = []
    warnings: list[str] = []
    variables: Mapping[str, str] = environ
    if env_file is not None:
        variables = ChainMap(dict(environ), _env_file(env_file, mistakes, warnings))
    contents: list[FileContent] = []
    environments: list[Environment] = list(BUILT_IN_ENVIRONMENTS)
    for file, required in _files(path):
        content = _read(file, required, variables, environments, mistakes, warnings)
        contents.append(content)
        environments = _merge(environments, content.environments)
    connections = _connections(contents, mistakes)
    try:
        extra = spec_from_variables(variables)
    except ConfigFileError as error:
        mistakes.extend(error.mistakes)
    else:
        if extra is not None and any(c.name == extra.name for c in connections):
            warnings.append(
                f"DB_* in the environment: not used, since a connection named "
                f"{extra.name} is configured; rename that"
            )
        elif extra is not None:
            connections.append(extra)
    if mistakes:
        raise ConfigFileError(mistakes)
    return AppConfig(
        connections=tuple(connections),
        environments=tuple(environments),
        warnings=tuple(warnings),
        **ChainMap(*(content.settings for content in contents)),
    )


def _files(path: Path | None) -> list[tuple[Path, bool]]:
    if path is not None:
        return [(path, True)]
    folder = paths.config_dir()
    return [
        (folder / paths.CONFIG_FILE, False),
        (folder / paths.CONNECTIONS_FILE, False),
    ]


def _env_file(path: Path, mistakes: list[str], warnings: list[str]) -> dict[str, str]:
    try:
        from mdbtui.config.dotenv import read_env_file

        variables = read_env_file(path)
    except ConfigFileError as error:
        mistakes.extend(error.mistakes)
        return {}
    if variables.get("DB_PASSWORD") and readable_by_others(path):
        warnings.append(_exposed(str(path), "DB_PASSWORD", path))
    return variables


def _read(
    path: Path,
    required: bool,
    environ: Mapping[str, str],
    environments: list[Environment],
    mistakes: list[str],
    warnings: list[str],
) -> FileContent:
    try:
        root, malformed = read_tree(read_text(path))
    except FileNotFoundError:
        if required:
            mistakes.append(f"{path}: there is no such file")
        return FileContent()
    except FileProblem as problem:
        mistakes.append(f"{path}: {problem}")
        return FileContent()
    reader = Reader(str(path), environ)
    reader.mistakes.extend(malformed)
    content = read_settings(root, reader, environments)
    mistakes.extend(reader.report())
    if content.secret_lines and readable_by_others(path):
        where = f"{path}:{content.secret_lines[0]}"
        warnings.append(_exposed(where, "a password", path))
    return content


def _exposed(where: str, what: str, path: Path) -> str:
    return (
        f"{where}: {what} can be read by others; "
        f"run: chmod 600 {path}, or refer to it as ${{NAME}}"
    )


def _merge(known: list[Environment], more: list[Environment]) -> list[Environment]:
    return list({e.name: e for e in (*known, *more)}.values())


def _connections(
    contents: list[FileContent], mistakes: list[str]
) -> list[ConnectionSpec]:
    found: dict[str, ConnectionSpec] = {}
    for content in contents:
        for spec in content.connections:
            first = found.setdefault(spec.name, spec)
            if first is not spec:
                mistakes.append(
                    f"{spec.source}: connections.{spec.name}: given twice "
                    f"(first in {first.source}); rename or remove one"
                )
    return list(found.values())
