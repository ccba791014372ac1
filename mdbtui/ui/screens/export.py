"""The form for an export: which format, which file, and with what."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual import on, work
from textual.binding import Binding
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button, Checkbox, Input, Select, Static

from mdbtui.query.export_file import ExportError, FileThere, check_place, resolved
from mdbtui.query.export_parquet import parquet_problem
from mdbtui.query.export_rows import Way
from mdbtui.query.export_writers import ExportOptions
from mdbtui.query.formats import FILE_FORMATS
from mdbtui.query.formats.sql import quote_table
from mdbtui.ui.safe import safe, safe_multiline
from mdbtui.ui.screens.ask import ConfirmScreen
from mdbtui.ui.screens.connect import FormField

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from textual.app import ComposeResult

    from mdbtui.query import RowStore
    from mdbtui.query.merged import MergedRows

DISK_TIMEOUT = 10.0
"""Seconds for a disk to say whether a file is there."""
PATH_LIMIT, MESSAGE_LIMIT = 300, 400
NAME_BYTES = 100
HEADER_FORMATS = ("csv", "tsv", "markdown", "insert")
_NAME = r'(?:"[^"]++"|[\w$]++)'
_SOURCE = re.compile(
    rf"\b(?:from|table|into|update)\s+(?:only\s+)?({_NAME}(?:\.{_NAME})*+)(?!\s*\()",
    re.IGNORECASE,
)


def suggested_table(sql: str) -> str:
    """Return the first table that a statement names, as it is written there."""
    found = _SOURCE.search(sql)
    return found[1] if found else ""


def safe_name(text: str) -> str:
    """Return a file name of harmless characters only, without a suffix."""
    name = re.sub(r"[^\w.-]+", "_", text).strip("._-")
    name = name.encode()[:NAME_BYTES].decode(errors="ignore").rstrip("._-")
    return name or "result"


class Tick(Checkbox):
    """A box that is empty when it isn't ticked, for those who see no colours."""

    def render(self) -> Content:
        self.BUTTON_INNER = "X" if self.value else " "
        return super().render()


@dataclass(frozen=True)
class ExportRequest:
    """What the form was filled in with."""

    way: Way
    path: Path
    options: ExportOptions
    overwrite: bool


