"""Textual's option list, mended: without room or before its first layout it died.

The class itself is changed, because the command palette, the theme search and the
selects make their own lists. Both mistakes are in Textual 8.2.8.
"""

from __future__ import annotations

from textual.geometry import Size
from textual.widgets import OptionList

_stock_update_lines = OptionList._update_lines  # noqa: SLF001
_stock_move_page = OptionList._move_page  # noqa: SLF001
_stock_content_height = OptionList.get_content_height


def _padding(options: OptionList) -> int:
    return options.get_component_styles("option-list--option").padding.width


def _update_lines(options: OptionList) -> None:
    """Lay the options out, but not in a width of nothing: text cannot be wrapped."""
    taken = options._get_left_gutter_width() + _padding(options)  # noqa: SLF001
    if options.scrollable_content_region.width > taken:
        _stock_update_lines(options)


def _move_page(options: OptionList, direction: int) -> None:
    """Move by a page once it is known where the options are."""
    # Keys that come at once with the one that opened the list come before its layout.
    if (options.highlighted or 0) in options._index_to_line:  # noqa: SLF001
        _stock_move_page(options, direction)  # type: ignore[arg-type]


def _content_height(
    options: OptionList, container: Size, viewport: Size, width: int
) -> int:
    """The height in a width that holds one cell at least."""
    width = max(width, _padding(options) + 1)
    return _stock_content_height(options, container, viewport, width)


def mend_option_list() -> None:
    """Change the class for all lists of this process; again does no harm."""
    OptionList._update_lines = _update_lines  # type: ignore[method-assign, assignment] # noqa: SLF001
    OptionList._move_page = _move_page  # type: ignore[method-assign, assignment] # noqa: SLF001
    OptionList.get_content_height = _content_height  # type: ignore[method-assign, assignment]
