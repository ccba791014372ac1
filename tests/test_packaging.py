"""The wheel holds everything, installs in an empty environment, and starts."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
DATA_SUFFIXES = {".tcss", ".sql", ".yaml", ".typed"}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the source distribution, and the wheel from it, as a publisher would."""
    target = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", "--outdir", target, ROOT],
        check=True,
        capture_output=True,
        timeout=120,
    )
    return target


def shipped_data() -> set[str]:
    """Every file beside the code that the program reads when it runs."""
    files = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "mdbtui").rglob("*")
        if path.suffix in DATA_SUFFIXES
    }
    themes = {f"mdbtui/themes/{path.name}" for path in (ROOT / "themes").glob("*.yaml")}
    return files | themes


def test_wheel_holds_themes_styles_and_queries(built: Path) -> None:
    with zipfile.ZipFile(next(built.glob("*.whl"))) as wheel:
        names = set(wheel.namelist())
    expected = shipped_data()
    assert any(name.endswith(".tcss") for name in expected)
    assert any(name.endswith(".sql") for name in expected)
    assert sum(name.startswith("mdbtui/themes/") for name in expected) >= 6
    assert expected <= names
    stray = {name for name in names if name.startswith(("tests/", "themes/"))}
    assert not stray


def test_source_distribution_holds_what_builds_and_tests_it(built: Path) -> None:
    with tarfile.open(next(built.glob("*.tar.gz"))) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    for name in ("pyproject.toml", "README.md", "LICENSE", "tests/conftest.py"):
        assert name in names
    assert {f"themes/{path.name}" for path in (ROOT / "themes").glob("*.yaml")} <= names


@pytest.mark.timeout(240)
def test_wheel_runs_in_an_empty_environment(built: Path, tmp_path: Path) -> None:
    home = tmp_path / "env"
    venv.create(home, with_pip=True)
    python = home / "bin" / "python"
    wheel = next(built.glob("*.whl"))
    subprocess.run(
        [python, "-m", "pip", "install", "-q", wheel], check=True, timeout=200
    )
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}

    def run(*command: str) -> str:
        done = subprocess.run(
            command,
            cwd=tmp_path,
            env=environment,
            check=True,
            capture_output=True,
            text=True,
            timeout=60,
        )
        return done.stdout

    assert run(str(home / "bin" / "mdbtui"), "--version").startswith("mdbtui ")
    assert "query" in run(str(home / "bin" / "mdbtui"), "--help")
    started = run(str(python), "-I", "-c", START)
    assert re.search(r"themes (\d{2}|[6-9]) loaded 0 failed", started)
    assert "painted True" in started


START = """
import asyncio
from mdbtui.catalog import Catalog
from mdbtui.config import AppConfig
from mdbtui.pool import PoolManager
from mdbtui.ui.app import MdbtuiApp
from mdbtui.ui.services import Services
from mdbtui.ui.themes import Themes

async def main():
    report = Themes().load_all()
    print("themes", len(report.loaded), "loaded", len(report.failed), "failed")
    async with PoolManager() as pools:
        app = MdbtuiApp(Services(pools, AppConfig(), Catalog(pools)))
        async with app.run_test(size=(100, 30)) as pilot:
            await pilot.pause()
            print("painted", bool(app.screen.size))

asyncio.run(main())
"""
