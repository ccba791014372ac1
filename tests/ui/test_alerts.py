"""Alerts as a user meets them: told, listed, acknowledged, followed to their place."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mdbtui.config import AppConfig
from mdbtui.config.alerts import parse_rule
from mdbtui.ui.alert_hook import CommandHook
from mdbtui.ui.screens.server import ServerScreen
from mdbtui.ui.services import Services
from mdbtui.ui.terminal import desktop_sequence
from tests.support.console import console, spec_of
from tests.support.server import PgServer
from tests.support.sessions import blockade
from tests.support.waiting import eventually


def config(*rules: str, **settings: Any) -> AppConfig:
    return AppConfig(
        alerts=tuple(parse_rule(rule) for rule in rules),
        alert_built_in=(),
        **settings,
    )


async def test_an_alert_is_told_listed_acknowledged_and_over(
    pg: PgServer, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mdbtui.monitor.alerts.CLEAR_S", 0.0)
    heard = tmp_path / "heard"
    hook = [sys.executable, "-c", _WRITE, str(heard), "{text}"]
    rules = config("pinned > 0", alert_desktop="osc777", alert_command=tuple(hook))
    async with console([spec_of(pg, database)], config=rules) as c:
        written: list[str] = []
        driver = c.app._driver
        assert driver is not None
        driver.write = written.append  # type: ignore[method-assign]
        await c.run("begin")
        await c.sees(f"▲ {database}: pinned > 0", "pinned 1", "alt+a shows it")
        await c.until(lambda: any("\x1b]777;notify;" in text for text in written))
        await c.pilot.press("alt+a")
        await c.sees("Alerts", "raised", "rule: pinned > 0", "a acknowledge")
        await c.pilot.press("a")
        await c.sees(f"✓ {database}: pinned > 0")
        await c.pilot.press("escape")
        await c.until(lambda: c.main._status.state.alert == "")
        await c.run("rollback")
        await c.until(lambda: "pinned > 0" in "".join(c.notes()[-1:]), "not over")
        await c.pilot.press("ctrl+p", *"alerts", "enter")
        await c.sees("over")
        await c.until(lambda: heard.exists() and heard.read_text().count("\n") == 2)
    raised, over = heard.read_text().splitlines()
    assert raised.startswith(f"raised raised: {database}: pinned > 0 · pinned 1")
    assert over.startswith("over over: ")


async def test_a_server_alert_names_who_holds_the_lock_and_leads_there(
    pg: PgServer, database: str
) -> None:
    async with (
        blockade(pg, database) as (billing, _, _),
        console([spec_of(pg, database)], config=config("lock wait > 0.1s")) as c,
    ):
        # Nobody has used the database yet: the server is left alone.
        for _ in range(3):
            assert c.main.alerts is None or not c.main.alerts.entries
            await c.pilot.pause(0.1)
        await c.run("select 1")
        await c.sees(f"▲ {database}'s server: lock wait", "billing")
        await c.pilot.press("alt+a")
        await c.sees(
            f"held by billing (pid {billing.get_server_pid()})",
            "idle in transaction; it holds up 2",
        )
        await c.pilot.press("enter")
        await c.until(lambda: isinstance(c.app.screen, ServerScreen))
        await c.sees("Share on a transaction", "billing")
        # The list opens from here, too; and the pool's page does not blame the pool.
        await c.pilot.press("alt+a")
        await c.sees("a acknowledge")
        await c.pilot.press("p")
        await c.sees("callers wait for a lock at the server", "held by billing")
        await c.pilot.press("f8")
        await c.until(lambda: isinstance(c.app.screen, ServerScreen))


async def test_a_trouble_is_staged_and_ended_from_the_palette(
    pg: PgServer, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pg.psql(database, "-c", "create table orders as select 1 as id, 2 as total")
    spec = spec_of(pg, database)
    shop = replace(spec, name="shop", db=replace(spec.db, name="shop", ssl="disable"))
    async with console([shop], config=config("waiting > 0")) as c:
        assert not list(c.main.trouble_commands())
        monkeypatch.setattr(Services, "has_demo", True)
        await c.pilot.press("ctrl+p", *"trouble the shop", "enter")
        await c.sees("Customers say", "▲ shop: waiting > 0")
        await c.pilot.press("f7")
        await c.sees("1 waiting", "▲ shop")
        await c.pilot.press("escape", "ctrl+p", *"trouble end", "enter")
        await c.sees("It was: the shop is slow", "billing-worker")
        assert not c.app.services.trouble.staged


_WRITE = """
import os, sys
assert "PGPASSWORD" not in os.environ, "a secret"
with open(sys.argv[1], "a") as file:
    file.write(os.environ["MDBTUI_STATE"] + " " + sys.argv[2] + "\\n")
