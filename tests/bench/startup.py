"""From exec to the first full frame; keys typed before it; memory after the start."""

from __future__ import annotations

import sys
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
from tests.bench.terminal import Terminal
from tests.bench.world import Program, World, world

LIMITS = {"sqlit": 0.45, "harlequin": 0.30}
BARE = """
from textual.app import App
from textual.widgets import Static, TextArea, Tree

class Bare(App):
    def compose(self):
        yield Tree("tree")
        yield TextArea("text")
        yield Static("bare frame")

Bare().run()
"""
"""What no program with a tree and an editor can be faster than."""
EARLY = "early_keys_arrive"


def first_paint(program: Program) -> tuple[float, float]:
    """Wall and CPU seconds from exec until the whole first frame is written."""
    terminal = program.start()
    try:
        terminal.until(*program.painted, fresh=False)
        return terminal.age(), terminal.cpu_seconds()
    finally:
        terminal.close()


def bare(found: World) -> Program:
    argv = [sys.executable, "-c", BARE]
    return Program("bare", argv, found.folder, ("bare frame",), "", ())


def early_keys_kept(program: Program) -> bool:
    """Whether keys that were sent before anything was painted reach the editor."""
    terminal = program.start()
    try:
        terminal.rest(0.02)
        terminal.send(EARLY)
        try:
            terminal.until(EARLY, timeout=10.0, fresh=False)
        except TimeoutError:
            return False
        return True
    finally:
        terminal.close()


def resting(program: Program, wait: float = 4.0) -> Terminal:
    """A started program that has come to rest."""
    terminal = program.start()
    terminal.until(*program.painted, fresh=False)
    terminal.rest(wait)
    return terminal


def measure(found: World) -> list[Figure]:
    figures: list[Figure] = []
    for connections in (1, 50):
        wall: dict[str, list[float]] = defaultdict(list)
        cpu: dict[str, list[float]] = defaultdict(list)
        programs = [*found.programs(connections), bare(found)]
        for program in programs:
            first_paint(program)  # compiles its bytecode
        for _ in range(rounds(7)):
            for program in programs:
                once = first_paint(program)
                wall[program.name].append(once[0])
                cpu[program.name].append(once[1])
        ours = median(wall["mdbtui"])
        work = f"exec → first frame, {connections} connections"
        more = f"{seconds(ours)}, CPU {seconds(median(cpu['mdbtui']))}"
        figures.append(only(work, more))
        for peer in programs[1:-1]:
            limit = LIMITS[peer.name]
            theirs = median(wall[peer.name])
            figures.append(ratio(work, ours, theirs, limit, peer.name))
            used = median(cpu["mdbtui"]) / median(cpu[peer.name])
            figures.append(only("  the same, CPU time", f"{used:.2f}"))
        least = f"{seconds(median(wall['bare']))}, CPU {seconds(median(cpu['bare']))}"
        figures.append(only("  a bare Textual program", least))
        progress(figures[-1].work + " " + str({k: median(v) for k, v in wall.items()}))
    for program in found.programs():
        terminal = resting(program)
        memory = terminal.rss_mb()
        terminal.close()
        if program.name == "mdbtui":
            figures.append(at_most("RSS after start", memory, 90, "MB"))
            lost = 0 if early_keys_kept(program) else 1
            figures.append(at_most("keys before the first frame, lost", lost, 0, ""))
        else:
            figures.append(only(f"  {program.name}", f"{memory:.0f} MB"))
    return figures


if __name__ == "__main__":
    with world() as found:
        show(measure(found))
