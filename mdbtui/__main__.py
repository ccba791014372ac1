"""Let ``python -m mdbtui`` start the program."""

from mdbtui.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
