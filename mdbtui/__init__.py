"""mdbtui: a full-screen terminal console for many PostgreSQL databases."""

__version__ = "0.1.0"
