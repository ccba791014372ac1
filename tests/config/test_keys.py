"""Keys as users write them, and which of them a terminal sends."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual import events
from textual._ansi_sequences import ANSI_SEQUENCES_KEYS
from textual._xterm_parser import XTermParser

from mdbtui.config import AppConfig, ConfigFileError, load_config
from mdbtui.config.keys import KeySetting, canonical, reaches


def load(folder: Path, text: str) -> AppConfig:
    path = folder / "c.yaml"
    path.write_text(text, encoding="utf-8")
    path.chmod(0o600)
    return load_config(path, environ={})


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("F5", "f5"),
        ("ctrl+O", "ctrl+o"),
        ("Ctrl+PgUp", "ctrl+pageup"),
        ("shift+ctrl+F12", "ctrl+shift+f12"),
        ("alt+X", "alt+shift+x"),
        ("alt+x", "alt+x"),
        ("R", "R"),
        ("shift+r", "R"),
        ("?", "question_mark"),
        ("[", "left_square_bracket"),
        ("+", "plus"),
        ("ctrl++", "ctrl+plus"),
        ("-", "minus"),
        ("esc", "escape"),
        ("alt+←", "alt+left"),
        ("ctrl+/", "ctrl+slash,ctrl+underscore"),
        ("ctrl+space", "ctrl+space,ctrl+@"),
        ("question_mark", "question_mark"),
        ("ctl+x", ""),
        ("ctrl+foo", ""),
        ("f99", ""),
        ("", ""),
        ("ctrl+", ""),
    ],
)
def test_keys_are_read_as_people_write_them(written: str, meant: str) -> None:
    assert ",".join(canonical(written)) == meant


def test_what_is_said_to_reach_the_program_does() -> None:
    parser = XTermParser()
    sent: set[str] = set()

    def hear(sequence: str, *, alt: bool = False) -> None:
        for event in parser._sequence_to_key_events(sequence, alt=alt):
            if isinstance(event, events.Key):
                sent.add(event.key)

    for code in range(127):
        hear(chr(code))
        # A terminal sends alt with a key as Escape before it, if that is not the
        # beginning of something else.
        if "\x1b" + chr(code) not in ANSI_SEQUENCES_KEYS:
            hear(chr(code), alt=True)
    for sequence in ANSI_SEQUENCES_KEYS:
        hear(sequence)
    bases = [*"abhimxz19", "slash", "enter", "tab", "space", "up", "home", "pageup"]
    bases += ["backspace", "f1", "f3", "f5", "f12", "f13", "delete"]
    modifiers = ("", "ctrl+", "alt+", "shift+", "alt+shift+", "ctrl+shift+", "super+")
    keys = [modifier + base for modifier in modifiers for base in bases]
    wrong = [key for key in keys if reaches(key) and key not in sent]
    assert not wrong
    assert not any(map(reaches, ("ctrl+i", "ctrl+m", "ctrl+h", "ctrl+enter", "alt+b")))
    assert not any(map(reaches, ("alt+1", "alt+enter", "ctrl+shift+a", "super+x")))
    assert all(map(reaches, ("ctrl+a", "alt+x", "alt+shift+x", "f5", "ctrl+f5", "x")))


def test_a_keymap_and_keys_are_configured(tmp_path: Path) -> None:
    text = "keymap: vim\nkeys:\n  run: [F5, ctrl+l]\n  results.copy: c\n  help: none\n"
    config = load(tmp_path, text)
    source = str(tmp_path / "c.yaml")
    assert config.keymap == "vim"
    assert config.keys == (
        KeySetting("run", ("f5", "ctrl+l"), f"{source}:3"),
        KeySetting("results.copy", ("c",), f"{source}:4"),
        KeySetting("help", (), f"{source}:5"),
    )
    assert load(tmp_path, "keys:\n").keys == ()


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("keymap: emacs", "1: keymap: unknown; use one of default, vim, datagrip"),
        ("keys: F5", "1: keys: has to be names with values, one a line, indented"),
        ("keys: {run: ctl+x}", "1: keys.run: ctl+x is not a key; write it such as"),
        ("keys:\n  run: [F5, bla]", "2: keys.run: bla is not a key"),
        ("keys:\n  run: x", "2: keys.run: x is a character that is typed; use it"),
        ("keys: {editor.cut: '+'}", "1: keys.editor.cut: + is a character that is"),
        ("keys:\n  Run all: F5", "2: keys.Run all: not the name of an action; F1"),
    ],
)
def test_mistakes_have_their_line(tmp_path: Path, text: str, mistake: str) -> None:
    with pytest.raises(ConfigFileError) as failed:
        load(tmp_path, text)
    (line,) = failed.value.mistakes
    assert line.startswith(f"{tmp_path / 'c.yaml'}:{mistake}")
