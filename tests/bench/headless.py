"""`mdbtui query --format csv` of a million rows beside `psql --csv`."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections import defaultdict

from tests.bench.measure import (
    Figure,
    at_most,
    median,
    only,
    progress,
    ratio,
    rounds,
    seconds,
    show,
)
from tests.bench.world import World, world

SQL = "select * from bench"


def run(command: list[str]) -> tuple[float, float]:
    """Seconds and the most MB of a command whose output goes nowhere."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    took = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{command[0]} ended with {process.returncode}")
    return took, usage.ru_maxrss / 1024


def measure(found: World) -> list[Figure]:
    console = [sys.executable, "-m", "mdbtui", "query"]
    url = f"{found.url}?sslmode=disable"
    copy = f"copy ({SQL}) to stdout (format csv, header)"
    commands = {"psql --csv": found.psql("--csv", "-c", SQL)}
    commands["psql copy"] = found.psql("-c", copy)
    for name in ("csv", "jsonl", "table"):
        commands[name] = [*console, "-d", url, "--format", name, SQL]
    took: dict[str, list[float]] = defaultdict(list)
    memory: dict[str, float] = defaultdict(float)
    for _ in range(rounds(5)):
        for name, command in commands.items():
            once = run(command)
            took[name].append(once[0])
            memory[name] = max(memory[name], once[1])
    psql = median(took["psql --csv"])
    work = "query --format csv, 1 M rows"
    figures = [
        ratio(work, median(took["csv"]), psql, 1.3, "psql --csv"),
        at_most(f"{work}, RSS", memory["csv"], 80, "MB"),
    ]
    for name in commands:
        text = f"{seconds(median(took[name]))}, {memory[name]:.0f} MB"
        figures.append(only(f"  {name}", text))
        progress(f"{name}: {text}")
    return figures


if __name__ == "__main__":
    with world() as found:
        show(measure(found))
