"""One statement that writes, on many databases: how it goes, and what becomes of it."""
