"""Seals the log: signed blocks over dense ranges, each told to a witness outside the database."""
