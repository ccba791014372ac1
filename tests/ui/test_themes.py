from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.style import Style
from textual.app import App, ComposeResult
from textual.color import Color
from textual.widgets import Button, DataTable, Input, Static, TextArea

from mdbtui.ui import theme_file
from mdbtui.ui.theme_file import (
    OWN_VARIABLES,
    SYNTAX_NAMES,
    ConsoleTheme,
    ThemeError,
    read_theme,
)
from mdbtui.ui.themes import DEFAULT_THEME, Themes, ThemesMixin, shipped_themes_dir

SHIPPED = sorted(path.stem for path in shipped_themes_dir().glob("*.yaml"))
TRUE_COLOUR = [name for name in SHIPPED if name != "sixteen"]


class Console(ThemesMixin, App[None]):
    CSS = "#own { color: $mark-ok; background: $env-production; }"

    def __init__(self, folder: Path | None = None, wanted: str | None = None) -> None:
        super().__init__()
        self.problems = self.open_themes(Themes(folder), wanted)

    def compose(self) -> ComposeResult:
        yield Static("own", id="own")
        yield Input("text")
        yield TextArea("select 1")
        yield DataTable()
        yield Button("go")


def variables(loaded: ConsoleTheme) -> dict[str, str]:
    app = Console()
    app._add_theme(loaded)
    app.theme = loaded.theme.name
    return app.get_css_variables()


def luminance(colour: Color) -> float:
    """Relative luminance as WCAG 2 defines it."""
    parts = [
        part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4
        for part in colour.normalized
    ]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(one: Color, other: Color) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_at_least_eight_themes_are_shipped_and_all_load() -> None:
    report = Themes().load_all()
    assert report.failed == ()
    assert [loaded.theme.name for loaded in report.loaded] == SHIPPED
    assert len(SHIPPED) >= 8
    assert {loaded.theme.dark for loaded in report.loaded} == {True, False}
    for loaded in report.loaded:
        assert OWN_VARIABLES.keys() <= loaded.theme.variables.keys()
        assert set(SYNTAX_NAMES) - {"identifier", "operator"} <= loaded.syntax.keys()


@pytest.mark.parametrize("name", TRUE_COLOUR)
def test_text_of_shipped_themes_has_good_contrast(name: str) -> None:
    loaded = Themes().load(name)
    colours = variables(loaded)
    least = 7.0 if name.startswith("contrast") else 4.5

    def ratio(text: str, behind: str) -> float:
        background = Color.parse(behind)
        name, _, percent = text.partition(" ")
        alpha = int(percent.rstrip("%") or 100) / 100
        if name == "auto":
            colour = background.get_contrast_text(alpha)
        else:
            colour = Color.parse(name).multiply_alpha(alpha)
        return contrast(background + colour, background)

    backgrounds = [colours[key] for key in ("background", "surface", "panel")]
    names = [
        "foreground",
        "text",
        "text-muted",
        "foreground-muted",
        "footer-foreground",
    ]
    names += [f"text-{key}" for key in ("primary", "secondary", "accent")]
    names += [f"text-{key}" for key in ("success", "warning", "error")]
    names += [key for key in OWN_VARIABLES if key.startswith("mark-")]
    pairs = {
        f"{key} on {behind}": ratio(colours[key], behind)
        for key in [*names, "footer-key-foreground"]
        for behind in backgrounds
    }
    for key, style in loaded.syntax.items():
        colour = Style.parse(style).color
        assert colour is not None
        for behind in backgrounds:
            pairs[f"syntax {key} on {behind}"] = ratio(colour.name, behind)
    weak = {key: round(value, 2) for key, value in pairs.items() if value < least}
    for text, behind in (
        ("block-cursor-foreground", "block-cursor-background"),
        ("block-cursor-blurred-foreground", "block-cursor-blurred-background"),
        ("input-selection-foreground", "input-selection-background"),
        ("input-cursor-foreground", "input-cursor-background"),
        *(("auto", key) for key in OWN_VARIABLES if key.startswith("env-")),
    ):
        value = ratio(colours.get(text, "auto"), colours[behind])
        if value < 4.5:
            weak[f"{text} on {behind}"] = round(value, 2)
    assert weak == {}


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_themes_need_no_yaml_import_and_read_the_same(name: str) -> None:
    text = (shipped_themes_dir() / f"{name}.yaml").read_text("utf-8")
    plain = theme_file._read_plain(text, "x")
    assert plain is not None
    assert plain == theme_file._read_yaml(text, "x")


