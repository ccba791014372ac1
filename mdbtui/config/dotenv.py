"""A strict reader of ``.env`` files: names and values, never a program.

A file is read only when the user names it. The process environment wins, and names
that change how programs are found, loaded or connected are refused, so that a file
that came with a checkout can't redirect anything.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mdbtui.config.files import FileProblem, read_text
from mdbtui.config.models import ConfigFileError

if TYPE_CHECKING:
    from pathlib import Path

_LINE = re.compile(r"(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_]*)[ \t]*=[ \t]*(.*)")
_SINGLE = re.compile(r"'([^']*)'[ \t]*(?:#.*)?")
_DOUBLE = re.compile(r'"((?:[^"\\]|\\.)*)"[ \t]*(?:#.*)?')
_REFUSED = re.compile(
    r"LD_.*|DYLD_.*|PYTHON.*|PATH|HOME|SHELL|IFS|ENV|BASH_ENV|EDITOR|VISUAL|PAGER"
    r"|PSQL_PAGER|BROWSER|TMPDIR|XDG_.*|PGSSL.*|PGSERVICE|PGSERVICEFILE|PGSYSCONFDIR"
    r"|PGPASSFILE|PGHOSTADDR|SSLKEYLOGFILE|SSL_CERT_FILE|SSL_CERT_DIR|OPENSSL_CONF"
)
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\", "$": "$"}


def read_env_file(path: Path) -> dict[str, str]:
    r"""Return the variables of a ``.env`` file. Blocks.

    Lines are ``NAME=value``, with ``export`` before it or not; a value may be in
    single quotes (taken as it stands) or double quotes (with ``\n``, ``\"``,
    ``\$``); ``#`` after a space begins a comment. Nothing is expanded.

    Raises:
        ConfigFileError: The file can't be read, or lines are wrong; none is shown.
    """
    try:
        text = read_text(path)
    except FileNotFoundError:
        raise ConfigFileError([f"{path}: there is no such file"]) from None
    except FileProblem as problem:
        raise ConfigFileError([f"{path}: {problem}"]) from None
    variables: dict[str, str] = {}
    mistakes: list[str] = []
    for number, line in enumerate(text.split("\n"), 1):
        stripped = line.strip()
        if not stripped or stripped.startswith("#"):
            continue
        try:
            name, value = _read_line(stripped)
        except ValueError as error:
            mistakes.append(f"{path}:{number}: {error}")
        else:
            variables[name] = value
    if mistakes:
        raise ConfigFileError(mistakes)
    return variables


def _read_line(line: str) -> tuple[str, str]:
    match = _LINE.fullmatch(line)
    if match is None:
        raise ValueError("not a line of the form NAME=value")
    name, raw = match[1], match[2]
    if _REFUSED.fullmatch(name):
        raise ValueError(
            f"{name} may not be set here; set it in the environment itself"
        )
    try:
        return name, _read_value(raw)
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None


def _read_value(raw: str) -> str:
    if raw.startswith("'"):
        if match := _SINGLE.fullmatch(raw):
            return match[1]
        raise ValueError("text after the closing ', or none")
    if raw.startswith('"'):
        match = _DOUBLE.fullmatch(raw)
        if match is None:
            raise ValueError('text after the closing ", or none')
        _refuse_expansion(re.sub(r"\\.", "", match[1]))
        return re.sub(r"\\(.)", _unescape, match[1])
    value = re.split(r"(?:^|[ \t])#", raw, maxsplit=1)[0].rstrip()
    _refuse_expansion(value)
    if re.search(r"[\s'\"]", value):
        raise ValueError("a value with spaces or quotes has to be in single quotes")
    return value


def _unescape(match: re.Match[str]) -> str:
    if match[1] not in _ESCAPES:
        raise ValueError(r"a \ in double quotes has to be written \\")
    return _ESCAPES[match[1]]


def _refuse_expansion(value: str) -> None:
    if "$(" in value or "${" in value or "`" in value:
        raise ValueError("nothing is expanded here; put it in single quotes")
