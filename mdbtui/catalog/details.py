"""Facts about an object in few words."""

from __future__ import annotations

SEPARATOR = " · "
_COUNT_UNITS = ("", "k", "M", "G", "T")
_BYTE_UNITS = ("B", "kB", "MB", "GB", "TB", "PB")


def joined(*parts: str | None) -> str:
    """Return the parts that there are, the weightiest first, as one text."""
    return SEPARATOR.join(part for part in parts if part)


def row_estimate(rows: int | None) -> str:
    """Return about how many rows there are, ``?`` when nobody has counted yet."""
    return "?" if rows is None else f"~{_scaled(rows, 1000, _COUNT_UNITS)}"


def size(bytes_: int | None) -> str:
    """Return a size in the units that PostgreSQL uses; nothing for an unknown one."""
    if bytes_ is None:
        return ""
    number = _scaled(bytes_, 1024, _BYTE_UNITS)
    split = len(number.rstrip("kMGTPB"))
    return f"{number[:split]} {number[split:]}"


def _scaled(number: float, step: int, units: tuple[str, ...]) -> str:
    unit = 0
    # 999.5 is where rounding would print 1000 of the smaller unit.
    while number >= 999.5 and unit < len(units) - 1:
        number /= step
        unit += 1
    if unit and number < 9.95:
        return f"{number:.1f}".removesuffix(".0") + units[unit]
    return f"{number:.0f}{units[unit]}"
