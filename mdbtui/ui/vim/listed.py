"""vim's keys as the help lists them."""

from __future__ import annotations

KEYS: tuple[tuple[str, str, str], ...] = (
    ("Esc", "Normal mode", ""),
    ("i a I A o O gi", "Type: before, behind, at the line's ends, in a new line", ""),
    ("R r ~", "Type over; one character; the other case", ""),
    ("v V gv o", "Select characters, lines; the last again; the other end", ""),
    ("d c y", "Delete, change, yank: with a motion, an object, or doubled", ""),
    ("> < = gc", "Move in, move out, indent by brackets, comment", ""),
    ("gu gU g~", "Lower case, upper case, the other one", ""),
    ("x X D C Y s S", "Short for dl dh d$ c$ yy cl cc", ""),
    ("p P gp gP J gJ", "Put behind, before; join lines", ""),
    ("h j k l w b e ge 0 ^ $", "Move: also W B E gE g_ | + - _ gg G H M L", ""),
    ("f F t T ; ,", "To a character in the line, and again", ""),
    ("{ } ( ) % [( ])", "Paragraphs, sentences, brackets", ""),
    ("iw i\" i' i( i[ i{ ip", "Objects; a instead of i takes what is around", ""),
    ("/ ? n N * #", "Search, and again; the word at the cursor", ""),
    ("m ' ` ``", "Marks; back to before the last jump", ""),
    ('"a "A "0 "1 "_ "+', "Registers; + is the clipboard", ""),
    ("u ctrl+r .", "Undo, redo, once more", ""),
    ("ctrl+a ctrl+x", "Count the number at the cursor up, down", ""),
    ("ctrl+d u f b e y", "Scroll: half a page, a page, a line", ""),
    ("zz zt zb", "The cursor's line to the middle, top, bottom", ""),
    ("gt gT ctrl+w h j k l", "Next, previous tab; to another pane", ""),
    (":w :e :q :x :qa ZZ", "Save, open, close, save and close, leave", ""),
    (":s :g :v :d :m :t :sort", "With ranges: % 2,5 . $ 'a '<,'> /text/", ""),
    (":noh :set ic :set scs", "No marks; searches that ignore case", ""),
)
