"""Folders for clusters: private, and reachable for the account that runs them."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from mdbtui.demo.account import Account

# Where root keeps what its own folders (/root is 0700) would hide from the account.
_ROOT_FOLDER = Path("/var/lib/mdbtui")


def lasting_folder(wanted: Path, account: Account) -> Path | None:
    """Make and return a folder that survives the program; None when none can be.

    Args:
        wanted: The folder to use if *account* can reach it and it can be written.
        account: Who has to reach files in it.
    """
    for folder in (wanted, _ROOT_FOLDER) if account.switched else (wanted,):
        if account.switched and not account.can_enter(_nearest(folder)):
            continue
        try:
            _make(folder, account)
        except OSError:
            continue
        if os.access(folder, os.W_OK) and account.can_enter(folder):
            return folder
    return None


def temporary_folder(account: Account) -> Path:
    """Make a new private folder which *account* can reach; the caller removes it.

    Raises:
        OSError: No temporary folder can be made.
    """
    folder = Path(tempfile.mkdtemp(prefix="mdbtui-"))
    if account.switched and not account.can_enter(folder.parent):
        folder.rmdir()  # TMPDIR is root's own
        folder = Path(tempfile.mkdtemp(prefix="mdbtui-", dir="/tmp"))
    folder.chmod(_mode(account))
    return folder


def _make(folder: Path, account: Account) -> None:
    if folder.is_dir():
        return
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.mkdir(exist_ok=True)
    folder.chmod(_mode(account))


def _mode(account: Account) -> int:
    # Others may pass through, not look around: each cluster in it is closed itself.
    return 0o711 if account.switched else 0o700


def _nearest(folder: Path) -> Path:
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return folder
