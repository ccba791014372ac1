"""Who offers what a place asks for."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from mdbtui.sql.complete import (
    offer_columns,
    offer_relations,
    offer_routines,
    offer_schemas,
    offer_types,
)
from mdbtui.sql.complete.collector import Collector
from mdbtui.sql.complete.grammar import CALLED
from mdbtui.sql.complete.items import Item, in_case
from mdbtui.sql.complete.match import EXACT, PREFIX
from mdbtui.sql.complete.wants import Want

_IN_STRINGS = frozenset({Want.VALUE, Want.SETTING_VALUE, Want.SCHEMA_TEXT})
_OFFERS: dict[Want, Callable[[Collector], None]] = {
    Want.RELATION: offer_relations.readable,
    Want.TABLE: offer_relations.tables,
    Want.JOIN: offer_relations.whole_joins,
    Want.CONDITION: offer_relations.join_conditions,
    Want.COLUMN: offer_columns.columns,
    Want.TARGET_COLUMN: offer_columns.targets,
    Want.COMMON_COLUMN: offer_columns.common,
    Want.OWN_COLUMN: offer_columns.own,
    Want.ALIAS: offer_columns.aliases,
    Want.STAR: offer_columns.star,
    Want.VALUE: offer_columns.values,
    Want.FUNCTION: offer_routines.functions,
    Want.PROCEDURE: offer_routines.procedures,
    Want.TRIGGER_FUNCTION: offer_routines.trigger_functions,
    Want.SIGNATURE: offer_routines.signatures,
    Want.TYPE: offer_types.types,
    Want.OWN_TYPE: offer_types.own_types,
    Want.SCHEMA: offer_schemas.schemas,
    Want.SCHEMA_TEXT: offer_schemas.schema_texts,
    Want.DATABASE: offer_schemas.databases,
    Want.SETTING: offer_schemas.settings,
    Want.SETTING_VALUE: offer_schemas.setting_values,
}


def collect(c: Collector, snippets: Iterable[tuple[str, str]]) -> None:
    """Let everyone offer what fits."""
    if "" in c.qualifier:  # the fields of an expression are not known
        return
    in_string = c.reading.inside == "string"
    if not (in_string or c.qualifier or c.reading.quoted):
        _keywords(c)
        if Want.SNIPPET in c.context.wants:
            for name, text in snippets:
                key = f"snippet {name}"
                c.add(name, 0, _snippet, name, text, key, key=key)
    for want in c.context.wants:
        if want in _OFFERS and (want in _IN_STRINGS or not in_string):
            _OFFERS[want](c)


def _keywords(c: Collector) -> None:
    names_first = c.context.operand and c.context.wants not in {(), (Want.SNIPPET,)}
    for number, word in enumerate(c.context.keywords):
        # Typed in full it is no better than what begins so: ``in`` and ``in_stock``.
        if c.fits(word) in {EXACT, PREFIX}:
            weight = 7 if names_first else 1
            c.take(PREFIX, weight, f"{number:04}", "", _keyword, c, word)


def _keyword(c: Collector, word: str) -> Item:
    label = in_case(word, upper=c.upper)
    if word in CALLED and c.following != "(":
        return Item(label, f"{label}()", "keyword", caret=len(label) + 1)
    return Item(label, label, "keyword")


def _snippet(name: str, text: str, key: str) -> Item:
    before, mark, behind = text.partition("$0")
    whole = before + behind
    return Item(
        name, whole, "snippet", "", whole, len(before) if mark else None, key=key
    )
