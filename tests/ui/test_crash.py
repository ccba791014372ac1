from __future__ import annotations

import asyncio
import logging
import signal
import stat
import sys
import threading
from pathlib import Path
from time import perf_counter
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from textual import work
from textual.app import App, ComposeResult
from textual.widgets import Button

from mdbtui.ui.crash import CrashMixin, crash_message
from mdbtui.ui.logs import LogFile
from mdbtui.ui.redaction import HIDDEN, Redactor
from tests.support.terminal import TerminalProgram
from tests.support.vt import check

SECRET = "S3NT!NEL#%41 'x"

PROGRAM = """
import asyncio, sys
from pathlib import Path
from mdbtui.ui.environment import scrub_environment
scrub_environment()
from textual import work
from textual.app import App
from textual.widgets import Static
from mdbtui.ui.crash import CrashMixin
from mdbtui.ui.logs import LogFile
from mdbtui.ui.terminal import install_signals, install_writer

SECRET = {secret!r}

class Console(CrashMixin, App):
    def compose(self):
        yield Static("READY")
    def on_key(self, event):
        password = SECRET
        if event.key == "h":
            raise ValueError(f"login with password='{{password}}' \\x1b[2J")
        if event.key == "w":
            self.fail(password)
        if event.key == "c":
            self.mount(Broken())
        if event.key == "t":
            asyncio.get_running_loop().create_task(stray(password))
    @work
    async def fail(self, password):
        raise RuntimeError("worker " + password)

class Broken(Static):
    def render(self):
        password = SECRET
        raise KeyError(password)

async def stray(password):
    raise LookupError("stray " + password)

async def main():
    with LogFile(Path(sys.argv[1])) as log:
        log.redactor.add(SECRET)
        log.watch(asyncio.get_running_loop())
        app = Console()
        app.log_path = log.path
        install_writer(app)
        install_signals(app)
        await app.run_async()
        return app.return_code

sys.exit(asyncio.run(main()))
"""


@pytest.fixture
def program(tmp_path: Path) -> TerminalProgram:
    script = tmp_path / "program.py"
    script.write_text(PROGRAM.format(secret=SECRET), "utf-8")
    return TerminalProgram(
        script,
        str(tmp_path / "state" / "mdbtui.log"),
        size=(200, 24),
        env={"PYTHONPATH": str(Path(__file__).parents[2])},
    )


@pytest.mark.parametrize(
    ("key", "kind", "place"),
    [
        ("h", "ValueError", "in on_key"),
        ("w", "RuntimeError", "in fail"),
        ("c", "KeyError", "in render"),
    ],
)
def test_crash_prints_one_sentence_and_logs_without_secrets(
    program: TerminalProgram, tmp_path: Path, key: str, kind: str, place: str
) -> None:
    path = tmp_path / "state" / "mdbtui.log"
    with program as terminal:
        terminal.read_until("READY")
        terminal.send(key)
        assert terminal.wait() == 1
        after = terminal.output.split("\x1b[?1049l")[-1]
        said = "".join(after.split())  # it is wrapped
        assert f"internalerror({kind}).Detailsarein{path}." in said
        assert "Traceback" not in terminal.output
        assert "NOTE" not in terminal.output
        assert "S3NT" not in terminal.output
        assert check(terminal.output.encode(), bell=False) == []
    log = path.read_text()
    assert kind in log
    assert place in log
    assert "S3NT" not in log
    assert "password = SECRET" not in log or "41" not in log
    assert "\x1b" not in log
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_stray_task_error_goes_to_the_log_not_the_screen(
    program: TerminalProgram, tmp_path: Path
) -> None:
    with program as terminal:
        terminal.read_until("READY")
        terminal.send("t")
        terminal.read_all()
        assert terminal.process.poll() is None
        terminal.signal(signal.SIGTERM)
        assert terminal.wait() == 143
        assert "stray" not in terminal.output
    log = (tmp_path / "state" / "mdbtui.log").read_text()
    assert "LookupError: stray " + HIDDEN in log


class Crashing(CrashMixin, App[None]):
    def compose(self) -> ComposeResult:
        yield Button("go")

    @work
    async def on_button_pressed(self) -> None:
        raise ValueError("from a worker")


async def test_run_test_still_raises_the_error(
    capsys: pytest.CaptureFixture[str],
) -> None:
    app = Crashing()

    async def click() -> None:
        async with app.run_test() as pilot:
            await pilot.click(Button)
            await pilot.pause()

    with pytest.raises(Exception, match="from a worker"):
        await click()
    assert app.return_code == 1
    assert "internal error (ValueError)" in capsys.readouterr().err


