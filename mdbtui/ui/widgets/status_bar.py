"""The line at the bottom: where you are, what runs, how long it took, what failed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal, NamedTuple

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.color import Color, ColorParseError
from textual.geometry import Size
from textual.strip import Strip
from textual.widget import Widget

from mdbtui.ui.safe import safe
from mdbtui.ui.widgets.charts import short_ms
from mdbtui.ui.widgets.line_text import cut

Transaction = Literal["", "open", "failed"]
Severity = Literal["information", "warning", "error"]
_LEAST = 12
"""Cells below which a cut message says nothing any more."""
_WHOLE = 400
"""More characters than a part has: each was bounded where it was made safe."""
_COMFORT = 40
"""Cells that a message gets before others keep their full words."""
_NEEDED = 4
"""The highest rank that stays beside a long message."""
_TYPED = 76
"""The last characters shown of a line that is being typed."""
_KNOWN_ENVIRONMENTS = ("production", "staging", "development")


@dataclass(frozen=True, kw_only=True)
class StatusState:
    """All that the status bar shows; what is empty or None is left out.

    Attributes:
        connection: The connection's display name.
        database: The database's name, where it differs.
        environment: What the connection is for, such as ``production``.
        environment_colour: A colour of the user's for it.
        transaction: Whether a transaction is open, or failed and must be rolled back.
        transaction_s: Seconds since it began; None if that is not known.
        manual: Transactions are begun by themselves and ended by hand.
        pinned: The session keeps its connection, for the state that it holds.
        held: What that state is, in a few words.
        held_s: Seconds that the session has had its connection.
        rows: What is known of the rows: "1,000+ rows", "all 12 rows".
        rows_more: What else is to be said of them: sorted, searched, cut short.
        running_s: Seconds that the current statement has run; None when none runs.
        wait_ms: Time until the pool gave a connection.
        server_ms: Time from then until the first row.
        transfer_ms: Time from then until the last row so far.
        paint_ms: Time from having the first rows to having them on the screen.
        message: A message or error, in one line; a server's text is fine.
        severity: How the message is shown.
        alert: What is raised and not acknowledged, behind its mark.
        left: What was left prepared, and the key that shows it.
        dev: The stall monitor's numbers.
        mode: vim's mode in a word.
        typed: What was typed of a command of vim's.
    """

    connection: str = ""
    database: str = ""
    environment: str = ""
    environment_colour: str | None = None
    transaction: Transaction = ""
    transaction_s: float | None = None
    manual: bool = False
    pinned: bool = False
    held: str = ""
    held_s: float = 0.0
    rows: str = ""
    rows_more: str = ""
    running_s: float | None = None
    wait_ms: float | None = None
    server_ms: float | None = None
    transfer_ms: float | None = None
    paint_ms: float | None = None
    message: str = ""
    severity: Severity = "information"
    alert: str = ""
    left: str = ""
    dev: str = ""
    mode: str = ""
    typed: str = ""


class _Part(NamedTuple):
    """One piece of the line."""

    rank: int
    """What goes first when there is no room: the highest."""
    style: str
    texts: tuple[str, ...]
    """What is shown, the fullest form first."""
    elastic: bool = False
    """Whether the last form may be cut to the room that is left."""


class StatusBar(Widget):
    """One painted line; shows what `show` was given last."""

    DEFAULT_CSS = """
    StatusBar { height: 1; background: $panel; color: $foreground; }
    StatusBar > .status-bar--name { text-style: bold; }
    StatusBar > .status-bar--text { color: $foreground; }
    StatusBar > .status-bar--dim { color: $foreground-muted; }
    StatusBar > .status-bar--running { color: $text-accent; text-style: bold; }
    StatusBar > .status-bar--warning { color: $text-warning; text-style: bold; }
    StatusBar > .status-bar--error { color: $text-error; text-style: bold; }
    StatusBar > .status-bar--production { background: $env-production;
        color: auto; text-style: bold; }
    StatusBar > .status-bar--staging { background: $env-staging; color: auto; }
    StatusBar > .status-bar--development { background: $env-development;
        color: auto; }
    StatusBar > .status-bar--other { background: $env-other; color: auto; }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        f"status-bar--{name}"
        for name in (
            *("name", "text", "dim", "running", "warning", "error", "other"),
            *_KNOWN_ENVIRONMENTS,
        )
    }
    ALLOW_SELECT = False

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._state = StatusState()
        self._parts: list[_Part] = []
        self._styles: dict[str, Style] = {}

    @property
    def state(self) -> StatusState:
        """What is shown."""
        return self._state

    def show(self, state: StatusState) -> None:
        """Show a new state; nothing is painted when the line stays the same."""
        recoloured = state.environment_colour != self._state.environment_colour
        if recoloured:
            self._styles.pop("other", None)
        self._state = state
        parts = _command_line(state) or _parts(state)
        if recoloured or parts != self._parts:
            self._parts = parts
            self.refresh()

    def get_content_width(self, container: Size, viewport: Size) -> int:
        return container.width

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return 1

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._styles = {}

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        base = self._style("base")
        segments = [
            Segment(text, base + self._style(style))
            for text, style in layout(self._parts, width)
        ]
        return Strip(segments).crop_extend(0, width, base)

    def _style(self, name: str) -> Style:
        style = self._styles.get(name)
        if style is None:
            style = self._styles[name] = self._make_style(name)
        return style

    def _make_style(self, name: str) -> Style:
        if name == "base":
            return self.rich_style
        if name == "other" and (colour := _colour(self._state.environment_colour)):
            text = colour.get_contrast_text(1.0)
            return Style(color=text.rich_color, bgcolor=colour.rich_color, bold=True)
        component = f"status-bar--{name}"
        partial = name not in (*_KNOWN_ENVIRONMENTS, "other")
        return self.get_component_rich_style(component, partial=partial)


