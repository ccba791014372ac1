"""What the schema tree is made of: frozen nodes."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from mdbtui.catalog.identifiers import quote_ident


class NodeKind(enum.Enum):
    """What a node is. The value is the word to show for it."""

    # Folders: their oid and path are those of the object that they belong to.
    SYSTEM_SCHEMAS = "System schemas"
    EXTENSIONS = "Extensions"
    DATABASES = "Other databases"
    TABLES = "Tables"
    VIEWS = "Views"
    MATERIALIZED_VIEWS = "Materialised views"
    FOREIGN_TABLES = "Foreign tables"
    FUNCTIONS = "Functions"
    SEQUENCES = "Sequences"
    TYPES = "Types"
    KEYS = "Keys"
    INDEXES = "Indexes"
    CONSTRAINTS = "Constraints"
    TRIGGERS = "Triggers"
    PARTITIONS = "Partitions"
    # Objects.
    DATABASE = "database"
    SCHEMA = "schema"
    TABLE = "table"
    PARTITIONED_TABLE = "partitioned table"
    VIEW = "view"
    MATERIALIZED_VIEW = "materialised view"
    FOREIGN_TABLE = "foreign table"
    COLUMN = "column"
    KEY = "key"
    INDEX = "index"
    CONSTRAINT = "constraint"
    TRIGGER = "trigger"
    FUNCTION = "function"
    PROCEDURE = "procedure"
    AGGREGATE = "aggregate"
    SEQUENCE = "sequence"
    TYPE = "type"
    ENUM = "enum"
    COMPOSITE = "composite type"
    ENUM_VALUE = "enum value"
    EXTENSION = "extension"
    MEMBER = "extension member"


_FOLDERS = frozenset(
    {
        NodeKind.SYSTEM_SCHEMAS,
        NodeKind.EXTENSIONS,
        NodeKind.DATABASES,
        NodeKind.TABLES,
        NodeKind.VIEWS,
        NodeKind.MATERIALIZED_VIEWS,
        NodeKind.FOREIGN_TABLES,
        NodeKind.FUNCTIONS,
        NodeKind.SEQUENCES,
        NodeKind.TYPES,
        NodeKind.KEYS,
        NodeKind.INDEXES,
        NodeKind.CONSTRAINTS,
        NodeKind.TRIGGERS,
        NodeKind.PARTITIONS,
    }
)
_WITH_ROWS = frozenset(
    {
        NodeKind.TABLE,
        NodeKind.PARTITIONED_TABLE,
        NodeKind.VIEW,
        NodeKind.MATERIALIZED_VIEW,
        NodeKind.FOREIGN_TABLE,
        NodeKind.SEQUENCE,
    }
)
_DEFINED = frozenset(
    {
        NodeKind.TABLE,
        NodeKind.PARTITIONED_TABLE,
        NodeKind.FOREIGN_TABLE,
        NodeKind.VIEW,
        NodeKind.MATERIALIZED_VIEW,
        NodeKind.FUNCTION,
        NodeKind.PROCEDURE,
        NodeKind.INDEX,
        NodeKind.KEY,
        NodeKind.CONSTRAINT,
        NodeKind.TRIGGER,
        NodeKind.ENUM,
    }
)
_UNNAMED = frozenset({NodeKind.ENUM_VALUE, NodeKind.MEMBER})


@dataclass(frozen=True, slots=True)
class Node:
    """One object of a database, or a folder of them.

    All texts come from the server as they are: any character may be in them.

    Attributes:
        kind: What it is.
        name: What to show for it; a function's has its arguments.
        path: Its name in parts, as SQL qualifies it: (schema, table), (schema, table,
            column) … A folder has the path of what it belongs to.
        label_detail: Facts in the order of their weight, joined by `` · ``: type, row
            estimate, size.
        oid: Of the object (a column's number, a composite type's row type); a folder
            has that of what it belongs to; 0 where there is none.
        expandable: Whether it may have children.
        comment: The comment on it, if any.
        open_first: It is what is usually wanted when its parent is opened, so it is
            to be opened with it.
    """

    kind: NodeKind
    name: str
    path: tuple[str, ...]
    label_detail: str = ""
    oid: int = 0
    expandable: bool = False
    comment: str | None = None
    open_first: bool = False

    @property
    def is_folder(self) -> bool:
        """Whether it only holds others."""
        return self.kind in _FOLDERS

    @property
    def has_rows(self) -> bool:
        """Whether ``select * from`` its `sql_name` gives rows."""
        return self.kind in _WITH_ROWS

    @property
    def has_parts(self) -> bool:
        """Whether indexes, triggers and the like may belong to it."""
        return self.has_rows and self.kind is not NodeKind.SEQUENCE

    @property
    def has_definition(self) -> bool:
        """Whether `Catalog.definition` can print it."""
        return self.kind in _DEFINED

    @property
    def sql_name(self) -> str | None:
        """Its name as SQL writes it, None for what has none (folders, enum values).

        Columns, keys, constraints and triggers are named inside their table, so only
        the last part is given for them. A name that no PostgreSQL can have comes from
        something that only speaks like one; it is shown, but never sent back.
        """
        if self.is_folder or self.kind in _UNNAMED or not self.path:
            return None
        parts = self.path[-1:] if len(self.path) > 2 else self.path
        try:
            return ".".join(map(quote_ident, parts))
        except ValueError:
            return None
