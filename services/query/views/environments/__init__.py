"""Environments, their revisions, and how each was built."""
