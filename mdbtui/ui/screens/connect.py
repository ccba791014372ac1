"""The form for one connection: typed in or pasted as a URL, tested, saved."""

from __future__ import annotations

import asyncio
import dataclasses
from typing import TYPE_CHECKING, Any, cast

from textual import on, work
from textual.binding import Binding
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.suggester import SuggestFromList
from textual.widgets import Button, Input, Label, Select, Static

from mdbtui.config.models import ConfigFileError, ConnectionSpec
from mdbtui.config.schema import check_name
from mdbtui.config.urls import fill_defaults, is_url, url_fields
from mdbtui.pool import ConfigError, DBConfig, PoolError
from mdbtui.pool.config import SSL_MODES
from mdbtui.ui.safe import plain, safe_multiline

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Sequence

    from textual.app import ComposeResult

    from mdbtui.config.models import Environment

TEST_TIMEOUT = 30.0
"""Seconds after which a test is given up, whatever its own time-outs are."""
MESSAGE_LIMIT = 600

# In the order of the form. The key is DBConfig's field, so that its errors find it.
_TEXTS = {
    "name": "Name",
    "host": "Host",
    "port": "Port",
    "database": "Database",
    "user": "User",
    "password": "Password",
    "ssl": "TLS",
    "group": "Group",
    "environment": "Environment",
    "pool_max_size": "Pool, at most",
}
_PLAIN_FIELDS = ("host", "database", "user")
_WHOLE_NUMBERS = ("port", "pool_max_size")


class FormField(Vertical):
    """A label, a control, and below them what is wrong with the value.

    Args:
        key: The name of the field in errors.
        label: Its name on screen.
        control: What takes the value.
    """

    def __init__(self, key: str, label: str, control: Input | Select[str]) -> None:
        super().__init__(id=f"field-{key}", classes="field")
        self.key = key
        self.control = control
        self._label = label
        self._problem = Static(classes="problem")
        self._problem.display = False

    def compose(self) -> ComposeResult:
        with Horizontal():
            yield Label(self._label, markup=False)
            yield self.control
        yield self._problem

    @property
    def value(self) -> str:
        """The text that was typed or chosen; empty for nothing."""
        value = self.control.value
        return value if isinstance(value, str) else ""

    @value.setter
    def value(self, text: str) -> None:
        if isinstance(self.control, Input):
            self.control.value = text
        else:
            self.control.value = text or Select.NULL

    def complain(self, problem: str) -> None:
        """Say what is wrong, or nothing any more."""
        self._problem.update(plain(f"▲ {problem}", MESSAGE_LIMIT))
        self._problem.display = bool(problem)
        self.set_class(bool(problem), "-wrong")


