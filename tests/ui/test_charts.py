from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from mdbtui.ui.widgets.charts import (
    bar,
    braille,
    short_count,
    short_ms,
    short_span,
    sparkline,
)

VALUES = st.lists(st.none() | st.floats(0, 1e6), max_size=60)
quick = settings(max_examples=200, derandomize=True)


def test_sparkline_shows_nothing_zero_little_and_most_apart() -> None:
    assert sparkline([None, 0, 0.001, 5, 10]) == " ▁▂▅█"
    assert sparkline([5], top=10) == "▅"
    assert sparkline([0, 0]) == "▁▁"
    assert sparkline([]) == ""


@quick
@given(VALUES)
def test_sparkline_has_one_character_for_each_value_and_keeps_order(
    values: list[float | None],
) -> None:
    line = sparkline(values)
    assert len(line) == len(values)
    known = sorted((v, c) for v, c in zip(values, line, strict=True) if v is not None)
    assert [c for _, c in known] == sorted(c for _, c in known)


def test_braille_draws_a_rising_line() -> None:
    assert braille([0, 1, 2, 3], rows=1, top=3) == ["⣠⠞"]


@quick
@given(VALUES, st.integers(1, 6))
def test_braille_has_the_size_asked_for_and_marks_every_value(
    values: list[float | None], rows: int
) -> None:
    chart = braille(values, rows)
    assert len(chart) == rows
    assert {len(row) for row in chart} == {(len(values) + 1) // 2}
    for x, value in enumerate(values):
        mask = (1 | 2 | 4 | 64) if x % 2 == 0 else (8 | 16 | 32 | 128)
        dots = any((ord(row[x // 2]) - 0x2800) & mask for row in chart)
        assert dots is (value is not None)


@quick
@given(st.lists(st.integers(0, 50), min_size=2, max_size=3), st.integers(1, 40))
def test_bar_never_overflows_and_hides_nothing_while_there_is_room(
    parts: list[int], width: int
) -> None:
    total = sum(parts) + 3
    cells = bar(parts, total, width)
    assert sum(cells) <= width
    assert all(cell >= 0 for cell in cells)
    if width >= 3 * len(parts):
        assert all(cell > 0 for part, cell in zip(parts, cells, strict=True) if part)


def test_bar_of_an_empty_pool_is_empty() -> None:
    assert bar((0, 0), 0, 10) == [0, 0]


@quick
@given(st.floats(0, 1e12))
def test_short_numbers_take_four_characters(value: float) -> None:
    assert len(short_count(value)) <= 4
    assert len(short_ms(value)) <= 4


def test_short_numbers_read_well() -> None:
    shown = [short_ms(v) for v in (0, 0.34, 9.94, 12.3, 999.4, 1_200, 45_000)]
    assert shown == ["0.0", "0.3", "9.9", "12", "999", "1.2s", "45s"]
    shown = [short_count(v) for v in (0, 0.4, 12, 999, 1_234, 45_678, 1_200_000)]
    assert shown == ["0", "0.4", "12", "999", "1.2k", "46k", "1.2M"]


def test_short_spans_read_well() -> None:
    shown = [short_span(v) for v in (0, 59.9, 60, 3599, 3600, 86_400, 9e9)]
    assert shown == ["0s", "59s", "1m", "59m", "1h", "1d", "999d"]
