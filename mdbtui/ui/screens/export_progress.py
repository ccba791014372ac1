"""How far an export is; it goes on when this is closed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on, work
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button, Static

from mdbtui.ui.report import duration
from mdbtui.ui.safe import safe, safe_multiline

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from mdbtui.query.export import Export, Progress

REFRESH = 0.1
BAR = 40
PATH_LIMIT, MESSAGE_LIMIT = 200, 600
_UNITS = ("B", "kB", "MB", "GB", "TB")


def size(count: float) -> str:
    """Return bytes as people write them: ``812 B``, ``1.4 MB``."""
    unit = 0
    while count >= 1000 and unit < len(_UNITS) - 1:
        count, unit = count / 1000, unit + 1
    return (
        f"{count:,.0f} {_UNITS[unit]}" if unit == 0 else f"{count:,.1f} {_UNITS[unit]}"
    )


def describe_progress(progress: Progress) -> str:
    """Return rows, bytes, rate and time in two lines."""
    rows = f"{'≈ ' if progress.about else ''}{progress.rows:,}"
    if progress.total is not None:
        rows += f" of {'' if progress.exact else 'about '}{progress.total:,}"
    left = progress.seconds_left
    ahead = f", about {duration(left * 1000)} left" if left is not None else ""
    return (
        f"{rows} rows\n{size(progress.bytes)}, {size(progress.rate)}/s, "
        f"{duration(progress.seconds * 1000)}{ahead}"
    )


def describe_end(export: Export) -> str:
    """Return in a sentence or two how an export ended."""
    error = export.error
    path = safe(str(export.path), PATH_LIMIT)
    if error is None:
        done = progress_words(export.progress)
        return f"{done} written to {path}"
    if export.cancelled:
        return f"Export cancelled; {path} was not written."
    hint = f"\n{error.hint}" if error.hint else ""
    words = safe_multiline(f"{error.message}{hint}", MESSAGE_LIMIT)
    return f"Not exported: {words}\n{path} was not written."


def progress_words(progress: Progress) -> str:
    """Return what was written, and in which time."""
    rows = "1 row" if progress.rows == 1 else f"{progress.rows:,} rows"
    return f"{rows}, {size(progress.bytes)} in {duration(progress.seconds * 1000)}"


class ExportProgressScreen(ModalScreen[None]):
    """Shows an export until it has ended, or is left to itself."""

    CSS_PATH = "export.tcss"
    BINDINGS = [
        Binding("escape,b", "dismiss(None)", "To the background"),
        Binding("f9,c", "cancel", "Cancel the export"),
    ]

    def __init__(self, export: Export) -> None:
        super().__init__()
        self.export = export
        self._ended = False

    def compose(self) -> ComposeResult:
        with Vertical(id="export-progress") as box:
            box.border_title = "Export"
            yield Static(Content(safe(str(self.export.path), PATH_LIMIT)))
            yield Static(id="bar")
            yield Static(id="numbers")
            yield Static(id="outcome")
            with Horizontal(id="buttons"):
                yield Button("Background  Esc", id="background", compact=True)
                yield Button("Cancel export  F9", id="cancel", compact=True)

    def on_mount(self) -> None:
        self.query_one("#background").focus()
        self.set_interval(REFRESH, self._refresh)
        self._refresh()

    def _refresh(self) -> None:
        if self._ended:
            return
        progress = self.export.progress
        fraction = progress.fraction
        filled = round(BAR * (fraction or 0))
        bar = "█" * filled + "░" * (BAR - filled)
        told = self.export.stage if fraction is None else f"{fraction:.0%}"
        self.query_one("#bar", Static).update(Content(f"{bar} {told}"))
        self.query_one("#numbers", Static).update(Content(describe_progress(progress)))
        if self.export.done:
            self._show_end()

    def _show_end(self) -> None:
        self._ended = True
        good = self.export.error is None
        self.query_one("#export-progress").add_class("-good" if good else "-bad")
        mark = "✓" if good else "✕"
        text = Content(f"{mark} {describe_end(self.export)}")
        self.query_one("#outcome", Static).update(text)
        self.query_one("#cancel").display = False
        self.query_one("#background", Button).label = "Close  Esc"

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        event.stop()
        if event.button.id == "cancel":
            self.action_cancel()
        else:
            self.dismiss(None)

    @work(group="export-cancel", exclusive=True, exit_on_error=False)
    async def action_cancel(self) -> None:
        """End the export; no file is left."""
        await self.export.cancel()