class ConnectScreen(ModalScreen[ConnectionSpec | None]):
    """Add or change a connection; gives the saved one, or None.

    What was typed stays until it is saved: an error is shown, and nothing else happens.

    Args:
        test: Tries to connect and says in a line what it found; raises `PoolError`.
        save: Keeps the connection; raises `ConfigError` or `ConfigFileError`.
        spec: The connection to change; None for a new one.
        taken: Names that are in use by other connections.
        groups: Groups that exist, to be suggested.
        environments: The environments that the configuration knows.
    """

    CSS_PATH = "connect.tcss"
    BINDINGS = [
        Binding("escape", "dismiss(None)", "Cancel"),
        Binding("ctrl+t", "test", "Test", priority=True),
        Binding("ctrl+s", "save", "Save", priority=True),
        Binding("down", "app.focus_next", show=False),
        Binding("up", "app.focus_previous", show=False),
    ]

    def __init__(
        self,
        *,
        test: Callable[[DBConfig], Awaitable[str]],
        save: Callable[[ConnectionSpec], Awaitable[None]],
        spec: ConnectionSpec | None = None,
        taken: Collection[str] = (),
        groups: Sequence[str] = (),
        environments: Sequence[Environment] = (),
    ) -> None:
        super().__init__()
        self._test = test
        self._save = save
        self._spec = spec
        self._taken = taken
        self._groups = groups
        self._environments = {e.name: e for e in environments}
        if spec is not None and spec.environment is not None:
            self._environments.setdefault(spec.environment.name, spec.environment)
        # The settings that have no field here are kept as they are.
        self._base = spec.db if spec else DBConfig()

    def compose(self) -> ComposeResult:
        with Vertical(id="connect") as box:
            box.border_title = (
                plain(f"Change {self._spec.name}", 60)
                if self._spec
                else "New connection"
            )
            with VerticalScroll(can_focus=False):
                url = Input(id="url", compact=True, select_on_focus=True)
                url.placeholder = "postgresql://… pasted here fills in the rest"
                yield FormField("url", "URL", url)
                for key, label in _TEXTS.items():
                    yield FormField(key, label, self._control(key))
            yield Static(id="outcome")
            with Horizontal(id="buttons"):
                yield Button("Test  ctrl+t", id="test", compact=True)
                yield Button("Save  ctrl+s", id="save", compact=True)
                yield Button("Cancel  Esc", id="cancel", compact=True)

    def _control(self, key: str) -> Input | Select[str]:
        db, spec = self._base, self._spec
        if key == "ssl":
            return Select(
                [(mode, mode) for mode in SSL_MODES],
                value=db.ssl,
                allow_blank=False,
                compact=True,
            )
        if key == "environment":
            names = [(name, name) for name in self._environments]
            given = spec.environment.name if spec and spec.environment else Select.NULL
            return Select(names, value=given, prompt="none", compact=True)
        control = Input(compact=True, password=key == "password")
        if key == "name":
            control.value = spec.name if spec else ""
        elif key == "group":
            control.value = (spec and spec.group) or ""
            control.suggester = SuggestFromList(self._groups, case_sensitive=False)
        elif key == "password":
            # Not filled in, so that it cannot be copied out of the form.
            control.placeholder = "kept; type to change it" if db.password else "none"
        else:
            control.value = str(getattr(db, key))
        return control

    def on_mount(self) -> None:
        self._field("name" if self._spec else "url").control.focus()
        self._suggest_name()

    def _field(self, key: str) -> FormField:
        return self.query_one(f"#field-{key}", FormField)

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        if event.input.id == "url":
            # A URL that is typed would be read at each key; a pasted one at once.
            if is_url(event.value) and len(event.value) > len(self._url_so_far) + 1:
                self._fill_in()
            self._url_so_far = event.value
        else:
            self._suggest_name()

    _url_so_far = ""

    def _suggest_name(self) -> None:
        name = cast(Input, self._field("name").control)
        name.placeholder = self._default_name()

    def _default_name(self) -> str:
        return f"{self._field('database').value}@{self._field('host').value}"

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        event.stop()
        if event.input.id != "url":
            self.action_save()
        elif not event.value.strip() or self._fill_in():
            self.app.action_focus_next()

    @on(Input.Blurred)
    def _left(self, event: Input.Blurred) -> None:
        if event.input.id == "url" and event.value.strip():
            self._fill_in()

    def _fill_in(self) -> bool:
        """Spread the URL over the fields; False when it is not one."""
        field = self._field("url")
        try:
            given: dict[str, Any] = fill_defaults(url_fields(field.value.strip()))
            hidden = {key: value for key, value in given.items() if key not in _TEXTS}
            base = dataclasses.replace(self._base, **hidden)
        except ConfigError as error:
            field.complain(error.message)
            return False
        field.complain("")
        self._base = base
        for key, value in {"host": "localhost", "port": 5432, **given}.items():
            if key in _TEXTS:
                self._field(key).value = str(value)
        # It may hold a password, and all of it is in the fields now.
        field.value = ""
        self._say("The URL is spread over the fields")
        return True

    def _read(self) -> ConnectionSpec | None:
        """The form's content; None with every mistake shown beside its field."""
        if self._field("url").value.strip() and not self._fill_in():
            return None
        values = {key: self._field(key).value for key in _TEXTS}
        problems: dict[str, str] = {}
        name = values["name"].strip() or self._default_name()
        if problem := check_name(name):
            problems["name"] = problem
        elif name in self._taken and not (self._spec and name == self._spec.name):
            problems["name"] = "another connection has this name"
        settings: dict[str, Any] = {key: values[key].strip() for key in _PLAIN_FIELDS}
        for key in _WHOLE_NUMBERS:
            try:
                settings[key] = int(values[key])
            except ValueError:
                problems[key] = "must be a whole number"
        settings["ssl"] = values["ssl"]
        if values["password"]:
            settings["password"] = values["password"]
        db = self._config(settings, problems, name)
        for key in ("url", *_TEXTS):
            self._field(key).complain(problems.pop(key, ""))
        if problems:  # of settings that came with a URL and have no field
            self._say("\n".join(f"✗ {k}: {v}" for k, v in problems.items()), "-bad")
        wrong = self.query("FormField.-wrong")
        if wrong:
            self._say("")
            cast(FormField, wrong.first()).control.focus()
        if wrong or problems or db is None:
            return None
        return ConnectionSpec(
            name=name,
            db=db,
            group=values["group"].strip() or None,
            tags=self._spec.tags if self._spec else (),
            environment=self._environments.get(values["environment"]),
            source=self._spec.source if self._spec else "form",
        )

    def _config(
        self, settings: dict[str, Any], problems: dict[str, str], name: str
    ) -> DBConfig | None:
        """Build the config; go on without each wrong setting, to find them all."""
        while True:
            try:
                return dataclasses.replace(
                    self._base, **settings, name=None if "name" in problems else name
                )
            except ConfigError as error:
                problems[error.field] = error.message
                if settings.pop(error.field, None) is None:
                    return None

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        event.stop()
        if event.button.id == "test":
            self.action_test()
        elif event.button.id == "save":
            self.action_save()
        else:
            self.dismiss(None)

    def action_test(self) -> None:
        """Try the settings of the form, in the background."""
        if spec := self._read():
            self._say(f"Connecting to {spec.db.address} …")
            self._run_test(spec.db)

    @work(group="connect-test", exclusive=True)
    async def _run_test(self, config: DBConfig) -> None:
        try:
            async with asyncio.timeout(TEST_TIMEOUT):
                found = await self._test(config)
        except PoolError as error:
            self._say(f"✗ {error.message}\n{error.hint}".rstrip(), "-bad")
        except TimeoutError:
            self._say(f"✗ no answer within {TEST_TIMEOUT:.0f} s", "-bad")
        else:
            self._say(f"✓ {found}", "-good")

    def action_save(self) -> None:
        """Keep the connection and close the form."""
        if spec := self._read():
            self._run_save(spec)

    @work(group="connect-save", exclusive=True)
    async def _run_save(self, spec: ConnectionSpec) -> None:
        try:
            await self._save(spec)
        except ConfigError as error:
            key = error.field if error.field in _TEXTS else "name"
            self._field(key).complain(error.message)
            self._field(key).control.focus()
        except ConfigFileError as error:
            self._say("\n".join(f"✗ {mistake}" for mistake in error.mistakes), "-bad")
        except OSError as error:
            self._say(f"✗ not saved: {error}", "-bad")
        else:
            self.dismiss(spec)

    def _say(self, text: str, mood: str = "") -> None:
        outcome = self.query_one("#outcome", Static)
        outcome.update(Content(safe_multiline(text, MESSAGE_LIMIT)))
        outcome.set_class(mood == "-good", "-good")
        outcome.set_class(mood == "-bad", "-bad")