def layout(parts: Sequence[_Part], width: int) -> list[tuple[str, str]]:
    """Choose what of the parts fits, as texts with style names.

    What is least needed goes first; then the rest takes shorter forms, until a
    message has room; then the message is cut.
    """
    chosen = [part.texts[0] for part in parts]
    order = sorted(range(len(parts)), key=lambda i: -parts[i].rank)
    for index in order:
        if parts[index].rank > _NEEDED:
            _shorten(chosen, index, (*parts[index].texts[1:], ""), width)
    elastic = [index for index in order if parts[index].elastic]
    spare = sum(max(0, cell_len(chosen[i]) - _COMFORT) for i in elastic)
    for index in order:
        if parts[index].rank <= _NEEDED:
            _shorten(chosen, index, parts[index].texts[1:], width + spare)
    for index in elastic:
        over = _length(chosen) - width
        if over > 0:
            left = cell_len(chosen[index]) - over
            chosen[index] = cut(chosen[index], left, _WHOLE) if left >= _LEAST else ""
    for index in order:
        if parts[index].rank:
            _shorten(chosen, index, ("",), width)
    return _spaced(parts, chosen, width)


def _shorten(chosen: list[str], index: int, texts: Sequence[str], width: int) -> None:
    for text in texts:
        if _length(chosen) <= width:
            return
        chosen[index] = text


def _spaced(
    parts: Sequence[_Part], chosen: Sequence[str], width: int
) -> list[tuple[str, str]]:
    pieces: list[tuple[str, str]] = []
    room = width
    for part, text in zip(parts, chosen, strict=True):
        if not text or room <= 0:
            continue
        if pieces:
            gap = min(2, room)
            pieces.append((" " * gap, "text"))
            room -= gap
        text = cut(text, room, _WHOLE)
        pieces.append((text, part.style))
        room -= cell_len(text)
    return pieces


def _length(texts: Sequence[str]) -> int:
    shown = [cell_len(text) for text in texts if text]
    return sum(shown) + 2 * max(0, len(shown) - 1)


