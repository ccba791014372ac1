"""psql's commands that are known here, as its help lists them."""

from __future__ import annotations

GROUPS = {
    "q": "queries",
    "f": "files",
    "d": "objects (S: system's too, +: more)",
    "c": "connection",
    "t": "display",
    "h": "help",
}
# How it is written, what it does, its group.
COMMANDS = (
    ("g", "run the statement before it, or the last one", "q"),
    ("gx", r"as \g, and open the first row as a record", "q"),
    ("watch [SECONDS] [c=RUNS] [m=ROWS]", "run a query again and again", "q"),
    ("e", "edit the tab's text in $EDITOR", "q"),
    ("i FILE", "run a file's statements and commands", "f"),
    ("copy TABLE|(QUERY) FROM|TO 'FILE' [OPTIONS]", "COPY with a file here", "f"),
    ("d[S+]", "tables, views and sequences", "d"),
    ("d[S+] NAME", "a relation: columns, indexes, constraints, triggers …", "d"),
    ("dt[S+] [PATTERN]", "tables", "d"),
    ("dv[S+] [PATTERN]", "views", "d"),
    ("dm[S+] [PATTERN]", "materialized views", "d"),
    ("di[S+] [PATTERN]", "indexes", "d"),
    ("ds[S+] [PATTERN]", "sequences", "d"),
    ("dE[S+] [PATTERN]", "foreign tables", "d"),
    ("df[anptw][S+] [PATTERN]", "functions: of these kinds only", "d"),
    ("dT[S+] [PATTERN]", "types", "d"),
    ("dn[S+] [PATTERN]", "schemas", "d"),
    ("du[S+] [PATTERN]", "roles", "d"),
    ("dx[+] [PATTERN]", "extensions", "d"),
    ("l[+] [PATTERN]", "databases", "d"),
    ("c [DATABASE]", "switch the tab to another database of the server", "c"),
    ("conninfo", "what this connection is", "c"),
    ("q", "leave", "c"),
    ("x [on|off]", "open results as records", "t"),
    ("timing [on|off]", "tell each statement's time in the messages", "t"),
    ("echo TEXT", "say a text in the messages", "t"),
    ("?", "this list", "h"),
    ("h [COMMAND]", "where the manual describes an SQL command", "h"),
)
REFUSED = {
    "!": "shell commands are not run from here",
    "o": r"E in the results exports them; \copy writes a file",
    "w": "{key.save_file} saves the tab's text",
    "set": "the value of :name is asked for when a statement has it",
    "unset": "the value of :name is asked for when a statement has it",
    "bind": "the value of $1 is asked for when a statement has it",
    "password": "alter role … password does it; it is kept out of the history",
    "gset": "psql's variables are not kept here",
    "gexec": "run the statements that the query gives from the results",
    "crosstabview": "psql does that",
    "gdesc": "the results' header tells each column's type",
}
