"""The embedded PostgreSQL and the sample databases behind ``mdbtui --demo``."""

from __future__ import annotations

from mdbtui.demo.errors import DemoError
from mdbtui.demo.start import Demo, start_demo

__all__ = ["Demo", "DemoError", "start_demo"]
