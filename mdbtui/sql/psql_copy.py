r"""psql's \copy: a COPY whose file is on the client's side."""

from __future__ import annotations

from dataclasses import dataclass

from mdbtui.sql.lexer import Scanner


@dataclass(frozen=True, slots=True)
class CopyRequest:
    r"""What a \copy asks for.

    Attributes:
        sql: The COPY that the server is sent.
        incoming: Whether the table is written to.
        file: The client's file; empty where standard input or output was named.
        program: Whether a program was named in place of a file.
    """

    sql: str
    incoming: bool
    file: str = ""
    program: bool = False


def copy_request(rest: str) -> CopyRequest | None:
    r"""Read what stands behind ``\copy``; None if that can't be."""
    depth = 0
    for kind, start, end in Scanner(rest):
        depth += (kind == "open") - (kind == "close")
        word = rest[start:end].lower()
        if kind == "word" and not depth and start and word in ("from", "to"):
            return _with_file(rest[:start].strip(), word, rest[end:].strip())
    return None


def _with_file(what: str, way: str, rest: str) -> CopyRequest | None:
    program = rest[:8].lower() in ("program ", "program'")
    if program:
        rest = rest[7:].strip()
    file, options, quoted = _file(rest)
    if not what or (not file and not quoted):
        return None
    named = file
    if not quoted and file.lower() in ("stdin", "stdout", "pstdin", "pstdout"):
        named = ""
    end = "STDIN" if way == "from" else "STDOUT"
    sql = f"COPY {what} {way.upper()} {end} {options}".rstrip()
    return CopyRequest(sql, way == "from", named, program)


def _file(rest: str) -> tuple[str, str, bool]:
    """The file's name, what follows it, and whether it stands in quotes."""
    if not rest.startswith("'"):
        file, _, options = rest.partition(" ")
        return file, options.strip(), False
    name, at = "", 1
    while at < len(rest):
        if rest.startswith("''", at):
            name += "'"
            at += 2
        elif rest[at] == "'":
            return name, rest[at + 1 :].strip(), True
        else:
            name += rest[at]
            at += 1
    return "", "", False
