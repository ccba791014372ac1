"""What the README promises can be done as it stands there."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def test_the_first_screen_gives_two_commands_and_ci_runs_the_second() -> None:
    first_screen = README[: README.index("```text")]
    commands = [
        block.strip() for block in re.findall(r"```sh\n(.*?)```", first_screen, re.S)
    ]
    assert len(commands) == 2
    assert commands[0].endswith("mdbtui --demo")
    assert commands[1] in (ROOT / ".ci" / "run").read_text()


@pytest.mark.timeout(180)
def test_the_library_example_runs(tmp_path: Path) -> None:
    (example,) = blocks("python")
    script = tmp_path / "example.py"
    script.write_text(example)
    done = subprocess.run(
        [sys.executable, script],
        capture_output=True,
        text=True,
        timeout=150,
        env=os.environ,
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    assert re.search(r"^42 PoolStats\(db_id='shop'", done.stdout, re.M)
    assert len([line for line in example.splitlines() if line.strip()]) <= 12


def test_the_configuration_example_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mdbtui.config import load_config

    monkeypatch.setenv("SHOP_PASSWORD", "x")
    path = tmp_path / "config.yaml"
    path.write_text(blocks("yaml")[0])
    config = load_config(path)
    assert [spec.name for spec in config.connections] == ["shop", "metrics"]
    assert config.connection("metrics").db.port == 5433


def test_the_least_theme_is_a_theme(tmp_path: Path) -> None:
    from mdbtui.ui.theme_file import read_theme

    path = tmp_path / "mine.yaml"
    path.write_text(blocks("yaml")[1])
    assert read_theme(path).theme.name == "mine"
    assert yaml.safe_load(path.read_text()) == {"primary": "#ff8800"}
