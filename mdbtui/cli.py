"""The composition root: arguments → config → pools → console or headless command.

This is the only module that knows all the others. It imports what a command
needs when that command runs, since `mdbtui --version` must not pay for Textual
and `mdbtui query` must not pay for the screen.
"""

from __future__ import annotations

import contextlib
import sys
from typing import TYPE_CHECKING

from mdbtui.arguments import build_parser

if TYPE_CHECKING:
    import argparse
    from collections.abc import Coroutine, Sequence

    from mdbtui.config import AppConfig
    from mdbtui.ui.services import Services

EXIT_USAGE = 2
EXIT_INTERRUPTED = 130


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
    from mdbtui.headless import Several, Writing, run_fan_out, run_query

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
        Writing(
            arguments.write,
            arguments.production,
            arguments.canary or "",
            arguments.together,
        ),
    )
    if len(names) > 1 or arguments.groups or arguments.where is not None:
        return _run_headless(run_fan_out(config, several, **options))
    if several != Several(names, arguments.groups):
        parser.error(
            "--concurrency, --timeout, --fail-fast, --write, --production, --canary"
            " and --together are for several databases"
        )
    return _run_headless(run_query(config, names[0] if names else None, **options))


def _check(arguments: argparse.Namespace) -> int:
    config = _configuration(arguments)
    if config is None:
        return EXIT_USAGE
    from mdbtui.headless import run_check

    return _run_headless(run_check(config, arguments.names, format=arguments.format))


def _run_headless(command: Coroutine[object, object, int]) -> int:
    import asyncio

    try:
        return asyncio.run(command)
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED


def _console(arguments: argparse.Namespace) -> int:
    from mdbtui.query.tuning import hold_gc, tune_threads

    # First of all: the collector would go through every module that is loaded.
    hold_gc()
    tune_threads()
    import asyncio

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
    import asyncio

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
        pools = PoolManager(driver_options=driver_options, trace_leases=True)
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
