"""From a text and a cursor to ranked proposals."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping

from mdbtui.sql.complete.candidates import collect
from mdbtui.sql.complete.collector import Collector, Scored
from mdbtui.sql.complete.context import context_of
from mdbtui.sql.complete.items import LIMIT, Completion, Item
from mdbtui.sql.complete.levels import build
from mdbtui.sql.complete.names import EMPTY, Names
from mdbtui.sql.complete.scope import Scope
from mdbtui.sql.complete.tokens import Reading, read
from mdbtui.sql.complete.wants import NAMES, Context

_BODIES = 3
"""Dollar quotes within dollar quotes that are followed."""


def complete(
    text: str,
    offset: int,
    names: Names = EMPTY,
    *,
    uses: Mapping[str, int] | None = None,
    snippets: Iterable[tuple[str, str]] = (),
    carry: str = "",
) -> Completion:
    """Say what may be written at a place of a text.

    Never raises, whatever the text.

    Args:
        text: SQL or not; from where the statement begins, or, of a long one, from
            8,000 characters before the cursor.
        offset: where the cursor is.
        names: what is known of the database.
        uses: how often proposals were taken, by `Item.key`.
        snippets: names and texts of the user's own, offered where a statement
            begins; ``$0`` in a text is where the cursor goes.
        carry: what the lexer says is open where ``text`` begins.
    """
    offset = max(0, min(offset, len(text)))
    reading = read(text, offset, carry=carry)
    in_body = False
    for _ in range(_BODIES):
        if reading.inside != "body":
            break
        in_body = True
        reading = read(text, offset, *reading.body)
    if reading.inside not in {"", "string"}:
        return Completion(reading.start, reading.end, reading.prefix)
    level = build(reading.tokens)
    context = context_of(level, in_body=in_body)
    collector = Collector(
        names,
        context,
        reading,
        Scope(names, level),
        uses or {},
        upper=_upper(reading),
        following=text[reading.end : reading.end + 1],
    )
    collect(collector, snippets)
    items = _best(collector.scored)
    return Completion(
        reading.start,
        reading.end,
        reading.prefix,
        items,
        bool(reading.qualifier),
        _awaited(context, items),
    )


def _awaited(context: Context, items: tuple[Item, ...]) -> bool:
    """Whether a place waits for one of the names, as it does behind FROM."""
    if not items or not context.wants or items[0].kind == "keyword":
        return False
    return context.wants[0] in NAMES or items[0].kind == "value"


def _upper(reading: Reading) -> bool:
    """Whether keywords go into the text in upper case: as the user writes them."""
    letters = [letter for letter in reading.prefix if letter.isalpha()]
    return letters[-1].isupper() if letters else reading.upper


def _best(found: list[Scored]) -> tuple[Item, ...]:
    # Twice as many as are wanted: some turn out to read the same.
    items: dict[tuple[str, str], Item] = {}
    for *_, make, arguments in heapq.nsmallest(2 * LIMIT, found):
        item = make(*arguments)
        items.setdefault((item.label, item.detail), item)
    return tuple(items.values())[:LIMIT]


def warm_up() -> None:
    """Compile what the first completions need, which takes longer than a key may."""
    for text in ("show a", "select a", "select a."):
        complete(text, len(text))