class ExportScreen(ModalScreen[ExportRequest | None]):
    """Asks how rows are to be written; gives that, or None.

    Args:
        sql: The statement; names for file and table are taken from it.
        rows: Its rows.
        ways: How they can be had, the best way first.
        folder: Where relative names begin.
    """

    CSS_PATH = "export.tcss"
    BINDINGS = [
        Binding("escape", "dismiss(None)", "Cancel"),
        Binding("ctrl+s", "start", "Start", priority=True),
    ]

    def __init__(
        self,
        sql: str,
        rows: RowStore | MergedRows,
        ways: Sequence[Way],
        folder: Path | None,
    ) -> None:
        super().__init__()
        self._rows = rows
        self._ways = ways
        self._folder = folder
        self._table = suggested_table(sql)

    def compose(self) -> ComposeResult:
        formats = [(f.label, name) for name, f in FILE_FORMATS.items()]
        with Vertical(id="export") as box:
            box.border_title = "Export all rows"
            with VerticalScroll(can_focus=False):
                yield FormField("format", "Format", _select(formats))
                last = self._table.rpartition(".")[2]
                file = Input(f"{safe_name(last)}.csv", compact=True)
                yield FormField("file", "File", file)
                yield Static(id="place")
                if len(self._ways) > 1:
                    choices = [(_WAYS[way], way.value) for way in self._ways]
                    yield FormField("way", "Rows", _select(choices))
                yield Static(id="note")
                yield Tick(
                    "column names in the first line", True, id="header", compact=True
                )
                yield Tick(
                    "safe for spreadsheets: ' before = + - @ (not numbers)",
                    id="guard",
                    compact=True,
                )
                table = Input(self._table or "table_name", compact=True)
                yield FormField("table", "Table", table)
            yield Static(id="outcome")
            with Horizontal(id="buttons"):
                yield Button("Start  ctrl+s", id="start", compact=True)
                yield Button("Cancel  Esc", id="cancel", compact=True)

    def on_mount(self) -> None:
        self._field("format").control.focus()
        self._show_options()

    def _field(self, key: str) -> FormField:
        return self.query_one(f"#field-{key}", FormField)

    @property
    def _format(self) -> str:
        return self._field("format").value

    @property
    def _way(self) -> Way:
        return Way(self._field("way").value) if len(self._ways) > 1 else self._ways[0]

    def _show_options(self) -> None:
        name = self._format
        header = self.query_one("#header", Checkbox)
        header.display = name in HEADER_FORMATS
        header.label = (
            "column names in each statement"
            if name == "insert"
            else "column names in the first line"
        )
        self.query_one("#guard").display = name in ("csv", "tsv")
        self._field("table").display = name == "insert"
        note = _NOTES[self._way]
        if self._way is Way.STORED and self._rows.complete:
            note = "Writes the rows that are here; the query does not run again."
        self.query_one("#note", Static).update(Content(note))
        problem = parquet_problem() if name == "parquet" else ""
        self._field("format").complain(problem)

    @on(Select.Changed)
    def _chosen(self, event: Select.Changed) -> None:
        event.stop()
        file = self._field("file")
        for known in FILE_FORMATS.values():
            if file.value.endswith(known.suffix):
                stem = file.value.removesuffix(known.suffix)
                file.value = stem + FILE_FORMATS[self._format].suffix
                break
        self._show_options()

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self._show_place()

    @work(group="export-place", exclusive=True, exit_on_error=False)
    async def _show_place(self) -> None:
        """Show the path that is meant, without ``~`` and ``..``."""
        try:
            path = await self._resolved()
        except ExportError as error:
            self._show("#place", error.message)
        else:
            self._show("#place", str(path))

    async def _resolved(self) -> Path:
        written = self._field("file").value.strip()
        try:
            async with asyncio.timeout(DISK_TIMEOUT):
                return await asyncio.to_thread(resolved, written, self._folder)
        except TimeoutError:
            raise ExportError("the disk does not answer") from None

    def _show(self, where: str, text: str) -> None:
        shown = safe(text, PATH_LIMIT) if where == "#place" else text
        self.query_one(where, Static).update(
            Content(safe_multiline(shown, MESSAGE_LIMIT))
        )

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_start()

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        event.stop()
        if event.button.id == "start":
            self.action_start()
        else:
            self.dismiss(None)

    @work(group="export-start", exclusive=True, exit_on_error=False)
    async def action_start(self) -> None:
        """Check what was filled in, ask before a file is replaced, and close."""
        for key in ("format", "file", "table"):
            self._field(key).complain("")
        self._show("#outcome", "")
        options = self._options()
        if options is None:
            return
        try:
            path = await self._resolved()
        except ExportError as error:
            self._wrong("file", str(error))
            return
        overwrite = False
        try:
            async with asyncio.timeout(DISK_TIMEOUT):
                await asyncio.to_thread(check_place, path)
        except FileThere:
            question = ConfirmScreen("Replace the file?", str(path), "Replace")
            if not await self.app.push_screen_wait(question):
                return
            overwrite = True
        except TimeoutError:
            self._wrong("file", "the disk does not answer")
            return
        except ExportError as error:
            self._wrong("file", str(error))
            return
        self.dismiss(ExportRequest(self._way, path, options, overwrite))

    def _options(self) -> ExportOptions | None:
        name, table = self._format, ""
        if name == "parquet" and (problem := parquet_problem()):
            self._wrong("format", problem)
            return None
        if name == "insert":
            try:
                table = quote_table(self._field("table").value)
            except ValueError:
                self._wrong("table", 'write it as in SQL: name, schema.name, "My Name"')
                return None
        return ExportOptions(
            name,
            header=self.query_one("#header", Checkbox).value,
            guard=self.query_one("#guard", Checkbox).value,
            table=table,
        )

    def _wrong(self, key: str, problem: str) -> None:
        field = self._field(key)
        field.complain(problem)
        field.control.focus()


_WAYS = {
    Way.AGAIN: "from the server: run the query again",
    Way.STORED: "as they are here: do not run it again",
}
_NOTES = {
    Way.AGAIN: "The server runs the query again, on a connection of its own.",
    Way.STORED: "Fetches the rest of the rows, then writes all; nothing runs again.",
}


def _select(choices: Sequence[tuple[str, str]]) -> Select[str]:
    return Select(choices, value=choices[0][1], allow_blank=False, compact=True)