def test_start_with_the_default_theme_imports_no_yaml() -> None:
    code = (
        "import sys; from mdbtui.ui.themes import Themes; Themes().load('harbour');"
        "assert 'yaml' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


@settings(max_examples=300, derandomize=True)
@given(
    st.text(
        st.sampled_from('primary: "#f0"\nvariables:\n  border: true # syntax\t-'),
        max_size=80,
    )
)
def test_plain_reader_agrees_with_yaml_or_leaves_it_alone(text: str) -> None:
    plain = theme_file._read_plain(text, "x")
    if plain is None or not plain.top:
        return
    assert plain == theme_file._read_yaml(text, "x")


@pytest.mark.parametrize("name", SHIPPED)
async def test_every_shipped_theme_can_be_worn_from_the_first_frame(name: str) -> None:
    app = Console(wanted=name)
    async with app.run_test() as pilot:
        await pilot.pause()
        assert app.theme == name
        expected = Color.parse(app.get_css_variables()["env-production"])
        assert app.query_one("#own").styles.background == expected
        assert app.syntax_styles()["keyword"].startswith("bold")


async def test_switching_at_run_time_repaints() -> None:
    app = Console()
    async with app.run_test() as pilot:
        report = await app.load_other_themes()
        assert report.failed == ()
        app.theme = "paper"
        await pilot.pause()
        paper = Color.parse(Themes().load("paper").theme.surface or "")
        assert app.query_one(TextArea).styles.background == paper
        assert app.syntax_styles() == Themes().load("paper").syntax
        app.theme = "nord"  # Textual's own have our variables, too
        await pilot.pause()
        assert "keyword" in app.syntax_styles()


async def test_no_theme_of_ours_where_colours_are_unwanted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app = Console(wanted="harbour")
    assert app.theme != "harbour"


GOOD = 'primary: "#ff8800"\n'


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('primary: "nope"', '1: primary: nope is not a colour; write "#rrggbb"'),
        (
            "primary: #fff",
            "1: primary: no value; a colour that begins with # has",
        ),
        ("primary: 7", "1: primary: 7 is not a colour"),
        ("primary: [1]", "1: primary: has to be a single value"),
        ("", "1: primary: is missing; give at least"),
        ("- 1", '1: not a list of names with values, such as primary: "#08f"'),
        ("dark: true", "1: primary: is missing"),
        (GOOD + 'warnign: "#fff"', "2: warnign: unknown; did you mean warning?"),
        (GOOD + 'name: "x"', "2: name: leave it out"),
        (GOOD + 'dark: "maybe"', "2: dark: has to be true or false"),
        (GOOD + "variables: 3", "2: variables: has to be a list of names"),
        (
            GOOD + 'variables:\n  footer-backgruond: "red"',
            "3: variables.footer-backgruond: unknown; did you mean footer-background?",
        ),
        (
            GOOD + 'variables:\n  footer-background: "nonsense("',
            "3: variables.footer-background: nonsense( is not a colour",
        ),
        (
            GOOD + 'variables:\n  footer-background: "auto"',
            "3: variables.footer-background: auto is not a colour",
        ),
        (
            GOOD + 'variables:\n  border: "red; } * { display: none"',
            "3: variables.border: red; } * { display: none is not a colour",
        ),
        (
            GOOD + 'variables:\n  block-cursor-text-style: "fat"',
            "3: variables.block-cursor-text-style: has to be a text style",
        ),
        (
            GOOD + 'syntax:\n  keywrod: "bold"',
            "3: syntax.keywrod: unknown; did you mean keyword?",
        ),
        (
            GOOD + 'syntax:\n  keyword: "link http://x"',
            "3: syntax.keyword: has to be a style",
        ),
        (GOOD + GOOD, "2: primary: given twice (first in line 1)"),
        ('primary: "#fff', "not valid YAML"),
        (GOOD + "a: &x 1\nb: *x", "an alias (*) is not allowed"),
    ],
)
def test_mistakes_are_named_by_file_line_and_field(
    tmp_path: Path, text: str, problem: str
) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(text + "\n")
    with pytest.raises(ThemeError) as caught:
        read_theme(path)
    assert any(p.startswith(f"{path}:") and problem in p for p in caught.value.problems)


