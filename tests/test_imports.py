"""What is loaded when: a start must not pay for what it does not use."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

# None is needed for the first frame: the libraries cost it between 10 and 180 ms,
# and our own modules, one by one, had made it 100 ms slower before anybody saw it.
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
    "mdbtui.catalog.levels",
    "mdbtui.config.dotenv",
    "mdbtui.config.store",
    "mdbtui.demo",
    "mdbtui.headless",
    "mdbtui.monitor",
    "mdbtui.sql.complete",
    "mdbtui.ui.screens.ask",
    "mdbtui.ui.screens.choose",
    "mdbtui.ui.screens.connect",
    "mdbtui.ui.screens.help",
    "mdbtui.ui.screens.leaving",
    "mdbtui.ui.screens.welcome",
)
NO_SCREEN = ("textual", "rich")
OWN_AT_START = 193
"""So many of our modules may the first frame load; each takes it 0.3 ms or more.

Whoever needs one more should look first for one that is loaded too early."""
CONFIG = """
connections:
  shop:
    url: postgresql://anna@127.0.0.1:1/shop  # no server is asked
theme: ember
"""


def loaded_by(code: str, **variables: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys\nprint(*sorted(sys.modules))"],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
        env={**os.environ, **variables},
    )
    return set(done.stdout.split())


def test_the_first_frame_loads_no_more_than_it_needs(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(CONFIG)
    loaded = loaded_by(
        "import asyncio, pathlib, mdbtui.cli, mdbtui.ui.logs\n"
        "from mdbtui.catalog import Catalog\n"
        "from mdbtui.config import load_config\n"
        "from mdbtui.pool import PoolManager\n"
        "from mdbtui.query import driver_options\n"
        "from mdbtui.ui.app import MdbtuiApp\n"
        "from mdbtui.ui.services import Services\n"
        f"config = load_config(pathlib.Path({str(path)!r}))\n"
        "async def start():\n"
        "    pools = PoolManager(driver_options=driver_options)\n"
        "    services = Services(pools, config, Catalog(pools))\n"
        "    services.start_database = services.connections[0].db.id\n"
        "    MdbtuiApp(services)\n"
        "    await services.close()\n"
        "asyncio.run(start())\n",
        XDG_STATE_HOME=str(tmp_path),
    )
    assert loaded.intersection(NOT_AT_START) == {"yaml"}  # the configuration is read
    own = [name for name in loaded if name.startswith("mdbtui")]
    assert len(own) <= OWN_AT_START, sorted(own)


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
