"""The command line: which arguments there are, and what they say of themselves."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from mdbtui import __version__

if TYPE_CHECKING:
    from collections.abc import Callable


_EPILOG = """\
With no command, the console opens on the configured connections; with none
configured it offers the demo, a form, and what it finds in the environment.

Connections come from config.yaml in the configuration folder
(~/.config/mdbtui), from --config FILE, from a postgresql:// URL, and from
DB_HOST, DB_PORT, DB_NAME, DB_USER, DB_PASSWORD.
"""


def _add_config_options(parser: argparse.ArgumentParser, *, inherit: bool) -> None:
    """Add the options that say where connections come from.

    Given before or after the command, they mean the same: a sub-command's copy
    has no default, so that it does not hide what stood before the command.
    """
    default = argparse.SUPPRESS if inherit else None
    parser.add_argument(
        "--config",
        type=Path,
        metavar="FILE",
        default=default,
        help="read only this configuration file",
    )
    parser.add_argument(
        "--env-file",
        type=Path,
        metavar="FILE",
        default=default,
        help="take DB_HOST, DB_PORT … from this .env file (never looked for)",
    )


def build_parser() -> argparse.ArgumentParser:
    """Return the parser for the program and its commands."""
    parser = argparse.ArgumentParser(
        prog="mdbtui",
        description="A full-screen terminal console for many PostgreSQL databases.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"mdbtui {__version__}")
    _add_config_options(parser, inherit=False)
    parser.add_argument(
        "-d",
        "--database",
        dest="target",
        metavar="NAME_OR_URL",
        help="connection to start with: a configured name or a postgresql:// URL",
    )
    parser.add_argument(
        "--demo",
        action="store_true",
        help="start an embedded PostgreSQL with sample databases and open them",
    )
    parser.add_argument(
        "--demo-reset",
        action="store_true",
        help="make the sample databases anew, then do as --demo",
    )
    parser.add_argument(
        "--dev",
        action="store_true",
        help="show in the status bar how long the event loop was held up",
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    _add_query(commands.add_parser("query", help="run SQL without a screen"))
    _add_check(commands.add_parser("check", help="test every configured connection"))
    return parser


def _add_query(query: argparse.ArgumentParser) -> None:
    query.description = (
        "Run SQL without a screen. Data goes to standard output, all else to standard"
        " error. Exit status: 0 done, 1 SQL error, 2 usage or configuration error,"
        " 3 could not connect. With several databases, which --group and --where also"
        " name: 0 all answered, 4 some failed, 5 all failed, 6 it is not known of some"
        " whether they committed."
    )
    _add_config_options(query, inherit=True)
    query.add_argument(
        "-d",
        "--database",
        dest="target",
        action="append",
        metavar="NAME_OR_URL",
        default=argparse.SUPPRESS,
        help="a configured connection's name or a postgresql:// URL; may be repeated",
    )
    _add_several(query)
    query.add_argument(
        "--format",
        choices=("table", "csv", "tsv", "json", "jsonl", "markdown", "insert"),
        default="table",
        help="how rows are written (default: table)",
    )
    query.add_argument(
        "--table", metavar="NAME", help="the table that INSERT statements are for"
    )
    query.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        help="write the rows to FILE, which is there when all went well, or not at all",
    )
    query.add_argument(
        "--overwrite", action="store_true", help="let --output replace a file"
    )
    query.add_argument(
        "-f",
        "--file",
        type=Path,
        metavar="FILE",
        help="read the SQL from FILE ('-' is standard input)",
    )
    query.add_argument(
        "--timing",
        action="store_true",
        help="say on standard error how long each statement took",
    )
    query.add_argument("sql", nargs="?", metavar="SQL", help="the statements to run")


def _add_several(query: argparse.ArgumentParser) -> None:
    several = query.add_argument_group("several databases")
    several.add_argument(
        "-g",
        "--group",
        dest="groups",
        action="append",
        default=[],
        metavar="GROUP",
        help="all connections of a group; may be repeated",
    )
    several.add_argument(
        "--where",
        metavar="EXPR",
        help="those of them that have these tags, groups, environments and names,"
        " as in 'tenant & eu & !canary'; of all connections without -d and -g",
    )
    several.add_argument(
        "--concurrency",
        type=_positive(int),
        metavar="N",
        help="so many at once (default: 16, and 8 at one server)",
    )
    several.add_argument(
        "--timeout",
        type=_positive(float),
        metavar="SECONDS",
        help="for each database (default: 30)",
    )
    several.add_argument(
        "--fail-fast",
        action="store_true",
        help="end all when one fails; what is committed by then stays",
    )
    several.add_argument(
        "--write",
        action="store_true",
        help="let the statement write: each database commits by itself",
    )
    several.add_argument(
        "--production", action="store_true", help="let it write in production, too"
    )
    several.add_argument(
        "--canary",
        metavar="NAME",
        help="write there first; the others follow if it committed, to the first error",
    )
    several.add_argument(
        "--together",
        action="store_true",
        help="commit on all or on none, by PREPARE TRANSACTION (servers must allow it)",
    )


def _positive(kind: type[int] | type[float]) -> Callable[[str], float]:
    def number(text: str) -> float:
        value = kind(text)
        if not 0 < value < 1_000_000:
            raise ValueError
        return value

    number.__name__ = "number above 0"  # argparse's word for what it wants
    return number


def _add_check(check: argparse.ArgumentParser) -> None:
    check.description = (
        "Connect to every configured database and print its health. Exit status:"
        " 0 all healthy, 1 at least one is not, 2 usage or configuration error."
    )
    _add_config_options(check, inherit=True)
    check.add_argument(
        "--format",
        choices=("table", "jsonl"),
        default="table",
        help="a line of words, or a JSON object a line (default: table)",
    )
    check.add_argument(
        "names", nargs="*", metavar="NAME", help="only these connections"
    )
