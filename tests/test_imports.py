"""What is loaded when: a start must not pay for what it does not use."""

from __future__ import annotations

import subprocess
import sys

import pytest

# Each costs the first frame between 10 and 180 ms, and none is needed for it.
NOT_AT_START = (
    "asyncpg",
    "pybreaker",
    "yaml",
    "markdown_it",
    "pygments",
    "tree_sitter",
    "sqlite3",
    "importlib.metadata",
    "logging.handlers",
    "textual.widgets._data_table",
    "textual.widgets._markdown",
    "textual.widgets._footer",
    "mdbtui.demo",
    "mdbtui.headless",
    "mdbtui.monitor",
    "mdbtui.sql.complete",
    "mdbtui.ui.screens.connect",
    "mdbtui.ui.screens.help",
    "mdbtui.ui.screens.welcome",
)
NO_SCREEN = ("textual", "rich")


def loaded_by(code: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys\nprint(*sorted(sys.modules))"],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return set(done.stdout.split())


def test_the_first_frame_loads_no_more_than_it_needs() -> None:
    loaded = loaded_by(
        "import mdbtui.cli, mdbtui.ui.app, mdbtui.ui.services, mdbtui.catalog\n"
        "import mdbtui.query, mdbtui.config, mdbtui.ui.logs, mdbtui.ui.stall\n"
        "mdbtui.config.load_config()\n"
    )
    assert not loaded.intersection(NOT_AT_START)


@pytest.mark.parametrize(
    "module",
    ["pool", "sql", "config", "query", "catalog", "monitor", "demo", "headless"],
)
def test_everything_below_the_screen_runs_without_one(module: str) -> None:
    assert not loaded_by(f"import mdbtui.{module}").intersection(NO_SCREEN)


def test_version_loads_next_to_nothing() -> None:
    code = (
        "import mdbtui.cli\n"
        "try:\n    mdbtui.cli.main(['--version'])\n"
        "except SystemExit:\n    pass\n"
    )
    assert not loaded_by(code).intersection({*NOT_AT_START, *NO_SCREEN, "mdbtui.pool"})