def test_all_mistakes_of_a_file_are_reported_together(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text('primary: "nope"\nzzz: "1"\nsyntax:\n  keyword: "((("\n')
    with pytest.raises(ThemeError) as caught:
        read_theme(path)
    lines = [int(re.findall(r":(\d+):", p)[0]) for p in caught.value.problems]
    assert lines == [1, 2, 4]


@pytest.mark.parametrize(
    ("name", "data", "problem"),
    [
        ("big.yaml", b"#" * 70_000, "larger than 64,000 bytes"),
        ("latin.yaml", b'primary: "red"\n# \xff\n', ":2: not UTF-8 text"),
        ("Bad Name.yaml", b'primary: "red"\n', "small letters, digits and hyphens"),
    ],
)
def test_unreadable_files_are_named(
    tmp_path: Path, name: str, data: bytes, problem: str
) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(ThemeError, match=problem):
        read_theme(tmp_path / name)


def test_minimum_and_yaml_forms_are_enough(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("primary: '#ff8800'\nvariables: {border: \"#fff 50%\"}\n")
    loaded = read_theme(path)
    assert loaded.theme.primary == "#ff8800"
    assert loaded.theme.variables == {"border": "#fff 50%"}


async def test_users_themes_load_beside_and_over_shipped_ones(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(GOOD)
    (tmp_path / "paper.yaml").write_text('primary: "#123456"\ndark: false\n')
    (tmp_path / "broken.yaml").write_text("primary: 7\n")
    (tmp_path / "notes.txt").write_text("not a theme")
    app = Console(tmp_path, "mine")
    async with app.run_test() as pilot:
        assert app.theme == "mine"
        report = await app.load_other_themes()
        assert [p.split(":")[0] for p in report.failed] == [
            str(tmp_path / "broken.yaml")
        ]
        app.theme = "paper"
        await pilot.pause()
        assert app.current_theme.primary == "#123456"


async def test_changed_theme_in_use_is_applied_live(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(GOOD + 'variables:\n  env-production: "#110000"\n')
    app = Console(tmp_path, "mine")
    async with app.run_test() as pilot:
        path.write_text(GOOD + 'variables:\n  env-production: "#220000"\n')
        await app.load_other_themes()
        await pilot.pause()
        assert app.query_one("#own").styles.background == Color.parse("#220000")


@pytest.mark.parametrize("wanted", ["broken", "missing"])
async def test_bad_wanted_theme_never_stops_the_start(
    tmp_path: Path, wanted: str
) -> None:
    (tmp_path / "broken.yaml").write_text("primary: 7\n")
    app = Console(tmp_path, wanted)
    async with app.run_test():
        assert app.theme == DEFAULT_THEME
    assert wanted in app.problems[0]


async def test_theme_whose_css_fails_is_not_offered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mine.yaml").write_text(GOOD + 'variables:\n  border: "x("\n')
    monkeypatch.setattr(theme_file, "_is_colour", lambda text: True)
    app = Console(tmp_path)
    async with app.run_test():
        report = await app.load_other_themes()
        assert "mine.yaml:1: cannot be used" in report.failed[0]
        assert "mine" not in app.available_themes