def _parts(state: StatusState) -> list[_Part]:
    """The line's parts from left to right; rank 0 is kept to the last."""
    parts = [*_mode(state), *_place(state)]
    if state.running_s is not None:
        parts.append(_Part(1, "running", (f"running {_seconds(state.running_s)}",)))
    parts += _transaction(state)
    if state.pinned and state.held:
        kept = f"◇ pinned {_rough(state.held_s)}"
        texts = (f"{kept}: {safe(state.held, 80)}", kept, "◇ kept")
        parts.append(_Part(6, "dim", texts))
    elif state.pinned and not state.transaction:
        parts.append(_Part(6, "dim", ("◇ session kept", "◇ kept")))
    if state.alert:
        style = "error" if state.alert[0] == "×" else "warning"
        text = safe(state.alert, 80)
        parts.append(_Part(2, style, (text, f"{text[0]} alert", text[0])))
    if state.left:
        parts.append(_Part(2, "warning", (f"! {state.left}", "! prepared")))
    if state.message:
        parts.append(_message(state))
    if state.rows:
        rows = safe(state.rows, 80)
        more = f"{rows} · {safe(state.rows_more, 80)}" if state.rows_more else rows
        parts.append(_Part(5, "text", (more, rows)))
    if timing := _timing(state):
        parts.append(_Part(7, "dim", timing))
    if state.dev:
        parts.append(_Part(8, "dim", (safe(state.dev, 80),)))
    return parts


def _transaction(state: StatusState) -> list[_Part]:
    if state.transaction == "failed":
        texts = ("✗ transaction failed: roll back", "✗ transaction failed", "✗ tx")
        return [_Part(2, "error", texts)]
    if state.transaction:
        for_ = f" {_rough(state.transaction_s)}" if state.transaction_s else ""
        texts = (f"◆ transaction open{for_}", f"◆ in transaction{for_}", "◆ tx")
        return [_Part(2, "warning", texts)]
    if state.manual:
        return [_Part(3, "text", ("manual commit", "manual"))]
    return []


def _command_line(state: StatusState) -> list[_Part]:
    """What is typed behind a colon has all the room; its end is what counts."""
    if state.typed[:1] not in (":", "/", "?"):
        return []
    kept = safe(state.typed[-_TYPED:], _TYPED)
    return [_Part(0, "name", (f" {kept}▏",), elastic=True)]


def _mode(state: StatusState) -> list[_Part]:
    if not state.mode:
        return []
    style = "text" if state.mode == "NORMAL" else "running"
    typed = f" {safe(state.typed, 12)}" if state.typed else ""
    return [_Part(0, style, (f" {state.mode}{typed}",))]


def _place(state: StatusState) -> list[_Part]:
    parts = []
    if state.environment:
        known = state.environment.lower()
        style = "other"
        if known in _KNOWN_ENVIRONMENTS and state.environment_colour is None:
            style = known
        name = safe(state.environment, 20)
        # In words and capitals too: a colour alone warns nobody who cannot see it.
        mark = f" ! {name.upper()} " if known == "production" else f" {name} "
        parts.append(_Part(0, style, (mark,)))
    name = safe(state.connection, 60)
    database = safe(state.database, 60)
    if name and database and database != name:
        parts.append(_Part(0, "name", (f"{name} / {database}", name)))
    elif name or database:
        parts.append(_Part(0, "name", (name or database,)))
    return parts


def _message(state: StatusState) -> _Part:
    text = safe(state.message, 300)
    if state.severity == "information":
        return _Part(4, "text", (text,), elastic=True)
    sign = "✗" if state.severity == "error" else "!"
    return _Part(3, state.severity, (f"{sign} {text}",), elastic=True)


def _timing(state: StatusState) -> tuple[str, ...]:
    spans = [
        (name, ms)
        for name, ms in (
            ("wait", state.wait_ms),
            ("server", state.server_ms),
            ("transfer", state.transfer_ms),
            ("painting", state.paint_ms),
        )
        if ms is not None
    ]
    if not spans:
        return ()
    total = sum(ms for _, ms in spans)
    words = " · ".join(f"{name} {_ms(ms)}" for name, ms in spans)
    return (f"{words} ms", f"{_ms(total)} ms")


def _ms(ms: float) -> str:
    """Milliseconds as a number, so that the unit stands once at the line's end."""
    return short_ms(ms) if ms < 999.5 else f"{ms:,.0f}"


def _seconds(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def _rough(seconds: float) -> str:
    """An age in one unit, so that the line does not change each time it is drawn."""
    for unit, size in (("h", 3600), ("m", 60)):
        if seconds >= size:
            return f"{seconds / size:.0f}{unit}"
    return f"{seconds:.0f}s"


def _colour(text: str | None) -> Color | None:
    if text is None:
        return None
    try:
        return Color.parse(text)
    except ColorParseError:
        return None
