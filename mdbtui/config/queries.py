"""Saved queries: .sql files with a header of comments; blocking.

A file begins with lines as these, all of which may be missing::

    -- name: Orders of a day
    -- description: What came in, by status
    -- tags: orders, daily
    -- parameter: day date = 2026-01-01
    -- parameter: status text = NULL
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mdbtui.config import paths
from mdbtui.config.files import FileProblem, read_text, write_private

MAX_FILES = 1_000
_LINE = re.compile(r"--[ \t]*([A-Za-z_]+)[ \t]*:(?:[ \t]+(.*?))?[ \t]*")
_PARAMETER = re.compile(
    r":?([^\W\d]\w*|\$[0-9]+)(?:[ \t]+([^=]*?))?[ \t]*(?:=[ \t]*(.*))?"
)
_KEYS = ("name", "description", "tags", "parameter")
_UNSAFE = re.compile(r"[^\w.-]+")
_NAME_BYTES = 100


@dataclass(frozen=True)
class SavedParameter:
    """A parameter as a header describes it.

    Attributes:
        name: As it is written in the query: ``:day`` or ``$1``.
        type_name: What it is; for the reader, since the server finds the type.
        default: Proposed when nothing else was given; None for NULL.
        has_default: Whether there is one.
    """

    name: str
    type_name: str = ""
    default: str | None = None
    has_default: bool = False


@dataclass(frozen=True)
class Header:
    """What the comments at the head of a text say."""

    name: str = ""
    description: str = ""
    tags: tuple[str, ...] = ()
    parameters: tuple[SavedParameter, ...] = ()
    lines: int = 0
    problems: tuple[tuple[int, str], ...] = ()
    """What is wrong: the line, from 1, and a sentence."""


@dataclass(frozen=True)
class SavedQuery:
    """One file of the folder."""

    path: Path
    header: Header
    text: str

    @property
    def name(self) -> str:
        """Its name; by default the file's."""
        return self.header.name or self.path.stem

    @property
    def sql(self) -> str:
        """The text without its header."""
        return "\n".join(self.text.split("\n")[self.header.lines :]).strip("\n")


@dataclass
class Saved:
    """What the folder holds.

    Attributes:
        queries: By name.
        problems: What is wrong with which file, as ``file:line: sentence``.
    """

    queries: list[SavedQuery] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def queries_dir() -> Path:
    """Return the folder of saved queries."""
    return paths.config_dir() / "queries"


def read_header(text: str) -> Header:
    """Read the comments at the head of a text. Never raises."""
    found: dict[str, str] = {}
    parameters: list[SavedParameter] = []
    problems: list[tuple[int, str]] = []
    number = 0
    for number, line in enumerate([*text.split("\n"), ""], 1):
        match = _LINE.fullmatch(line.rstrip("\r"))
        if match is None:
            break
        key, value = match[1].lower(), match[2] or ""
        if key not in _KEYS:
            problems.append(
                (number, f"{key} is not known; known are {', '.join(_KEYS)}")
            )
        elif not value:
            problems.append((number, f"{key} says nothing"))
        elif key == "parameter":
            parameter = _parameter(value)
            if parameter is None:
                problems.append((number, "a parameter is: name type = default"))
            elif any(parameter.name == other.name for other in parameters):
                problems.append((number, f"{parameter.name} is there twice"))
            else:
                parameters.append(parameter)
        elif key in found:
            problems.append((number, f"{key} is there twice"))
        else:
            found[key] = value
    tags = tuple(filter(None, (t.strip() for t in found.get("tags", "").split(","))))
    return Header(
        found.get("name", ""),
        found.get("description", ""),
        tags,
        tuple(parameters),
        number - 1,
        tuple(problems),
    )


def _parameter(value: str) -> SavedParameter | None:
    match = _PARAMETER.fullmatch(value)
    if match is None:
        return None
    name = match[1] if match[1].startswith("$") else f":{match[1]}"
    default, has = match[3], match[3] is not None
    if default is not None:
        if default.upper() == "NULL":
            default = None
        elif len(default) > 1 and default[0] == default[-1] == "'":
            default = default[1:-1].replace("''", "'")
    return SavedParameter(name, (match[2] or "").strip(), default, has)


def load_queries() -> Saved:
    """Read the folder; what can't be read is told in `Saved.problems`."""
    saved = Saved()
    try:
        found = sorted(queries_dir().glob("*.sql"))
    except OSError as error:
        saved.problems.append(f"{queries_dir()}: {error.strerror}")
        return saved
    if len(found) > MAX_FILES:
        saved.problems.append(
            f"{queries_dir()}: only {MAX_FILES} of its files are read"
        )
    for path in found[:MAX_FILES]:
        try:
            text = read_text(path).replace("\r\n", "\n")
        except FileNotFoundError:
            continue
        except FileProblem as problem:
            saved.problems.append(f"{path}: {problem}")
            continue
        query = SavedQuery(path, read_header(text), text)
        saved.problems += [
            f"{path}:{line}: {words}" for line, words in query.header.problems
        ]
        if not query.sql.strip():
            saved.problems.append(f"{path}:{query.header.lines + 1}: there is no query")
            continue
        saved.queries.append(query)
    saved.queries.sort(key=lambda query: query.name.casefold())
    return saved


def file_of(name: str) -> Path:
    """Return the file in which a query of this name is saved."""
    stem = _UNSAFE.sub("_", name).strip("._-")
    stem = stem.encode()[:_NAME_BYTES].decode(errors="ignore").rstrip("._-")
    return queries_dir() / f"{stem or 'query'}.sql"


def write_query(
    path: Path,
    sql: str,
    *,
    name: str,
    description: str = "",
    tags: str = "",
    parameters: Sequence[SavedParameter] = (),
) -> None:
    """Save a query under a header, readable by the user only.

    A header that the query has already is replaced; its parameters' defaults are kept.

    Raises:
        FileProblem: It could not be written.
    """
    before = read_header(sql)
    known = {each.name: each for each in before.parameters}
    lines = [f"-- name: {_one_line(name)}"]
    if description.strip():
        lines.append(f"-- description: {_one_line(description)}")
    if tags.strip():
        lines.append(f"-- tags: {_one_line(tags)}")
    for each in parameters:
        kept = known.get(each.name, each)
        line = (
            f"-- parameter: {each.name.lstrip(':')} {each.type_name or kept.type_name}"
        )
        if kept.has_default:
            line += f" = {'NULL' if kept.default is None else _quoted(kept.default)}"
        lines.append(line.rstrip())
    body = "\n".join(sql.split("\n")[before.lines :]).strip()
    end = "" if body.endswith(";") else ";"
    write_private(path, "\n".join([*lines, f"{body}{end}", ""]))


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _quoted(value: str) -> str:
    plain = value and value == value.strip() and value.upper() != "NULL"
    return value if plain and "'" not in value else "'" + value.replace("'", "''") + "'"
