"""One module, one subject: past 400 lines there is a second one."""

from __future__ import annotations

import ast
from pathlib import Path

PACKAGE = Path(__file__).parent.parent / "mdbtui"
MAX_MODULE_LINES = 400
MAX_FUNCTION_LINES = 60
KEPT_THIN = {"ui/app.py": 250, "ui/screens/main.py": 400, "cli.py": 330}


def test_modules_stay_small() -> None:
    sizes = {
        path.relative_to(PACKAGE).as_posix(): len(path.read_text().splitlines())
        for path in PACKAGE.rglob("*.py")
    }
    too_long = {
        name: size
        for name, size in sizes.items()
        if size > KEPT_THIN.get(name, MAX_MODULE_LINES)
    }
    assert not too_long


def test_functions_stay_small() -> None:
    too_long = {
        f"{path.name}:{node.name}": node.end_lineno - node.lineno + 1
        for path in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno is not None
        and node.end_lineno - node.lineno + 1 > MAX_FUNCTION_LINES
    }
    assert not too_long
