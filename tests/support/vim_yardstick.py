"""What the real vim makes of keys; run where vim is installed, to ask it again.

``python -m tests.support.vim_yardstick`` keeps the table's cases and writes vim's
answers anew. A new case is a new line in the table, with whatever answer.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

TABLE = Path(__file__).with_name("vim_table.json")
SCRIPT = r"""
set nocompatible cpoptions=aABceFs autoindent shiftwidth=4 softtabstop=0 expandtab
set tabstop=4 backspace=2 wrapscan nohlsearch undolevels=1000 viminfo= report=9999
set nojoinspaces encoding=utf-8 lines=24 columns=80 selection=inclusive
let s:cases = json_decode(join(readfile($CASES), ''))
let s:out = []
for s:case in s:cases
  enew!
  call setline(1, ['x'])
  normal! "_x
  set undolevels=-1
  call setline(1, s:case[0])
  set undolevels=1000
  for s:name in split('abcdefghijklmnopqrstuvwxyz0123456789-', '\zs')
    call setreg(s:name, [])
  endfor
  call setreg('"', 'RG')
  let @/ = nr2char(1)
  delmarks!
  call setcharsearch({'char': nr2char(1)})
  call setcursorcharpos(s:case[1] + 1, s:case[2] + 1)
  let s:keys = substitute(s:case[3], '<\([A-Za-z-]\+\)>',
    \ '\=eval("\"\\<" . submatch(1) . ">\"")', 'g')
  let s:keys = substitute(s:keys, '<lt>', '<', 'g')
  try
    call feedkeys(s:keys, 'xt')
  catch
  endtry
  let s:mode = mode()
  let s:place = getpos('.')
  call add(s:out, [getline(1, '$'), s:place[1] - 1, charcol('.') - 1])
endfor
call writefile([json_encode(s:out)], $OUT)
qall!
"""


def ask_vim(
    cases: Sequence[tuple[list[str], int, int, str]],
) -> list[tuple[list[str], int, int]]:
    """The lines and the cursor after each case: lines, row, column, keys."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        (home / "cases").write_text(json.dumps(cases), encoding="utf-8")
        (home / "script.vim").write_text(SCRIPT, encoding="utf-8")
        subprocess.run(
            ["vim", "-u", "NONE", "-i", "NONE", "-n", "-es", "-S", "script.vim"],
            cwd=home,
            env={
                "PATH": "/usr/bin:/bin",
                "CASES": str(home / "cases"),
                "OUT": str(home / "out"),
                "LANG": "C.UTF-8",
                "TERM": "dumb",
            },
            timeout=120,
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )
        found = json.loads((home / "out").read_text("utf-8"))
    return [(lines, row, column) for lines, row, column in found]


def marked(text: str) -> tuple[list[str], int, int]:
    """The lines of a text and the place of the ‸ in it."""
    before, _, after = text.partition("‸")
    row = before.count("\n")
    column = len(before.rpartition("\n")[2])
    return (before + after).split("\n"), row, column


def with_mark(lines: list[str], row: int, column: int) -> str:
    """A text with the cursor shown in it."""
    shown = list(lines)
    shown[row] = shown[row][:column] + "‸" + shown[row][column:]
    return "\n".join(shown)


def table() -> list[tuple[str, str, str]]:
    """The cases: a text with ‸ at the cursor, keys, and what vim made of them."""
    rows = json.loads(TABLE.read_text(encoding="utf-8"))
    return [(text, keys, answer) for text, keys, answer in rows]


def write(cases: Sequence[tuple[str, str]]) -> None:
    """Ask vim, and write the table."""
    answers = ask_vim([(*marked(text), keys) for text, keys in cases])
    rows = [
        json.dumps([text, keys, with_mark(*answer)], ensure_ascii=False)
        for (text, keys), answer in zip(cases, answers, strict=True)
    ]
    TABLE.write_text("[\n" + ",\n".join(rows) + "\n]\n", encoding="utf-8")


if __name__ == "__main__":
    write([(text, keys) for text, keys, _ in table()])
    sys.stdout.write(f"{len(table())} cases\n")
