"""The main screen's keys: one table for the bindings, the key bar, help and palette.

F5 comes first because it is the only run key that every terminal can send: many
send ctrl+enter as plain enter, and VS Code keeps ctrl+j for itself.
"""

from __future__ import annotations

from textual.binding import Binding

from mdbtui.ui.keymaps import APP_KEYS, Keymap, named
from mdbtui.ui.screens import main_fanout, main_writes
from mdbtui.ui.widgets.strips import KeyHint

BINDINGS = [
    Binding("f5,ctrl+j,ctrl+enter", "run", "Run", priority=True),
    Binding("shift+f5", "run_all", "Run all", priority=True),
    Binding("ctrl+f5", "run_from_here", "Run all from here", priority=True),
    Binding("alt+g", "toggle_go_on", "Stop or go on at an error", priority=True),
    Binding("f12,alt+x", "explain", "Explain: show the plan", priority=True),
    Binding(
        "shift+f12,alt+shift+x",
        "analyze",
        "Explain analyze: run, measure, roll back",
        priority=True,
    ),
    Binding("f9", "cancel", "Cancel the running statement", priority=True),
    Binding("escape", "escape", "Cancel", priority=True, show=False),
    Binding("f2", "focus_sidebar", "Connections", priority=True),
    Binding("f3", "focus_editor", "Editor", priority=True),
    Binding("f4", "focus_results", "Results", priority=True),
    Binding("f6", "focus_pools", "Pools (again: hide)", priority=True),
    Binding("f7", "fleet", "Fleet: all pools at a glance", priority=True),
    Binding("f8", "server", "The server's side: activity, locks …", priority=True),
    Binding("ctrl+o", "switch", "Switch database", priority=True),
    Binding("ctrl+n", "new_pane", "New tab", priority=True),
    Binding("ctrl+f4", "close_pane", "Close tab", priority=True),
    Binding("alt+right", "step_pane(1)", "Next tab", priority=True),
    Binding("alt+left", "step_pane(-1)", "Previous tab", priority=True),
    Binding("alt+pagedown", "move_pane(1)", "Move the tab right", priority=True),
    Binding("alt+pageup", "move_pane(-1)", "Move the tab left", priority=True),
    Binding("alt+r", "rename_pane", "Name the tab", priority=True),
    Binding("alt+o", "open_file", "Open a file", priority=True),
    Binding("ctrl+s", "save_file", "Save the file", priority=True),
    Binding("alt+s", "save_file_as", "Save as", priority=True),
    Binding("alt+e", "edit_outside", "Edit in $EDITOR", priority=True),
    Binding("ctrl+r", "history", "History of statements", priority=True),
    Binding(
        "ctrl+b",
        "toggle_part('sidebar')",
        "Show or hide the connections",
        priority=True,
    ),
    Binding("ctrl+g", "maximise", "Maximise the pane", priority=True),
    Binding("z", "maximise", "Maximise the pane", show=False),
    Binding("alt+shift+right", "resize_side(2)", "Move the side border right"),
    Binding("alt+shift+left", "resize_side(-2)", "Move the side border left"),
    Binding("alt+shift+down", "resize_editor(1)", "Taller editor"),
    Binding("alt+shift+up", "resize_editor(-1)", "Shorter editor"),
    Binding("ctrl+c", "escape", "Cancel", show=False),
    Binding("ctrl+t", "theme", "Theme", priority=True),
    Binding("f1", "help", "Help", priority=True),
    Binding("question_mark", "help", "Help", show=False),
]

# The most useful first: 80 columns end after F6.
_BAR = (
    ("F5", "Run", "run"),
    ("M-y", "Follow", "follow"),
    ("F9", "Cancel", "cancel"),
    ("F1", "Help", "help"),
    ("^P", "Commands", "app.command_palette"),
    ("^Q", "Quit", "app.quit"),
    ("F2", "Tree", "focus_sidebar"),
    ("F3", "Editor", "focus_editor"),
    ("F4", "Rows", "focus_results"),
    ("F6", "Pools", "focus_pools"),
    ("F7", "Fleet", "fleet"),
    ("F8", "Server", "server"),
    ("F12", "Plan", "explain"),
    ("^O", "Database", "switch"),
    ("M-t", "Several", "targets"),
    ("^N", "New tab", "new_pane"),
    ("^F4", "Close tab", "close_pane"),
    ("S-F5", "Run all", "run_all"),
    ("^B", "Hide tree", "toggle_part('sidebar')"),
    ("^G", "Maximise", "maximise"),
    ("^T", "Theme", "theme"),
    ("M-←→", "Tabs", "step_pane(1)"),
)


_BOUND = {
    binding.action: binding
    for binding in reversed(
        named(
            "",
            (
                *BINDINGS,
                *APP_KEYS,
                *main_fanout.FanOutKeys.BINDINGS,
                *main_writes.WriteKeys.BINDINGS,
            ),
        )
    )
}


def hints(keymap: Keymap, *, running: bool, waits: bool = False) -> tuple[KeyHint, ...]:
    """Return the key bar's entries.

    Cancel only while something runs, Follow while a canary's others wait.
    """
    only_now = {"cancel": running, "follow": waits}
    found = []
    for usual, text, action in _BAR:
        binding = _BOUND[action.removeprefix("app.")]
        key = keymap.hint(binding, usual)
        if key and only_now.get(action, True):
            found.append(KeyHint(key, text, action))
    return tuple(found)


_ONLY_COMMANDS = (
    ("Add a connection", "Fill in a form, or paste a URL", "add_connection"),
    ("Edit this connection", "Change the tab's connection", "edit_connection"),
    ("Remove this connection", "Forget the tab's connection", "remove_connection"),
    ("Complete here", "Key in the editor: ctrl+space", "complete"),
    ("Read the names for completion", "As they are at the server now", "read_names"),
    (r"psql's commands", r"\d, \dt, \copy, \watch … as a list", "psql_help"),
    ("This pool's page", "Charts, holders, events and advice", "pool_page"),
    ("Running exports", "How far they are; cancel one", "show_exports"),
    ("Start the demo", "An embedded PostgreSQL with sample data", "start_demo"),
)


# Bound where they are defined.
_ELSEWHERE = [
    Binding("alt+q", "saved_queries", "Saved queries"),
    Binding("alt+shift+q", "save_query", "Save the statement"),
    Binding("alt+shift+k", "keymap", "Keymap"),
]


def commands(keymap: Keymap) -> list[tuple[str, str, str]]:
    """Return what the command palette offers: a title, a text, and the action."""
    bound = [
        (binding.description, keymap.palette(binding), binding.action)
        for binding in named("", (*BINDINGS, *_ELSEWHERE))
        if binding.show
    ]
    return [*bound, *_ONLY_COMMANDS]
