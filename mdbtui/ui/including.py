r"""psql's \i: a file's statements and commands."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from mdbtui.pool import PoolError
from mdbtui.query.daemon import in_daemon_thread
from mdbtui.query.errors import StatementCancelled
from mdbtui.sql.psql import Command, steps
from mdbtui.ui.sql_files import FileTrouble, read_sql, whole_path

if TYPE_CHECKING:
    from mdbtui.sql import Statement
    from mdbtui.ui.director import Director

DISK_LIMIT = 20.0
SHOWN = 5
# pg_dump writes these around what it dumps; they do nothing by themselves.
_GUARDS = frozenset({"restrict", "unrestrict"})
# They read or write files of this machine, or turn to other databases.
_REACHING = frozenset(
    {"copy", "i", "include", "c", "connect", "q", "quit", "e", "edit"}
)


async def read_steps(director: Director, written: str) -> tuple[Path, list[Statement]]:
    r"""Read a file; it is asked for if none is named.

    A file may come from somebody else. So what in it reaches out of the database, as
    ``\copy`` to a file does, is shown before anything runs.

    Raises:
        PoolError: It can't be read, or the user would not run it.
    """
    folder = director.folder or Path.cwd()
    path = await _path(director, folder, written)
    try:
        async with asyncio.timeout(DISK_LIMIT):
            found = await in_daemon_thread(partial(_read, path))
    except FileTrouble as error:
        raise PoolError(str(error)) from None
    except TimeoutError:
        raise PoolError("the disk does not answer") from None
    reaching = [s for s in found if isinstance(s, Command) and s.name in _REACHING]
    if reaching:
        await _confirm(director, path, reaching)
    return path, found


async def _path(director: Director, folder: Path, written: str) -> Path:
    from mdbtui.ui.screens.files import FileScreen

    if written:
        try:
            return whole_path(written, folder)
        except FileTrouble as error:
            raise PoolError(str(error)) from None
    chosen: Path | None = await director.app.push_screen_wait(
        FileScreen("Run a file", folder)
    )
    if chosen is None:
        raise StatementCancelled("not run: no file was named")
    director.folder = chosen.parent
    return chosen


def _read(path: Path) -> list[Statement]:
    text, _ = read_sql(path)
    return [
        step
        for step in steps(text)
        if not (isinstance(step, Command) and step.name in _GUARDS)
    ]


async def _confirm(director: Director, path: Path, reaching: list[Command]) -> None:
    from mdbtui.ui.screens.ask import ConfirmScreen

    lines = [f"line {each.line + 1}: {each.text[:100]}" for each in reaching[:SHOWN]]
    if len(reaching) > SHOWN:
        lines.append(f"… and {len(reaching) - SHOWN} more")
    question = ConfirmScreen(
        "Commands that reach out of the database",
        f"{path} has commands that read or write files here, or go elsewhere:\n\n"
        + "\n".join(lines),
        "Run it",
    )
    if not await director.app.push_screen_wait(question):
        raise StatementCancelled(f"not run: {path}")