"""


async def test_the_command_gets_no_secret_and_runs_one_at_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGPASSWORD", "secret")
    path = tmp_path / "out"
    hook = CommandHook([sys.executable, "-c", _WRITE, str(path), "$(id) {text} {x}"])
    for state in ("one", "two"):
        hook.put({"state": state, "text": f"`{state}`; {{state}}\0"})
    await eventually(lambda: path.exists() and path.read_text().count("\n") == 2)
    assert path.read_text() == (
        "one $(id) `one`; {state} {x}\ntwo $(id) `two`; {state} {x}\n"
    )
    await hook.close()


async def test_a_command_that_hangs_or_is_missing_holds_nothing_up(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    pids = tmp_path / "pids"
    hangs = f"sleep 300 & echo $! > {pids}; wait"
    hook = CommandHook(["sh", "-c", hangs], seconds=0.3)
    hook.put({"state": "x"})
    await eventually(lambda: "was ended after" in caplog.text)
    pid = int(pids.read_text())
    await eventually(lambda: not _alive(pid))
    missing = CommandHook([str(tmp_path / "missing")])
    missing.put({"state": "x"})
    await eventually(lambda: "did not start" in caplog.text)
    pids.unlink()
    hook = CommandHook(["sh", "-c", hangs])
    hook.put({"state": "x"})
    await eventually(lambda: pids.exists() and pids.read_text().strip() != "")
    await asyncio.wait_for(hook.close(), 10)
    pid = int(pids.read_text())
    await eventually(lambda: not _alive(pid))


def _alive(pid: int) -> bool:
    try:
        # A process that ended but was not reaped is none any more.
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.parametrize(
    ("how", "expected"),
    [
        ("osc9", "\x1b]9;mdbtui: a b   ]52;c;x  c d\x07"),
        ("osc777", "\x1b]777;notify;a b   ]52,c,x  c;d\x07"),
    ],
)
def test_a_desktop_notification_cannot_carry_a_sequence(
    how: str, expected: str
) -> None:
    hostile = "a\nb \x07\x1b]52;c;x\x9c\u202ec"
    assert desktop_sequence(how, hostile, "d") == expected
    assert len(desktop_sequence(how, "x" * 9_999, "y" * 9_999)) < 500
    inside = desktop_sequence(how, hostile, "d", tmux=True)
    assert inside == f"\x1bPtmux;\x1b{expected}\x1b\\"
    assert inside.count("\x1b") == 4


def test_the_status_bar_has_the_alert_in_few_cells() -> None:
    from mdbtui.ui.widgets.status_bar import StatusState, _parts, layout

    state = StatusState(connection="shop", alert="× shop: callers wait", rows="5 rows")
    for width, shown in ((60, "× shop: callers wait"), (24, "× alert"), (7, "×")):
        line = "".join(text for text, _ in layout(_parts(state), width))
        assert shown in line
    assert "×" not in "".join(
        text for text, _ in layout(_parts(replace(state, alert="")), 60)
    )
