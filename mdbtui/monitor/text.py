"""Bytes of foreign text → text, whatever encoding they are in.

The server keeps every backend's query and names as the bytes that backend wrote, in the
encoding of its own database, and would convert them for us as if they were in that of
ours: one row in another encoding fails the whole answer. So the monitor's connections
convert nothing (client_encoding SQL_ASCII), the queries ask for bytes, and here each
value is decoded by itself. What no encoding explains becomes ``�``; nothing raises.
"""

from __future__ import annotations

# PostgreSQL's names where Python calls the same encoding something else.
_CODECS = {
    "UTF8": "utf-8",
    "SQL_ASCII": "utf-8",
    "EUC_JIS_2004": "euc_jis_2004",
    "EUC_CN": "gb2312",
    "KOI8R": "koi8-r",
    "KOI8U": "koi8-u",
    "ISO_8859_5": "iso8859-5",
    "ISO_8859_6": "iso8859-6",
    "ISO_8859_7": "iso8859-7",
    "ISO_8859_8": "iso8859-8",
    "WIN866": "cp866",
    "WIN874": "cp874",
    "UHC": "cp949",
    "SHIFT_JIS_2004": "shift_jis_2004",
    "SJIS": "shift_jis",
    "LATIN6": "iso8859-10",
    "LATIN7": "iso8859-13",
    "LATIN8": "iso8859-14",
    "LATIN9": "iso8859-15",
    "LATIN10": "iso8859-16",
    "LATIN5": "iso8859-9",
    **{f"LATIN{n}": f"iso8859-{n}" for n in (1, 2, 3, 4)},
    **{f"WIN{n}": f"cp{n}" for n in range(1250, 1259)},
}


def decode(data: bytes | None, encoding: str | None) -> str:
    """Return bytes as text; an empty string for None.

    Args:
        data: What the server keeps.
        encoding: PostgreSQL's name of the encoding they should be in; None where that
            is not known.
    """
    if not data:
        return ""
    if data.isascii():
        return data.decode("ascii")
    name = _CODECS.get(encoding or "UTF8", encoding or "utf-8")
    for codec in (name, "utf-8"):
        try:
            return data.decode(codec)
        except (UnicodeDecodeError, LookupError):
            continue
    return data.decode("utf-8", "replace")


def decode_cut(data: bytes | None, encoding: str | None, *, is_cut: bool) -> str:
    """Return bytes as text like `decode`; of cut ones the last character may be half.

    Args:
        data: What the server keeps, or its beginning.
        encoding: As for `decode`.
        is_cut: There is more of it.
    """
    if not data or not is_cut:
        return decode(data, encoding)
    # A character has four bytes at most: one of these ends where one ends.
    for end in range(len(data), len(data) - 4, -1):
        text = decode(data[:end], encoding)
        if "\ufffd" not in text[-3:]:
            break
    else:
        text = decode(data, encoding)
    return text + "…"
