"""The operating system account that PostgreSQL runs as.

PostgreSQL refuses to run as root. A program that was started by root therefore lets
an unprivileged account that exists already run the server; it makes no account and
changes no folder that it did not make.
"""

from __future__ import annotations

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mdbtui.demo.errors import DemoError

_UNPRIVILEGED = ("postgres", "_postgres", "nobody", "daemon")
_PROBE_TIMEOUT = 10.0


@dataclass(frozen=True)
class Account:
    """Who runs the server.

    Attributes:
        name: The account's name.
        uid: Its user id.
        gid: Its group id.
        switched: True when it is another account than the program's own.
    """

    name: str
    uid: int
    gid: int
    switched: bool

    def popen_options(self) -> dict[str, Any]:
        """Keyword arguments for `subprocess` that make the child run as the account.

        The environment is a small fixed one: the caller's PG* variables would change
        what PostgreSQL does, and its secrets are none of the server's business.
        """
        options: dict[str, Any] = {"env": _environment()}
        if self.switched:
            options |= {"user": self.uid, "group": self.gid, "extra_groups": []}
        return options

    def can_enter(self, folder: Path) -> bool:
        """Whether the account can reach files in *folder*, tried for real."""
        try:
            done = subprocess.run(
                ["/bin/sh", "-c", 'cd "$1"', "sh", folder],
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                timeout=_PROBE_TIMEOUT,
                check=False,
                **self.popen_options(),
            )
        except (OSError, subprocess.SubprocessError):
            return False
        return done.returncode == 0

    def give(self, path: Path) -> None:
        """Make the account the owner of *path*, which the program has just made."""
        if self.switched:
            os.chown(path, self.uid, self.gid, follow_symlinks=False)


def server_account() -> Account:
    """Return the account for the server: one's own, or an unprivileged one for root.

    Raises:
        DemoError: The program runs as root and can switch to no other account.
    """
    uid = os.geteuid()
    if uid != 0:
        return Account(_name_of(uid), uid, os.getegid(), switched=False)
    for name in _UNPRIVILEGED:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        account = Account(name, entry.pw_uid, entry.pw_gid, switched=True)
        if entry.pw_uid != 0 and account.can_enter(Path("/")):
            return account
    raise DemoError(
        "PostgreSQL does not run as root, and none of the accounts "
        f"{', '.join(_UNPRIVILEGED)} can be used instead",
        hint="Start mdbtui as an ordinary user.",
    )


def _name_of(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _environment() -> dict[str, str]:
    kept = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "TMPDIR")
    environment = {name: os.environ[name] for name in kept if name in os.environ}
    # initdb looks for a time zone by trying hundreds of files unless TZ names one.
    return environment | {"LC_ALL": "C", "TZ": "UTC"}
