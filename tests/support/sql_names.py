"""A small made-up database, as completion knows it."""

from __future__ import annotations

from mdbtui.sql.complete.names import (
    ForeignKey,
    Function,
    Names,
    Relation,
    Setting,
    Type,
)


def _relation(schema: str, name: str, columns: str, kind: str = "table") -> Relation:
    """Columns as ``name type, name type``; a type may be left out."""
    pairs = [entry.split(maxsplit=1) for entry in columns.split(",")]
    names = tuple(pair[0] for pair in pairs)
    types = tuple(pair[1].strip() if len(pair) > 1 else "text" for pair in pairs)
    return Relation(schema, name, kind, names, types)


def sample() -> Names:
    names = Names(("pg_catalog", "public"))
    names.schemas = ["blog", "custom", "Custom", "information_schema", "pg_catalog"]
    names.schemas.append("public")
    names.databases = ["metrics", "postgres", "shop"]
    names.add_relations(
        [
            _relation(
                "public",
                "users",
                "id integer, parent_id integer, email, first_name, last_name,"
                " mood mood",
            ),
            _relation("public", "Users", "userid integer, username"),
            _relation(
                "public",
                "orders",
                "id integer, user_id integer, ordered_date date, status order_status",
            ),
            _relation("public", "order_items", "order_id integer, line_no, product"),
            _relation("public", "select", "id integer, localtime, ABC"),
            _relation("public", "user_emails", "id integer, email", "view"),
            _relation("public", "totals", "day date, total", "materialized view"),
            _relation("public", "events", "at date, what", "partitioned table"),
            _relation("public", "events_2025", "at date, what", "partition"),
            Relation("public", "users_id_seq", "sequence"),
            _relation("custom", "users", "id integer, phone_number"),
            _relation("custom", "products", "id integer, product_name, price numeric"),
            _relation("custom", "shipments", "id integer, address, user_id integer"),
            _relation("Custom", "projects", "projectid integer, name"),
            _relation("blog", "entries", "entryid integer, entrytitle, entrytext"),
            _relation("blog", "tags", "tagid integer, name"),
            _relation("blog", "entrytags", "entryid integer, tagid integer"),
            _relation("pg_catalog", "pg_class", "oid oid, relname name"),
            _relation("information_schema", "tables", "table_name name"),
        ]
    )
    names.add_foreign_keys(
        [
            ForeignKey("public", "users", ("parent_id",), "public", "users", ("id",)),
            ForeignKey("public", "orders", ("user_id",), "public", "users", ("id",)),
            ForeignKey(
                "public", "order_items", ("order_id",), "public", "orders", ("id",)
            ),
            ForeignKey("custom", "shipments", ("user_id",), "public", "users", ("id",)),
            ForeignKey(
                "blog", "entrytags", ("entryid",), "blog", "entries", ("entryid",)
            ),
            ForeignKey("blog", "entrytags", ("tagid",), "blog", "tags", ("tagid",)),
        ]
    )
    names.add_functions(
        [
            Function("public", "custom_func1", "", "integer"),
            Function("public", "custom_func2", "a integer", "text"),
            Function("public", "Custom_Fun", "", "text"),
            Function("public", "tidy", "a integer", "", "procedure"),
            Function("public", "on_change", "", "trigger"),
            Function(
                "public",
                "all_users",
                "",
                "SETOF users",
                returns_set=True,
            ),
            Function("custom", "func3", "", "integer"),
            Function(
                "custom",
                "symbols",
                "x integer",
                "TABLE(symbol text, place integer)",
                returns_set=True,
                outputs=("symbol", "place"),
            ),
            Function("pg_catalog", "max", "anyelement", "anyelement", "aggregate"),
            Function("pg_catalog", "min", "anyelement", "anyelement", "aggregate"),
            Function("pg_catalog", "now", "", "timestamp with time zone"),
            Function("pg_catalog", "count", '"any"', "bigint", "aggregate"),
            Function("pg_catalog", "left", "text, integer", "text"),
            Function("pg_catalog", "lower", "text", "text"),
            Function(
                "pg_catalog",
                "generate_series",
                "integer, integer",
                "SETOF integer",
                returns_set=True,
            ),
            Function("pg_catalog", "version", "", "text"),
        ]
    )
    names.types = [
        Type("public", "mood", "enum"),
        Type("public", "order_status", "enum"),
        Type("public", "Odd Type", "domain"),
        Type("custom", "typ3", "composite"),
        Type("pg_catalog", "int4"),
        Type("pg_catalog", "text"),
    ]
    names.enums = {
        "mood": ("sad", "ok", "don't know"),
        "order_status": ("new", "paid", "sent"),
    }
    names.settings = {
        "search_path": Setting("search_path", "string"),
        "statement_timeout": Setting("statement_timeout", "integer"),
        "enable_seqscan": Setting("enable_seqscan", "bool"),
        "TimeZone": Setting("TimeZone", "string"),
        "client_min_messages": Setting(
            "client_min_messages", "enum", ("debug1", "notice", "warning", "error")
        ),
        "auto_explain.log_analyze": Setting("auto_explain.log_analyze", "bool"),
    }
    names.column_comments = {("public", "users", "email"): "lower case only"}
    return names
