"""What the line below the tree says about the item under the cursor."""

from __future__ import annotations

from textual.content import Content

from mdbtui.ui.safe import safe
from mdbtui.ui.widgets.sidebar_items import Item, ItemKind, State, Status

_LIMIT = 300
_STATES = {
    State.CLOSED: "not opened yet",
    State.UP: "connected",
    State.TROUBLE: "connecting did not work, trying again",
    State.DOWN: "down",
    State.PARKED: "parked: nothing is tried until you ask (c)",
    State.REFUSED: "refused; not tried again until you ask (c)",
}


def details(item: Item) -> Content | None:
    """Return what an item's line has no room for, None when there is nothing."""
    match item.kind:
        case ItemKind.CONNECTION:
            return _connection(item)
        case ItemKind.OBJECT if item.node is not None:
            node = item.node
            title = "" if node.is_folder else f"{node.kind.value} "
            lines = [Content.assemble(title, (safe(node.name, _LIMIT), "bold"))]
            lines += _texts(node.label_detail, node.comment or "")
            return Content("\n").join([*lines, *_error(item)])
        case ItemKind.ERROR if item.parent is not None:
            return Content("\n").join(_error(item.parent))
    return None


def _connection(item: Item) -> Content:
    spec, mark = item.spec, item.mark
    title = Content(safe(item.text, _LIMIT)).stylize("bold")
    state = _STATES[mark.state]
    if mark.state is State.UP:
        state = f"{state}: {mark.in_use} of {mark.size} connections in use"
    elif mark.retry_in is not None:
        state = f"{state}: next try in {mark.retry_in} s, or now with c"
    failed = item.status is Status.FAILED
    lines = [title, Content(state), *_error(item)]
    lines += _texts("" if failed else mark.error)
    if spec is not None:
        db = spec.db
        environment = spec.environment.name if spec.environment else ""
        where = f"{db.user}@{db.host}:{db.port}/{db.database}"
        lines += _texts(environment, where)
    return Content("\n").join(lines)


def _error(item: Item) -> list[Content]:
    if item.status is not Status.FAILED:
        return []
    message, hint = item.error
    lines = [Content.styled(safe(message, _LIMIT), "$text-error")]
    return lines + _texts(hint)


def _texts(*texts: str) -> list[Content]:
    return [Content(safe(text, _LIMIT)) for text in texts if text]
