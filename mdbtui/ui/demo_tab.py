"""A tab of the demo that shows what can be done with many databases at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mdbtui.config.targets import TargetChoice

if TYPE_CHECKING:
    from mdbtui.ui.panes import Panes
    from mdbtui.ui.runner import PaneRunner
    from mdbtui.ui.services import Services

NAME = "tenants"
TARGETS = TargetChoice(where="tag:tenant")
TEXT = """\
-- F5 asks all tenants: one is down, one deviates.
-- alt+d shows in what, alt+w watches them,
-- F4 and then b puts them side by side.
select version, name, applied_at
  from schema_migrations order by version;
"""
_STATEMENT_ROW = 3


async def lead_in(services: Services, panes: Panes) -> None:
    """Add the tab behind an untouched first one, where nobody has one of his own."""
    alone = len(list(panes)) == 1 and panes.active.is_untouched
    if services.has_demo and alone:
        await tenants_tab(services, panes)


async def tenants_tab(services: Services, panes: Panes) -> PaneRunner | None:
    """Return the tab, which is made if it is not there.

    Returns:
        The tab; None if there are no tenants, or no room for a tab.
    """
    specs = TARGETS.select(services.connections)
    if not specs:
        return None
    for runner in panes:
        if runner.tab.name == NAME and runner.tab.targets == TARGETS:
            return runner
    (number,) = panes.reserve(1)
    added = await panes.add(specs[0].name, len(list(panes)), number)
    if added is not None:
        added.tab.name, added.tab.targets = NAME, TARGETS
        added.pane.editor.text = TEXT
        added.pane.editor.move_cursor((_STATEMENT_ROW, 0))
        panes.show_tabs()
    return added
