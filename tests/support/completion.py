"""The editor with its list of proposals, in an app of its own, over made-up names."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from textual import on
from textual.pilot import Pilot

from mdbtui.sql.complete import Completion, Item, Names, complete
from mdbtui.ui.widgets.completer import Completer
from mdbtui.ui.widgets.completion import CompletionList
from mdbtui.ui.widgets.editor import SqlEditor
from mdbtui.ui.widgets.editor_completion import Excerpt
from tests.support.editor import EditorApp
from tests.support.sql_names import sample


class Source:
    """Proposes from names that are given."""

    def __init__(self, names: Names, snippets: Sequence[tuple[str, str]] = ()) -> None:
        self.names = names
        self.snippets = snippets
        self.reading = False
        self.taken: list[str] = []
        self.anew = 0

    def propose(self, around: Excerpt) -> Completion | None:
        return complete(
            around.text,
            around.offset,
            self.names,
            carry=around.carry,
            snippets=self.snippets,
        )

    def took(self, item: Item) -> None:
        self.taken.append(item.insert)

    def read_anew(self) -> None:
        self.anew += 1


class CompletionApp(EditorApp):
    def __init__(self, text: str, source: Source) -> None:
        super().__init__(text)
        self.popup = CompletionList()
        self.completer = Completer(self.editor, source, self.popup)
        self.editor.completer = self.completer

    @on(CompletionList.Clicked)
    def clicked(self, event: CompletionList.Clicked) -> None:
        self.completer.accept(event.number)


class Completed:
    """The editor, its list, and how to type."""

    def __init__(self, app: CompletionApp, pilot: Pilot[None], source: Source) -> None:
        self.app = app
        self.pilot = pilot
        self.source = source
        self.editor: SqlEditor = app.editor
        self.popup = app.popup

    async def type(self, text: str) -> None:
        """Put text at the cursor, the last character of it by key."""
        if text[:-1]:
            self.editor.insert(text[:-1])
            await self.pilot.pause()
        await self.pilot.press(text[-1])
        await self.pilot.pause()

    async def begin(self, text: str = "") -> None:
        """Start again with a text, the cursor at its ``|`` or its end."""
        self.editor.focus()
        self.editor.text = text.replace("|", "")
        at = text.find("|") if "|" in text else len(text)
        self.editor.move_cursor(self.editor.sql.location_at(at))
        await self.pilot.pause()

    @property
    def is_open(self) -> bool:
        """Whether the list is on the screen."""
        return self.app.completer.is_open

    @property
    def labels(self) -> list[str]:
        """What the list proposes."""
        return [item.label for item in self.popup.items]

    @property
    def rows(self) -> list[str]:
        """The list as it is painted."""
        return [self.popup.render_line(y).text for y in range(self.popup.size.height)]

    @property
    def marked(self) -> str:
        """The text with the cursor as a mark."""
        at = self.editor.sql.offset_at(self.editor.cursor_location)
        return self.editor.text[:at] + "|" + self.editor.text[at:]


@asynccontextmanager
async def completing(
    text: str = "",
    *,
    names: Names | None = None,
    snippets: Sequence[tuple[str, str]] = (),
    size: tuple[int, int] = (80, 24),
) -> AsyncIterator[Completed]:
    """Run the editor with the cursor at the text's ``|``, or at its end."""
    source = Source(sample() if names is None else names, snippets)
    app = CompletionApp("", source)
    async with app.run_test(size=size) as pilot:
        running = Completed(app, pilot, source)
        await running.begin(text)
        yield running
