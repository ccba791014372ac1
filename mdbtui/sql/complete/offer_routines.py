"""Proposals: functions, procedures, and functions with their arguments' types."""

from __future__ import annotations

from collections.abc import Callable

from mdbtui.sql.complete.collector import Collector
from mdbtui.sql.complete.items import Item
from mdbtui.sql.complete.match import SCATTERED, WORD_START
from mdbtui.sql.complete.names import SYSTEM_SCHEMAS, Function
from mdbtui.sql.identifiers import RESERVED

_NOT_CALLED = frozenset(
    {"trigger", "event_trigger", "internal", "language_handler", "fdw_handler"}
    | {"index_am_handler", "tsm_handler", "table_am_handler"}
)


# Reserved, but called like any function.
_CALLED = frozenset(
    {"left", "right", "current_schema", "substring", "overlay", "position", "normalize"}
)


def functions(c: Collector) -> None:
    """Functions that an expression can call."""
    if c.schema is None or c.scope.by_alias(c.qualifier) is None:
        _routines(c, 4, _callable)


def functions_in_from(c: Collector) -> None:
    """Functions that give rows, and the user's own that give one."""
    _routines(c, 6, lambda function: function.returns_set)
    _routines(c, 7, _gives_a_row)


def _gives_a_row(function: Function) -> bool:
    own = function.schema not in SYSTEM_SCHEMAS and function.kind == "function"
    return own and not function.returns_set and _callable(function)


def procedures(c: Collector) -> None:
    """What CALL takes."""
    _routines(c, 0, lambda function: function.kind == "procedure")


def trigger_functions(c: Collector) -> None:
    """What a trigger executes."""
    _routines(c, 0, lambda function: function.result in {"trigger", "event_trigger"})


def _callable(function: Function) -> bool:
    return function.kind != "procedure" and function.result not in _NOT_CALLED


def _routines(c: Collector, weight: int, wanted: Callable[[Function], bool]) -> None:
    seen: set[str] = set()
    for function in c.names.functions():
        if function.name in seen or not _seen(c, function) or not wanted(function):
            continue
        seen.add(function.name)
        system = function.schema in SYSTEM_SCHEMAS
        if system and c.schema is None and not _worth_offering(c, function.name):
            continue
        key = f"function {function.name}"
        c.add(
            function.name,
            weight + system,
            _item,
            c,
            function,
            key,
            key=key,
            loosest=WORD_START if system else SCATTERED,
        )


def _seen(c: Collector, function: Function) -> bool:
    if c.schema is not None:
        return function.schema == c.schema
    return c.names.is_visible(function.schema)


def _worth_offering(c: Collector, name: str) -> bool:
    """Not a thousand of the server's own, nor what is there as a type or keyword."""
    return bool(c.reading.prefix) and (name not in RESERVED or name in _CALLED)


def _item(c: Collector, function: Function, key: str) -> Item:
    name = function.name
    text = name if name in _CALLED and not c.reading.quoted else c.written(name)
    others = len(c.names.functions(function.name)) - 1
    more = f" (+{others})" if others else ""
    result = f" → {function.result}" if function.result else ""
    detail = f"({function.arguments}){result}{more}"
    caret = None
    if c.following != "(":
        text += "()"
        caret = len(text) - 1 if function.arguments or others else None
    return Item(
        function.name, text, "function", detail, function.comment, caret, key=key
    )


def signatures(c: Collector) -> None:
    """Functions as DROP FUNCTION names them."""
    for function in c.names.functions():
        system = function.schema in SYSTEM_SCHEMAS and c.schema is None
        if _seen(c, function) and not system:
            c.add(function.name, 0, _signature, c, function)


def _signature(c: Collector, function: Function) -> Item:
    name = c.written(function.name)
    text = name if c.following == "(" else f"{name}({function.arguments})"
    return Item(text, text, "function", function.result, function.comment)
