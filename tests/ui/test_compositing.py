"""Painting a part gives what painting everything gives, and asks only who is seen."""

from __future__ import annotations

from rich.cells import cell_len
from rich.segment import ControlType, Segment
from rich.style import Style
from textual._compositor import ChopsUpdate
from textual.geometry import Region
from textual.screen import Screen
from textual.widget import Widget

from tests.support.console import Console, console, dead_spec

Cell = tuple[str, Style | None]


def cells(segments: list[Segment]) -> dict[int, Cell]:
    """Each character by its column."""
    found: dict[int, Cell] = {}
    column = 0
    for segment in segments:
        for character in segment.text:
            found[column] = (character, segment.style)
            column += cell_len(character)
    return found


def painted(screen: Screen[object], running: Console) -> dict[tuple[int, int], Cell]:
    """The cells of the update that is due."""
    behind = running.app._background_screens
    update = screen._compositor.render_update(screen_stack=behind)
    found: dict[tuple[int, int], Cell] = {}
    if not isinstance(update, ChopsUpdate):
        return found  # nothing, or everything
    rich = running.app.console
    x = y = 0
    for segment in update.__rich_console__(rich, rich.options):
        assert isinstance(segment, Segment)
        if segment.control:
            [(kind, *place)] = segment.control
            assert kind is ControlType.CURSOR_MOVE_TO
            x, y = (int(n) for n in place)
            continue
        if segment.text == "\n":
            continue
        for column, cell in cells([segment]).items():
            found[y, x + column] = cell
        x += cell_len(segment.text)
    return found


def check_every_widget(running: Console) -> int:
    """Paint each widget, and single lines of it, and compare; how many were."""
    screen = running.app.screen
    compositor = screen._compositor
    whole = [cells(list(strip)) for strip in compositor.render_strips()]
    shown = list(compositor.visible_widgets)
    for widget in shown:
        width, height = widget.outer_size
        for y, lines in ((0, height), (height // 2, 1), (height - 1, 1)):
            widget.refresh(Region(0, max(y, 0), width, lines))
            compositor.update_widgets({widget})
            for (row, column), cell in painted(screen, running).items():
                assert cell == whole[row].get(column, cell), (widget, row, column)
    return len(shown)


async def test_a_part_is_painted_as_in_the_whole() -> None:
    async with console([dead_spec()]) as running:
        running.pane.editor.text = "select 'ü', '世界'\nfrom somewhere"
        running.app.notify("over the corner")
        await running.sees("over the corner", "somewhere")
        assert check_every_widget(running) > 15
        await running.pilot.press("f1")
        await running.until(lambda: running.app.screen is not running.main)
        await running.pilot.pause()
        assert check_every_widget(running) > 3


async def test_a_line_of_the_editor_asks_nobody_else() -> None:
    async with console([dead_spec()]) as running:
        await running.sees("dead")
        compositor = running.main._compositor
        asked: list[tuple[Widget, int]] = []
        for widget in compositor.visible_widgets:
            note(widget, asked)
        editor = running.pane.editor
        editor.refresh(Region(0, 1, editor.size.width, 1))
        compositor.update_widgets({editor})
        compositor.render_partial_update()
        assert asked == [(editor, 1)]


def note(widget: Widget, asked: list[tuple[Widget, int]]) -> None:
    """Have a widget note when it renders, and how many lines."""
    plain = widget.render_lines

    def render_lines(crop: Region) -> list[object]:
        asked.append((widget, crop.height))
        return plain(crop)  # type: ignore[return-value]

    widget.render_lines = render_lines  # type: ignore[method-assign, assignment]


async def test_a_key_is_painted_without_waiting_for_the_next_frame() -> None:
    async with console([dead_spec()]) as running:
        await running.sees("dead")
        editor = running.pane.editor
        await running.until(lambda: editor.has_focus)
        # From here on no frame comes by itself.
        running.main._update_timer.resume = lambda: None  # type: ignore[method-assign]
        await running.until(lambda: not running.app._under_way)
        painted: list[str] = []
        display = running.app._display

        def note_text(screen: Screen[object], update: object) -> None:
            painted.append(editor.text)
            display(screen, update)  # type: ignore[arg-type]

        running.app._display = note_text  # type: ignore[method-assign, assignment]
        await running.pilot.press("x")
        await running.until(lambda: "x" in painted)
        assert editor not in running.main._dirty_widgets
