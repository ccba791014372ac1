from __future__ import annotations

import pytest

from mdbtui.catalog.details import joined, row_estimate, size


@pytest.mark.parametrize(
    ("rows", "text"),
    [
        (None, "?"),
        (0, "~0"),
        (999, "~999"),
        (1000, "~1k"),
        (1234, "~1.2k"),
        (99_949, "~100k"),
        (999_499, "~999k"),
        (999_500, "~1M"),
        (1_234_567, "~1.2M"),
        (2_000_000_000, "~2G"),
        (5 * 10**15, "~5000T"),
    ],
)
def test_row_estimates_are_short(rows: int | None, text: str) -> None:
    assert row_estimate(rows) == text


@pytest.mark.parametrize(
    ("bytes_", "text"),
    [
        (None, ""),
        (0, "0 B"),
        (8192, "8 kB"),
        (1536, "1.5 kB"),
        (1023 * 1024, "1 MB"),
        (96 * 1024 * 1024, "96 MB"),
        (3 * 1024**4, "3 TB"),
    ],
)
def test_sizes_have_the_units_of_postgresql(bytes_: int | None, text: str) -> None:
    assert size(bytes_) == text


def test_missing_facts_leave_no_gap() -> None:
    assert joined("a", "", None, "b") == "a · b"
