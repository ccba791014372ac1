from __future__ import annotations

import pytest

from mdbtui.catalog import Node, NodeKind


@pytest.mark.parametrize(
    ("node", "text"),
    [
        (Node(NodeKind.SCHEMA, "s", ("s",)), "s"),
        (Node(NodeKind.TABLE, "T", ("s", "T")), 's."T"'),
        (Node(NodeKind.COLUMN, "user", ("s", "t", "user")), '"user"'),
        (Node(NodeKind.FUNCTION, "f(a int)", ("s", "f")), "s.f"),
        (Node(NodeKind.TABLES, "Tables", ("s",)), None),
        (Node(NodeKind.ENUM_VALUE, "sad", ("s", "mood", "sad")), None),
        # Only what is no PostgreSQL sends such a name.
        (Node(NodeKind.TABLE, "a\0b", ("s", "a\0b")), None),
    ],
)
def test_a_node_has_the_name_that_sql_gives_it(node: Node, text: str | None) -> None:
    assert node.sql_name == text


def test_sequences_have_rows_but_no_parts() -> None:
    sequence = Node(NodeKind.SEQUENCE, "q", ("s", "q"))
    assert sequence.has_rows
    assert not sequence.has_parts
    assert not sequence.is_folder