def test_crash_message_shows_no_words_of_the_error() -> None:
    message = crash_message(ValueError("secret"), Path("/x/y.log"))
    assert message == (
        "mdbtui stopped: internal error (ValueError). Details are in /x/y.log."
    )
    assert "Details" not in crash_message(ValueError(), None)


def test_log_file_is_not_opened_without_an_entry(tmp_path: Path) -> None:
    with LogFile(tmp_path / "a" / "x.log"):
        pass
    assert not (tmp_path / "a").exists()


def test_log_file_takes_library_loggers_and_gives_them_back(tmp_path: Path) -> None:
    root = logging.getLogger()
    before = (root.level, [*root.handlers], sys.unraisablehook)
    with LogFile(tmp_path / "x.log"):
        logging.getLogger("asyncpg").error("pool %s", "lost\nERROR forged entry")
        logging.getLogger("asyncpg").debug("not this")
    assert (root.level, root.handlers, sys.unraisablehook) == before
    [first, second] = (tmp_path / "x.log").read_text().splitlines()
    assert first.endswith("ERROR asyncpg: pool lost")
    assert second == "    ERROR forged entry"


def test_log_file_stays_bounded(tmp_path: Path) -> None:
    path = tmp_path / "x.log"
    with LogFile(path):
        for _ in range(150):
            logging.getLogger("x").error("y" * 100_000)
    sizes = [file.stat().st_size for file in tmp_path.iterdir()]
    assert len(sizes) == 2
    assert max(sizes) <= 1_000_000
    assert all(stat.S_IMODE(f.stat().st_mode) == 0o600 for f in tmp_path.iterdir())


def test_log_that_cannot_be_written_disturbs_nobody(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    with LogFile(tmp_path / "file" / "x.log"):
        logging.getLogger("x").error("no place for this")
    assert capsys.readouterr().err == ""


def test_log_file_follows_no_symbolic_link(tmp_path: Path) -> None:
    (tmp_path / "target").write_text("mine")
    (tmp_path / "x.log").symlink_to(tmp_path / "target")
    with LogFile(tmp_path / "x.log"):
        logging.getLogger("x").error("entry")
    assert (tmp_path / "target").read_text() == "mine"


async def test_errors_in_threads_and_finalizers_are_logged(tmp_path: Path) -> None:
    class Bad:
        def __del__(self) -> None:
            raise ValueError("in a finalizer")

    with LogFile(tmp_path / "x.log"):
        await asyncio.to_thread(lambda: None)
        thread = threading.Thread(target=lambda: 1 / 0)
        thread.start()
        thread.join()
        bad = Bad()
        del bad
    log = (tmp_path / "x.log").read_text()
    assert "ZeroDivisionError" in log
    assert "in a finalizer" in log


@pytest.mark.parametrize(
    "text",
    [
        "postgresql://user:{0}@host/db",
        "host=h password={0} user=u",
        "host=h password='{0}' user=u",
        '{{"password": "{0}", "user": "u"}}',
        "PGPASSWORD={0}",
        "DB_PASSWORD: {0}",
        "alter role u password '{0}'",
        "create user u with encrypted password $a${0}$a$",
        "Authorization: Bearer {0}",
        "duplicate key\nDETAIL:  Key (email)=({0}) already exists.",
    ],
)
def test_redactor_hides_what_looks_like_a_password(text: str) -> None:
    assert "hunter2" not in Redactor().redact(text.format("hunter2"))


@pytest.mark.parametrize(
    "text",
    [
        "password authentication failed for user u",
        "postgresql://user@host:5432/db?sslmode=require",
        "select 1; update t set a = 'b'",
        "Traceback (most recent call last):",
    ],
)
def test_redactor_leaves_other_text(text: str) -> None:
    assert Redactor().redact(text) == text


@settings(max_examples=300, derandomize=True)
@given(
    secret=st.text(st.characters(codec="utf-8"), min_size=4, max_size=20),
    before=st.text(max_size=20),
)
def test_redactor_never_lets_a_known_secret_through(secret: str, before: str) -> None:
    redactor = Redactor()
    redactor.add(secret)
    for form in (secret, quote(secret, safe=""), repr(secret)):
        redacted = redactor.redact(f"{before} {form} after")
        assert secret not in redacted.replace(HIDDEN, "") or secret in f"{before} after"


def test_redaction_time_is_linear() -> None:
    redactor = Redactor()
    for hostile in ("password='" * 10_000, "://a:" * 20_000, "pwd=" * 25_000):
        started = perf_counter()
        redactor.redact(hostile)
        assert perf_counter() - started < 10
