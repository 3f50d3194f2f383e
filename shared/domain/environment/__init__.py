"""Environments: what programs find around them, as numbered revisions that are built."""
