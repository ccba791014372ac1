"""The embedded PostgreSQL and the sample databases behind ``mdbtui --demo``."""
