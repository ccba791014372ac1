"""The composition root: arguments → config → pools → console or headless command.

This is the only module that knows all the others. It imports what a command
needs when that command runs, since `mdbtui --version` must not pay for Textual
and `mdbtui query` must not pay for the screen.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from mdbtui import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence

    from mdbtui.config import AppConfig
    from mdbtui.ui.services import Services

EXIT_USAGE = 2
EXIT_INTERRUPTED = 130

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
        " name: 0 all answered, 4 some failed, 5 all failed."
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
        "--fail-fast", action="store_true", help="end all when one fails"
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


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program.

    Args:
        argv: The arguments without the program's name; the process's own by default.

    Returns:
        The exit status.
    """
    parser = build_parser()
    arguments = parser.parse_args(argv)
    if arguments.command == "query":
        return _query(parser, arguments)
    if arguments.command == "check":
        return _check(arguments)
    return _console(arguments)


def _configuration(arguments: argparse.Namespace) -> AppConfig | None:
    """Read the configuration; None after its mistakes were printed."""
    from mdbtui.config import ConfigFileError, load_config

    try:
        return load_config(arguments.config, env_file=arguments.env_file)
    except ConfigFileError as error:
        print(error, file=sys.stderr)  # noqa: T201 - before any screen
        return None


def _query(parser: argparse.ArgumentParser, arguments: argparse.Namespace) -> int:
    if arguments.sql is not None and arguments.file is not None:
        parser.error("give the SQL as an argument or with --file, not both")
    config = _configuration(arguments)
    if config is None:
        return EXIT_USAGE
    from mdbtui.headless import Several, run_fan_out, run_query

    target = arguments.target or []
    names = [target] if isinstance(target, str) else target
    options = {
        name: getattr(arguments, name)
        for name in ("sql", "file", "format", "timing", "output", "overwrite", "table")
    }
    several = Several(
        names,
        arguments.groups,
        arguments.where,
        arguments.concurrency,
        arguments.timeout,
        arguments.fail_fast,
    )
    if len(names) > 1 or arguments.groups or arguments.where is not None:
        return _run_headless(run_fan_out(config, several, **options))
    if several != Several(names, groups=arguments.groups):
        parser.error(
            "--concurrency, --timeout and --fail-fast are for several databases"
        )
    return _run_headless(run_query(config, names[0] if names else None, **options))


def _check(arguments: argparse.Namespace) -> int:
    config = _configuration(arguments)
    if config is None:
        return EXIT_USAGE
    from mdbtui.headless import run_check

    return _run_headless(run_check(config, arguments.names, format=arguments.format))


def _run_headless(command: Coroutine[object, object, int]) -> int:
    try:
        return asyncio.run(command)
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED


def _console(arguments: argparse.Namespace) -> int:
    from mdbtui.query.tuning import tune_gc, tune_threads

    # First of all: the collector would go through every module that is loaded.
    tune_gc()
    tune_threads()
    # Textual reads its variables while it is imported.
    from mdbtui.ui.environment import scrub_environment, terminal_problem

    scrub_environment()
    if problem := terminal_problem():
        print(f"mdbtui: {problem}", file=sys.stderr)  # noqa: T201 - before any screen
        return EXIT_USAGE
    config = _configuration(arguments)
    if config is None:
        return EXIT_USAGE
    try:
        return asyncio.run(_run_console(arguments, config))
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED


async def _run_console(arguments: argparse.Namespace, config: AppConfig) -> int:
    from mdbtui.catalog import Catalog
    from mdbtui.config import state_dir
    from mdbtui.pool import PoolManager
    from mdbtui.query import driver_options
    from mdbtui.ui.app import MdbtuiApp
    from mdbtui.ui.logs import LogFile
    from mdbtui.ui.services import Services

    with contextlib.ExitStack() as stack:
        log = stack.enter_context(LogFile(state_dir() / "mdbtui.log"))
        log.watch(asyncio.get_running_loop())
        pools = PoolManager(driver_options=driver_options)
        services = Services(pools, config, Catalog(pools), keep_secret=log.redactor.add)
        try:
            await _prepare(arguments, services)
            stalls = None
            if arguments.dev:
                from mdbtui.ui.stall import StallMonitor

                stalls = StallMonitor()
            app = MdbtuiApp(services, stalls=stalls, log_path=log.path)
            async with stalls or contextlib.nullcontext():
                return await app.run_console()
        except _StartError as error:
            print(f"mdbtui: {error}", file=sys.stderr)  # noqa: T201 - no screen yet
            return EXIT_USAGE
        finally:
            await services.close()


class _StartError(Exception):
    """The console can't be started as it was asked to; ``str()`` says why."""


async def _prepare(arguments: argparse.Namespace, services: Services) -> None:
    """Start the demo and find the database to begin with.

    Raises:
        _StartError: One of the two could not be had.
    """
    if arguments.demo or arguments.demo_reset:
        from mdbtui.demo import DemoError

        try:
            demo = await services.start_demo(_say_progress, reset=arguments.demo_reset)
            services.start_database = demo[0]
        except DemoError as error:
            raise _StartError(str(error)) from None
    if arguments.target is not None:
        services.start_database = _find_target(arguments.target, services)
        services.start_asked = True
    elif services.start_database is None and services.connections:
        services.start_database = services.connections[0].db.id


def _find_target(target: str, services: Services) -> str:
    from mdbtui.config import ConnectionSpec, parse_url
    from mdbtui.pool import ConfigError

    if "://" not in target:
        if services.connection(target) is None:
            raise _StartError(f"there is no connection {target!r}")
        return target
    try:
        db = parse_url(target)
        return services.add(ConnectionSpec(db.id, db, source="command line"))
    except ConfigError as error:
        raise _StartError(f"the URL is wrong: {error}") from None


def _say_progress(text: str) -> None:
    print(text, file=sys.stderr, flush=True)  # noqa: T201 - before the screen
