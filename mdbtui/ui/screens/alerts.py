"""alt+a: the alerts that are raised, those that are over, and where to look."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from textual import on
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from mdbtui.ui import alert_words
from mdbtui.ui.safe import safe
from mdbtui.ui.widgets.charts import short_span

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from mdbtui.ui.alerts import AlertCenter, Entry

SECONDS = 1.0
_DAY = timedelta(hours=20)
_KEYS = "Enter there · p pool · s server · f fleet · a acknowledge · A all · Esc"
_NOTHING = "No alert is raised, and none was since the start."
_VIEWS = {
    "lock wait": "2",
    "lock waiters": "2",
    "connections": "3",
    "replication lag": "5",
    "replication lag bytes": "5",
    "slot wal": "5",
}
"""The server screen's view that shows what a rule is about; else the activity."""


class Wanted(NamedTuple):
    """Where to go: ``pool``, ``server`` (with its view) or ``fleet``."""

    where: str
    db_id: str
    view: str = ""


class AlertScreen(ModalScreen[Wanted | None]):
    """A list of alerts; gives where the user wants to look.

    Args:
        center: Whose alerts.
    """

    DEFAULT_CSS = """
    AlertScreen { align: center middle; }
    #alerts {
        width: 92%; max-width: 130; height: 80%;
        border: round $primary; background: $surface; padding: 0 1;
    }
    #alerts > OptionList {
        height: 1fr; border: none; background: $surface; padding: 0;
        text-wrap: nowrap; text-overflow: ellipsis;
    }
    #alerts > #about { height: 5; border-top: solid $panel; }
    #alerts > #keys { height: 1; color: $text-muted; }
    """
    BINDINGS = [
        Binding("escape,q,alt+a", "dismiss(None)", "Close"),
        Binding("a,space", "acknowledge", "Acknowledge: seen, say no more"),
        Binding("A", "acknowledge_all", "Acknowledge all"),
        Binding("p", "go('pool')", "The pool's page"),
        Binding("s,f8", "go('server')", "The server's side"),
        Binding("f,f7", "go('fleet')", "The fleet"),
    ]

    def __init__(self, center: AlertCenter) -> None:
        super().__init__()
        self._center = center
        self._entries: list[Entry] = []

    def compose(self) -> ComposeResult:
        with Vertical(id="alerts") as box:
            box.border_title = "Alerts"
            yield OptionList(markup=False)
            yield Static(id="about", markup=False)
            yield Static(Content(_KEYS), id="keys", markup=False)

    def on_mount(self) -> None:
        """Show what is true now, and go on doing so."""
        self._fill()
        self.query_one(OptionList).focus()
        self.set_interval(SECONDS, self._fill)

    def _fill(self) -> None:
        options = self.query_one(OptionList)
        at = self._entry
        old = [entry.alert.key for entry in self._entries]
        self._entries = self._center.entries
        keys = [entry.alert.key for entry in self._entries]
        lines = [_line(entry) for entry in self._entries]
        if keys == old:
            for place, line in enumerate(lines):
                options.replace_option_prompt_at_index(place, line)
        else:
            options.clear_options()
            options.add_options(Option(line) for line in lines)
            # The highlight stays with its alert, wherever that moved.
            kept = at.alert.key if at is not None else None
            options.highlighted = (
                keys.index(kept) if kept in keys else 0 if keys else None
            )
        self._show_about()

    @property
    def _entry(self) -> Entry | None:
        at = self.query_one(OptionList).highlighted
        return self._entries[at] if at is not None and at < len(self._entries) else None

    @on(OptionList.OptionHighlighted)
    def _show_about(self) -> None:
        entry = self._entry
        text = _about(entry) if entry is not None else Content(_NOTHING)
        self.query_one("#about", Static).update(text)

    def action_acknowledge(self) -> None:
        """Be silent about the alert until it is over."""
        if (entry := self._entry) is not None:
            self._center.acknowledge(entry)
            self._fill()

    def action_acknowledge_all(self) -> None:
        """Be silent about all of them."""
        self._center.acknowledge()
        self._fill()

    @on(OptionList.OptionSelected)
    def _entered(self) -> None:
        if (entry := self._entry) is not None:
            self.action_go("server" if entry.alert.rule.metric.server else "pool")

    def action_go(self, where: str) -> None:
        """Close, and look at it."""
        entry = self._entry
        if where == "fleet":
            db_id = entry.alert.db_id if entry is not None else ""
            self.dismiss(Wanted(where, db_id))
        elif entry is not None:
            view = _VIEWS.get(entry.alert.rule.metric.name, "1")
            self.dismiss(Wanted(where, entry.alert.db_id, view))


def _line(entry: Entry) -> Content:
    alert = entry.alert
    if not alert.raised:
        mark, style = "·", "dim"
    elif entry.acknowledged:
        mark, style = "✓", ""
    else:
        mark = alert_words.sign(alert.rule)
        style = "$text-error" if mark == "×" else "$text-warning"
    end = alert.ended if alert.ended is not None else time.monotonic()
    age = short_span(max(0.0, end - alert.since))
    state = "" if alert.raised else "  over"
    return Content.assemble(
        (f"{mark} {alert_words.title(alert)}", style),
        (f"  {age}{state}", "dim"),
        (f"  {alert_words.numbers(alert)}", "" if alert.raised else "dim"),
    )


def _about(entry: Entry) -> Content:
    alert, rule = entry.alert, entry.alert.rule
    now = datetime.now().astimezone()
    began = entry.at.strftime("%H:%M:%S" if now - entry.at < _DAY else "%m-%d %H:%M")
    value = alert_words.value_words(rule, alert.value) or "yes"
    state = "raised" if alert.raised else "over; raised"
    if entry.acknowledged:
        state = f"acknowledged; {state}"
    where = f" where {safe(rule.where.text, 80)}" if rule.where is not None else ""
    return Content.assemble(
        (alert_words.title(alert), "bold"),
        f"\n{state} {began} · {rule.metric.name}: {value}",
        (f" · rule: {safe(rule.text, alert_words.RULE_LIMIT)}{where}\n", "dim"),
        safe(alert.detail, 2 * alert_words.DETAIL_LIMIT),
    )
