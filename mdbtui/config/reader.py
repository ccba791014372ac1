"""Reads the values of a configuration file and collects everything that is wrong."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mdbtui.config.references import (
    ReferenceProblem,
    expand,
    expand_url,
    has_reference,
)
from mdbtui.config.yamlfile import Mapping, Mistake, Node, Scalar, Sequence
from mdbtui.pool import Secret

if TYPE_CHECKING:
    import collections.abc


class Reader:
    """Judges nodes of one file; a method returns None after it noted a mistake.

    Attributes:
        source: The file's name, for messages.
        mistakes: All that is wrong so far.
    """

    def __init__(self, source: str, environ: collections.abc.Mapping[str, str]) -> None:
        self.source = source
        self.mistakes: list[Mistake] = []
        self._environ = environ

    def wrong(self, line: int, path: str, what: str) -> None:
        """Note a mistake."""
        self.mistakes.append(Mistake(line, f"{path}: {what}"))

    def report(self) -> list[str]:
        """Return the mistakes as ``file:line: path: …``, in the order of the file."""
        ordered = sorted(self.mistakes, key=lambda mistake: mistake.line)
        return [f"{self.source}:{m.line}: {m.what}" for m in ordered]

    def mapping(self, node: Node, path: str) -> Mapping | None:
        """Return the node if it is names with values."""
        if isinstance(node, Mapping):
            return node
        self._wrong_kind(
            node, path, "has to be names with values, one a line, indented"
        )
        return None

    def known(
        self, node: Mapping, path: str, names: collections.abc.Collection[str]
    ) -> dict[str, Node]:
        """Return the values of known names; every other name is a mistake."""
        values: dict[str, Node] = {}
        for key, value in node.entries:
            if key.text in names:
                values[key.text] = value
                continue
            where = f"{path}.{key.text}" if path else key.text
            self.wrong(key.line, where, f"unknown setting; {_advice(key.text, names)}")
        return values

    def text(self, node: Node, path: str, *, url: bool = False) -> str | None:
        """Return a text with its references followed."""
        scalar = self._scalar(node, path)
        if scalar is None:
            return None
        if not has_reference(scalar.text):
            return scalar.text
        try:
            return (expand_url if url else expand)(scalar.text, self._environ)
        except ReferenceProblem as problem:
            self.wrong(node.line, path, str(problem))
            return None

    def secret(self, node: Node, path: str) -> Secret | None:
        """Return a text that nobody sees; YAML itself has to take it for text."""
        scalar = self._scalar(node, path)
        if scalar is None:
            return None
        if not scalar.is_text:
            self.wrong(
                node.line,
                path,
                "YAML reads this as a number, a date or yes/no; put it in quotes",
            )
            return None
        text = self.text(node, path)
        return None if text is None else Secret(text)

    def integer(self, node: Node, path: str) -> int | None:
        """Return a whole number."""
        text = self.text(node, path)
        if text is None:
            return None
        if not re.fullmatch(r"-?(0|[1-9][0-9]{0,14})", text):
            self.wrong(
                node.line, path, "not a whole number; write digits only, such as 5432"
            )
            return None
        return int(text)

    def number(self, node: Node, path: str) -> float | None:
        """Return a number."""
        text = self.text(node, path)
        if text is None:
            return None
        if not re.fullmatch(r"-?[0-9]{1,15}(\.[0-9]{1,9})?", text):
            self.wrong(node.line, path, "not a number; write it such as 30 or 2.5")
            return None
        return float(text)

    def switch(self, node: Node, path: str) -> bool | None:
        """Return yes or no."""
        text = self.text(node, path)
        if text is None:
            return None
        if text.lower() not in ("true", "yes", "on", "false", "no", "off"):
            self.wrong(node.line, path, "has to be true or false")
            return None
        return text.lower() in ("true", "yes", "on")

    def texts(self, node: Node, path: str) -> tuple[str, ...] | None:
        """Return a list of texts."""
        if not isinstance(node, Sequence):
            self._wrong_kind(node, path, "has to be a list; write [one, two]")
            return None
        found = [
            self.text(item, f"{path}[{number}]")
            for number, item in enumerate(node.items, 1)
        ]
        return tuple(text for text in found if text is not None)

    def _wrong_kind(self, node: Node, path: str, what: str) -> None:
        if type(node) is not Node:  # else the mistake there is noted already
            self.wrong(node.line, path, what)

    def _scalar(self, node: Node, path: str) -> Scalar | None:
        if not isinstance(node, Scalar):
            self._wrong_kind(node, path, "has to be a single value")
            return None
        if node.is_null:
            self.wrong(
                node.line,
                path,
                "has no value; give one (in quotes if it begins with #) "
                "or remove the line",
            )
            return None
        return node


def _advice(name: str, known: collections.abc.Collection[str]) -> str:
    from difflib import get_close_matches  # only mistakes need it

    close = get_close_matches(name, known, 1)
    return f'did you mean "{close[0]}"?' if close else f"known are {', '.join(known)}"
